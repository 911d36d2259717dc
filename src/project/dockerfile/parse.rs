//! Logical lines to instructions.

use std::{collections::BTreeSet, ops::Range};

use super::{
    ast::{
        Assignment, Command, Dockerfile, Flag, Instruction, Kind, SyntaxError, Text, Transfer, Word,
    },
    heredoc::heredocs,
    lex::{Lexer, Lines},
    values::{NETWORKS, SECURITIES, lacks_unit},
    words::{self, Json},
};
use crate::project::source::{Source, Span};

/// The instructions that Docker knows, with the flags of each.
const INSTRUCTIONS: &[(&str, &[&str])] = &[
    ("ADD", &["chown", "chmod", "link", "keep-git-dir", "checksum", "unpack", "exclude"]),
    ("ARG", &[]),
    ("CMD", &[]),
    ("COPY", &["from", "chown", "chmod", "link", "exclude", "parents"]),
    ("ENTRYPOINT", &[]),
    ("ENV", &[]),
    ("EXPOSE", &[]),
    ("FROM", &["platform"]),
    ("HEALTHCHECK", &["interval", "timeout", "start-period", "start-interval", "retries"]),
    ("LABEL", &[]),
    ("MAINTAINER", &[]),
    ("ONBUILD", &[]),
    ("RUN", &["mount", "network", "security", "device"]),
    ("SHELL", &[]),
    ("STOPSIGNAL", &[]),
    ("USER", &[]),
    ("VOLUME", &[]),
    ("WORKDIR", &[]),
];

/// Flags that need no value.
const SWITCHES: &[&str] = &["link", "keep-git-dir", "unpack", "parents"];

/// The kinds of `--mount`, and what may be said of one.
const MOUNT_TYPES: &[&str] = &["bind", "cache", "tmpfs", "secret", "ssh"];
const MOUNT_SHARING: &[&str] = &["shared", "private", "locked"];
const MOUNT_KEYS: &[&str] = &[
    "type", "from", "source", "src", "target", "dst", "readonly", "ro", "rw", "id", "sharing",
    "required", "size", "mode", "uid", "gid", "env",
];

/// Parses a Dockerfile. Never fails and never panics: see [`Dockerfile::errors`].
pub fn parse(source: Source) -> Dockerfile {
    let mut lines = Lines {
        escape: '\\',
        directives: Vec::new(),
        comments: Vec::new(),
        empty_continuations: Vec::new(),
        errors: Vec::new(),
    };
    let mut lexer = Lexer::new(&source, &mut lines);
    let mut instructions: Vec<Instruction> = Vec::new();
    let mut begun = false;
    let mut early: Vec<SyntaxError> = Vec::new();
    while let Some(line) = lexer.next(&mut lines) {
        let all = 0..line.text.text.len();
        let mut cx = Cx { errors: &mut lines.errors, escape: lexer.escape() };
        let mut instruction = cx.instruction(&line.text, all, false);
        instruction.span = line.span;
        heredocs(&mut instruction, &line.text, &mut lexer, &mut cx);
        // From the joined text: a keyword may go on behind a continuation.
        let keyword = line.text.text.split_whitespace().next().unwrap_or("");
        if begun || keyword.eq_ignore_ascii_case("FROM") {
            begun = true;
        } else if !keyword.eq_ignore_ascii_case("ARG") && !matches!(instruction.kind, Kind::Invalid)
        {
            let keyword = keyword.to_ascii_uppercase();
            early.push(SyntaxError {
                span: instruction.keyword,
                message: format!("`{keyword}` stands before the first FROM"),
                help: Some("only ARG may stand there: move it behind the FROM".into()),
                correction: None,
            });
        }
        instructions.push(instruction);
    }
    if begun {
        lines.errors.append(&mut early);
    } else {
        let end = instructions.last().map_or(Span::at(0), |last| last.keyword);
        lines.errors.push(SyntaxError {
            span: end,
            message: "there is no FROM".into(),
            help: Some("start with the base image: `FROM node:24-alpine`".into()),
            correction: None,
        });
    }
    lines.errors.sort_by_key(|error| error.span.start);
    Dockerfile {
        escape: lines.escape,
        directives: lines.directives,
        comments: lines.comments,
        instructions,
        empty_continuations: lines.empty_continuations,
        errors: lines.errors,
        source,
    }
}

