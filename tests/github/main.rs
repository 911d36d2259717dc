//! GitHub's side: the client, the rows and the comment, against the embedded forge and against servers that misbehave.
#![cfg(all(unix, feature = "remote"))]
#![expect(clippy::unwrap_used, reason = "tests")]

mod calls;
mod comment;
mod hostile;
mod limits;
mod lost;
mod official;
mod race;
mod world;
