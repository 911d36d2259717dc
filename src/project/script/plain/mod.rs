//! The shell that most instructions and scripts hold, read in one pass: simple commands with
//! assignments and redirections in lists and pipes, `if`, `for`, `while` and `until`. Everything
//! else is left to the grammar, whose answer this must be equal to; it differs in one thing, where
//! the grammar is less exact: a redirection behind a list belongs to its last command alone.

mod words;

use compact_str::CompactString;

use super::model::{Connector, Place, Redirect, Script, ShellCommand, ShellWord};

/// Deeper nesting is left to the grammar.
const MAX_DEPTH: usize = 16;

/// The commands; `None` where the text holds anything that the grammar should look at.
pub(super) fn parse(text: &str) -> Option<Script> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        script: Script { shebang: super::parse::shebang(text), ..Script::default() },
        pipelines: 0,
        statements: 0,
    };
    if memchr::memchr(b'\r', reader.bytes).is_some() {
        return None;
    }
    let top = Around { place: Place::default(), statement: None };
    reader.block(&top, &[], 0)?;
    Some(reader.script)
}

/// What surrounds a block.
struct Around {
    place: Place,
    /// The number that all commands inside have; each has its own at the top.
    statement: Option<usize>,
}

/// What stands behind a command.
enum End {
    Statement,
    Background,
    Next(Connector),
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    script: Script,
    pipelines: usize,
    statements: usize,
}

