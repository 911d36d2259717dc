//! What each RUN does, as commands.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, HashSet},
    ops::Range,
};

use super::wrappers::{Behind, is_name, shell_of, wrapper};
use crate::project::{
    dockerfile::{Command, Dockerfile, Instruction, Kind, Scope, Stages, Text, Word, expand_body},
    script::{self, Connector, Place, Redirect, Script, ShellCommand, ShellWord},
    source::{Source, Span},
};

/// One RUN in shell or JSON form, also one in ONBUILD.
#[derive(Debug)]
pub struct Run {
    /// Index of the instruction.
    pub instruction: usize,
    /// The text that the shell gets, with its places in the file.
    pub text: Text,
    /// What the parsed text says beside its commands.
    pub script: Script,
    /// Every command that runs: those of the script, and those inside `sh -c '…'` and
    /// here-documents fed to a shell. Ranges are ranges of [`Self::text`].
    pub commands: Vec<RunCommand>,
    /// Which of them is the last one of the script itself.
    pub last: Option<usize>,
}

impl Run {
    /// Where a word of one of [`Self::commands`] stands in the Dockerfile.
    pub fn place(&self, word: &ShellWord) -> Span {
        self.text.span(word.range.clone())
    }

    /// Whether the command with this index in [`Self::commands`] runs whatever the others do, and
    /// nothing stands by for its failure.
    pub fn is_unguarded(&self, index: usize) -> bool {
        let Some(RunCommand { command, .. }) = self.commands.get(index) else { return false };
        let place = &command.place;
        let alone = !self.script.has_errors
            && !command.negated
            && !command.background
            && !place.conditional
            && !place.condition
            && !place.in_loop
            && !place.case
            && place.function.is_none();
        alone && !self.has_fallback(command)
    }

    /// Whether the statement of one of [`Self::commands`] says what happens on a failure (`||`).
    pub fn has_fallback(&self, command: &ShellCommand) -> bool {
        self.script.with_fallback.binary_search(&command.statement).is_ok()
    }
}

/// A command with its place in the Dockerfile.
#[derive(Debug, Clone)]
pub struct RunCommand {
    /// The command; variables known from ARG and ENV are replaced in its literals.
    pub command: ShellCommand,
    /// Where it stands in the Dockerfile.
    pub span: Span,
    /// Index of the word that names the program, behind `sudo` and its like.
    program: usize,
    /// Where its name begins in that word, behind its directory: rules ask for it again and again.
    name: usize,
}

impl RunCommand {
    pub(super) fn new(command: ShellCommand, span: Span) -> Self {
        let program = program_at(&command.words);
        let word = command.words.get(program).and_then(|word| word.literal.as_deref());
        let name = word.map_or(0, |word| word.len() - base(word).len());
        Self { command, span, program, name }
    }

    /// The program without its directory, `sudo` and its like taken off; `None` where it is not
    /// known.
    pub fn program(&self) -> Option<&str> {
        self.command.words.get(self.program)?.literal.as_deref()?.get(self.name..)
    }

    /// Index of the word that names the program; there may be none.
    pub(super) fn program_at(&self) -> usize {
        self.program
    }

    /// [`Self::program`] and its arguments. A word that is not known is "?".
    pub fn call(&self) -> Option<(&str, Vec<&str>)> {
        let name = self.program()?;
        let args = self.command.words[self.program + 1..].iter();
        Some((name, args.map(|word| word.literal.as_deref().unwrap_or("?")).collect()))
    }
}

/// Which word names the program, behind assignments and programs that only run another: `sudo -u x`,
/// `env A=b`, `timeout 600`.
pub(super) fn program_at(words: &[ShellWord]) -> usize {
    let text = |at: usize| words[at].literal.as_deref().unwrap_or(&words[at].raw);
    let mut at = 0;
    while let Some(word) = words.get(at) {
        // a quoted word is no assignment for the shell
        if is_assignment(&word.raw) {
            at += 1;
            continue;
        }
        let Some(wrapper) = word.literal.as_deref().and_then(|word| wrapper(base(word))) else {
            break;
        };
        match wrapper.behind(at + 1, words.len(), text) {
            Behind::Program(next) => at = next,
            Behind::Nothing | Behind::Itself => break,
        }
    }
    at
}

/// Whether a shell takes a word, as it is written, for an assignment.
fn is_assignment(raw: &str) -> bool {
    let of_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let name = raw.as_bytes().iter().take_while(of_name).count();
    name > 0 && raw.as_bytes().get(name) == Some(&b'=') && !raw.as_bytes()[0].is_ascii_digit()
}

