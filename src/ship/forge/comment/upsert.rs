//! Writing the comment until it says what the rows say.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::own::{self, DOUBTS, Own, Post};
use crate::ship::forge::{
    github::{
        Client, Fault, Pace,
        comments::{self, Comment, LONGEST, Made},
        users,
    },
    row::{self, Row},
};

/// How often a leg keeps apart from others before it writes, and how much wider each time.
const KEPT: u32 = 3;
const WIDER: u32 = 4;

/// Which comment.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The number of the pull request.
    pub issue: u64,
    /// What tells it from other comments of sandgate, such as the name of the workflow's file.
    pub key: &'a str,
    /// The login that writes it, such as `github-actions[bot]`. Others who quote the marker are left alone.
    pub author: &'a str,
    /// The commits whose rows it tells.
    pub shas: &'a [&'a str],
    /// When it is given up.
    pub bounds: Bounds,
}

/// When a leg gives up. The client's deadline holds, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Most writes.
    pub writes: u32,
    /// Most looks.
    pub looks: u32,
    /// The longest that it may last.
    pub within: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { writes: 6, looks: 24, within: Duration::from_mins(4) }
    }
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The comment, if there is one.
    pub id: Option<u64>,
    /// Its page.
    pub url: Option<String>,
    /// How often this leg wrote (made, changed or deleted a comment).
    pub written: u32,
    /// Whether it says what the rows said at the last look.
    pub settled: bool,
    /// The login that turned out to write, where it is another than [`Target::author`]: that is the `comment-author` to set.
    pub author: Option<String>,
}

/// Makes the text of the comment of the rows and of the text that is there.
pub type Render<'a> = dyn FnMut(&[Row], Option<&str>) -> Option<String> + 'a;

/// Brings the comment to what `render` makes of the rows.
///
/// `render` is given the rows and the text that is there (below the marker; `None` where there is no comment), and gives
/// the text that is to be there, without marker, or `None` where nothing is to be written. It must be pure, and give the
/// same once more when it is given its own text: `render(rows, Some(render(rows, x))) == render(rows, x)`.
///
/// The leg's own row must have been published before.
pub async fn upsert(
    client: &Client,
    target: &Target<'_>,
    render: &mut Render<'_>,
) -> Result<Outcome, Fault> {
    let mut leg = Leg::new(client, target);
    let legs = row::read(client, target.shas).await?.len();
    leg.span = client.pace().span(legs);
    leg.sleep(leg.span.mul_f64(fastrand::f64())).await;
    let mut trouble = None;
    for number in 1..=target.bounds.looks {
        let step = match leg.step(render).await {
            Ok(step) => {
                trouble = None;
                step
            }
            Err(fault) if fault.passes() => {
                let pause = match &fault {
                    Fault::Limited { pause, .. } => *pause,
                    _ => client.pace().retry(number),
                };
                trouble = Some(fault);
                leg.span = Duration::ZERO;
                Step::Again(pause)
            }
            Err(fault) => return Err(fault),
        };
        match step {
            Step::Done => {
                leg.outcome.settled = true;
                return Ok(leg.outcome);
            }
            Step::Stop => break,
            Step::Again(pause) => {
                if !leg.sleep(pause).await {
                    break;
                }
            }
        }
    }
    trouble.map_or(Ok(leg.outcome), Err)
}

/// What is next.
enum Step {
    Done,
    /// As often as is allowed was written.
    Stop,
    /// Look again, after a pause.
    Again(Duration),
}

/// One leg at its work on the comment.
struct Leg<'a> {
    client: &'a Client,
    target: &'a Target<'a>,
    until: Instant,
    own: Own<'a>,
    author: String,
    /// Within which it kept apart from others, since it wrote last.
    span: Duration,
    /// How often it did.
    kept: u32,
    /// Whether it was asked whose token it is.
    asked: bool,
    /// It made a comment, or may have.
    made: bool,
    /// How often it still has to look before it makes it again.
    doubts: u32,
    /// The comment, once it was found among all.
    known: Option<u64>,
    outcome: Outcome,
}

impl<'a> Leg<'a> {
    fn new(client: &'a Client, target: &'a Target<'a>) -> Self {
        Self {
            client,
            target,
            until: Instant::now() + target.bounds.within,
            own: Own::new(target.key),
            author: target.author.to_owned(),
            span: Duration::ZERO,
            kept: 0,
            asked: false,
            made: false,
            doubts: 0,
            known: None,
            outcome: Outcome::default(),
        }
    }

    /// Sleeps, but past no end; false where there is no time left for it.
    async fn sleep(&self, pause: Duration) -> bool {
        Instant::now() + pause < self.until && self.client.sleep(pause).await
    }

