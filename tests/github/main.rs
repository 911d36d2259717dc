//! The forges' side: the client, the rows and the comment, against the embedded forge and against servers that misbehave;
//! and GitLab's client against these.
#![cfg(all(unix, feature = "remote"))]
#![expect(clippy::unwrap_used, reason = "tests")]

mod calls;
mod comment;
mod gitlab;
mod hostile;
mod limits;
mod lost;
mod official;
mod race;
mod world;
