//! Programs that compile when the sandbox starts, or each time a file changes, and need the compiler
//! there.

use crate::lint::facts::Facts;
use crate::project::{dockerfile::Kind, script::base};

/// Whether the final image starts one of `programs`, or installs one: a program, or one and its first argument.
pub(super) fn is_used(facts: &Facts<'_>, programs: &[&str]) -> bool {
    if programs.is_empty() {
        return false;
    }
    let starts = facts.final_instructions().any(|index| {
        let instruction = facts.instruction(index);
        matches!(instruction.kind, Kind::Cmd(_) | Kind::Entrypoint(_))
            && names(&instruction.args.text, programs)
    });
    // Start scripts, what a supervisor starts, and scripts of a package.
    starts
        || facts.project.files.values().any(|file| names(file.text(), programs))
        || facts.final_commands().any(|(_, _, held)| {
            let alone = programs.iter().filter(|program| !program.contains(' '));
            let mut parts = held.command.args().flat_map(|arg| arg.split(['/', '@']));
            parts.any(|part| alone.clone().any(|program| part == *program))
        })
}

/// Whether a text calls one of them, in a shell's form or as a list.
fn names(text: &str, programs: &[&str]) -> bool {
    text.lines().filter(|line| !line.trim_start().starts_with('#')).any(|line| {
        let words: Vec<&str> = line
            .split(|c: char| !(c.is_ascii_alphanumeric() || "-_.:/".contains(c)))
            .filter(|word| !word.is_empty())
            .map(base)
            .collect();
        programs.iter().any(|program| match program.split_once(' ') {
            Some((first, second)) => words.windows(2).any(|two| two == [first, second]),
            None => words.contains(program),
        })
    })
}
