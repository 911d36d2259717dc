//! Check runs: a verdict with annotations, of any number.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{
    Client, Fault,
    client::{Call, Reply},
    effect, pages, wire,
};
use crate::ship::forge::exchange::{Hindrance as _, TRIES};

const READS: &str = "checks: read";
const WRITES: &str = "checks: write";
/// Most annotations of one request; more are added by further ones.
pub const BATCH: usize = 50;
/// Most characters of a summary, and of a text.
pub const LONGEST: usize = 65_535;
/// Most characters of an annotation's title.
const TITLE: usize = 255;
/// Most bytes of an annotation's message.
const MESSAGE: usize = 64 << 10;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// Well.
    Success,
    /// Not well.
    Failure,
    /// Worth a look, and nothing is wrong.
    Neutral,
    /// There was nothing to do.
    Skipped,
    /// Somebody ended it.
    Cancelled,
}

impl Conclusion {
    /// As GitHub writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Neutral => "neutral",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }
}

/// How serious an annotation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// A remark.
    Notice,
    /// A warning.
    Warning,
    /// An error.
    Failure,
}

/// A remark at a place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// From the root of the repository.
    pub path: String,
    /// The first line, from 1.
    pub start_line: u32,
    /// The last line.
    pub end_line: u32,
    /// Columns from 1, the last included; they count only where it is one line.
    pub columns: Option<(u32, u32)>,
    /// How serious it is.
    pub level: Level,
    /// What it is called.
    pub title: String,
    /// What is said.
    pub message: String,
}

impl Annotation {
    fn wire(&self) -> Value {
        let level = match self.level {
            Level::Notice => "notice",
            Level::Warning => "warning",
            Level::Failure => "failure",
        };
        let end = self.message.floor_char_boundary(MESSAGE.min(self.message.len()));
        let mut wire = json!({
            "path": self.path,
            "start_line": self.start_line,
            "end_line": self.end_line,
            "annotation_level": level,
            "title": wire::cut(&self.title, TITLE),
            "message": self.message.get(..end),
        });
        if let Some((start, end)) = self.columns.filter(|_| self.start_line == self.end_line) {
            wire["start_column"] = json!(start);
            wire["end_column"] = json!(end);
        }
        wire
    }
}

/// A check run that is to be made, and ends at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct New<'a> {
    /// What it is called.
    pub name: &'a str,
    /// The commit.
    pub sha: &'a str,
    /// What tells it from every other of the commit and name, such as the run and its attempt. One with the same id is
    /// not made twice.
    pub id: &'a str,
    /// Where there is more.
    pub details_url: Option<&'a str>,
    /// How it ended.
    pub conclusion: Conclusion,
    /// The verdict on one line.
    pub title: &'a str,
    /// Markdown; cut at [`LONGEST`] characters.
    pub summary: &'a str,
    /// Of any number.
    pub annotations: &'a [Annotation],
}

/// A check run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRun {
    /// Its id.
    pub id: u64,
    /// [`New::id`].
    pub key: String,
    /// Its page.
    pub url: Option<String>,
    /// How many annotations it has.
    pub annotations: u64,
}

impl CheckRun {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            id: value["id"].as_u64()?,
            key: wire::text(&value["external_id"]),
            url: wire::some(&value["html_url"]),
            annotations: value["output"]["annotations_count"].as_u64().unwrap_or_default(),
        })
    }
}

/// Makes a check run with all of its annotations. Where an answer is lost, what is there is read, and only what is
/// missing is sent again.
pub async fn create(client: &Client, new: &New<'_>) -> Result<CheckRun, Fault> {
    let (first, rest) = new.annotations.split_at(new.annotations.len().min(BATCH));
    let mut body = Map::new();
    body.insert("name".into(), json!(new.name));
    body.insert("head_sha".into(), json!(new.sha));
    body.insert("external_id".into(), json!(new.id));
    body.insert("status".into(), json!("completed"));
    body.insert("conclusion".into(), json!(new.conclusion.name()));
    body.insert("output".into(), output(new, first));
    if let Some(url) = new.details_url {
        body.insert("details_url".into(), json!(url));
    }
    let call = Call::new(Method::POST, &["check-runs"], WRITES).sending(body.into());
    let mut made =
        effect::post(client, &call, CheckRun::read, async || landed(client, new).await).await?;
    let mut sent = first.len();
    for batch in rest.chunks(BATCH) {
        sent += batch.len();
        made = append(client, made, new, batch, sent).await?;
    }
    Ok(made)
}

/// The check runs of a name, of all pages, that are of a commit.
pub async fn list(client: &Client, sha: &str, name: &str) -> Result<Vec<CheckRun>, Fault> {
    let call = Call::get(&["commits", sha, "check-runs"], READS)
        .with("check_name", name)
        .with("filter", "all");
    let rows = pages::all(client, &call, Some("check_runs")).await?;
    Ok(rows.iter().filter_map(CheckRun::read).collect())
}

async fn landed(client: &Client, new: &New<'_>) -> Result<Option<CheckRun>, Fault> {
    Ok(list(client, new.sha, new.name).await?.into_iter().find(|run| run.key == new.id))
}

/// Adds annotations, until there are `sent`. GitHub adds what an update brings, so an update is not made twice.
async fn append(
    client: &Client,
    run: CheckRun,
    new: &New<'_>,
    batch: &[Annotation],
    sent: usize,
) -> Result<CheckRun, Fault> {
    let id = run.id.to_string();
    let sent = u64::try_from(sent).unwrap_or(u64::MAX);
    let body = json!({"output": output(new, batch)});
    let call = Call::new(Method::PATCH, &["check-runs", &id], WRITES).sending(body).once();
    for number in 1..TRIES {
        let fault = match client.call(&call).await {
            Ok(Reply::Answer(answer)) => {
                answer.json()?;
                return Ok(CheckRun { annotations: sent, ..run });
            }
            Ok(Reply::Unsure(fault)) | Err(fault) => fault,
        };
        let pause = match &fault {
            Fault::Limited { pause, .. } => *pause,
            fault if fault.passes() => client.pace().settle() + client.pace().retry(number),
            _ => return Err(fault),
        };
        if !client.sleep(pause).await {
            return Err(fault);
        }
        let there = Call::get(&["check-runs", &id], READS);
        let there = pages::one(client, &there).await?.as_ref().and_then(CheckRun::read);
        if there.is_some_and(|there| there.annotations >= sent) {
            return Ok(CheckRun { annotations: sent, ..run });
        }
    }
    client.sure(&call).await?.json()?;
    Ok(CheckRun { annotations: sent, ..run })
}

fn output(new: &New<'_>, annotations: &[Annotation]) -> Value {
    json!({
        "title": wire::cut(new.title, TITLE),
        "summary": wire::cut(new.summary, LONGEST),
        "annotations": annotations.iter().map(Annotation::wire).collect::<Vec<_>>(),
    })
}
