//! Writing the one note until it says what is to be said: what it tells of other jobs is in it alone.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Client, Fault, User,
    notes::{self, Note},
    users,
};
use crate::ship::forge::{
    Pace,
    comment::{
        Bounds, Outcome,
        own::{Own, Post},
        write::{Others, Place, write},
    },
    exchange::Reply,
};

/// How many jobs may write at once, about: nothing tells how many there are.
const JOBS: usize = 4;

/// Which note.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The number of the merge request in its project.
    pub request: u64,
    /// What tells it from other notes of sandgate.
    pub key: &'a str,
}

/// Makes the text of the note of the text that is there.
pub type Render<'a> = dyn FnMut(Option<&str>) -> Option<String> + 'a;

/// Brings the note to what `render` makes of it.
///
/// `render` is given the text that is there (below the marker; `None` where there is no note), and gives the text that is to
/// be there, without marker, or `None` where nothing is to be written. It must be pure, and give its own text again.
///
/// A note is ours by its marker and by its author, who is whoever the token is. Others who quote the marker are left alone.
pub async fn upsert(
    client: &Client,
    target: &Target<'_>,
    render: &mut Render<'_>,
) -> Result<Outcome, Fault> {
    let me = users::me(client).await?;
    let mut writer = Writer { client, request: target.request, me };
    write(&mut writer, target.key, Bounds::default(), &mut |(), there| render(there)).await
}

/// A job at its work on the note.
struct Writer<'a> {
    client: &'a Client,
    request: u64,
    me: User,
}

impl Place for Writer<'_> {
    type Post = Note;
    type Rows = ();
    type Fault = Fault;
    const LONGEST: usize = notes::LONGEST;

    fn pace(&self) -> Pace {
        self.client.pace()
    }

    fn others(&self) -> Option<Others> {
        Some(Others { jobs: JOBS, look: Duration::ZERO })
    }

    async fn sleep(&self, pause: Duration) -> bool {
        self.client.sleep(pause).await
    }

    async fn look(&mut self, own: &mut Own<'_>) -> Result<Option<Note>, Fault> {
        let all = notes::list(self.client, self.request).await?;
        let is_ours = |note: &Note| note.author.id == self.me.id && own.marked(note).is_some();
        let ours: Vec<Note> = all.into_iter().filter(is_ours).collect();
        Ok(own.first(ours))
    }

    async fn rows(&self) -> Result<(), Fault> {
        Ok(())
    }

    fn jobs(&self, (): &()) -> usize {
        JOBS
    }

    async fn make(&mut self, body: &str) -> Result<Reply<Note, Fault>, Fault> {
        notes::create(self.client, self.request, body).await
    }

    async fn change(&mut self, id: u64, body: &str) -> Result<Option<Note>, Fault> {
        notes::update(self.client, self.request, id, body).await
    }

    async fn delete(&mut self, id: u64) -> Result<(), Fault> {
        notes::delete(self.client, self.request, id).await
    }

    fn too_long(length: usize) -> Fault {
        let longest = Self::LONGEST;
        Fault::usage(format!("the note has {length} characters, and GitLab takes {longest}"))
    }
}

impl Post for Note {
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