/// How deep `sh -c 'sh -c …'` is followed.
const MAX_DEPTH: usize = 4;

/// Parses every RUN.
pub(super) fn all(file: &Dockerfile, stages: &Stages) -> BTreeMap<usize, Run> {
    file.instructions
        .iter()
        .enumerate()
        .filter_map(|(index, instruction)| Some((index, one(file, stages, index, instruction)?)))
        .collect()
}

fn one(file: &Dockerfile, stages: &Stages, index: usize, holder: &Instruction) -> Option<Run> {
    let instruction = match &holder.kind {
        Kind::Onbuild(inner) => inner,
        _ => holder,
    };
    let Kind::Run(command) = &instruction.kind else { return None };
    let scope = stages.scope_at(index);
    let lookup = |name: &str| scope.lookup(name);
    let shell = scope.shell.as_deref();
    let (text, mut script) = match command {
        Command::Exec(words) => exec_form(&file.source, words),
        Command::Shell { script: text, .. } => {
            let script =
                if is_shell(shell) { shell_form(text, instruction) } else { Script::default() };
            (text.clone(), script)
        }
    };
    let mut commands = Vec::new();
    let last = script.commands.last().map(|command| command.range.clone());
    collect(&text.text, &mut script, &lookup, 0, &mut commands);
    let last = last.and_then(|last| commands.iter().rposition(|held| held.command.range == last));
    script.with_fallback.sort_unstable();
    for held in &mut commands {
        held.span = text.span(held.command.range.clone());
    }
    Some(Run { instruction: index, text, script, commands, last })
}

/// Whether shell form goes to a POSIX shell: SHELL may name PowerShell or cmd.
pub(super) fn is_shell(shell: Option<&[String]>) -> bool {
    shell.and_then(|words| words.first()).is_none_or(|program| is_shell_name(program))
}

/// Whether `program` is a POSIX-like shell, by its path or name.
pub(crate) fn is_shell_name(program: &str) -> bool {
    is_name_of_shell(base(program))
}

fn is_name_of_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "dash" | "ash" | "ksh" | "zsh")
}

pub(super) use crate::project::script::base;

/// `-e`, `-euo`, ... but no long option.
fn is_short(word: &str, letter: char) -> bool {
    word.strip_prefix('-').is_some_and(|rest| !rest.starts_with('-') && rest.contains(letter))
}

/// Whether a command makes the shell stop at the first failure: `set -e`, `set -eux`, `set -o errexit`.
pub(crate) fn sets_errexit(command: &ShellCommand) -> bool {
    command.name() == Some("set")
        && command.args().any(|arg| is_short(arg, 'e') || arg == "errexit")
}

fn exec_form(source: &Source, words: &[Word]) -> (Text, Script) {
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return (Text::default(), Script::default());
    };
    let whole = first.span.to(last.span);
    let start = whole.range().start;
    let text = Text::contiguous(source.slice(whole), start);
    let place = |span: Span| span.range().start - start..span.range().end - start;
    let words: Vec<_> = words
        .iter()
        .map(|word| ShellWord {
            range: place(word.span),
            raw: source.slice(word.span).into(),
            literal: Some(word.raw.as_str().into()),
        })
        .collect();
    let command = plain(0..text.text.len(), words);
    (text, Script { commands: vec![command], ..Script::default() })
}

/// A command that nothing stands around.
pub(super) fn plain(range: Range<usize>, words: Vec<ShellWord>) -> ShellCommand {
    ShellCommand {
        range,
        assignments: Vec::new(),
        words,
        redirects: Vec::new(),
        connector: Connector::Sequence,
        background: false,
        negated: false,
        place: Place::default(),
        pipeline: 1,
        statement: 1,
    }
}

