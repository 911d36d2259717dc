//! One pattern of an ignore file, as `moby/patternmatcher` matches it.

use super::{glob, machine::Machine};

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    /// Without `!`, in Go's `filepath.Clean` form.
    cleaned: String,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Exact,
    /// `dir/**`: everything that starts with the text before the `**`.
    Prefix,
    /// `**text`: everything that ends with the text behind the `**`.
    Suffix,
    Machine(Machine),
}

impl Pattern {
    /// Compiles a cleaned pattern. The error says why Docker refuses it.
    pub(crate) fn new(cleaned: &str) -> Result<Self, String> {
        if let Err(err) = glob::Matcher::new(cleaned) {
            return Err(err.to_string());
        }
        let kind = match translate(cleaned) {
            Translation::Exact => Kind::Exact,
            Translation::Prefix => Kind::Prefix,
            Translation::Suffix => Kind::Suffix,
            Translation::Expression(text) => Kind::Machine(
                Machine::new(&text).map_err(|why| format!("syntax error in pattern: {why}"))?,
            ),
        };
        Ok(Self { cleaned: cleaned.to_owned(), kind })
    }

    /// Whether it matches `path` itself; directories above it are the caller's business.
    pub(crate) fn matches(&self, path: &str) -> bool {
        match &self.kind {
            Kind::Exact => path == self.cleaned,
            Kind::Prefix => path.starts_with(&self.cleaned[..self.cleaned.len() - 2]),
            Kind::Suffix => {
                let suffix = &self.cleaned[2..];
                path.ends_with(suffix) || suffix.strip_prefix('/') == Some(path)
            }
            Kind::Machine(machine) => machine.matches(path),
        }
    }

    /// Whether it could match something below `dir`. May say yes where the answer is no.
    pub(crate) fn may_match_below(&self, dir: &str) -> bool {
        if self.cleaned.contains("**") || self.cleaned.contains(['[', '\\']) {
            return true;
        }
        let mut parts = self.cleaned.split('/');
        dir.split('/')
            .all(|name| parts.next().is_some_and(|part| part == name || part.contains(['*', '?'])))
            && parts.next().is_some()
    }
}

enum Translation {
    Exact,
    Prefix,
    Suffix,
    Expression(String),
}

/// The translation of `patternmatcher.Pattern.compile`, step by step: the text that it gives to
/// Go's `regexp` (without the anchors), or the kind of comparison that it uses instead.
fn translate(pattern: &str) -> Translation {
    let mut kind = Translation::Exact;
    let mut text = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars().peekable();
    let mut expression = false;
    let mut first = true;
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.peek() == Some(&'*') => {
                chars.next();
                chars.next_if_eq(&'/');
                if chars.peek().is_some() {
                    text.push_str("(.*/)?");
                    expression = true;
                } else if !expression && matches!(kind, Translation::Exact) {
                    kind = Translation::Prefix;
                } else {
                    text.push_str(".*");
                    expression = true;
                }
                if first {
                    kind = Translation::Suffix;
                    expression = false;
                }
            }
            '*' => {
                text.push_str("[^/]*");
                expression = true;
            }
            '?' => {
                text.push_str("[^/]");
                expression = true;
            }
            '.' | '+' | '(' | ')' | '|' | '{' | '}' | '$' => {
                text.push('\\');
                text.push(c);
            }
            '\\' => {
                text.push('\\');
                if let Some(escaped) = chars.next() {
                    text.push(escaped);
                    expression = true;
                }
            }
            '[' | ']' => {
                text.push(c);
                expression = true;
            }
            c => text.push(c),
        }
        first = false;
    }
    if expression { Translation::Expression(text) } else { kind }
}
