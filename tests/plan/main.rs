//! `sandgate plan` in real repositories, made with git.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests")]

mod base;
#[cfg(feature = "remote")]
mod ci;
#[path = "../common/mod.rs"]
mod common;
mod forms;
mod inputs;
mod order;
#[cfg(feature = "remote")]
mod records;
mod repository;
mod waves;
