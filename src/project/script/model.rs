//! Shell text as a flat list of commands, each with the place it has in the text.

use std::ops::Range;

use compact_str::CompactString;

/// A parsed piece of shell.
#[derive(Debug, Default, Clone)]
pub struct Script {
    /// Simple commands in the order of the text, those in substitutions and functions included.
    pub commands: Vec<ShellCommand>,
    /// The words behind `#!` on the first line.
    pub shebang: Option<Vec<String>>,
    /// Whether a part could not be parsed (the rest was).
    pub has_errors: bool,
    /// Names that a `for`, `select` or `read` sets: their values are not known.
    pub loop_names: Vec<String>,
    /// The statements that say what happens on a failure (`||`), ascending.
    pub with_fallback: Vec<usize>,
    /// Where the grammar of bash is needed that dash does not know, beside what a command holds.
    pub for_bash: Vec<(Range<usize>, &'static str)>,
}

impl Script {
    /// Notes that the statement with this number says what happens on a failure.
    pub(super) fn falls_back(&mut self, statement: usize) {
        if self.with_fallback.last() != Some(&statement) {
            self.with_fallback.push(statement);
        }
    }
}

/// How a command hangs on the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connector {
    /// First of its list, or behind `;` or a line end.
    Sequence,
    /// Behind `&&`.
    And,
    /// Behind `||`.
    Or,
    /// Behind `|`.
    Pipe,
}

/// Where a command stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Inside `if`, `case`, or behind `&&`/`||` of a test: it may not run.
    pub conditional: bool,
    /// In the condition of `while`/`until`/`if`.
    pub condition: bool,
    /// Inside the body or condition of a loop.
    pub in_loop: bool,
    /// Name of the function that holds it.
    pub function: Option<String>,
    /// Inside `( … )` or `$( … )`.
    pub subshell: bool,
    /// Inside `{ … }`, which may stand behind `&&`.
    pub grouped: bool,
    /// Inside `$( … )` or backquotes.
    pub substitution: bool,
    /// In the condition of a loop that ends only once this command succeeds: `until nc …`,
    /// `while ! nc …`.
    pub awaited: bool,
    /// Inside the pattern branch of a `case`.
    pub case: bool,
    /// In a text that another shell is given: `bash -c '…'`.
    pub other_shell: bool,
}

/// One simple command.
#[derive(Debug, Clone)]
pub struct ShellCommand {
    /// Bytes of the text, redirections included.
    pub range: Range<usize>,
    /// `NAME=value` words before the command.
    pub assignments: Vec<(CompactString, ShellWord)>,
    /// Name and arguments. Empty for a line of assignments alone.
    pub words: Vec<ShellWord>,
    /// Redirections.
    pub redirects: Vec<Redirect>,
    /// How it hangs on the one before.
    pub connector: Connector,
    /// Ends with `&`, itself or the list or group that holds it.
    pub background: bool,
    /// Negated by `!`.
    pub negated: bool,
    /// Where it stands.
    pub place: Place,
    /// Commands with the same number are one pipeline.
    pub pipeline: usize,
    /// Commands with the same number are one list item at the top: what `set -e` and the order of
    /// the script see.
    pub statement: usize,
}

impl ShellCommand {
    /// The command's name as it runs: the first word where it is known, without quotes.
    pub fn name(&self) -> Option<&str> {
        self.words.first()?.literal.as_deref()
    }

    /// The name without its directory.
    pub fn base_name(&self) -> Option<&str> {
        self.name().map(base)
    }

    /// The arguments that are known, in order.
    pub fn args(&self) -> impl Iterator<Item = &str> {
        self.words.iter().skip(1).filter_map(|word| word.literal.as_deref())
    }

    /// Whether `arg` is one of the arguments.
    pub fn has_arg(&self, arg: &str) -> bool {
        self.args().any(|a| a == arg)
    }
}

/// The last part of a path.
pub fn base(path: &str) -> &str {
    // Names are short: this is faster than a search.
    let slash = path.as_bytes().iter().rposition(|byte| *byte == b'/');
    slash.map_or(path, |at| &path[at + 1..])
}

/// A word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellWord {
    /// Bytes of the text, quotes included.
    pub range: Range<usize>,
    /// As written.
    pub raw: CompactString,
    /// What the shell makes of it, quotes removed; `None` where a variable, substitution or glob
    /// decides.
    pub literal: Option<CompactString>,
}

/// A redirection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// `>`, `>>`, `<`, `<<`, `<<<`, `>&`, ...
    pub operator: &'static str,
    /// The target; the end mark for a here-document.
    pub target: ShellWord,
    /// The body of a here-document.
    pub heredoc: Option<Range<usize>>,
}
