//! What an earlier run built, from its record.

use serde::Deserialize;

/// An image that a run built.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Built {
    /// How that run ended.
    pub status: String,
    /// Whether the platform was the embedded one.
    pub simulated: bool,
    /// The workspace.
    pub workspace: String,
    /// `sandbox/NAME:TAG`.
    pub image: String,
    /// `sha256:…` of everything that decided what came out.
    pub deploy_key: Option<String>,
}

impl Built {
    /// Reads the record of a deploy or a push; `Err` says why it names no image.
    pub fn read(text: &str) -> Result<Self, String> {
        let built: Self = serde_json::from_str(text)
            .map_err(|err| format!("it is no record of a run that built an image: {err}"))?;
        if built.status == "succeeded" {
            Ok(built)
        } else {
            Err(format!("the run that it tells of ended otherwise: {}", built.status))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Built;
    use crate::record::{Record, Status};

    #[test]
    fn only_what_succeeded_was_built() {
        let mut record = Record {
            status: Status::Succeeded,
            workspace: Some("dev".into()),
            image: Some("sandbox/app:t1".into()),
            ..Record::default()
        };
        let built = Built::read(&record.to_json()).unwrap();
        assert_eq!((built.workspace.as_str(), built.image.as_str()), ("dev", "sandbox/app:t1"));
        record.status = Status::Failed;
        assert!(Built::read(&record.to_json()).unwrap_err().contains("failed"));
        record.image = None;
        assert!(Built::read(&record.to_json()).is_err());
    }
}
