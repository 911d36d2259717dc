//! Go's `filepath.Match` on Unix: how a COPY source with wildcards is matched, and what decides
//! whether Docker accepts a pattern at all.

/// A pattern that Go's `filepath.Match` refuses (`ErrBadPattern`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("syntax error in pattern")]
pub struct BadPattern;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(crate) struct Matcher {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// `*`: any number of characters but `/`.
    Star,
    /// `?`: one character but `/`.
    Any,
    Char(char),
    /// `[...]`; unlike the others it may match `/`.
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Matcher {
    /// Compiles `pattern`.
    pub(crate) fn new(pattern: &str) -> Result<Self, BadPattern> {
        let mut tokens = Vec::new();
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            tokens.push(match c {
                '*' if tokens.last() == Some(&Token::Star) => continue,
                '*' => Token::Star,
                '?' => Token::Any,
                '\\' => Token::Char(chars.next().ok_or(BadPattern)?),
                '[' => {
                    let (class, rest) = class(chars.as_str())?;
                    chars = rest.chars();
                    class
                }
                c => Token::Char(c),
            });
        }
        Ok(Self { tokens })
    }

    /// Whether the whole of `name` matches.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let (mut at, mut rest) = (0, name);
        // Only the last star can need another try: what lies between two stars is matched
        // leftmost, and a star never crosses a `/`.
        let mut retry: Option<(usize, &str)> = None;
        loop {
            let first = rest.chars().next();
            match (self.tokens.get(at), first) {
                (None, None) => return true,
                (Some(Token::Star), _) => {
                    at += 1;
                    retry = Some((at, rest));
                    continue;
                }
                (Some(token), Some(c)) if token.takes(c) => {
                    at += 1;
                    rest = &rest[c.len_utf8()..];
                    continue;
                }
                _ => (),
            }
            let Some((after, from)) = retry else { return false };
            let Some(skipped) = from.chars().next().filter(|c| *c != '/') else { return false };
            let from = &from[skipped.len_utf8()..];
            (at, rest, retry) = (after, from, Some((after, from)));
        }
    }
}

impl Token {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Star => false,
            Self::Any => c != '/',
            Self::Char(own) => *own == c,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
        }
    }
}

/// Reads a class behind its `[`. An inverted range is accepted and matches nothing, as in Go.
fn class(text: &str) -> Result<(Token, &str), BadPattern> {
    let (negated, mut text) = match text.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut ranges = Vec::new();
    loop {
        if !ranges.is_empty()
            && let Some(rest) = text.strip_prefix(']')
        {
            return Ok((Token::Class { negated, ranges }, rest));
        }
        let (low, rest) = class_char(text)?;
        let (high, rest) = match rest.strip_prefix('-') {
            Some(rest) => class_char(rest)?,
            None => (low, rest),
        };
        ranges.push((low, high));
        text = rest;
    }
}

/// One character of a class; something must follow it.
fn class_char(text: &str) -> Result<(char, &str), BadPattern> {
    let mut chars = text.chars();
    let c = match chars.next() {
        None | Some('-' | ']') => return Err(BadPattern),
        Some('\\') => chars.next().ok_or(BadPattern)?,
        Some(c) => c,
    };
    if chars.as_str().is_empty() { Err(BadPattern) } else { Ok((c, chars.as_str())) }
}

/// Whether a COPY source (variables expanded) takes `path`, itself or with a directory above it.
pub fn copy_takes(source: &str, path: &str) -> bool {
    let cleaned = super::ignore::clean(&format!("/{source}"));
    let source = &cleaned[1..];
    if source.is_empty() {
        return true;
    }
    let Ok(matcher) = Matcher::new(source) else { return false };
    path.match_indices('/')
        .map(|(at, _)| &path[..at])
        .chain([path])
        .any(|part| part == source || matcher.matches(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_go() {
        for (pattern, name, want) in [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*c", "abc", true),
            ("a*", "a", true),
            ("a*", "ab/c", false),
            ("a*/b", "abc/b", true),
            ("a*/b", "a/c/b", false),
            ("a*b*c*d*e*/f", "axbxcxdxe/f", true),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", false),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("ab[c]", "abc", true),
            ("ab[b-d]", "abc", true),
            ("ab[e-g]", "abc", false),
            ("ab[^c]", "abc", false),
            ("ab[^e-g]", "abc", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "ab", false),
            ("a?b", "a☺b", true),
            ("a[^a]b", "a☺b", true),
            ("a???b", "a☺b", false),
            ("[a-ζ]*", "α", true),
            ("*[a-ζ]", "A", false),
            ("a?b", "a/b", false),
            ("a*b", "a/b", false),
            ("a[^x]b", "a/b", true),
            ("[\\]a]", "]", true),
            ("[\\-]", "-", true),
            ("[x\\-]", "z", false),
            ("[!a]", "!", true),
            ("*x", "xxx", true),
            ("**", "ab", true),
            ("[b-a]", "a", false),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(Matcher::new(pattern).unwrap().matches(name), want, "{pattern} {name}");
        }
    }

    #[test]
    fn a_source_takes_what_lies_below_it() {
        for (source, path, want) in [
            (".", "a/b", true),
            ("./a/", "a/b", true),
            ("/a", "a/b", true),
            ("../a", "a", true),
            ("a/b", "a", false),
            ("*.json", "p.json", true),
            ("*.json", "a/p.json", false),
            ("a*", "ab/c/d", true),
            ("[x]", "[x]", true),
        ] {
            assert_eq!(copy_takes(source, path), want, "{source} {path}");
        }
    }

    #[test]
    fn bad_patterns_are_refused_wherever_the_fault_stands() {
        for pattern in
            ["[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[", "[^", "[^bc", "a[", "\\", "a\\", "*/[z"]
        {
            assert_eq!(Matcher::new(pattern).unwrap_err(), BadPattern, "{pattern}");
        }
    }
}