pub(super) struct Cx<'a> {
    errors: &'a mut Vec<SyntaxError>,
    escape: char,
}

impl Cx<'_> {
    pub(super) fn error(&mut self, span: Span, message: String, help: Option<String>) {
        self.errors.push(SyntaxError { span, message, help, correction: None });
    }

    /// An error about a name that may be a slip; `write` puts the right one in its place.
    fn slip(
        &mut self,
        span: Span,
        message: String,
        given: &str,
        known: &[&str],
        write: impl Fn(&str) -> (String, Option<String>),
    ) {
        let near = closest(given, known);
        let (help, correction) = near.as_ref().map_or((None, None), |(name, alone)| {
            let (shown, text) = write(name);
            (Some(format!("did you mean `{shown}`?")), text.filter(|_| *alone))
        });
        self.errors.push(SyntaxError { span, message, help, correction });
    }

    /// Parses one instruction; its here-documents come later.
    fn instruction(&mut self, text: &Text, within: Range<usize>, on_build: bool) -> Instruction {
        // A lone escape character may stand above the keyword, so that blanks are left before it.
        let blank = text.text[within.clone()].len() - text.text[within.clone()].trim_start().len();
        let within = within.start + blank..within.end;
        let line = &text.text[within.clone()];
        let keyword_len = line.find(char::is_whitespace).unwrap_or(line.len());
        let keyword = text.span(within.start..within.start + keyword_len);
        let rest = line[keyword_len..].trim_start();
        let args_start = within.end - rest.len();
        let (flags, body) = words::flags(text, args_start..within.end);
        let args = text.slice(args_start..within.end);
        let span = text.span(within.clone());
        let mut instruction = Instruction {
            span,
            keyword,
            flags,
            args,
            comment: None,
            heredocs: Vec::new(),
            kind: Kind::Invalid,
        };
        let written = &line[..keyword_len];
        let is_it = |(name, _): &&(&str, _)| written.eq_ignore_ascii_case(name);
        let Some((name, known)) = INSTRUCTIONS.iter().find(is_it) else {
            // What ONBUILD holds is read when an image is built on this one, not before.
            if !on_build {
                let known: Vec<&str> = INSTRUCTIONS.iter().map(|(known, _)| *known).collect();
                let message = format!("`{}` is no Dockerfile instruction", shown(written));
                self.slip(keyword, message, &written.to_ascii_uppercase(), &known, |name| {
                    (name.to_owned(), Some(name.to_owned()))
                });
            }
            return instruction;
        };
        if on_build && matches!(*name, "ONBUILD" | "FROM" | "MAINTAINER") {
            self.error(keyword, format!("ONBUILD may not hold {name}"), None);
            return instruction;
        }
        if !on_build {
            self.flags(&instruction, name, known);
        }
        let mut body = body..within.end;
        if let Some(at) = comment(name, text, body.clone(), self.escape) {
            instruction.comment = Some(text.span(at..body.end));
            body.end = body.start + text.text[body.start..at].trim_end().len();
        }
        instruction.kind = self.kind(name, text, body, keyword).unwrap_or(Kind::Invalid);
        instruction
    }

    fn flags(&mut self, instruction: &Instruction, name: &str, known: &[&str]) {
        let mut seen = BTreeSet::new();
        for flag in &instruction.flags {
            let flag_name = flag.name.as_str();
            let first = instruction.flags.len() == 1 || seen.insert(flag_name);
            if !known.contains(&flag_name) {
                let message = format!("{name} has no flag `--{}`", shown(flag_name));
                self.slip(flag.span, message, flag_name, known, |near| {
                    let simple = !flag.value.as_ref().is_some_and(|value| value.raw.contains('\n'));
                    let text = match &flag.value {
                        Some(value) => format!("--{near}={}", value.raw),
                        None => format!("--{near}"),
                    };
                    (format!("--{near}"), simple.then_some(text))
                });
            } else if !first && !matches!(flag_name, "mount" | "exclude" | "device") {
                self.error(flag.span, format!("`--{flag_name}` is given twice"), None);
            } else if let (Some(value), "mount") = (&flag.value, flag_name) {
                self.mount(flag.span, &value.raw);
            } else if let (Some(value), "network" | "security") = (&flag.value, flag_name) {
                let known = if flag_name == "network" { NETWORKS } else { SECURITIES };
                self.choice(flag, value, known);
            } else if let (Some(value), "HEALTHCHECK") = (&flag.value, name)
                && flag_name != "retries"
                && lacks_unit(&value.raw)
            {
                let message = format!("`--{flag_name}={}` has no unit", shown(&value.raw));
                let help = format!("did you mean `--{flag_name}={}s`?", shown(&value.raw));
                self.error(flag.span, message, Some(help));
            } else if let Some(value) = &flag.value {
                let is_bool = ["true", "false"].iter().any(|b| value.raw.eq_ignore_ascii_case(b));
                if SWITCHES.contains(&flag_name) && !is_bool && !value.raw.contains('$') {
                    self.error(
                        flag.span,
                        format!("`--{flag_name}` is `true` or `false`"),
                        Some(format!("write `--{flag_name}`")),
                    );
                }
            } else if !SWITCHES.contains(&flag_name) {
                self.error(flag.span, format!("`--{flag_name}` needs a value"), None);
            }
        }
    }

    /// A value that is none of those that Docker knows.
    fn choice(&mut self, flag: &Flag, value: &Word, known: &[&str]) {
        if known.contains(&value.raw.as_str()) || value.raw.contains('$') {
            return;
        }
        let name = &flag.name;
        let message = format!("`--{name}` knows no `{}`", shown(&value.raw));
        let all = known.join("`, `");
        match closest(&value.raw, known) {
            Some((near, alone)) => self.errors.push(SyntaxError {
                span: flag.span,
                message,
                help: Some(format!("did you mean `{near}`? It takes `{all}`")),
                correction: alone.then(|| format!("--{name}={near}")),
            }),
            None => self.error(flag.span, message, Some(format!("it takes `{all}`"))),
        }
    }

    /// What is almost a kind of mount or a key of one. Others may be new.
    fn mount(&mut self, span: Span, raw: &str) {
        if raw.contains(['$', '"', '\'', '\\', '\n']) {
            return;
        }
        let mut start = 0;
        for part in raw.split(',') {
            let at = start;
            start += part.len() + 1;
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let (what, given, known, at) = if key.eq_ignore_ascii_case("type") {
                ("kind", value, MOUNT_TYPES, at + key.len() + 1)
            } else if key.eq_ignore_ascii_case("sharing") {
                ("sharing", value, MOUNT_SHARING, at + key.len() + 1)
            } else {
                ("key", key, MOUNT_KEYS, at)
            };
            let lower = given.to_ascii_lowercase();
            if known.contains(&lower.as_str()) {
                continue;
            }
            let most = if given.len() < 6 { 1 } else { 2 };
            let slip = closest(&lower, known).is_some_and(|(near, _)| {
                (1..=most).contains(&strsim::damerau_levenshtein(&lower, near))
            });
            if slip {
                let message = format!("`--mount` has no {what} `{}`", shown(given));
                self.slip(span, message, &lower, known, |near| {
                    let (before, behind) = (&raw[..at], &raw[at + given.len()..]);
                    (near.to_owned(), Some(format!("--mount={before}{near}{behind}")))
                });
            }
        }
    }

    fn kind(&mut self, name: &str, text: &Text, body: Range<usize>, keyword: Span) -> Option<Kind> {
        let rest = &text.text[body.clone()];
        let whole = |text: &Text| words::word(text, body.clone());
        let needs = |cx: &mut Self, what: &str| {
            cx.error(keyword, format!("{name} needs {what}"), None);
            None
        };
        match name {
            "FROM" => self.from(text, body, keyword),
            "RUN" | "CMD" | "ENTRYPOINT" => {
                let command = self.command(text, body)?;
                Some(match name {
                    "RUN" => Kind::Run(command),
                    "CMD" => Kind::Cmd(command),
                    _ => Kind::Entrypoint(command),
                })
            }
            "SHELL" => match words::json(text, body.clone()) {
                Json::List(list) if !list.is_empty() => Some(Kind::Shell(list)),
                _ => needs(self, "its arguments as a JSON list: `SHELL [\"/bin/sh\", \"-c\"]`"),
            },
            "COPY" | "ADD" => {
                let (mut list, json) = match words::json(text, body.clone()) {
                    Json::List(list) => (list, true),
                    Json::NotStrings => return needs(self, "a list of strings"),
                    Json::No => (words::plain(text, body), false),
                };
                let Some(dest) = list.pop() else {
                    return needs(self, "at least a source and a destination");
                };
                let transfer = Transfer { sources: list, dest, json };
                Some(if name == "COPY" { Kind::Copy(transfer) } else { Kind::Add(transfer) })
            }
            "ENV" | "LABEL" => {
                let pairs = self.pairs(text, body, keyword, name)?;
                Some(if name == "ENV" { Kind::Env(pairs) } else { Kind::Label(pairs) })
            }
            "ARG" => {
                let list = words::quoted(text, body, self.escape);
                if list.is_empty() {
                    return needs(self, "a name");
                }
                let pairs: Vec<_> = list.iter().map(|word| pair(text, word)).collect();
                for pair in pairs.iter().filter(|pair| pair.name.raw.is_empty()) {
                    self.error(pair.span, "an ARG name is empty".into(), None);
                }
                Some(Kind::Arg(pairs))
            }
            "EXPOSE" => match words::plain(text, body) {
                list if list.is_empty() => needs(self, "a port"),
                list => Some(Kind::Expose(list)),
            },
            "VOLUME" => match words::json(text, body.clone()) {
                Json::List(list) if !list.is_empty() => Some(Kind::Volume(list)),
                Json::No if !rest.is_empty() => Some(Kind::Volume(words::plain(text, body))),
                _ => needs(self, "a path"),
            },
            _ if rest.is_empty() && name != "HEALTHCHECK" => needs(self, "an argument"),
            "USER" => Some(Kind::User(whole(text))),
            "WORKDIR" => Some(Kind::Workdir(whole(text))),
            "STOPSIGNAL" => Some(Kind::Stopsignal(whole(text))),
            "MAINTAINER" => Some(Kind::Maintainer(whole(text))),
            "HEALTHCHECK" => {
                let word = rest.split_whitespace().next().unwrap_or("");
                match word.to_ascii_uppercase().as_str() {
                    "NONE" if rest.trim() == word => Some(Kind::Healthcheck(None)),
                    "CMD" if rest.trim() != word => {
                        let behind = body.end - rest[word.len()..].trim_start().len();
                        Some(Kind::Healthcheck(Some(self.command(text, behind..body.end)?)))
                    }
                    _ => needs(self, "`NONE`, or `CMD` and a command"),
                }
            }
            "ONBUILD" => Some(Kind::Onbuild(Box::new(self.instruction(text, body, true)))),
            _ => None,
        }
    }

    fn from(&mut self, text: &Text, body: Range<usize>, keyword: Span) -> Option<Kind> {
        let mut list = words::plain(text, body).into_iter();
        let (Some(image), as_word, alias, more) =
            (list.next(), list.next(), list.next(), list.next())
        else {
            self.error(
                keyword,
                "FROM needs an image".into(),
                Some("name the base: `FROM node:24-alpine`".into()),
            );
            return None;
        };
        match (as_word, alias, more) {
            (None, ..) => Some(Kind::From { image, alias: None }),
            (Some(word), Some(alias), None) if word.raw.eq_ignore_ascii_case("as") => {
                let name = alias.raw.to_ascii_lowercase();
                let valid = name.starts_with(|c: char| c.is_ascii_lowercase())
                    && name.bytes().all(|b| {
                        b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b)
                    });
                if !valid {
                    self.error(
                        alias.span,
                        format!("`{}` cannot name a stage", shown(&alias.raw)),
                        Some("use a letter, then letters, digits, `-`, `_` and `.`".into()),
                    );
                }
                Some(Kind::From { image, alias: Some(alias) })
            }
            (Some(word), ..) => {
                self.error(
                    word.span,
                    "FROM takes an image, or an image and `AS name`".into(),
                    Some("remove what stands behind the image".into()),
                );
                Some(Kind::From { image, alias: None })
            }
        }
    }

    fn command(&mut self, text: &Text, body: Range<usize>) -> Option<Command> {
        match words::json(text, body.clone()) {
            Json::List(list) => Some(Command::Exec(list)),
            Json::NotStrings => {
                let span = text.span(body);
                self.error(
                    span,
                    "a command in JSON form holds strings alone".into(),
                    Some("put each item in double quotes".into()),
                );
                None
            }
            Json::No => {
                let script = text.slice(body);
                let broken_json = looks_like_list(&script.text);
                Some(Command::Shell { script, broken_json })
            }
        }
    }

    fn pairs(
        &mut self,
        text: &Text,
        body: Range<usize>,
        keyword: Span,
        name: &str,
    ) -> Option<Vec<Assignment>> {
        let list = words::quoted(text, body.clone(), self.escape);
        let Some(first) = list.first() else {
            self.error(keyword, format!("{name} needs a name and a value"), None);
            return None;
        };
        if !first.raw.contains('=') {
            let rest = &text.text[body.clone()];
            let key_len = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let value = rest[key_len..].trim_start();
            if value.is_empty() {
                self.error(
                    first.span,
                    format!("`{}` has no value", shown(&first.raw)),
                    Some(format!("write `{name} {}=value`", shown(&first.raw))),
                );
                return None;
            }
            let key = words::word(text, body.start..body.start + key_len);
            let value = words::word(text, body.end - value.len()..body.end);
            return Some(vec![Assignment {
                span: key.span.to(value.span),
                name: key,
                value: Some(value),
                legacy: true,
            }]);
        }
        let mut pairs = Vec::new();
        for word in &list {
            let pair = pair(text, word);
            if pair.value.is_none() {
                self.error(
                    word.span,
                    format!("`{}` has no `=`", shown(&word.raw)),
                    Some("write `NAME=value`, with quotes round blanks".into()),
                );
            } else if pair.name.raw.is_empty() {
                self.error(word.span, format!("an {name} name is empty"), None);
            }
            pairs.push(pair);
        }
        Some(pairs)
    }
}

