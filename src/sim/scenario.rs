//! How the platform behaves: one name for every way in which it has been seen, or must be feared, to behave.

use std::{fmt, str::FromStr};

use super::fault::Kind;

/// A way in which the platform behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Scenario {
    /// Everything works.
    #[default]
    Happy,
    /// A `RUN` step fails.
    BuildFails,
    /// The image is built, the sandbox does not start.
    RolloutFails,
    /// The image that exists already is used again.
    ReusedBuild,
    /// An older success stays visible after the upload.
    StaleDeployed,
    /// An older failure stays visible after the upload.
    StaleFailed,
    /// The build does not end in any reasonable time.
    Slow,
    /// The upload is accepted and nothing follows.
    UpdateDropped,
    /// `status` is null while the work goes on.
    NullStatus,
    /// `status` has values that no document names.
    UnknownStatus,
    /// 401 on every call.
    Unauthorized,
    /// 403 on every call.
    Forbidden,
    /// The key is not an admin's: shares meet a 403.
    NotAdmin,
    /// The first call of every kind meets a 429.
    RateLimited,
    /// The first call of every kind meets a 429 that does not say when to come again.
    RateLimitedBare,
    /// The first two calls of every kind meet a 500.
    ServerError,
    /// The first create or update answers an HTML 504, and takes effect.
    Html504,
    /// The connection of the first change is reset before it takes effect.
    ResetBefore,
    /// The connection of the first change is reset after it took effect.
    ResetAfter,
    /// Half of the answer to the first change comes.
    TruncatedJson,
    /// The answer to the first change comes in drops.
    SlowBody,
    /// The answer to the first change never comes.
    Stall,
    /// The first change is sent to another host.
    Redirect,
    /// `POST` of a new sandbox meets a 409.
    Conflict,
    /// `code` of an error is a string.
    CodeAsString,
    /// `error` of an error is an object.
    ErrorAsObject,
    /// The upload URL is missing from the answer.
    NoUploadUrl,
    /// The object store refuses every upload.
    UploadRefused,
    /// The object store refuses the first upload.
    UploadRefusedOnce,
    /// The first upload URL has expired when it arrives.
    UploadExpired,
    /// The first upload URL is signed without the build settings.
    LabelsUnsignedOnce,
    /// No upload URL is signed with the build settings.
    LabelsUnsigned,
    /// A `RUN` step fails, and its log tries to command whoever shows it.
    HostileLog,
    /// There are never any logs.
    MissingLogs,
    /// The first logs come late.
    LateLogs,
    /// A share that waits for approval has expired when it is answered.
    ShareExpired,
    /// The image that a share meets in the target is in the way.
    AcceptConflict,
    /// A share that exists already is refused instead of confirmed.
    ShareExists,
    /// New tags reach the workspaces that an image is shared with late.
    LateTags,
    /// Many more lines than one page holds.
    LongLog,
    /// Lines come twice.
    DuplicateLogs,
    /// The platform's clock is behind that of its clients.
    SkewedClock,
}

