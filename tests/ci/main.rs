//! `sandgate ci` from the event to what is told, against the embedded platform and its GitHub.
#![cfg(all(unix, feature = "remote"))]
#![expect(clippy::unwrap_used, reason = "tests")]

mod cancelled;
#[path = "../common/mod.rs"]
mod common;
mod events;
mod feedback;
mod inert;
mod merge;
mod payloads;
mod preview;
mod report;
mod rows;
mod stage;
