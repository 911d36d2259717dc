//! Secrets that the platform gives are shown nowhere by GitHub's runner, where that reads along: each is told of when it
//! comes, so that a command that asks for none prints no line. What the job was given, whoever gave it has masked.

use crate::{report, settings, shell};

/// Whom a client tells of them.
pub(super) fn telling() -> Option<fn(&str)> {
    settings::in_github_actions().then_some(|secret| shell::at_once(&report::mask(secret)))
}
