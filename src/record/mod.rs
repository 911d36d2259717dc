//! Record v1: what happened, for people and for the next run. Pure.

mod built;
mod earlier;
mod key;
pub mod leg;
pub mod promotion;
pub mod row;
mod wire;

use std::time::Duration;

pub use built::Built;
pub use earlier::{Earlier, Unusable};
pub use key::deploy_key;

/// How a run ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Status {
    /// It did not come to an end of its own.
    #[default]
    Error,
    /// Pushed or deployed.
    Succeeded,
    /// The platform took it, and nobody waited for what came of it.
    Accepted,
    /// The gate refused it, or a policy.
    Refused,
    /// The build or the rollout failed.
    Failed,
    /// The deadline passed.
    TimedOut,
    /// Interrupted or terminated.
    Cancelled,
    /// Accepted; an approval is pending.
    Waiting,
}

impl Status {
    /// As records tell it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Succeeded => "succeeded",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::TimedOut => "timed-out",
            Self::Cancelled => "cancelled",
            Self::Waiting => "waiting",
        }
    }

    fn named(name: &str) -> Self {
        let all = [
            Self::Succeeded,
            Self::Accepted,
            Self::Refused,
            Self::Failed,
            Self::TimedOut,
            Self::Cancelled,
            Self::Waiting,
        ];
        all.into_iter().find(|status| status.name() == name).unwrap_or_default()
    }
}

/// Counts of the gate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gate {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Advice.
    pub infos: usize,
    /// Findings that a comment silences.
    pub suppressed: usize,
    /// Whether it passed.
    pub passed: bool,
}

/// Why a run came to nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// `lint`, `pack`, `upload`, `build` or `rollout`; `None` where that is not known or none of
    /// them failed: the deadline, the credentials, the settings, a signal.
    pub phase: Option<&'static str>,
    /// The instruction that failed.
    pub step: Option<String>,
    /// Line of the Dockerfile, from 1.
    pub dockerfile_line: Option<usize>,
    /// The cause.
    pub cause: String,
    /// The last lines of the log.
    pub log_tail: Vec<String>,
}

/// What happened in one run. Holds no secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// What was done: `push` or `deploy`.
    pub action: &'static str,
    /// How it ended.
    pub status: Status,
    /// What went wrong, in one sentence; `None` where findings alone refused it.
    pub error: Option<String>,
    /// Whether the platform was the embedded one.
    pub simulated: bool,
    /// What would be sent, as it was asked for; where it is there, nothing was sent.
    pub dry_run: Option<String>,
    /// When it started, RFC 3339.
    pub started: String,
    /// The commit, where the CI names it.
    pub commit: Option<String>,
    /// Name of the sandbox and its image.
    pub name: Option<String>,
    /// The workspace.
    pub workspace: Option<String>,
    /// `sandbox/NAME:TAG`; `None` on success where an earlier build is used again and nothing says which: that
    /// cannot be promoted.
    pub image: Option<String>,
    /// The sandbox's URL.
    pub url: Option<String>,
    /// The platform used an earlier, identical build.
    pub reused: bool,
    /// `sha256:…` of what was packed.
    pub context_digest: Option<String>,
    /// `sha256:…` of everything that decides what runs.
    pub deploy_key: Option<String>,
    /// Entries of the archive.
    pub entries: Option<usize>,
    /// Bytes of all files.
    pub content_bytes: Option<u64>,
    /// Bytes of the archive.
    pub archive_bytes: Option<u64>,
    /// What the gate said.
    pub gate: Option<Gate>,
    /// How long each phase took, in order.
    pub timings: Vec<(&'static str, Duration)>,
    /// Why it failed; `None` exactly where it succeeded.
    pub failure: Option<Failure>,
}

impl Record {
    /// As JSON, version 1, with a line end.
    pub fn to_json(&self) -> String {
        wire::json(self)
    }
}
