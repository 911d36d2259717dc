//! `sandgate push`: the client against every way in which the platform behaves, and the binary.
#![cfg(all(unix, feature = "remote"))]
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../deploy/library.rs"]
mod library;
#[expect(dead_code, reason = "shared with the tests of deploy")]
#[path = "../deploy/proxy.rs"]
mod proxy;
mod registry;
mod rival;
mod runs;
mod scenarios;
#[expect(dead_code, reason = "shared with the tests of deploy")]
#[path = "../deploy/stage.rs"]
mod stage;
mod tokens;
