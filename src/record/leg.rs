//! What one job of a CI run did with one image: what its report is made from, in this job or in a later one. A later job
//! may get it from a stranger's run: it is read within bounds, and nothing in it is believed but as something to show.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Status, promotion::Target};
use crate::escape;

/// The version of the form; fields are added, never renamed or removed.
const VERSION: u32 = 1;
const KIND: &str = "leg";
const ALL: &str = "legs";
const DOCKERFILE: &str = "Dockerfile";

/// The phase of a failure of which no record tells.
pub const UNRECORDED: &str = "record";

/// The most of each that a leg tells, and the longest text, in bytes.
const FINDINGS: usize = 100;
const LINES: usize = 40;
/// The most findings that are counted.
const COUNT: usize = 1_000_000;
const LONGEST: usize = 2000;

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Did {
    /// It was checked.
    #[default]
    Lint,
    /// It was built, and is shown under a URL of the pull request.
    Preview,
    /// It was built.
    Push,
    /// It was built, and runs.
    Deploy,
    /// It was shared with production.
    Promote,
    /// What the pull request left was removed.
    Cleanup,
}

/// Where a run of a CI system is seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Run {
    /// Its number, which grows.
    pub id: u64,
    /// Which attempt.
    pub attempt: u64,
    /// Its page.
    pub url: Option<String>,
}

/// A finding, as a table shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Finding {
    /// `error`, `warning` or `info`.
    pub severity: String,
    /// The rule.
    pub code: String,
    /// File, relative to the repository.
    pub path: String,
    /// Its line, from 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Whether there is a safe fix.
    pub fixable: bool,
}

/// What the check found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lint {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Advice.
    pub infos: usize,
    /// The first of them, the worst in front.
    pub findings: Vec<Finding>,
    /// Suppressions that the change adds.
    pub added: Vec<String>,
}

/// Why it came to nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Failure {
    /// `lint`, `pack`, `upload`, `build` or `rollout`; `record` where the job left none.
    pub phase: Option<String>,
    /// The instruction.
    pub step: Option<String>,
    /// The line of the Dockerfile.
    pub line: Option<usize>,
    /// The cause.
    pub cause: String,
    /// What to do.
    pub help: Option<String>,
    /// The last lines of the log.
    pub log_tail: Vec<String>,
}

impl Failure {
    /// Whether it tells more than where it was.
    pub fn is_told(&self) -> bool {
        !self.cause.is_empty()
            || self.step.is_some()
            || self.help.is_some()
            || !self.log_tail.is_empty()
    }
}

/// What merging would do, for one workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Merging {
    /// The workspace.
    pub workspace: String,
    /// Whether the image is shared with it: `none`, `pending`, `active`, `unknown`, `refused` where that keeps it from being
    /// built, or `unasked` in a rehearsal.
    pub share: String,
    /// The tag that was promoted last, where that is known.
    pub now: Option<String>,
}

