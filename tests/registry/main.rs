//! `--online`, against hostile registries and a real one.
#![cfg(feature = "remote")]
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;
mod hostile;
mod real;