    /// A look, and the write that it calls for.
    async fn step(&mut self, render: &mut Render<'_>) -> Result<Step, Fault> {
        let pace = self.client.pace();
        let begun = Instant::now();
        let there = self.look().await?;
        self.outcome.id = there.as_ref().map(|comment| comment.id);
        self.outcome.url = there.as_ref().and_then(|comment| comment.url.clone());
        let rows = row::read(self.client, self.target.shas).await?;
        let took = begun.elapsed();
        let marked = there.as_ref().and_then(|one| self.own.marked(one));
        let Some(wanted) = render(&rows, marked.map(|marked| marked.text)) else {
            return self.tidy().await.map(|()| Step::Done);
        };
        if marked.is_some_and(|marked| self.own.says(marked.text, &wanted)) {
            return self.tidy().await.map(|()| Step::Done);
        }
        if there.is_none() && self.doubts > 0 {
            self.doubts -= 1;
            return Ok(Step::Again(pace.settle()));
        }
        if self.outcome.written >= self.target.bounds.writes {
            return Ok(Step::Stop);
        }
        if let Some(pause) = self.apart(rows.len(), took) {
            return Ok(Step::Again(pause));
        }
        match (&there, marked) {
            (Some(comment), Some(marked)) => {
                self.change(comment.id, marked.line, &wanted).await?;
            }
            _ => self.make(&wanted).await?,
        }
        self.span = Duration::ZERO;
        self.kept = 0;
        Ok(Step::Again(pace.settle()))
    }

    /// The pause that keeps this leg apart from others before it writes; `None` where it has kept apart.
    fn apart(&mut self, legs: usize, look: Duration) -> Option<Duration> {
        let pace = self.client.pace();
        let least = pace.span(legs);
        let needed = Pace::needed(legs, look).max(least);
        if self.span >= needed || self.kept == KEPT {
            return None;
        }
        // Looks are slow where many look at once: a longer span makes them faster.
        self.span = needed.min((self.span * WIDER).max(least));
        self.kept += 1;
        Some(self.span.mul_f64(fastrand::f64()))
    }

    /// The comment as it is.
    async fn look(&mut self) -> Result<Option<Comment>, Fault> {
        // Who made one may have made a second one: only among all can that be seen.
        if let Some(id) = self.known.filter(|_| !self.made) {
            let found = comments::find(self.client, id).await?;
            if let Some(found) = found.filter(|found| self.is_ours(found)) {
                return Ok(Some(found));
            }
        }
        let all = comments::list(self.client, self.target.issue).await?;
        if self.made && !all.iter().any(|one| self.own.made(one) && self.is_ours(one)) {
            let own = all.iter().filter(|one| self.own.made(*one)).min_by_key(|one| one.id);
            if let Some(own) = own {
                self.adopt(own.author.clone());
            }
        }
        let quoted = all.iter().any(|one| self.own.marked(one).is_some());
        if quoted && !self.asked && !all.iter().any(|one| self.is_ours(one)) {
            // Somebody else's marker, or one of an earlier run with this token, which is not the expected one.
            self.asked = true;
            if let Some(login) = users::me(self.client).await? {
                self.adopt(login);
            }
        }
        let ours: Vec<Comment> = all.into_iter().filter(|one| self.is_ours(one)).collect();
        let first = self.own.first(ours);
        self.known = first.as_ref().map(|one| one.id);
        Ok(first)
    }

    /// Whether it is the comment, or a second one: by its marker and by who wrote it.
    fn is_ours(&self, comment: &Comment) -> bool {
        comment.author.eq_ignore_ascii_case(&self.author) && self.own.marked(comment).is_some()
    }

    /// Takes another author for ours: the token is another's than was expected.
    fn adopt(&mut self, author: String) {
        if !author.is_empty() && !author.eq_ignore_ascii_case(&self.author) {
            self.author.clone_from(&author);
            let expected = author.eq_ignore_ascii_case(self.target.author);
            self.outcome.author = (!expected).then_some(author);
        }
    }

    async fn make(&mut self, text: &str) -> Result<(), Fault> {
        let body = body(&self.own.line(), text)?;
        let answer = comments::create(self.client, self.target.issue, &body).await;
        if !matches!(answer, Err(Fault::Limited { .. })) {
            self.outcome.written += 1;
            self.made = true;
        }
        match answer? {
            Made::Yes(comment) => {
                self.adopt(comment.author.clone());
                self.own.remember(text, &comment);
                Ok(())
            }
            Made::Unsure(fault) => {
                self.doubts = DOUBTS;
                Err(fault)
            }
        }
    }

    async fn change(&mut self, id: u64, line: &str, text: &str) -> Result<(), Fault> {
        let answer = comments::update(self.client, id, &body(line, text)?).await;
        if !matches!(answer, Err(Fault::Limited { .. })) {
            self.outcome.written += 1;
        }
        match answer? {
            Some(comment) => self.own.remember(text, &comment),
            None => self.known = None,
        }
        Ok(())
    }

    /// Deletes what was made beside the comment.
    async fn tidy(&mut self) -> Result<(), Fault> {
        while let Some(id) = self.own.duplicates.pop() {
            comments::delete(self.client, id).await?;
            self.outcome.written += 1;
        }
        Ok(())
    }
}

/// A comment of a first line and a text.
fn body(line: &str, text: &str) -> Result<String, Fault> {
    own::body(line, text, LONGEST).map_err(|length| Fault::Usage {
        what: format!("the comment has {length} characters, and GitHub takes {LONGEST}"),
        help: "leave out a part of it".into(),
    })
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
}
