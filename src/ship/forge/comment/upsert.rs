//! Writing the comment until it says what the rows say.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    own::{Own, Post},
    write::{Bounds, Others, Outcome, Place, write},
};
use crate::ship::forge::{
    exchange::{Hindrance, Reply},
    github::{
        Client, Fault, Pace,
        comments::{self, Comment},
        users,
    },
    row::{self, Row},
};

/// Which comment.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The number of the pull request.
    pub issue: u64,
    /// What tells it from other comments of sandgate.
    pub key: &'a str,
    /// The login that writes it, such as `github-actions[bot]`. Others who quote the marker are left alone. Where another
    /// turns out to write, [`Outcome::author`] is the `comment-author` to set.
    pub author: &'a str,
    /// The commits whose rows it tells.
    pub shas: &'a [&'a str],
    /// Whether no other job tells of them: there is nobody to keep apart from.
    pub alone: bool,
    /// When it is given up.
    pub bounds: Bounds,
}

/// Makes the text of the comment of the rows and of the text that is there.
pub type Render<'a> = dyn FnMut(&[Row], Option<&str>) -> Option<String> + 'a;

/// Brings the comment to what `render` makes of the rows.
///
/// `render` is given the rows and the text that is there (below the marker; `None` where there is no comment), and gives
/// the text that is to be there, without marker, or `None` where nothing is to be written. It must be pure, and give the
/// same once more when it is given its own text: `render(rows, Some(render(rows, x))) == render(rows, x)`. What this leg
/// knows beside its row is in it whatever text is there, but where it has no room.
///
/// The leg's own row must have been published before.
pub async fn upsert(
    client: &Client,
    target: &Target<'_>,
    render: &mut Render<'_>,
) -> Result<Outcome, Fault> {
    let author = target.author.to_owned();
    let mut leg = Leg { client, target, author, asked: false, made: false, known: None };
    let mut render = |rows: &Vec<Row>, there: Option<&str>| render(rows, there);
    let outcome = write(&mut leg, target.key, target.bounds, &mut render).await?;
    let expected = leg.author.eq_ignore_ascii_case(target.author);
    Ok(Outcome { author: (!expected).then_some(leg.author), ..outcome })
}

/// One leg at its work on the comment.
struct Leg<'a> {
    client: &'a Client,
    target: &'a Target<'a>,
    author: String,
    /// Whether it was asked whose token it is.
    asked: bool,
    /// It made a comment, or may have.
    made: bool,
    /// The comment, once it was found among all.
    known: Option<u64>,
}

impl Leg<'_> {
    /// Whether it is the comment, or a second one: by its marker and by who wrote it.
    fn is_ours(&self, own: &Own<'_>, comment: &Comment) -> bool {
        comment.author.eq_ignore_ascii_case(&self.author) && own.marked(comment).is_some()
    }

    /// Takes another author for ours: the token is another's than was expected.
    fn adopt(&mut self, author: String) {
        if !author.is_empty() && !author.eq_ignore_ascii_case(&self.author) {
            self.author = author;
        }
    }
}

impl Place for Leg<'_> {
    type Post = Comment;
    type Rows = Vec<Row>;
    type Fault = Fault;
    const LONGEST: usize = comments::LONGEST;

    fn pace(&self) -> Pace {
        self.client.pace()
    }

    fn others(&self) -> Option<Others> {
        if self.target.alone {
            return Some(Others { jobs: 1, look: Duration::ZERO });
        }
        let others = self.client.others()?;
        // The rows are read, and some pages of comments: a job that has kept far enough apart before its first look has no
        // need of another.
        Some(Others { jobs: others.rows, look: others.took * 4 })
    }

    async fn sleep(&self, pause: Duration) -> bool {
        self.client.sleep(pause).await
    }

    async fn look(&mut self, own: &mut Own<'_>) -> Result<Option<Comment>, Fault> {
        // Who made one may have made a second one: only among all can that be seen.
        if let Some(id) = self.known.filter(|_| !self.made) {
            let found = comments::find(self.client, id).await?;
            if let Some(found) = found.filter(|found| self.is_ours(own, found)) {
                return Ok(Some(found));
            }
        }
        let all = comments::list(self.client, self.target.issue).await?;
        if self.made && !all.iter().any(|one| own.made(one) && self.is_ours(own, one)) {
            let made = all.iter().filter(|one| own.made(*one)).min_by_key(|one| one.id);
            if let Some(made) = made {
                self.adopt(made.author.clone());
            }
        }
        let quoted = all.iter().any(|one| own.marked(one).is_some());
        if quoted && !self.asked && !all.iter().any(|one| self.is_ours(own, one)) {
            // Somebody else's marker, or one of an earlier run with this token, which is not the expected one.
            self.asked = true;
            if let Some(login) = users::me(self.client).await? {
                self.adopt(login);
            }
        }
        let ours: Vec<Comment> = all.into_iter().filter(|one| self.is_ours(own, one)).collect();
        let first = own.first(ours);
        self.known = first.as_ref().map(|one| one.id);
        Ok(first)
    }

    async fn rows(&self) -> Result<Vec<Row>, Fault> {
        row::read(self.client, self.target.shas).await
    }

    fn jobs(&self, rows: &Vec<Row>) -> usize {
        if self.target.alone { 1 } else { rows.len() }
    }

    async fn make(&mut self, body: &str) -> Result<Reply<Comment, Fault>, Fault> {
        let answer = comments::create(self.client, self.target.issue, body).await;
        self.made |= !answer.as_ref().is_err_and(|fault| fault.limit().is_some());
        if let Ok(Reply::Answer(comment)) = &answer {
            self.adopt(comment.author.clone());
        }
        answer
    }

    async fn change(&mut self, id: u64, body: &str) -> Result<Option<Comment>, Fault> {
        let changed = comments::update(self.client, id, body).await?;
        if changed.is_none() {
            self.known = None;
        }
        Ok(changed)
    }

    async fn delete(&mut self, id: u64) -> Result<(), Fault> {
        comments::delete(self.client, id).await.map(drop)
    }

    fn too_long(length: usize) -> Fault {
        let longest = Self::LONGEST;
        Fault::Usage {
            what: format!("the comment has {length} characters, and GitHub takes {longest}"),
            help: "leave out a part of it".into(),
        }
    }
}

impl Post for Comment {
    fn id(&self) -> u64 {
        self.id
    }

    fn body(&self) -> &str {
        &self.body
    }

    fn created(&self) -> Option<Timestamp> {
        self.created
    }

    fn url(&self) -> Option<String> {
        self.url.clone()
    }
}