/// What one job did with one image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leg {
    /// The image's name.
    pub image: String,
    /// The project, relative to the repository.
    pub path: String,
    /// Its Dockerfile, relative to the repository, where that is not the project's `Dockerfile`.
    pub dockerfile: Option<String>,
    /// The commit that it is about.
    pub commit: Option<String>,
    /// The pull request.
    pub pull: Option<u64>,
    /// The run.
    pub run: Run,
    /// Whether the platform was the embedded one.
    pub simulated: bool,
    /// What was done.
    pub did: Did,
    /// How it ended.
    pub status: Status,
    /// Why nothing was built, where nothing was to be.
    pub skipped: Option<String>,
    /// The workspace.
    pub workspace: Option<String>,
    /// `sandbox/NAME:TAG`.
    pub reference: Option<String>,
    /// The sandbox's URL.
    pub url: Option<String>,
    /// The preview's URL.
    pub preview_url: Option<String>,
    /// `sha256:…` of what was packed.
    pub digest: Option<String>,
    /// Whether an earlier build is used again.
    pub reused: bool,
    /// Bytes of all files.
    pub bytes: Option<u64>,
    /// How long it took, in seconds.
    pub seconds: Option<u64>,
    /// When it ended, RFC 3339.
    pub finished: String,
    /// What the check found.
    pub lint: Lint,
    /// Why it came to nothing.
    pub failure: Option<Failure>,
    /// What merging would do.
    pub merging: Vec<Merging>,
    /// Where it was promoted to.
    pub promoted: Vec<Target>,
    /// The tag that was promoted before, to go back to.
    pub previous: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct V1 {
    version: u32,
    kind: String,
    #[serde(default)]
    image: String,
    #[serde(default)]
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dockerfile: Option<String>,
    commit: Option<String>,
    #[serde(rename = "pull_request")]
    pull: Option<u64>,
    #[serde(default)]
    run: Run,
    #[serde(default)]
    simulated: bool,
    #[serde(default)]
    did: Did,
    #[serde(default)]
    status: String,
    skipped: Option<String>,
    workspace: Option<String>,
    reference: Option<String>,
    url: Option<String>,
    preview_url: Option<String>,
    digest: Option<String>,
    #[serde(default)]
    reused: bool,
    bytes: Option<u64>,
    seconds: Option<u64>,
    #[serde(default)]
    finished: String,
    #[serde(default)]
    lint: Lint,
    failure: Option<Failure>,
    #[serde(default)]
    merging: Vec<Merging>,
    #[serde(default)]
    promoted: Vec<Target>,
    previous: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct All<T> {
    version: u32,
    kind: String,
    legs: Vec<T>,
}

/// What one job did with all of its images, as JSON, version 1, on one line.
pub fn to_json(legs: &[Leg]) -> String {
    let legs: Vec<V1> = legs.iter().map(V1::from).collect();
    let all = All { version: VERSION, kind: ALL.into(), legs };
    // Plain data with text keys always serialises.
    escape::json(&serde_json::to_string(&all).unwrap_or_default()).into_owned()
}

/// Reads what [`to_json`] wrote, or [`Leg::to_json`]: each leg, or why it cannot be used, which hides no other. `Err` says
/// why the whole cannot be.
pub fn read_all(text: &str) -> Result<Vec<Result<Leg, String>>, String> {
    let Ok(all) = serde_json::from_str::<All<Value>>(text) else {
        return Leg::read(text).map(|leg| vec![Ok(leg)]);
    };
    if all.kind != ALL || all.version != VERSION {
        return Err(format!("it is a record of `{}`, version {}", short(&all.kind), all.version));
    }
    let leg = |leg| serde_json::from_value(leg).map_err(|err| unread(&err)).and_then(Leg::checked);
    Ok(all.legs.into_iter().map(leg).collect())
}

fn unread(err: &serde_json::Error) -> String {
    format!("it is no record of a job: {err}")
}

impl Leg {
    /// Whether its job left no record.
    pub fn is_unrecorded(&self) -> bool {
        let phase = self.failure.as_ref().and_then(|failure| failure.phase.as_deref());
        self.status == Status::Error && phase == Some(UNRECORDED)
    }

    /// Its Dockerfile, relative to the repository.
    pub fn dockerfile(&self) -> String {
        self.dockerfile.clone().unwrap_or_else(|| match self.path.trim_end_matches('/') {
            "" | "." => DOCKERFILE.to_owned(),
            folder => format!("{folder}/{DOCKERFILE}"),
        })
    }

    /// As JSON, version 1, without a line end.
    pub fn to_json(&self) -> String {
        // Plain data with text keys always serialises.
        escape::json(&serde_json::to_string(&V1::from(self)).unwrap_or_default()).into_owned()
    }

    /// Reads what [`Leg::to_json`] wrote, or what somebody else did: lists and texts are cut to what a report can hold.
    /// `Err` says why it cannot be used.
    pub fn read(text: &str) -> Result<Self, String> {
        let v1: V1 = serde_json::from_str(text).map_err(|err| unread(&err))?;
        Self::checked(v1)
    }

    fn checked(v1: V1) -> Result<Self, String> {
        if v1.kind != KIND || v1.version != VERSION {
            return Err(format!("it is a record of `{}`, version {}", short(&v1.kind), v1.version));
        }
        let mut leg = Self::from(v1);
        if leg.image.is_empty() {
            // No name can be made of some folders.
            leg.image.clone_from(&leg.path);
        }
        if leg.image.is_empty() {
            return Err("it names no image".into());
        }
        leg.cut();
        Ok(leg)
    }

    /// Cuts what is longer than a report can hold.
    fn cut(&mut self) {
        for count in [&mut self.lint.errors, &mut self.lint.warnings, &mut self.lint.infos] {
            *count = (*count).min(COUNT);
        }
        self.lint.findings.truncate(FINDINGS);
        self.lint.added.truncate(FINDINGS);
        self.merging.truncate(LINES);
        self.promoted.truncate(LINES);
        let mut texts: Vec<&mut String> = vec![&mut self.image, &mut self.path, &mut self.finished];
        texts.extend(self.lint.added.iter_mut());
        texts.extend(
            [
                &mut self.dockerfile,
                &mut self.commit,
                &mut self.run.url,
                &mut self.skipped,
                &mut self.workspace,
                &mut self.reference,
                &mut self.url,
                &mut self.preview_url,
                &mut self.digest,
                &mut self.previous,
            ]
            .into_iter()
            .flatten(),
        );
        for finding in &mut self.lint.findings {
            texts.extend([
                &mut finding.severity,
                &mut finding.code,
                &mut finding.path,
                &mut finding.message,
            ]);
            texts.extend(finding.help.as_mut());
        }
        if let Some(failure) = &mut self.failure {
            failure.log_tail.truncate(LINES);
            texts.push(&mut failure.cause);
            texts.extend(
                [&mut failure.phase, &mut failure.step, &mut failure.help].into_iter().flatten(),
            );
            texts.extend(failure.log_tail.iter_mut());
        }
        for one in &mut self.merging {
            texts.extend([&mut one.workspace, &mut one.share]);
            texts.extend(one.now.as_mut());
        }
        for target in &mut self.promoted {
            texts.push(&mut target.workspace);
            texts.extend(
                [&mut target.account, &mut target.why, &mut target.pending, &mut target.expires]
                    .into_iter()
                    .flatten(),
            );
        }
        for text in texts {
            if text.len() > LONGEST {
                *text = short(text);
            }
        }
    }
}

/// The beginning of a text that is too long.
fn short(text: &str) -> String {
    let mut out: String = text.chars().take(LONGEST / 4).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

impl From<&Leg> for V1 {
    fn from(leg: &Leg) -> Self {
        let leg = leg.clone();
        Self {
            version: VERSION,
            kind: KIND.into(),
            image: leg.image,
            path: leg.path,
            dockerfile: leg.dockerfile,
            commit: leg.commit,
            pull: leg.pull,
            run: leg.run,
            simulated: leg.simulated,
            did: leg.did,
            status: leg.status.name().into(),
            skipped: leg.skipped,
            workspace: leg.workspace,
            reference: leg.reference,
            url: leg.url,
            preview_url: leg.preview_url,
            digest: leg.digest,
            reused: leg.reused,
            bytes: leg.bytes,
            seconds: leg.seconds,
            finished: leg.finished,
            lint: leg.lint,
            failure: leg.failure,
            merging: leg.merging,
            promoted: leg.promoted,
            previous: leg.previous,
        }
    }
}

impl From<V1> for Leg {
    fn from(v1: V1) -> Self {
        Self {
            image: v1.image,
            path: v1.path,
            dockerfile: v1.dockerfile,
            commit: v1.commit,
            pull: v1.pull,
            run: v1.run,
            simulated: v1.simulated,
            did: v1.did,
            status: Status::named(&v1.status),
            skipped: v1.skipped,
            workspace: v1.workspace,
            reference: v1.reference,
            url: v1.url,
            preview_url: v1.preview_url,
            digest: v1.digest,
            reused: v1.reused,
            bytes: v1.bytes,
            seconds: v1.seconds,
            finished: v1.finished,
            lint: v1.lint,
            failure: v1.failure,
            merging: v1.merging,
            promoted: v1.promoted,
            previous: v1.previous,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Did, Failure, Finding, Leg, Lint};
    use crate::record::Status;

    #[test]
    fn what_is_written_is_read() {
        let leg = Leg {
            image: "app".into(),
            pull: Some(12),
            did: Did::Deploy,
            status: Status::Failed,
            lint: Lint { errors: 1, findings: vec![Finding::default()], ..Lint::default() },
            failure: Some(Failure { cause: "exit 1".into(), ..Failure::default() }),
            ..Leg::default()
        };
        assert_eq!(Leg::read(&leg.to_json()).unwrap(), leg);
        assert_eq!(super::read_all(&leg.to_json()).unwrap(), [Ok(leg.clone())]);
        let unnamed = Leg { image: String::new(), path: "images/日本".into(), ..leg.clone() };
        let nothing = Leg::default();
        let all = super::to_json(&[leg.clone(), nothing, unnamed]);
        let read = super::read_all(&all).unwrap();
        assert_eq!(read[0], Ok(leg));
        assert!(read[1].is_err() && read.len() == 3);
        assert_eq!(read[2].as_ref().unwrap().image, "images/日本");
    }

    #[test]
    fn a_strangers_record_is_bounded() {
        let finding = Finding { message: "é".repeat(100_000), ..Finding::default() };
        let leg = Leg {
            image: "app".into(),
            lint: Lint { findings: vec![finding; 500], ..Lint::default() },
            ..Leg::default()
        };
        let read = Leg::read(&leg.to_json()).unwrap();
        assert_eq!(read.lint.findings.len(), 100);
        assert!(read.lint.findings.iter().all(|one| one.message.len() <= super::LONGEST));
        for text in
            ["", "{}", "[]", r#"{"version":2,"kind":"leg"}"#, r#"{"version":1,"kind":"leg"}"#]
        {
            assert!(Leg::read(text).is_err(), "{text}");
        }
    }
}
