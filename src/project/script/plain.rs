//! The shell that most instructions hold: simple commands behind `&&`, `||`, `;` and line ends, their
//! words plain, quoted or with a variable. Read in one pass; everything else is left to the grammar,
//! whose answer this must be equal to.

use super::{
    expand::literal,
    model::{Connector, Place, Script, ShellCommand, ShellWord},
};

/// Words that mean something else to the grammar when they stand first, or that name variables.
const OTHERS: &[&str] = &[
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac",
    "in", "select", "function", "time", "coproc", "declare", "typeset", "export", "readonly",
    "local", "unset", "unsetenv", "read", "let", "test",
];

/// The commands; `None` where the text holds anything that the grammar should look at.
pub(super) fn parse(text: &str) -> Option<Script> {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0 };
    let mut script = Script::default();
    let mut statement = 0;
    let mut connector = None;
    let mut conditional = false;
    loop {
        reader.blanks(connector.is_some())?;
        if reader.at == text.len() {
            // `a &&` goes on nowhere.
            return connector.is_none().then_some(script);
        }
        if connector.is_none() {
            statement += 1;
            conditional = false;
        }
        conditional |= connector == Some(Connector::Or);
        let mut words: Vec<ShellWord> = Vec::new();
        let end = loop {
            let range = reader.word(words.is_empty())?;
            let raw = &text[range.clone()];
            if words.is_empty() && OTHERS.contains(&raw) {
                return None;
            }
            words.push(ShellWord { literal: literal(raw), raw: raw.to_owned(), range });
            if let Some(end) = reader.gap()? {
                break end;
            }
        };
        let range = words[0].range.start..words[words.len() - 1].range.end;
        script.commands.push(ShellCommand {
            range,
            assignments: Vec::new(),
            words,
            redirects: Vec::new(),
            connector: connector.unwrap_or(Connector::Sequence),
            background: false,
            negated: false,
            place: Place { conditional, ..Place::default() },
            pipeline: script.commands.len() + 1,
            statement,
        });
        connector = end;
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Whether a backslash and a line end stand here.
    fn continues(&self) -> bool {
        self.bytes[self.at..].starts_with(b"\\\n")
    }

    /// Skips blanks, line ends where a command may start, and continued lines.
    fn blanks(&mut self, behind_connector: bool) -> Option<()> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n') => self.at += 1,
                Some(b'\\') if self.continues() => self.at += 2,
                // Whether a comment may stand here, the grammar knows.
                Some(b'#') => return None,
                Some(b';' | b'&' | b'|') => return None,
                None if behind_connector => return None,
                _ => return Some(()),
            }
        }
    }

    /// One word, which ends at a blank, a line end, `;`, `&` or `|`.
    fn word(&mut self, first: bool) -> Option<std::ops::Range<usize>> {
        let start = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b'a'..=b'z'
                | b'A'..=b'Z'
                | b'0'..=b'9'
                | b'-'
                | b'_'
                | b'.'
                | b'/'
                | b':'
                | b'+' => {
                    self.at += 1;
                }
                b'=' | b',' | b'@' | b'%' if !first && self.at > start => self.at += 1,
                b'*' if !first && self.bytes[self.at - 1] == b'/' => {
                    self.at += 1;
                    // At the end of the word alone.
                    if !matches!(self.peek(), None | Some(b' ' | b'\n' | b'\t' | b';')) {
                        return None;
                    }
                }
                b'$' if !first => self.variable()?,
                b'\'' | b'"' if !first && self.at == start => {
                    self.quoted(byte)?;
                    // A quoted word and nothing behind it.
                    if !matches!(self.peek(), None | Some(b' ' | b'\n' | b'\t' | b';')) {
                        return None;
                    }
                }
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' => break,
                _ => return None,
            }
        }
        // Numbers and signs alone are told apart by the grammar.
        let known = self.bytes[start..self.at]
            .iter()
            .any(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'\'' | b'"' | b'/'));
        (self.at > start && (known || !first)).then_some(start..self.at)
    }

    /// `$NAME` or `${NAME}`.
    fn variable(&mut self) -> Option<()> {
        self.at += 1;
        let braced = self.peek() == Some(b'{');
        self.at += usize::from(braced);
        if !self.peek()?.is_ascii_alphabetic() && self.peek() != Some(b'_') {
            return None;
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.at += 1;
        }
        if braced {
            if self.peek() != Some(b'}') {
                return None;
            }
            self.at += 1;
        }
        Some(())
    }

    /// A quoted text on one line, without anything that is special inside.
    fn quoted(&mut self, quote: u8) -> Option<()> {
        self.at += 1;
        let start = self.at;
        loop {
            match self.peek()? {
                byte if byte == quote => break,
                b'\n' | b'\\' | b'`' | b'!' => return None,
                b'$' if quote == b'"' => self.variable()?,
                byte if byte.is_ascii_graphic() || byte == b' ' => self.at += 1,
                _ => return None,
            }
        }
        let some = self.at > start;
        self.at += 1;
        some.then_some(())
    }

    /// What stands behind a word: another word (`None`), or the end of the command, with what
    /// connects the next one to it.
    #[expect(clippy::option_option, reason = "the outer one says whether this is plain at all")]
    fn gap(&mut self) -> Option<Option<Option<Connector>>> {
        let mut spaced = false;
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => {
                    self.at += 1;
                    spaced = true;
                }
                // Directly behind a word, it would go on with the next line.
                Some(b'\\') if spaced && self.continues() => {
                    self.at += 2;
                    // An empty line or a comment ends what is continued.
                    let rest = &self.bytes[self.at..];
                    let text = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t'));
                    match text.map(|at| rest[at]) {
                        Some(b'\n' | b'#') | None => return None,
                        _ => (),
                    }
                }
                Some(b'\n') => {
                    self.at += 1;
                    return Some(Some(None));
                }
                None => return Some(Some(None)),
                Some(b';') => {
                    self.at += 1;
                    return (self.peek() != Some(b';')).then_some(Some(None));
                }
                Some(b'&' | b'|') => {
                    let connector = match &self.bytes[self.at..] {
                        [b'&', b'&', ..] => Connector::And,
                        [b'|', b'|', ..] => Connector::Or,
                        _ => return None,
                    };
                    self.at += 2;
                    return Some(Some(Some(connector)));
                }
                Some(b'#') => return None,
                Some(_) => return spaced.then_some(None),
            }
        }
    }
}
