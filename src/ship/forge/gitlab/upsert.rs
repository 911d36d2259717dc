//! Writing the one note until it says what is to be said.
//!
//! GitLab has no conditional write. So whoever has written looks again, and writes once more where another job's text took
//! the place of its own: a job's text holds what the note told of other jobs, and both come to the same.

use jiff::Timestamp;

use super::{
    Client, Fault, User,
    notes::{self, LONGEST, Made, Note},
    users,
};
use crate::ship::forge::comment::own::{self, DOUBTS, Own, Post};

/// The most that one job writes, and looks.
const WRITES: u32 = 5;
const LOOKS: u32 = 16;

/// Which note.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The number of the merge request in its project.
    pub request: u64,
    /// What tells it from other notes of sandgate.
    pub key: &'a str,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The note, if there is one.
    pub id: Option<u64>,
    /// How often this job wrote (made, changed or deleted a note).
    pub written: u32,
    /// Whether it said at the last look what was to be said.
    pub settled: bool,
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
    let mut writer = Writer {
        client,
        target,
        me: users::me(client).await?,
        own: Own::new(target.key),
        doubts: 0,
        outcome: Outcome::default(),
    };
    let mut trouble = None;
    for number in 1..=LOOKS {
        let pause = match writer.step(render).await {
            Ok(Step::Done) => {
                writer.outcome.settled = true;
                return Ok(writer.outcome);
            }
            Ok(Step::Stop) => break,
            Ok(Step::Again) => {
                trouble = None;
                client.pace().settle()
            }
            Err(fault) if fault.passes() => {
                let pause = match &fault {
                    Fault::Limited { pause, .. } => *pause,
                    _ => client.pace().retry(number),
                };
                trouble = Some(fault);
                pause
            }
            Err(fault) => return Err(fault),
        };
        if !client.sleep(pause).await {
            break;
        }
    }
    trouble.map_or(Ok(writer.outcome), Err)
}

/// What is next.
enum Step {
    Done,
    /// As often as is allowed was written.
    Stop,
    /// Look again, after a pause.
    Again,
}

/// A job at its work on the note.
struct Writer<'a> {
    client: &'a Client,
    target: &'a Target<'a>,
    me: User,
    own: Own<'a>,
    /// How often it still has to look before it makes it again.
    doubts: u32,
    outcome: Outcome,
}

impl Writer<'_> {
    /// A look, and the write that it calls for.
    async fn step(&mut self, render: &mut Render<'_>) -> Result<Step, Fault> {
        let there = self.look().await?;
        self.outcome.id = there.as_ref().map(|note| note.id);
        let marked = there.as_ref().and_then(|note| self.own.marked(note));
        let Some(wanted) = render(marked.map(|marked| marked.text)) else {
            return self.tidy().await.map(|()| Step::Done);
        };
        if marked.is_some_and(|marked| self.own.says(marked.text, &wanted)) {
            return self.tidy().await.map(|()| Step::Done);
        }
        if there.is_none() && self.doubts > 0 {
            self.doubts -= 1;
            return Ok(Step::Again);
        }
        if self.outcome.written >= WRITES {
            return self.tidy().await.map(|()| Step::Stop);
        }
        match (&there, marked) {
            (Some(note), Some(marked)) => {
                self.change(note.id, marked.line, &wanted).await?;
            }
            _ => self.make(&wanted).await?,
        }
        Ok(Step::Again)
    }

    /// The note as it is: of several, the first that was made.
    async fn look(&mut self) -> Result<Option<Note>, Fault> {
        let all = notes::list(self.client, self.target.request).await?;
        let is_ours = |note: &Note| note.author.id == self.me.id && self.own.marked(note).is_some();
        let ours: Vec<Note> = all.into_iter().filter(is_ours).collect();
        Ok(self.own.first(ours))
    }

    async fn make(&mut self, text: &str) -> Result<(), Fault> {
        let body = body(&self.own.line(), text)?;
        let answer = notes::create(self.client, self.target.request, &body).await;
        if !matches!(answer, Err(Fault::Limited { .. })) {
            self.outcome.written += 1;
        }
        match answer {
            Ok(Made::Yes(note)) => {
                self.own.remember(text, &note);
                Ok(())
            }
            Ok(Made::Unsure(fault)) | Err(fault @ Fault::Answer { .. }) => {
                self.doubts = DOUBTS;
                Err(fault)
            }
            Err(fault) => Err(fault),
        }
    }

    async fn change(&mut self, id: u64, line: &str, text: &str) -> Result<(), Fault> {
        let body = body(line, text)?;
        let answer = notes::update(self.client, self.target.request, id, &body).await;
        if !matches!(answer, Err(Fault::Limited { .. })) {
            self.outcome.written += 1;
        }
        if let Some(note) = answer? {
            self.own.remember(text, &note);
        }
        Ok(())
    }

    /// Deletes what was made beside the note.
    async fn tidy(&mut self) -> Result<(), Fault> {
        while let Some(id) = self.own.duplicates.pop() {
            notes::delete(self.client, self.target.request, id).await?;
            self.outcome.written += 1;
        }
        Ok(())
    }
}

/// A note of a first line and a text.
fn body(line: &str, text: &str) -> Result<String, Fault> {
    own::body(line, text, LONGEST).map_err(|length| {
        Fault::usage(format!("the note has {length} characters, and GitLab takes {LONGEST}"))
    })
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
