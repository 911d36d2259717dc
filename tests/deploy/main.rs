//! `sandgate deploy`: the client against every way in which the platform behaves, and the binary from its first word to
//! its last.
#![cfg(all(unix, feature = "remote"))]
#![expect(clippy::unwrap_used, reason = "tests")]

mod build_args;
mod build_logins;
mod calls;
mod ci_log;
#[path = "../common/mod.rs"]
mod common;
mod credentials;
mod every_scenario;
mod exit;
mod keys;
mod library;
mod logs;
mod proxy;
mod record;
mod recreate;
mod runs;
mod scenarios;
mod stage;
mod surroundings;
