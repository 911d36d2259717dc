//! Linting as a whole: projects, settings, formats, silence, secrets, and what no project may do to it.
#![expect(clippy::unwrap_used, reason = "tests")]

mod adoption;
mod any_project;
mod bad_input;
mod base_rules;
#[path = "../common/mod.rs"]
mod common;
mod dockerfile;
mod fixes;
mod fixtures;
mod formats;
mod history;
mod hub;
mod hub_broken;
mod large;
mod manifest;
mod many;
mod secrets;
mod suppress;
mod upper;
mod wording;
