//! Bytes to logical lines: directives, comments, continuations, here-documents.

use std::ops::Range;

use super::{
    ast::{Comment, Directive, SyntaxError, Text},
    shape::looks_like_instruction,
};
use crate::project::source::{Source, Span};

/// What the first pass over a file finds.
pub(super) struct Lines {
    pub(super) escape: char,
    pub(super) directives: Vec<Directive>,
    pub(super) comments: Vec<Comment>,
    pub(super) empty_continuations: Vec<Span>,
    pub(super) errors: Vec<SyntaxError>,
}

/// One logical line, continuations joined.
pub(super) struct Logical {
    /// The joined text, from the first character that is no blank.
    pub(super) text: Text,
    /// From that character to the end of the last physical line.
    pub(super) span: Span,
}

/// Reads a file line by line.
pub(super) struct Lexer<'a> {
    source: &'a Source,
    at: usize,
    escape: char,
    /// How often the end of a here-document was guessed.
    guesses: usize,
}

/// So often in a file the end of a here-document is guessed.
const MOST_GUESSES: usize = 16;

impl<'a> Lexer<'a> {
    /// Reads byte order mark and directives.
    pub(super) fn new(source: &'a Source, lines: &mut Lines) -> Self {
        let mut lexer = Self { source, at: 0, escape: '\\', guesses: 0 };
        if source.text().starts_with('\u{feff}') {
            lexer.at = '\u{feff}'.len_utf8();
        }
        lexer.directives(lines);
        lines.escape = lexer.escape;
        lexer
    }

    /// The escape character.
    pub(super) fn escape(&self) -> char {
        self.escape
    }

    /// The line that a span begins in, from 1.
    pub(super) fn line_number(&self, span: Span) -> usize {
        self.source.line_of(span.start as usize)
    }

    fn text(&self) -> &'a str {
        self.source.text()
    }

    /// The physical line at `at`: its content without the line end, and where the next one starts.
    fn line(&self, at: usize) -> Option<(Range<usize>, usize)> {
        let text = self.text();
        if at >= text.len() {
            return None;
        }
        let end =
            memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |found| at + found);
        let next = (end + 1).min(text.len());
        let mut kept = end;
        while kept > at && text.as_bytes()[kept - 1] == b'\r' {
            kept -= 1;
        }
        Some((at..kept, next))
    }

    fn directives(&mut self, lines: &mut Lines) {
        if self.text()[self.at..].starts_with("#!")
            && let Some((line, next)) = self.line(self.at)
        {
            lines.comments.push(Comment { span: Span::new(line.start, line.end), inside: false });
            self.at = next;
        }
        while let Some((line, next)) = self.line(self.at) {
            let raw = &self.text()[line.clone()];
            let Some((name, value)) = directive(raw) else { break };
            let (name_range, value_range) = (name, value);
            let name = raw[name_range.clone()].to_ascii_lowercase();
            if !matches!(name.as_str(), "syntax" | "escape" | "check") {
                break;
            }
            let start = line.start + raw.len() - raw.trim_start().len();
            let span = Span::new(start, line.start + raw.trim_end().len());
            let value = raw[value_range.clone()].to_owned();
            if lines.directives.iter().any(|seen| seen.name == name) {
                lines.errors.push(SyntaxError {
                    span,
                    message: format!("the `{name}` directive stands here a second time"),
                    help: Some("keep one of them".into()),
                    correction: None,
                });
            } else if name == "escape" {
                match value.as_str() {
                    "\\" | "`" => self.escape = if value == "`" { '`' } else { '\\' },
                    _ => lines.errors.push(SyntaxError {
                        span,
                        message: format!("`{value}` cannot be the escape character"),
                        help: Some("write `# escape=\\` or a backtick".into()),
                        correction: None,
                    }),
                }
            }
            lines.directives.push(Directive {
                span,
                name,
                value,
                value_span: Span::new(line.start + value_range.start, line.start + value_range.end),
            });
            self.at = next;
        }
    }

    /// The next logical line that is no comment and not blank.
    pub(super) fn next(&mut self, lines: &mut Lines) -> Option<Logical> {
        let (mut line, mut next) = loop {
            let (line, next) = self.line(self.at)?;
            let raw = &self.text()[line.clone()];
            let trimmed = raw.trim_start();
            self.at = next;
            if trimmed.is_empty() {
                continue;
            }
            let start = line.start + raw.len() - trimmed.len();
            if trimmed.starts_with('#') {
                lines.comments.push(Comment { span: Span::new(start, line.end), inside: false });
                continue;
            }
            break (start..line.end, next);
        };
        let start = line.start;
        let mut text = Text::default();
        let mut end = line.end;
        loop {
            let raw = &self.text()[line.clone()];
            let kept = continued(raw, self.escape);
            if text.map.is_empty() && kept.is_some() {
                // Several lines: most are no longer than this together.
                text.text.reserve(256);
                text.map.reserve(8);
            }
            text.map.push((Span::at(text.text.len()).start, Span::at(line.start).start));
            text.text.push_str(&raw[..kept.unwrap_or(raw.len())]);
            if kept.is_none() {
                break;
            }
            // Comment lines and blank lines inside do not end the instruction.
            let mut found = None;
            let mut blanks = Vec::new();
            while let Some((inner, after)) = self.line(next) {
                let raw = &self.text()[inner.clone()];
                let trimmed = raw.trim_start();
                let line_start = next;
                next = after;
                if trimmed.is_empty() {
                    blanks.push(Span::new(line_start, after));
                } else if trimmed.starts_with('#') {
                    let at = inner.start + raw.len() - trimmed.len();
                    lines.comments.push(Comment { span: Span::new(at, inner.end), inside: true });
                } else {
                    found = Some(inner);
                    break;
                }
            }
            let Some(inner) = found else { break };
            lines.empty_continuations.append(&mut blanks);
            end = inner.end;
            line = inner;
        }
        self.at = next;
        let kept = text.text.trim_end().len();
        text.text.truncate(kept);
        text.map.retain(|(at, _)| *at as usize <= kept);
        Some(Logical { text, span: Span::new(start, end) })
    }

    /// The lines of a here-document that starts behind the current line.
    pub(super) fn heredoc(&mut self, name: &str, strip_tabs: bool) -> Body {
        let start = self.at;
        let mut content = Text::default();
        let mut guess: Option<(usize, usize, Guess)> = None;
        while let Some((line, next)) = self.line(self.at) {
            let raw = &self.text()[line.clone()];
            let stripped = if strip_tabs { raw.trim_start_matches('\t') } else { raw };
            if stripped == name {
                self.at = next;
                return Body {
                    span: Span::new(start, line.start),
                    content,
                    terminator: Some(Span::new(line.start, line.end)),
                    guess: None,
                };
            }
            // A mark that was meant counts for more than an instruction, wherever it stands.
            let likely = match guess {
                Some((_, _, Guess::Mark(_))) => None,
                _ if raw.trim().eq_ignore_ascii_case(name) => {
                    Some(Guess::Mark(Span::new(line.start, line.end)))
                }
                None if looks_like_instruction(raw) && !raw.starts_with([' ', '\t']) => {
                    Some(Guess::Instruction(Span::new(line.start, line.end)))
                }
                _ => None,
            };
            if let Some(likely) = likely {
                guess = Some((content.text.len(), line.start, likely));
            }
            let from = line.end - stripped.len();
            content.map.push((Span::at(content.text.len()).start, Span::at(from).start));
            content.text.push_str(&self.text()[from..next]);
            self.at = next;
        }
        // Each guess leads to another look at all that follows.
        let guess = guess.filter(|_| self.guesses < MOST_GUESSES);
        let mut body = Body {
            span: Span::new(start, self.at),
            content,
            terminator: None,
            guess: guess.map(|(_, _, guess)| guess),
        };
        if let Some((kept, end, guess)) = guess {
            self.guesses += 1;
            body.span = Span::new(start, end);
            body.content.text.truncate(kept);
            body.content.map.retain(|(at, _)| (*at as usize) < kept);
            self.at = match guess {
                Guess::Mark(line) => {
                    body.terminator = Some(line);
                    self.line(end).map_or(end, |(_, next)| next)
                }
                Guess::Instruction(_) => end,
            };
        }
        body
    }
}

