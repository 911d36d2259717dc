//! What earlier runs built, from their records: for the question whether a build is needed.

use jiff::Timestamp;
use serde::Deserialize;

/// A build of an earlier run that succeeded on the real platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// What was done: `push` or `deploy`.
    pub action: String,
    /// Name of the image.
    pub name: String,
    /// The workspace.
    pub workspace: String,
    /// `sandbox/NAME:TAG`; `None` where an earlier build was used again and nothing said which.
    pub image: Option<String>,
    /// `sha256:…` of what was packed; `None` for a finished image.
    pub context_digest: Option<String>,
    /// When the run started.
    pub started: Timestamp,
}

#[derive(Deserialize)]
struct Wire {
    version: u32,
    action: String,
    status: String,
    simulated: bool,
    #[serde(default)]
    dry_run: bool,
    started: String,
    name: Option<String>,
    workspace: Option<String>,
    image: Option<String>,
    context_digest: Option<String>,
}

/// Why a text holds no build that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// It is no record of a push or a deploy; what the parser said.
    NoRecord(String),
    /// It is one of a run that built nothing to rely on; why.
    NotBuilt(String),
}

impl Earlier {
    /// Reads the record of a push or a deploy.
    pub fn read(text: &str) -> Result<Self, Unusable> {
        let no_record = |why: &dyn std::fmt::Display| Unusable::NoRecord(why.to_string());
        let wire: Wire = serde_json::from_str(text).map_err(|err| no_record(&err))?;
        if wire.version != 1 || !matches!(wire.action.as_str(), "push" | "deploy") {
            return Err(no_record(&"it is no record of a push or a deploy, version 1"));
        }
        let started = wire.started.parse().map_err(|err| no_record(&err))?;
        let not = |why: String| Err(Unusable::NotBuilt(why));
        if wire.simulated || wire.dry_run {
            return not("nothing of that run was real".into());
        }
        if wire.status != "succeeded" {
            return not(format!("that run ended otherwise: {}", wire.status));
        }
        let (Some(name), Some(workspace)) = (wire.name, wire.workspace) else {
            return Err(no_record(&"it names no image or no workspace"));
        };
        Ok(Self {
            action: wire.action,
            name,
            workspace,
            image: wire.image,
            context_digest: wire.context_digest,
            started,
        })
    }

    /// The tag that the run made.
    pub fn tag(&self) -> Option<&str> {
        self.image.as_deref()?.rsplit_once(':').map(|(_, tag)| tag)
    }
}

#[cfg(test)]
mod tests {
    use super::{Earlier, Unusable};
    use crate::record::{Record, Status, promotion::Promotion};

    #[test]
    fn what_a_run_wrote_is_read_and_only_real_successes_count() {
        let mut record = Record {
            action: "deploy",
            status: Status::Succeeded,
            started: "2026-11-24T10:00:00Z".into(),
            name: Some("app".into()),
            workspace: Some("dev".into()),
            image: Some("sandbox/app:t1".into()),
            context_digest: Some("sha256:00".into()),
            ..Record::default()
        };
        let earlier = Earlier::read(&record.to_json()).unwrap();
        assert_eq!((earlier.name.as_str(), earlier.tag()), ("app", Some("t1")));
        assert_eq!(earlier.context_digest.as_deref(), Some("sha256:00"));
        record.simulated = true;
        assert!(matches!(Earlier::read(&record.to_json()), Err(Unusable::NotBuilt(_))));
        record.simulated = false;
        record.status = Status::Failed;
        let Err(Unusable::NotBuilt(why)) = Earlier::read(&record.to_json()) else { panic!() };
        assert!(why.contains("failed"), "{why}");
        for other in ["{}", "[]", "", &Promotion::default().to_json()] {
            assert!(matches!(Earlier::read(other), Err(Unusable::NoRecord(_))), "{other}");
        }
    }
}