fn shell_form(text: &Text, instruction: &Instruction) -> Script {
    // `RUN <<EOF` alone: the text is the body, and `#!` chooses who reads it
    let leading = text.text.trim_start().starts_with("<<");
    if let Some(interpreter) = interpreter(&text.text)
        && !is_shell_name(&interpreter)
    {
        return Script::default();
    }
    if !leading {
        return script::parse(&text.text);
    }
    // `RUN <<EOF python3`: the here-document feeds the command behind it, which the grammar
    // does not know; its word is blanked for the parse and hung on the command afterwards
    let line = text.text.find('\n').unwrap_or(text.text.len());
    let start = text.text.len() - text.text.trim_start().len();
    let end = text.text[start..line].find(char::is_whitespace).map_or(line, |at| start + at);
    let mut blanked = text.text[..line].to_owned();
    blanked.replace_range(start..end, &" ".repeat(end - start));
    let mut script = script::parse(&blanked);
    let body_end = instruction
        .heredocs
        .first()
        .and_then(|doc| {
            let mark = format!("\n{}", doc.name);
            text.text[line..].find(&mark).map(|at| line + at + 1)
        })
        .unwrap_or(text.text.len());
    let body_start = (line + 1).min(body_end);
    if let Some(command) = script.commands.first_mut() {
        command.redirects.push(Redirect {
            operator: "<<",
            target: ShellWord {
                range: start..end,
                raw: text.text[start..end].into(),
                literal: None,
            },
            heredoc: Some(body_start..body_end),
        });
    }
    script
}

/// The program that `#!` names: `/usr/bin/env python3` is `python3`.
pub(super) fn interpreter(text: &str) -> Option<String> {
    // Most texts begin neither with `#` nor with a byte order mark.
    if !matches!(text.bytes().next(), Some(b'#' | 0xef)) {
        return None;
    }
    let line = text.trim_start_matches('\u{feff}').strip_prefix("#!")?.lines().next()?;
    let mut words = line.split_whitespace();
    let program = words.next()?;
    // `env` and s6's `with-contenv` run what follows
    if matches!(base(program), "env" | "with-contenv") {
        return words.find(|word| !word.starts_with('-')).map(str::to_owned);
    }
    Some(program.to_owned())
}

/// The commands of a script with known variables, and those of the scripts inside it. They are taken
/// out of `script`, and have no span yet.
pub(super) fn collect(
    text: &str,
    script: &mut Script,
    lookup: &dyn Fn(&str) -> Option<String>,
    depth: usize,
    out: &mut Vec<RunCommand>,
) {
    script::expand(script, lookup);
    out.reserve(script.commands.len());
    for command in std::mem::take(&mut script.commands) {
        let held = RunCommand::new(command, Span::at(0));
        let inner = (depth < MAX_DEPTH).then(|| inner_script(text, &held)).flatten();
        let Some((inner_text, at)) = inner else {
            out.push(held);
            continue;
        };
        let outer = held.command.clone();
        out.push(held);
        let mut parsed = script::parse(&inner_text);
        let first = out.len();
        collect(&inner_text, &mut parsed, lookup, depth + 1, out);
        // Its commands get the number of the one that starts the shell.
        if !parsed.with_fallback.is_empty() {
            script.with_fallback.push(outer.statement);
        }
        for RunCommand { command, .. } in &mut out[first..] {
            at.move_command(command);
            command.background |= outer.background;
            command.statement = outer.statement;
            command.place.conditional |= outer.place.conditional;
            command.place.in_loop |= outer.place.in_loop;
            command.place.subshell = true;
            command.place.other_shell = true;
            if outer.place.function.is_some() {
                command.place.function.clone_from(&outer.place.function);
            }
        }
    }
}

/// What an unquoted here-document becomes where it is written. Parameters of a shell mean nothing
/// there, and a variable that the text itself sets has no value yet, where no other may be known
/// (`closed`); of others the base may know.
pub(super) fn written(
    body: &Text,
    scope: &Scope,
    closed: bool,
    own: &dyn Fn(&str) -> Option<Option<String>>,
) -> Option<Text> {
    let set = OnceCell::new();
    let lookup = |name: &str| {
        if let Some(value) = own(name) {
            return value;
        }
        let parameter = !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let sets = || {
            closed
                && name != "PATH"
                && !scope.args.contains_key(name)
                && set.get_or_init(|| assigned(&body.text)).contains(name)
        };
        scope.lookup(name).or_else(|| (parameter || sets()).then(String::new))
    };
    expand_body(body, &lookup)
}

/// The variables that the lines of a script give a value.
fn assigned(text: &str) -> HashSet<&str> {
    let mut out = HashSet::new();
    for line in text.lines() {
        let mut rest = line.trim_start();
        let exports = ["export ", "readonly ", "local ", "declare "];
        rest = exports.iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest);
        while let Some((name, value)) = rest.split_once('=').filter(|(name, _)| is_name(name)) {
            out.insert(name);
            rest = behind_word(value).trim_start_matches([' ', '\t', ';']);
        }
    }
    out
}