/// Every scenario, its name, and what it does.
const ALL: &[(Scenario, &str, &str)] = &[
    (Scenario::Happy, "happy", "everything works"),
    (Scenario::BuildFails, "build-fails", "the last RUN of the uploaded Dockerfile fails"),
    (
        Scenario::RolloutFails,
        "rollout-fails",
        "the image is built, the sandbox fails its start-up probe",
    ),
    (
        Scenario::ReusedBuild,
        "reused-build",
        "the sandbox exists and its identical image is used again, without BUILDING",
    ),
    (
        Scenario::StaleDeployed,
        "stale-deployed",
        "the sandbox exists and its old DEPLOYED stays visible for a while after the upload",
    ),
    (
        Scenario::StaleFailed,
        "stale-failed",
        "the sandbox exists and its old FAILED stays visible for a while after the upload",
    ),
    (Scenario::Slow, "slow", "BUILDING lasts an hour"),
    (Scenario::UpdateDropped, "update-dropped", "the upload is accepted and no build follows"),
    (Scenario::NullStatus, "null-status", "the status is null while the work goes on"),
    (
        Scenario::UnknownStatus,
        "unknown-status",
        "statuses that no document names, and others in lower case",
    ),
    (Scenario::Unauthorized, "unauthorized", "401 on every call"),
    (Scenario::Forbidden, "forbidden", "403 on every call"),
    (
        Scenario::NotAdmin,
        "not-admin",
        "403 on every share, its end, and every answer to one: the key is not an admin's",
    ),
    (Scenario::RateLimited, "rate-limited", "429 with Retry-After on the first call of every kind"),
    (
        Scenario::RateLimitedBare,
        "rate-limited-bare",
        "429 without Retry-After on the first call of every kind",
    ),
    (Scenario::ServerError, "server-error", "500 on the first two calls of every kind"),
    (
        Scenario::Html504,
        "html-504",
        "the first create or update takes effect and answers an HTML 504",
    ),
    (
        Scenario::ResetBefore,
        "reset-before",
        "the connection of the first change of each resource is reset, and nothing has happened",
    ),
    (
        Scenario::ResetAfter,
        "reset-after",
        "the first change of each resource takes effect, and its connection is reset",
    ),
    (
        Scenario::TruncatedJson,
        "truncated-json",
        "the first change of each resource takes effect, and half of its JSON comes",
    ),
    (
        Scenario::SlowBody,
        "slow-body",
        "the first change of each resource takes effect, and its answer comes in drops over 4 s",
    ),
    (Scenario::Stall, "stall", "the first change of each resource takes effect, and nothing comes"),
    (
        Scenario::Redirect,
        "redirect",
        "the first change of each resource is sent to another host by a 307",
    ),
    (Scenario::Conflict, "conflict", "409 on the POST of a new sandbox: somebody else was faster"),
    (
        Scenario::CodeAsString,
        "code-as-string",
        "create and update are refused with a string as `code`",
    ),
    (
        Scenario::ErrorAsObject,
        "error-as-object",
        "create and update are refused with an object as `error`",
    ),
    (Scenario::NoUploadUrl, "no-upload-url", "the answer has no X-Blaxel-Upload-Url"),
    (Scenario::UploadRefused, "upload-refused", "the object store answers 403 to every upload"),
    (
        Scenario::UploadRefusedOnce,
        "upload-refused-once",
        "the object store answers 403 to the first upload",
    ),
    (Scenario::UploadExpired, "upload-expired", "the first upload URL has expired when it arrives"),
    (
        Scenario::LabelsUnsignedOnce,
        "labels-unsigned-once",
        "the first upload URL is signed without the build settings",
    ),
    (
        Scenario::LabelsUnsigned,
        "labels-unsigned",
        "no upload URL is signed with the build settings",
    ),
    (
        Scenario::HostileLog,
        "hostile-log",
        "the last RUN fails and prints workflow commands, terminal controls and carriage returns",
    ),
    (Scenario::MissingLogs, "missing-logs", "there are never any logs"),
    (Scenario::LateLogs, "late-logs", "the first logs come 30 s late"),
    (
        Scenario::ShareExpired,
        "share-expired",
        "a share across accounts has expired when it is accepted or declined",
    ),
    (
        Scenario::AcceptConflict,
        "accept-conflict",
        "409 on the acceptance of a share, unless it is forced: an image of that name is there",
    ),
    (Scenario::ShareExists, "share-exists", "409 on a share that exists already"),
    (
        Scenario::LateTags,
        "late-tags",
        "a new tag reaches the workspaces that its image is shared with 3 s late",
    ),
    (Scenario::LongLog, "long-log", "a build writes 2,500 lines, more than two pages"),
    (Scenario::DuplicateLogs, "duplicate-logs", "every line of a log comes twice"),
    (Scenario::SkewedClock, "skewed-clock", "the platform's clock is 90 s behind this machine's"),
];

impl Scenario {
    /// Every scenario, in the order of the list that users see.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|row| row.0)
    }

    /// The scenario of this name.
    ///
    /// # Errors
    /// The error's text lists every name.
    pub fn parse(name: &str) -> Result<Self, UnknownScenario> {
        ALL.iter()
            .find(|row| row.1 == name)
            .map(|row| row.0)
            .ok_or_else(|| UnknownScenario { name: name.to_owned() })
    }

    /// Its name, as typed by users.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// What it does, in one line.
    pub fn describe(self) -> &'static str {
        self.row().2
    }

    /// What happens to the first change of each resource on the way.
    pub(super) fn fault(self) -> Option<Kind> {
        Some(match self {
            Self::ResetBefore => Kind::ResetBefore,
            Self::ResetAfter => Kind::ResetAfter,
            Self::TruncatedJson => Kind::Truncated,
            Self::SlowBody => Kind::Slow,
            Self::Stall => Kind::StallAfter,
            Self::Redirect => Kind::Redirect,
            _ => return None,
        })
    }

    fn row(self) -> &'static (Self, &'static str, &'static str) {
        ALL.iter().find(|row| row.0 == self).unwrap_or(&ALL[0])
    }

    /// Whether a sandbox of an earlier deployment exists before the first call.
    pub(super) fn has_past(self) -> bool {
        matches!(self, Self::StaleDeployed | Self::StaleFailed | Self::ReusedBuild)
    }
}

impl FromStr for Scenario {
    type Err = UnknownScenario;

    fn from_str(name: &str) -> Result<Self, UnknownScenario> {
        Self::parse(name)
    }
}

/// No scenario has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownScenario {
    name: String,
}

impl fmt::Display for UnknownScenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no scenario is called `{}`; there are ", self.name)?;
        for (index, row) in ALL.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            f.write_str(row.1)?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownScenario {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_is_its_own_and_leads_back() {
        let names: BTreeSet<_> = Scenario::all().map(Scenario::name).collect();
        assert_eq!(names.len(), ALL.len());
        for scenario in Scenario::all() {
            assert_eq!(Scenario::parse(scenario.name()), Ok(scenario));
            assert!(!scenario.describe().is_empty());
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_all_names() {
        let error = Scenario::parse("nope").unwrap_err().to_string();
        assert!(error.contains("`nope`"), "{error}");
        for scenario in Scenario::all() {
            assert!(error.contains(scenario.name()), "{error}");
        }
    }
}
