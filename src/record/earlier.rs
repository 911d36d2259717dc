//! What earlier runs built, from their records: for the question whether a build is needed.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{
    Status,
    leg::{self, Did, Leg},
};

/// A build of an earlier run on the real platform. One that did not succeed may have changed what is there all the same.
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
    /// How it ended.
    pub status: Status,
    /// When it started, to the second.
    pub started: Timestamp,
    /// When it ended, to the second, and never later than that.
    pub ended: Timestamp,
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
    #[serde(default)]
    timings: Vec<Timing>,
}

#[derive(Deserialize)]
struct Timing {
    phase: String,
    seconds: f64,
}

/// Why a text holds no build that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// It is no record of a push or a deploy; what the parser said.
    NoRecord(String),
    /// It is one of a run that changed nothing on a platform; why.
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
        let started: Timestamp = wire.started.parse().map_err(|err| no_record(&err))?;
        let not = |why: String| Err(Unusable::NotBuilt(why));
        if wire.simulated || wire.dry_run {
            return not("nothing of that run was real".into());
        }
        let status = Status::named(&wire.status);
        let (Some(name), Some(workspace)) = (wire.name, wire.workspace) else {
            if status != Status::Succeeded {
                // Whoever does not know these has sent nothing.
                return not(format!("that run ended early: {}", wire.status));
            }
            return Err(no_record(&"it names no image or no workspace"));
        };
        let total = wire.timings.iter().find(|timing| timing.phase == "total");
        let took = total.map_or(0.0, |timing| timing.seconds.trunc());
        let took = SignedDuration::try_from_secs_f64(took).map_err(|err| no_record(&err))?;
        Ok(Self {
            action: wire.action,
            name,
            workspace,
            image: wire.image,
            context_digest: wire.context_digest,
            status,
            started,
            ended: started.checked_add(took).map_err(|err| no_record(&err))?,
        })
    }

    /// Reads the record of a push or a deploy, or the legs of a job of `sandgate ci`, those that count.
    pub fn read_all(text: &str) -> Result<Vec<Self>, Unusable> {
        let why = match Self::read(text) {
            Err(Unusable::NoRecord(why)) => why,
            one => return one.map(|one| vec![one]),
        };
        let legs = leg::read_all(text).map_err(|_| Unusable::NoRecord(why))?;
        let mut out = Vec::new();
        let mut first = None;
        for leg in legs {
            match leg.map_err(Unusable::NoRecord).and_then(|leg| Self::of_leg(&leg)) {
                Ok(one) => out.push(one),
                Err(why) => {
                    first.get_or_insert(why);
                }
            }
        }
        match first {
            Some(why) if out.is_empty() => Err(why),
            _ => Ok(out),
        }
    }

    fn of_leg(leg: &Leg) -> Result<Self, Unusable> {
        let action = match leg.did {
            Did::Push => "push",
            Did::Deploy => "deploy",
            Did::Lint | Did::Preview | Did::Promote | Did::Cleanup => {
                return Err(Unusable::NotBuilt("no image was pushed or deployed".into()));
            }
        };
        if leg.simulated || leg.skipped.is_some() {
            return Err(Unusable::NotBuilt("nothing of that run was real".into()));
        }
        let Some(workspace) = leg.workspace.clone() else {
            return Err(if leg.status == Status::Succeeded {
                Unusable::NoRecord("it names no workspace".into())
            } else {
                Unusable::NotBuilt(format!("that run ended early: {}", leg.status.name()))
            });
        };
        let no_record = |err: jiff::Error| Unusable::NoRecord(err.to_string());
        let ended: Timestamp = leg.finished.parse().map_err(no_record)?;
        let took = i64::try_from(leg.seconds.unwrap_or_default()).unwrap_or(i64::MAX);
        let started = ended.checked_sub(SignedDuration::from_secs(took)).map_err(no_record)?;
        Ok(Self {
            action: action.into(),
            name: leg.image.clone(),
            workspace,
            image: leg.reference.clone(),
            context_digest: leg.digest.clone(),
            status: leg.status,
            started,
            ended,
        })
    }

    /// The tag that the run made.
    pub fn tag(&self) -> Option<&str> {
        self.image.as_deref()?.rsplit_once(':').map(|(_, tag)| tag)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Did, Earlier, Leg, Status, Unusable};
    use crate::record::{Record, promotion::Promotion};

    #[test]
    fn what_a_run_wrote_is_read_and_only_real_runs_count() {
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
        assert_eq!(earlier.started, earlier.ended);
        record.timings = vec![("total", Duration::from_millis(61_900))];
        let earlier = Earlier::read(&record.to_json()).unwrap();
        assert_eq!(earlier.ended.to_string(), "2026-11-24T10:01:01Z");
        record.simulated = true;
        assert!(matches!(Earlier::read(&record.to_json()), Err(Unusable::NotBuilt(_))));
        record.simulated = false;
        record.status = Status::Failed;
        assert_eq!(Earlier::read(&record.to_json()).unwrap().status, Status::Failed);
        record.workspace = None;
        let Err(Unusable::NotBuilt(why)) = Earlier::read(&record.to_json()) else { panic!() };
        assert!(why.contains("failed"), "{why}");
        let leg = Leg {
            image: "app".into(),
            did: Did::Deploy,
            status: Status::Succeeded,
            workspace: Some("dev".into()),
            reference: Some("sandbox/app:t2".into()),
            digest: Some("sha256:01".into()),
            finished: "2026-11-24T11:00:00Z".into(),
            seconds: Some(60),
            ..Leg::default()
        };
        let lint = Leg { did: Did::Lint, ..leg.clone() };
        let failed = Leg { status: Status::Failed, ..leg.clone() };
        let read = |legs: &[Leg]| Earlier::read_all(&crate::record::leg::to_json(legs));
        let nameless = Leg { image: String::new(), ..leg.clone() };
        let all = read(&[lint.clone(), nameless, leg.clone(), failed.clone()]).unwrap();
        assert_eq!((all[0].tag(), all[0].action.as_str()), (Some("t2"), "deploy"));
        assert_eq!(all[0].started.to_string(), "2026-11-24T10:59:00Z");
        let ends: Vec<Status> = all.iter().map(|one| one.status).collect();
        assert_eq!(ends, [Status::Succeeded, Status::Failed]);
        let early = Leg { workspace: None, ..failed };
        for leg in [lint, early, Leg { simulated: true, ..leg.clone() }] {
            assert!(matches!(read(&[leg]), Err(Unusable::NotBuilt(_))));
        }
        assert_eq!(Earlier::read_all(&leg.to_json()).unwrap().len(), 1);
        for other in ["{}", "[]", "", &Promotion::default().to_json()] {
            assert!(matches!(Earlier::read(other), Err(Unusable::NoRecord(_))), "{other}");
        }
    }
}