/// What is left behind a word, in which quotes may hold blanks.
fn behind_word(text: &str) -> &str {
    let mut quote = None;
    let end = text.find(|c: char| {
        match quote {
            None if matches!(c, '"' | '\'') => quote = Some(c),
            Some(open) if open == c => quote = None,
            _ => (),
        }
        quote.is_none() && (c.is_whitespace() || c == ';')
    });
    &text[end.unwrap_or(text.len())..]
}

/// Where a text inside a text stands.
enum At {
    /// From this offset on, byte for byte.
    Offset(usize),
    /// Somewhere in this range.
    Within(Range<usize>),
}

impl At {
    fn moved(&self, range: &Range<usize>) -> Range<usize> {
        match self {
            Self::Offset(start) => range.start + start..range.end + start,
            Self::Within(range) => range.clone(),
        }
    }

    fn move_command(&self, command: &mut ShellCommand) {
        command.range = self.moved(&command.range);
        let words = command.words.iter_mut();
        let values = command.assignments.iter_mut().map(|(_, value)| value);
        for word in words.chain(values) {
            word.range = self.moved(&word.range);
        }
        for redirect in &mut command.redirects {
            redirect.target.range = self.moved(&redirect.target.range);
            redirect.heredoc = redirect.heredoc.as_ref().map(|range| self.moved(range));
        }
    }
}

