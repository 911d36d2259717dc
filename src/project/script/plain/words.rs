//! The letters of plain shell: blanks, line ends, comments, words, and what stands behind a command.

use std::ops::Range;

use compact_str::CompactString;

use super::{End, Reader};
use crate::project::{
    bytes::Bytes,
    script::{
        expand::literal,
        model::{Connector, ShellWord},
    },
};

/// Bytes that stand for themselves, wherever in a word.
static PLAIN: Bytes = Bytes::ALPHANUMERIC.and(b"-_./:+%");

impl Reader<'_> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Whether a backslash and a line end stand here.
    pub(super) fn continues(&self) -> bool {
        self.bytes[self.at..].starts_with(b"\\\n")
    }

    /// The letters, digits and `_` that stand here.
    pub(super) fn name(&mut self) -> Range<usize> {
        let start = self.at;
        if self.peek().is_some_and(|byte| !byte.is_ascii_digit()) {
            while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                self.at += 1;
            }
        }
        start..self.at
    }

    /// Reads a keyword that a blank or a line end follows.
    pub(super) fn take(&mut self, word: &str) -> bool {
        let rest = &self.bytes[self.at..];
        let here = rest.starts_with(word.as_bytes())
            && matches!(rest.get(word.len()), Some(b' ' | b'\t' | b'\n'));
        self.at += if here { word.len() } else { 0 };
        here
    }

    pub(super) fn is_keyword(&self, word: &str) -> bool {
        let rest = &self.bytes[self.at..];
        rest.starts_with(word.as_bytes())
            && matches!(
                rest.get(word.len()),
                None | Some(b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'>' | b'<')
            )
    }

    pub(super) fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// Skips blanks, line ends, comments and continued lines where a command may start.
    pub(super) fn lines(&mut self) -> Option<()> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n') => self.at += 1,
                Some(b'\\') if self.continues() => {
                    self.at += 2;
                    if matches!(self.peek(), Some(b'#')) {
                        return None;
                    }
                }
                Some(b'#') => self.comment()?,
                Some(b';' | b'&' | b'|') => return None,
                _ => return Some(()),
            }
        }
    }

    /// Skips a comment, up to its line end. Only behind a blank is it one.
    pub(super) fn comment(&mut self) -> Option<()> {
        let before = self.at.checked_sub(1).map(|at| self.bytes[at]);
        if !matches!(before, None | Some(b' ' | b'\t' | b'\n')) {
            return None;
        }
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        Some(())
    }

    /// What stands behind a compound command.
    pub(super) fn end(&mut self) -> Option<End> {
        self.end_here(false)?
    }

    /// The end of a command, where it ends here; `None` where another word follows. `first` says
    /// that nothing of the command was read yet.
    #[expect(clippy::option_option, reason = "outer: is this plain at all; inner: is it an end")]
    pub(super) fn end_here(&mut self, first: bool) -> Option<Option<End>> {
        if first {
            return Some(None);
        }
        let start = self.at;
        loop {
            let spaced = self.at > start;
            match self.peek() {
                Some(b' ' | b'\t') => self.at += 1,
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
                None => return Some(Some(End::Statement)),
                Some(b'#') if spaced => {
                    self.comment()?;
                    return Some(Some(End::Statement));
                }
                Some(b'\n') => {
                    self.at += 1;
                    return Some(Some(End::Statement));
                }
                Some(b';') => {
                    self.at += 1;
                    return (self.peek() != Some(b';')).then_some(Some(End::Statement));
                }
                Some(b'&' | b'|') => {
                    let (len, end) = match &self.bytes[self.at..] {
                        [b'&', b'&', ..] => (2, End::Next(Connector::And)),
                        [b'|', b'|', ..] => (2, End::Next(Connector::Or)),
                        [b'&', b'>', ..] => return Some(None),
                        [b'|', b'&', ..] => return None,
                        [b'|', ..] => (1, End::Next(Connector::Pipe)),
                        _ => (1, End::Background),
                    };
                    self.at += len;
                    return Some(Some(end));
                }
                Some(_) => return Some(None),
            }
        }
    }

    /// One word, which ends at a blank, a line end, `;`, `&`, `|`, `<` or `>`.
    pub(super) fn word(&mut self) -> Option<ShellWord> {
        let start = self.at;
        // Whether it is what it stands for, and whether anybody knows that.
        let (mut plain, mut known) = (true, true);
        loop {
            let rest = self.bytes[self.at..].iter();
            self.at += rest.take_while(|byte| PLAIN.has(**byte)).count();
            match self.peek() {
                None | Some(b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>') => break,
                Some(b'=' | b',' | b'@') if self.at > start => {
                    self.at += 1;
                    continue;
                }
                Some(b'*') if self.at > start && self.bytes[self.at - 1] == b'/' => {
                    self.at += 1;
                    // At the end of the word alone.
                    if !matches!(self.peek(), None | Some(b' ' | b'\n' | b'\t' | b';')) {
                        return None;
                    }
                    known = false;
                }
                Some(b'$') => {
                    self.variable()?;
                    known = false;
                }
                Some(b'\'') => {
                    let len = memchr::memchr(b'\'', &self.bytes[self.at + 1..])?;
                    self.at += len + 2;
                }
                Some(b'"') => known &= !self.quoted()?,
                Some(_) => return None,
            }
            plain = false;
        }
        let range = start..self.at;
        if range.is_empty() {
            return None;
        }
        if known && !plain {
            return Some(self.shell_word(range));
        }
        let raw = CompactString::from(&self.text[range.clone()]);
        Some(ShellWord { range, literal: known.then(|| raw.clone()), raw })
    }

    pub(super) fn shell_word(&self, range: Range<usize>) -> ShellWord {
        let raw = &self.text[range.clone()];
        ShellWord { literal: literal(raw), raw: raw.into(), range }
    }

    /// `$NAME`, `${NAME}`, `${NAME:-text}` or one of the shell's own.
    pub(super) fn variable(&mut self) -> Option<()> {
        self.at += 1;
        if matches!(self.peek()?, b'0'..=b'9' | b'@' | b'#' | b'?' | b'*') {
            self.at += 1;
            return Some(());
        }
        let braced = self.peek() == Some(b'{');
        self.at += usize::from(braced);
        if self.name().is_empty() {
            return None;
        }
        if braced {
            if self.bytes[self.at..].starts_with(b":-") {
                self.at += 2;
                while self.peek().is_some_and(|byte| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-')
                }) {
                    self.at += 1;
                }
            }
            if self.peek() != Some(b'}') {
                return None;
            }
            self.at += 1;
        }
        Some(())
    }

    /// A text in double quotes; whether a variable stands in it.
    pub(super) fn quoted(&mut self) -> Option<bool> {
        self.at += 1;
        let mut varies = false;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                b'`' | b'!' => return None,
                b'$' => {
                    self.variable()?;
                    varies = true;
                }
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(varies)
    }
}
