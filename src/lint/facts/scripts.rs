//! The shell scripts among the project's files, each parsed once.

use std::collections::BTreeMap;

use crate::project::{
    Project,
    path::ContextPath,
    script::{self, Script},
};

/// Parses them all.
pub(super) fn all(project: &Project) -> BTreeMap<ContextPath, Script> {
    project
        .files
        .iter()
        .filter(|(path, source)| is_shell(path, source.text()))
        .map(|(path, source)| (path.clone(), script::parse(source.text())))
        .collect()
}

/// Whether a file holds shell text: by its name, else by its `#!`.
fn is_shell(path: &ContextPath, text: &str) -> bool {
    let extension = path.name().rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "sh" | "bash" | "zsh" | "ksh" => true,
        _ if is_program(path) => false,
        _ => text.starts_with("#!") && text.lines().next().is_some_and(|line| line.contains("sh")),
    }
}

/// Whether a file holds the text of a program, by its name.
pub(super) fn is_program(path: &ContextPath) -> bool {
    let extension = path.name().rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(
        extension,
        "py" | "js" | "mjs" | "cjs" | "ts" | "rb" | "go" | "rs" | "php" | "pl" | "lua"
    )
}
