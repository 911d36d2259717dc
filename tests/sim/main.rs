//! The embedded platform over plain HTTP, as any client sees it.
#![cfg(feature = "remote")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod api;
mod client;
mod command;
#[path = "../common/mod.rs"]
mod common;
mod faults;
mod fixtures;
mod lifetimes;
mod login;
mod places;
mod previews;
mod scenarios;
mod shares;
mod store;
mod tapes;
