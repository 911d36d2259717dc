//! Where a RUN names the package lists of apt, and which of its removals miss them.

use std::borrow::Cow;

use crate::{
    lint::{
        diagnostic::Edit,
        facts::{Facts, PackageCall, Packager, Run},
    },
    project::script::{ShellWord, has_braces},
};

/// The lists, as a command names them.
pub(super) const ALL: &str = "/var/lib/apt/lists/*";

/// How people write the directory of the lists, or one above it: `cd /var/lib && rm -r apt/lists`
const LISTS: &[&str] = &["/var/lib/apt", "apt/lists", "/var/lib/*"];

/// An argument of `rm` that looks like the lists and removes none of them.
#[derive(Debug)]
pub(super) struct Missed<'a> {
    /// Index of the command in [`Run::commands`].
    command: usize,
    /// The argument.
    pub(super) word: &'a ShellWord,
}

/// All of them that are surely of no use.
pub(super) fn missed(run: &Run) -> Vec<Missed<'_>> {
    let commands = run.commands.iter().enumerate();
    commands
        .filter(|(_, held)| held.program() == Some("rm"))
        .flat_map(|(command, held)| {
            held.command.words.iter().map(move |word| Missed { command, word })
        })
        .filter(|Missed { word, .. }| is_missed(run, word))
        .collect()
}

/// Whether this is one of them, an argument of `rm`.
fn is_missed(run: &Run, word: &ShellWord) -> bool {
    // In a text for another shell, a word may not lie where it seems to.
    misses(word) && run.text.text.get(word.range.clone()) == Some(&*word.raw)
}

fn misses(word: &ShellWord) -> bool {
    if word.raw.contains(['$', '`', '{', '[']) {
        return false;
    }
    // A known word has no wildcard that the shell would look at.
    let (path, expands) = match &word.literal {
        Some(path) => (path.as_str(), false),
        None if word.raw.contains(['"', '\'', '\\']) => return false,
        None => (word.raw.as_str(), true),
    };
    let Some(below) = path.strip_prefix("/var/lib/") else { return false };
    if !LISTS.iter().any(|lists| path.contains(lists))
        || below.contains("..")
        || below.contains("**")
    {
        return false;
    }
    let fits = |part: &str| {
        expands
            && part.contains(['*', '?'])
            && part.ends_with(|c: char| c.is_alphanumeric() || "*?".contains(c))
    };
    let mut parts = below.split('/').filter(|part| !matches!(*part, "" | "."));
    let is_above =
        |name: &str, part: Option<&str>| part.is_none_or(|part| part == name || fits(part));
    let reaches = is_above("apt", parts.next())
        && is_above("lists", parts.next())
        && parts.next().is_none_or(fits)
        && parts.next().is_none();
    !reaches
}

/// Writes the lists in the place of an argument that was meant for them, where `command`, which
/// removes them, may stand there.
pub(super) fn in_place(
    facts: &Facts<'_>,
    call: &PackageCall,
    run: &Run,
    missed: &[Missed<'_>],
    command: &str,
) -> Option<Edit> {
    let own = facts.packages_in(call.instruction..call.instruction + 1);
    let loaded = own
        .iter()
        .filter(|other| other.packager == Packager::Apt && other.what == "update")
        .map(|other| other.command)
        .max()?;
    let is_meant = |word: &ShellWord| {
        let path = word.literal.as_deref().unwrap_or(&word.raw);
        let below = path.strip_prefix("/var/lib/apt/");
        path.contains('*') && below.is_some_and(|below| below.starts_with("list") || below == "*")
    };
    let found = missed.iter().find(|one| one.command > loaded && is_meant(one.word))?;
    let held = &run.commands[found.command].command;
    let recursive = held.args().any(|arg| {
        arg == "--recursive"
            || !arg.starts_with("--") && arg.starts_with('-') && arg.contains(['r', 'R'])
    });
    let same_user = command.starts_with("sudo ") == (held.base_name() == Some("sudo"));
    let span = run.place(found.word);
    let certain = recursive && same_user && run.is_unguarded(found.command);
    (certain && facts.file.source.slice(span) == found.word.raw).then(|| Edit::Replace {
        file: facts.file.source.path().clone(),
        span,
        text: ALL.to_owned(),
    })
}

/// Whether the text names their directory anywhere: as a word of a command, the value of a variable, in the
/// list of a loop. What is `missed` is no such place.
pub(super) fn names_lists(
    facts: &Facts<'_>,
    instruction: usize,
    run: &Run,
    missed: &[Missed<'_>],
) -> bool {
    let text = without(&run.text.text, missed);
    // Most words are too short for it, or no paths.
    let is_there = |text: &str| {
        text.len() >= "apt/lists".len()
            && text.as_bytes().contains(&b'/')
            && LISTS.iter().any(|path| text.contains(path))
    };
    let code = || text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let named = if facts.sh(instruction).is_some() {
        // There, braces are a part of the name, but not in a shell that is called.
        let is_part = |c: char| !(c.is_whitespace() || ";&|()".contains(c));
        let mut words = code().flat_map(|line| line.split(|c| !is_part(c)));
        words.any(|word| is_there(word) && !has_braces(word))
            || run.commands.iter().filter(|held| held.command.place.other_shell).any(|held| {
                let is_rm = held.program() == Some("rm");
                let mut words =
                    held.command.words.iter().filter(|word| !(is_rm && is_missed(run, word)));
                words.any(|word| is_there(&word.raw) || word.raw.contains("/var/lib/{"))
            })
    } else {
        code().any(|line| is_there(line) || line.contains("/var/lib/{"))
    };
    named || uses_lists(facts, instruction, run)
}

/// Whether a variable of the image that the text uses has it.
fn uses_lists(facts: &Facts<'_>, instruction: usize, run: &Run) -> bool {
    let scope = facts.stages.scope_at(instruction);
    run.text.text.split('$').skip(1).any(|rest| {
        let rest = rest.trim_start_matches('{');
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let value = scope.lookup(&rest[..end.unwrap_or(rest.len())]);
        value.is_some_and(|value| value.contains("/var/lib/apt"))
    })
}

/// The text with blanks in the place of these words.
fn without<'a>(text: &'a str, missed: &[Missed<'_>]) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(text);
    for one in missed {
        let range = one.word.range.clone();
        let blanks = " ".repeat(range.len());
        text.to_mut().replace_range(range, &blanks);
    }
    text
}