/// Where behind the arguments a comment was meant: at a `#` between blanks, up to the end of a line
/// that goes on nowhere. A shell reads such comments itself; in quotes, and behind the escape
/// character, there is none.
fn comment(name: &str, text: &Text, body: Range<usize>, escape: char) -> Option<usize> {
    let rest = &text.text[body.clone()];
    let bytes = rest.as_bytes();
    memchr::memchr(b'#', bytes)?;
    // In a list it is JSON that says what a backslash does.
    let is_list = rest.trim_start().starts_with('[');
    let escape = if is_list { b'\\' } else { u8::try_from(escape).unwrap_or(b'\\') };
    match name {
        "MAINTAINER" | "HEALTHCHECK" | "ONBUILD" | "SHELL" => return None,
        "RUN" | "CMD" | "ENTRYPOINT" if !is_list => return None,
        _ => {}
    }
    let is_blank = |at: usize| bytes.get(at).is_none_or(u8::is_ascii_whitespace);
    let mut quote = None;
    let mut escaped = None;
    let at = (0..bytes.len()).find(|&at| {
        if escaped == Some(at) {
            return false;
        }
        match (quote, bytes[at]) {
            (None | Some(b'"'), byte) if byte == escape => escaped = Some(at + 1),
            (None, byte @ (b'"' | b'\'')) => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            (None, b'#') => {
                return at > 0
                    && is_blank(at - 1)
                    && escaped != Some(at - 1)
                    && is_blank(at + 1)
                    && !rest[..at].trim().is_empty();
            }
            _ => {}
        }
        false
    })?;
    let at = body.start + at;
    if text.span(at..body.end).range().len() != body.end - at {
        return None;
    }
    match name {
        "RUN" | "CMD" | "ENTRYPOINT" => {
            let before = body.start + text.text[body.start..at].trim_end().len();
            matches!(words::json(text, body.start..before), Json::List(_)).then_some(at)
        }
        // `ENV PS1 # ` has a prompt for its value, and so has `ENV PS1 \w # `
        "ENV" | "LABEL" => {
            let before = &rest[..at - body.start];
            let mut words = before.split_whitespace();
            let apart = words.next().is_some_and(|first| !first.contains('='));
            let prompt = words.next().is_none() || rest[at + 1 - body.start..].trim().is_empty();
            (!apart || !prompt).then_some(at)
        }
        _ => Some(at),
    }
}

