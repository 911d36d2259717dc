//! Images, shares, sandboxes and previews: the client against the embedded platform, and the commands from their first
//! word to their last.
#![cfg(all(unix, feature = "remote"))]
#![expect(clippy::unwrap_used, reason = "tests")]

mod built_previews;
mod commands;
#[path = "../common/mod.rs"]
mod common;
mod images;
mod login;
mod lost;
mod previews;
mod promotion;
mod sandboxes;
mod shares;
mod world;
