//! Credentials that a RUN writes into a file, which stays in the image.

use crate::{
    lint::{
        facts::{Facts, Run, RunCommand, join},
        rules::base::run_edits,
    },
    project::script::{ShellCommand, base},
};

/// Such a file.
pub(super) struct Written<'a> {
    /// The command that writes it.
    pub(super) held: &'a RunCommand,
    /// As it is named there.
    pub(super) file: String,
    /// Where it lies, as far as that is known.
    path: String,
}

impl Written<'_> {
    /// The last part of its path.
    pub(super) fn name(&self) -> &str {
        base(&self.file)
    }

    /// The flag of a RUN that mounts the file in its place.
    pub(super) fn mount(&self) -> String {
        let id = self.name().trim_start_matches('.');
        format!("--mount=type=secret,id={id},target={}", self.path)
    }
}

/// The first file that a RUN puts a value into and does not remove. `holds` says whether a piece of
/// shell text gives the value away, `names` whether it names a file that does.
pub(super) fn first<'a>(
    facts: &Facts<'_>,
    index: usize,
    run: &'a Run,
    holds: impl Fn(&str) -> bool,
    names: impl Fn(&str) -> bool,
) -> Option<Written<'a>> {
    let text = run.text.text.as_str();
    run.commands.iter().enumerate().find_map(|(at, held)| {
        let program = held.program()?;
        let command = &held.command;
        let args = command.words.get(1..)?;
        let copies = matches!(program, "cp" | "install" | "mv");
        let reads = matches!(program, "cat" | "base64" | "tr" | "sed" | "tee" | "envsubst");
        let said = matches!(program, "echo" | "printf")
            && args.iter().any(|word| !word.raw.starts_with('\'') && holds(&word.raw));
        let read = (reads || copies) && args.iter().any(|word| names(unquoted(&word.raw)))
            || reads
                && command.redirects.iter().any(|redirect| match &redirect.heredoc {
                    Some(body) => {
                        !redirect.target.raw.starts_with(['\'', '"'])
                            && text.get(body.clone()).is_some_and(&holds)
                    }
                    None => redirect.operator == "<" && names(unquoted(&redirect.target.raw)),
                });
        if !said && !read {
            return None;
        }
        let behind =
            || run.commands[at..].iter().take_while(|it| it.command.pipeline == command.pipeline);
        // What another program makes of it may be something else.
        let passes = |held: &RunCommand| {
            matches!(held.program(), Some("base64" | "cat" | "envsubst" | "sed" | "tee" | "tr"))
        };
        if !behind().skip(1).all(passes) {
            return None;
        }
        let copied = args.last().filter(|_| copies).map(|word| word.raw.as_str());
        let mut targets = copied.into_iter().chain(behind().flat_map(|it| outputs(&it.command)));
        targets.find_map(|raw| {
            let file = unquoted(raw);
            let name = base(file);
            let dir = facts.stages.scope_at(index).workdir.clone().unwrap_or_default();
            let home = ["~/", "$HOME/", "${HOME}/"].iter().find_map(|it| file.strip_prefix(it));
            let path = match home {
                Some(rest) => format!("/root/{rest}"),
                None => join(&dir, file),
            };
            let stays = !name.is_empty()
                && !name.contains(['$', '`'])
                && !["/dev/", "/proc/", "/run/"].iter().any(|dir| path.starts_with(dir))
                && !run_edits::is_mounted(facts, index, &path)
                && !run.commands.iter().any(|other| takes_away(other, name, &path));
            stays.then(|| Written { held, file: file.to_owned(), path })
        })
    })
}

/// What a command writes to, as written.
fn outputs(command: &ShellCommand) -> impl Iterator<Item = &str> {
    let tee = command.base_name() == Some("tee");
    let files = command.words.iter().skip(1).filter(move |word| tee && !word.raw.starts_with('-'));
    let redirects = command
        .redirects
        .iter()
        .filter(|redirect| matches!(redirect.operator, ">" | ">>" | ">|" | "&>" | "&>>"));
    files.chain(redirects.map(|redirect| &redirect.target)).map(|word| word.raw.as_str())
}

/// Whether a command may remove the file.
fn takes_away(held: &RunCommand, name: &str, path: &str) -> bool {
    let Some(program) = held.program() else { return false };
    let args = || held.command.words.iter().skip(1);
    match program {
        "rm" | "shred" | "unlink" | "find" | "truncate" => args().any(|word| {
            let raw = unquoted(&word.raw);
            raw.contains(name)
                || word.literal.is_none()
                || raw.starts_with('/') && path.starts_with(raw)
        }),
        "mv" | "trap" => args().any(|word| word.raw.contains(name)),
        _ => args().any(|word| matches!(word.raw.as_str(), "logout" | "delete" | "unset")),
    }
}

fn unquoted(raw: &str) -> &str {
    raw.trim_matches(['"', '\''])
}

/// Whether a shell text has `$NAME` or `${NAME`.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    uses(text, name).next().is_some()
}

/// Whether a shell text gives the value of a variable away: `${NAME:+…}` does not.
pub(super) fn gives(text: &str, name: &str) -> bool {
    uses(text, name).any(|behind| !behind.starts_with(":+") && !behind.starts_with('+'))
}

/// What stands behind each use of a variable.
fn uses<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(name).filter_map(move |(at, _)| {
        let before = &text[..at];
        let behind = &text[at + name.len()..];
        let ends = !behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let dollar = before.strip_suffix('{').unwrap_or(before);
        (ends && dollar.ends_with('$') && !dollar.ends_with("\\$")).then_some(behind)
    })
}
