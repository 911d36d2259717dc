//! Uploads to an object store of other hands (`s3s`), with URLs signed by other hands (`rusty-s3`): it refuses whatever
//! differs from what was signed.
#![cfg(all(unix, feature = "remote"))]
#![expect(clippy::unwrap_used, reason = "tests")]

mod front;
mod link;
mod memory;
mod store;
mod uploads;
