//! `sandgate ci` from the event to what is told, against the embedded platform and its GitHub.
#![cfg(all(unix, feature = "remote"))]
#![expect(clippy::unwrap_used, reason = "tests")]

mod cancelled;
#[path = "../common/mod.rs"]
mod common;
mod events;
mod feedback;
mod gitlab;
mod hostile;
mod inert;
mod inert_forms;
mod inert_plans;
mod merge;
mod official;
mod payloads;
mod preview;
mod race;
mod rehearsed;
mod release;
mod report;
mod rows;
mod stage;
mod told;
