//! What is sent: the tree, Docker's rules, the archive, and the commands that show them.
#![expect(clippy::unwrap_used, reason = "tests")]

mod command;
#[path = "../common/mod.rs"]
mod common;
mod docker;
mod pack;
mod tree;