/// `NAME=value` or `NAME`.
fn pair(text: &Text, word: &Word) -> Assignment {
    // Words are found by their place: the text knows where each of its bytes came from.
    let start = text.position(word.span.start as usize);
    match word.raw.find('=') {
        Some(at) => Assignment {
            span: word.span,
            name: words::word(text, start..start + at),
            value: Some(words::word(text, start + at + 1..start + word.raw.len())),
            legacy: false,
        },
        None => Assignment { span: word.span, name: word.clone(), value: None, legacy: false },
    }
}

/// A text that was meant as a JSON list: it starts with a quoted word behind `[`, and is no test of
/// a shell, which ends in ` ]` and goes on.
fn looks_like_list(text: &str) -> bool {
    let Some(rest) = text.trim_start().strip_prefix('[') else { return false };
    let starts = rest.trim_start().starts_with(['"', '\'', '\u{201c}', '\u{2018}']);
    let is_test = || {
        rest.starts_with([' ', '\t'])
            && rest.match_indices([' ', '\t']).any(|(at, _)| {
                rest[at + 1..].strip_prefix(']').is_some_and(|behind| {
                    let behind = behind.trim_start();
                    ["&&", "||", ";"].iter().any(|next| behind.starts_with(next))
                })
            })
    };
    starts && !is_test()
}

/// A name as messages show it.
pub(super) fn shown(name: &str) -> String {
    match name.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &name[..at]),
        None => name.to_owned(),
    }
}

/// The known name that is nearest, and whether no other is as near.
fn closest<'a>(given: &str, known: &[&'a str]) -> Option<(&'a str, bool)> {
    // Longer ones are no typing errors, and the distance costs the product of both lengths.
    if given.len() > 32 {
        return None;
    }
    let mut near: Vec<(usize, &str)> = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(given, name), *name))
        .filter(|(distance, name)| *distance <= 2 && *distance < name.len())
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    let (distance, name) = *near.first()?;
    Some((name, near.get(1).is_none_or(|(other, _)| *other > distance)))
}