/// The lines of a here-document.
pub(super) struct Body {
    /// As they stand in the file.
    pub(super) span: Span,
    /// As Docker takes them.
    pub(super) content: Text,
    /// The line of the end mark, or of what was probably meant as it.
    pub(super) terminator: Option<Span>,
    /// Where it probably ends, where no line is its end mark.
    pub(super) guess: Option<Guess>,
}

/// Where a here-document without an end mark probably ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum Guess {
    /// At this line, which is almost the end mark.
    Mark(Span),
    /// Above this line, which is an instruction.
    Instruction(Span),
}

/// Where the name and the value of a directive line stand.
fn directive(line: &str) -> Option<(Range<usize>, Range<usize>)> {
    let body = line.trim_start().strip_prefix('#')?;
    let rest = body.trim_start();
    let name_start = line.len() - rest.len();
    let name_len = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let value = rest[name_len..].trim_start().strip_prefix('=')?.trim_start();
    let value_start = line.len() - value.len();
    let value = value.trim_end();
    if value.is_empty() {
        return None;
    }
    Some((name_start..name_start + name_len, value_start..value_start + value.len()))
}

/// How much of a line stays when it ends with the escape character, blanks behind it allowed.
fn continued(line: &str, escape: char) -> Option<usize> {
    let trimmed = line.trim_end_matches([' ', '\t']);
    let kept = trimmed.strip_suffix(escape)?;
    (!kept.ends_with(escape)).then_some(kept.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continuations_follow_the_escape_character() {
        for (line, escape, want) in [
            ("RUN a \\", '\\', Some(6)),
            ("RUN a \\  ", '\\', Some(6)),
            ("RUN a \\\\", '\\', None),
            ("RUN a `", '`', Some(6)),
            ("RUN a \\", '`', None),
            ("\\", '\\', Some(0)),
        ] {
            assert_eq!(continued(line, escape), want, "{line}");
        }
    }
}