/// The script that a shell is given as `-c TEXT` or as a here-document.
fn inner_script(text: &str, held: &RunCommand) -> Option<(String, At)> {
    let name = held.program()?;
    // `su NAME -c TEXT`
    let by_user = matches!(name, "su" | "runuser");
    if !by_user && !is_name_of_shell(name) {
        return None;
    }
    let (command, shell) = (&held.command, held.program);
    let options = &command.words[shell + 1..];
    let text_at = |word: &ShellWord, literal: &str| match word.raw.find(literal) {
        Some(at) if text.get(word.range.clone()) == Some(&*word.raw) => {
            At::Offset(word.range.start + at)
        }
        _ => At::Within(word.range.clone()),
    };
    if by_user {
        let words: Vec<Option<String>> = command.words[shell..]
            .iter()
            .map(|word| word.literal.as_deref().map(str::to_owned))
            .collect();
        let mut words = shell_of(&words)?.into_iter();
        let is_shell = words.next().flatten().is_some_and(|shell| is_shell_name(&shell));
        let flag = words.next().flatten().filter(|flag| is_short(flag, 'c'));
        let literal = words.next().flatten().filter(|_| is_shell && flag.is_some())?;
        let holds = |word: &&ShellWord| {
            word.literal.as_deref().is_some_and(|word| {
                word.strip_suffix(&*literal)
                    .is_some_and(|option| option.is_empty() || option.starts_with('-'))
            })
        };
        let word = options.iter().find(holds)?;
        return Some((literal.clone(), text_at(word, &literal)));
    }
    if let Some(flag) =
        options.iter().position(|word| word.literal.as_deref().is_some_and(|w| is_short(w, 'c')))
    {
        let word = options.get(flag + 1)?;
        let literal = word.literal.clone()?;
        let at =
            if text.get(word.range.start + 1..).is_some_and(|t| t.starts_with(literal.as_str())) {
                At::Offset(word.range.start + 1)
            } else {
                At::Within(word.range.clone())
            };
        return Some((literal.into_string(), at));
    }
    if options.iter().any(|word| !word.raw.starts_with('-')) {
        return None;
    }
    let range = command.redirects.iter().find_map(|redirect| redirect.heredoc.clone())?;
    let body = text.get(range.clone())?.to_owned();
    Some((body, At::Offset(range.start)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{dockerfile, path::ContextPath};

    /// `span text: words` of each command of the first RUN.
    fn commands(text: &str) -> Vec<String> {
        let source = Source::new(ContextPath::new("Dockerfile"), text.into());
        let file = dockerfile::parse(source);
        let stages = dockerfile::resolve(&file, &BTreeMap::new());
        let runs = all(&file, &stages);
        let run = runs.values().next().expect("there is a RUN");
        run.commands
            .iter()
            .map(|run| {
                let words: Vec<_> = run
                    .command
                    .words
                    .iter()
                    .map(|word| {
                        word.literal.clone().unwrap_or_else(|| format!("?{}", word.raw).into())
                    })
                    .collect();
                format!("{}: {}", file.source.slice(run.span).replace('\n', "|"), words.join("_"))
            })
            .collect()
    }

    #[test]
    fn programs_are_found_behind_others() {
        for (text, want) in [
            ("npm ci", Some("npm")),
            ("env GOOS=$OS A=1 go build", Some("go")),
            ("sudo -E npm ci", Some("npm")),
            ("sudo -u node -- npm ci", Some("npm")),
            ("timeout -k 5 600 npm ci", Some("npm")),
            ("nice -n 10 nohup npm ci", Some("npm")),
            ("gosu node npm ci", Some("npm")),
            ("xvfb-run -a -s '-screen 0' npm test", Some("npm")),
            ("time /usr/bin/make all", Some("make")),
            ("command -v npm", Some("command")),
            ("env \"A=b c\" npm ci", Some("npm")),
            ("sudo -nEu node npm ci", Some("npm")),
            ("runuser -u node -- npm ci", Some("npm")),
            ("setpriv --reuid node npm ci", Some("npm")),
            ("su node -c 'npm ci'", Some("su")),
            ("'A=b' npm", Some("A=b")),
            ("$X npm", None),
            ("sudo", None),
        ] {
            let mut script = script::parse(text);
            let command = script.commands.remove(0);
            let held = RunCommand::new(command, Span::at(0));
            assert_eq!(held.program(), want, "{text}");
        }
    }

    #[test]
    fn assignments_of_a_text_are_found() {
        for (text, want) in [
            ("A=1\nexport B='x y' C=\"a;b\" D=2; E=3\n", "A B C D E"),
            ("  F=$A G= cmd H=1\n", "F G"),
            ("echo A=1\n# B=2\nif [ C=1 ]\n", ""),
        ] {
            let mut names: Vec<_> = assigned(text).into_iter().collect();
            names.sort_unstable();
            assert_eq!(names.join(" "), want, "{text:?}");
        }
    }

    #[test]
    fn runs_become_commands_with_their_places() {
        for (text, want) in [
            ("RUN a b && c", vec!["a b: a_b", "c: c"]),
            ("RUN a \\\n  # note\n  b && c", vec!["a \\|  # note|  b: a_b", "c: c"]),
            ("RUN [\"a\", \"b c\"]", vec!["\"a\", \"b c\": a_b c"]),
            ("ARG V=1\nRUN a $V \"x${V}y\" $W", vec!["a $V \"x${V}y\" $W: a_1_x1y_?$W"]),
            ("ENV P=\"a b\"\nRUN i $P", vec!["i $P: i_a_b"]),
            ("RUN X=1; a $X", vec!["X=1: ", "a $X: a_1"]),
            ("RUN for i in 1; do a $i; done", vec!["a $i: a_?$i"]),
            ("RUN sh -c 'a && b'", vec!["sh -c 'a && b': sh_-c_a && b", "a: a", "b: b"]),
            (
                "RUN [\"sh\", \"-c\", \"a b\"]",
                vec!["\"sh\", \"-c\", \"a b\": sh_-c_a b", "a b: a_b"],
            ),
            ("RUN <<EOF\na b\nc\nEOF\n", vec!["a b: a_b", "c: c"]),
            ("RUN <<EOF\n#!/usr/bin/env python3\nimport x\nEOF\n", vec![]),
            ("RUN python3 <<EOF\nimport x\nEOF\n", vec!["python3 <<EOF|import x|EOF: python3"]),
            ("RUN <<EOF bash -e\na b\nEOF\n", vec!["bash -e: bash_-e", "a b: a_b"]),
            ("RUN bash <<EOF\na b\nEOF\n", vec!["bash <<EOF|a b|EOF: bash", "a b: a_b"]),
            ("SHELL [\"pwsh\", \"-c\"]\nRUN a; b", vec![]),
            (
                "RUN sudo -u x sh -c 'a b'",
                vec!["sudo -u x sh -c 'a b': sudo_-u_x_sh_-c_a b", "a b: a_b"],
            ),
            ("RUN su x -c 'a b'", vec!["su x -c 'a b': su_x_-c_a b", "a b: a_b"]),
            (
                "RUN su --command='a b' x",
                vec!["su --command='a b' x: su_--command=a b_x", "a b: a_b"],
            ),
            (
                "RUN runuser -u x -- cc -c a.c",
                vec!["runuser -u x -- cc -c a.c: runuser_-u_x_--_cc_-c_a.c"],
            ),
        ] {
            let got = commands(&format!("FROM x\n{text}"));
            assert_eq!(got, want, "{text:?}");
        }
    }
}