impl Reader<'_> {
    /// Statements up to one of the keywords, which is read too, or to the end of the text where
    /// there are none. Which one it was.
    fn block(
        &mut self,
        around: &Around,
        ends: &[&'static str],
        depth: usize,
    ) -> Option<&'static str> {
        if depth > MAX_DEPTH {
            return None;
        }
        let start = self.script.commands.len();
        loop {
            self.lines()?;
            if self.at == self.bytes.len() {
                return ends.is_empty().then_some("");
            }
            if let Some(end) = ends.iter().find(|word| self.is_keyword(word)) {
                self.at += end.len();
                // The grammar knows what an empty block is.
                return (self.script.commands.len() > start).then_some(end);
            }
            let statement = around.statement.unwrap_or_else(|| {
                self.statements += 1;
                self.statements
            });
            let first = self.script.commands.len();
            if self.list(&around.place, statement, depth)? {
                for command in &mut self.script.commands[first..] {
                    command.background = true;
                }
            }
        }
    }

    /// `a && b || c`; whether `&` stands behind it.
    fn list(&mut self, place: &Place, statement: usize, depth: usize) -> Option<bool> {
        let mut connector = Connector::Sequence;
        let mut conditional = false;
        loop {
            conditional |= connector == Connector::Or;
            let unsure;
            let inner = if conditional && !place.conditional {
                unsure = Place { conditional: true, ..place.clone() };
                &unsure
            } else {
                place
            };
            let (test, end) = self.pipeline(connector, inner, statement, depth)?;
            conditional |= test;
            match end {
                End::Statement => return Some(false),
                End::Background => return Some(true),
                End::Next(next) => {
                    connector = next;
                    if next == Connector::Or {
                        self.script.falls_back(statement);
                    }
                    self.lines()?;
                    if self.at == self.bytes.len() {
                        return None;
                    }
                }
            }
        }
    }

    /// `a | b | c`; whether it is nothing but a test, and what stands behind it.
    fn pipeline(
        &mut self,
        connector: Connector,
        place: &Place,
        statement: usize,
        depth: usize,
    ) -> Option<(bool, End)> {
        let negated = matches!(self.bytes[self.at..], [b'!', b' ', ..]);
        if negated {
            self.at += 1;
            self.blanks();
        }
        if self.compound(place, statement, depth)? {
            let end = self.end()?;
            let piped = matches!(end, End::Next(Connector::Pipe));
            return (!piped && !negated).then_some((false, end));
        }
        let turned;
        let place = if negated {
            let awaited = place.condition && place.in_loop && !place.awaited;
            turned = Place { awaited, ..place.clone() };
            &turned
        } else {
            place
        };
        self.pipelines += 1;
        let number = self.pipelines;
        let (mut test, mut end) = self.command(connector, place, statement)?;
        while matches!(end, End::Next(Connector::Pipe)) {
            if negated {
                return None;
            }
            self.lines()?;
            self.pipelines = number;
            (_, end) = self.command(Connector::Pipe, place, statement)?;
            test = false;
        }
        if negated && let Some(last) = self.script.commands.last_mut() {
            last.negated = true;
        }
        Some((test, end))
    }

    /// Reads an `if` or a loop, where one stands here.
    fn compound(&mut self, place: &Place, statement: usize, depth: usize) -> Option<bool> {
        // Most commands are none, by their first letter.
        if !matches!(self.peek(), Some(b'f' | b'i' | b'u' | b'w')) {
            return Some(false);
        }
        let around = |change: &dyn Fn(&mut Place)| {
            let mut place = place.clone();
            change(&mut place);
            Around { place, statement: Some(statement) }
        };
        let body = |reader: &mut Self| {
            let looped = around(&|place| place.in_loop = true);
            reader.block(&looped, &["done"], depth + 1)
        };
        if self.take("if") {
            let yes = around(&|place| place.conditional = true);
            let mut elif = false;
            loop {
                let condition = around(&|place| {
                    place.condition = true;
                    place.conditional |= elif;
                    place.awaited = false;
                });
                self.block(&condition, &["then"], depth + 1)?;
                match self.block(&yes, &["elif", "else", "fi"], depth + 1)? {
                    "elif" => elif = true,
                    "else" => {
                        self.block(&yes, &["fi"], depth + 1)?;
                        return Some(true);
                    }
                    _ => return Some(true),
                }
            }
        }
        if self.take("while") || self.bytes[self.at..].starts_with(b"until ") {
            let until = self.take("until");
            let condition = around(&|place| {
                place.condition = true;
                place.in_loop = true;
                place.awaited = until;
            });
            self.block(&condition, &["do"], depth + 1)?;
            body(self)?;
            return Some(true);
        }
        if self.take("for") {
            self.blanks();
            let name = self.name();
            if name.is_empty() {
                return None;
            }
            let name = self.text[name].to_owned();
            self.blanks();
            if !self.take("in") {
                return None;
            }
            let mut listed = 0;
            loop {
                self.blanks();
                match self.peek()? {
                    b';' | b'\n' => break,
                    _ => listed += self.word()?.raw.len(),
                }
            }
            self.at += 1;
            self.lines()?;
            if listed == 0 || !self.is_keyword("do") {
                return None;
            }
            self.at += "do".len();
            self.script.loop_names.push(name);
            body(self)?;
            return Some(true);
        }
        Some(false)
    }

    /// One simple command; whether it is a test, and what stands behind it.
    fn command(
        &mut self,
        connector: Connector,
        place: &Place,
        statement: usize,
    ) -> Option<(bool, End)> {
        let start = self.at;
        let mut command = ShellCommand {
            range: start..start,
            assignments: Vec::new(),
            // Few commands have more.
            words: Vec::with_capacity(8),
            redirects: Vec::new(),
            connector,
            background: false,
            negated: false,
            place: place.clone(),
            pipeline: self.pipelines,
            statement,
        };
        let test = matches!(self.bytes[start..], [b'[', b' ', ..]);
        let mut exports = false;
        let mut spaced = true;
        loop {
            let stop = self.at;
            if let Some(end) = self.end_here(spaced)? {
                let last = command.words.last().map(|word| word.range.end);
                let value = command.assignments.last().map(|(_, value)| value.range.end);
                let target = command.redirects.last().map(|redirect| redirect.target.range.end);
                command.range.end = last.max(value).max(target)?;
                let closed = command.words.last().is_some_and(|word| word.raw == "]");
                if test && (!closed || command.words.len() < 3) {
                    return None;
                }
                let test = test && command.redirects.is_empty();
                self.script.commands.push(command);
                return Some((test, end));
            }
            if self.at == stop && !spaced {
                return None;
            }
            spaced = false;
            if let Some(redirect) = self.redirect()? {
                // In front of the name, or inside of a test, it is the grammar's.
                let last = command.words.last().map_or("", |word| &word.raw);
                if matches!(last, "" | "-") || test || exports {
                    return None;
                }
                command.redirects.push(redirect);
            } else if (command.words.is_empty() || exports) && self.assigns() {
                let at = self.at;
                let (name, value) = self.assignment()?;
                if exports {
                    command.words.push(self.shell_word(at..self.at));
                }
                command.assignments.push((name, value));
            } else {
                let bracket = if command.words.is_empty() { b'[' } else { b']' };
                let word = if test && self.peek() == Some(bracket) {
                    self.at += 1;
                    self.shell_word(self.at - 1..self.at)
                } else if test && self.operator() {
                    let from = self.at;
                    self.at += self.bytes[from..].iter().take_while(|b| **b != b' ').count();
                    self.shell_word(from..self.at)
                } else if exports {
                    let name = self.name();
                    if name.is_empty() {
                        return None;
                    }
                    self.shell_word(name)
                } else {
                    self.word()?
                };
                // Behind a redirection, the grammar knows whose words they are.
                if !command.redirects.is_empty() {
                    return None;
                }
                if command.words.is_empty() {
                    if is_other(&word.raw) || !test && !is_program(&word.raw) {
                        return None;
                    }
                    exports = word.raw == "export";
                    if exports && !command.assignments.is_empty() {
                        return None;
                    }
                } else if test && command.words.last().is_some_and(|word| word.raw == "]") {
                    return None;
                }
                command.words.push(word);
            }
        }
    }

    /// Whether `=`, `!=` or `!` stands here as a word of a test.
    fn operator(&self) -> bool {
        let rest = &self.bytes[self.at..];
        [b"= ".as_slice(), b"!= ", b"! "].iter().any(|operator| rest.starts_with(operator))
    }

    /// `NAME` and the `=` behind it.
    fn assigns(&self) -> bool {
        let rest = &self.bytes[self.at..];
        let len = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        len > 0 && !rest[0].is_ascii_digit() && rest.get(len) == Some(&b'=')
    }

    fn assignment(&mut self) -> Option<(CompactString, ShellWord)> {
        let name = self.name();
        self.at += 1;
        let value = match self.peek() {
            None | Some(b' ' | b'\t' | b'\n' | b';' | b'&' | b'|') => {
                self.shell_word(self.at..self.at)
            }
            Some(b'(' | b'=') => return None,
            _ => self.word()?,
        };
        Some((self.text[name].into(), value))
    }

    /// A redirection to a file or a descriptor, where one stands here.
    #[expect(clippy::option_option, reason = "outer: is this plain at all; inner: is it one")]
    fn redirect(&mut self) -> Option<Option<Redirect>> {
        if !matches!(self.peek(), Some(b'0'..=b'9' | b'<' | b'>' | b'&')) {
            return Some(None);
        }
        let rest = &self.bytes[self.at..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let operator = match &rest[digits..] {
            [b'>', b'>', ..] => ">>",
            [b'>', b'&', ..] => ">&",
            [b'>', b'|' | b'(', ..] | [b'<', b'<' | b'&' | b'>' | b'(', ..] => return None,
            [b'>', ..] => ">",
            [b'<', ..] => "<",
            [b'&', b'>', b'>', ..] if digits == 0 => return None,
            [b'&', b'>', ..] if digits == 0 => "&>",
            _ => return Some(None),
        };
        self.at += digits + operator.len();
        if operator == ">&" {
            // A descriptor; a file or `-` is the grammar's.
            let start = self.at;
            self.at += self.bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            let target = self.shell_word(start..self.at);
            return (self.at > start).then(|| Some(Redirect { operator, target, heredoc: None }));
        }
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        let target = self.word()?;
        Some(Some(Redirect { operator, target, heredoc: None }))
    }
}

/// Whether a word means something else when it stands first, or has arguments that are no plain words.
fn is_other(word: &str) -> bool {
    matches!(
        word,
        "if" | "then"
            | "else"
            | "elif"
            | "fi"
            | "for"
            | "while"
            | "until"
            | "do"
            | "done"
            | "case"
            | "esac"
            | "in"
            | "select"
            | "function"
            | "time"
            | "coproc"
            | "declare"
            | "typeset"
            | "readonly"
            | "local"
            | "unset"
            | "unsetenv"
            | "read"
            | "let"
            | "test"
    )
}

/// Whether a first word is a program's name: numbers and signs alone, and what looks like an
/// assignment, are told apart by the grammar.
fn is_program(raw: &str) -> bool {
    let mut named = false;
    for byte in raw.bytes() {
        match byte {
            b'=' | b',' | b'@' | b'%' => return false,
            b'a'..=b'z' | b'A'..=b'Z' | b'\'' | b'"' | b'/' => named = true,
            _ => (),
        }
    }
    named
}
