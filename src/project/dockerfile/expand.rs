//! Variables in words, as `BuildKit` expands them.

use super::ast::{Text, Word};
use crate::project::{bytes::Bytes, source::Span};

/// What a word says once its variables are replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expansion {
    /// The text without quotes. A variable whose value nobody knows stands as it was written
    /// (`$NAME`), so that messages can show it.
    pub text: String,
    /// Names of the variables that had no value, in order, each once.
    pub unknown: Vec<String>,
    /// Names of all variables that the word uses, in order, each once.
    pub used: Vec<String>,
    /// Why Docker refuses the word (`unsupported modifier`, `${X:?message}`), where it does.
    pub error: Option<String>,
    /// The word may be fine with values that are not known here: `${X:?message}` without a value,
    /// or a text that grew too long to follow.
    pub undecided: bool,
}

impl Expansion {
    /// The text, when every variable in it was known and Docker accepts the word.
    pub fn known(&self) -> Option<&str> {
        (self.unknown.is_empty() && self.error.is_none()).then_some(self.text.as_str())
    }
}

/// The variable that a value consists of and of nothing else: `$NAME`, `"${NAME}"`.
pub fn alone(value: &str) -> Option<&str> {
    let value = value.trim_matches('"').strip_prefix('$')?;
    let name = value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(value);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

/// How long a text is followed; variables that hold themselves twice grow without end.
const LONGEST: usize = 1 << 16;

/// How long a text may be that a pattern with wildcards is tried on at every place.
const LONGEST_CUT: usize = 256;

/// How deep variables in the words of modifiers may nest.
const DEEPEST: usize = 32;

/// Expands `word` with the values that `lookup` knows.
pub fn expand(word: &Word, escape: char, lookup: &dyn Fn(&str) -> Option<String>) -> Expansion {
    let mut out = Expansion::default();
    // Most words stand for themselves.
    if word.raw.len() <= LONGEST && !word.raw.bytes().any(|byte| SPECIAL.has(byte)) {
        out.text.clone_from(&word.raw);
        return out;
    }
    let mut walk = Walk { chars: &word.raw, escape, lookup, out: &mut out, depth: 0 };
    let mut text = walk.until(None);
    if text.len() > LONGEST {
        word.raw.get(..LONGEST).unwrap_or("").clone_into(&mut text);
        out.error.get_or_insert_with(|| "the text is too long to follow".into());
        out.undecided = true;
    }
    out.text = text;
    out
}

/// The body of an unquoted here-document of COPY or ADD, as the build writes it: variables are
/// replaced, a backslash goes and what it stands before stays, and quotes mean nothing. A variable
/// that `lookup` does not know stands as it was written. `None` where Docker refuses the text.
pub fn expand_body(body: &Text, lookup: &dyn Fn(&str) -> Option<String>) -> Option<Text> {
    let mut out = Expansion::default();
    let mut text = Text { text: String::new(), map: body.map.clone() };
    let Some(first) = body.text.find(['$', '\\']) else { return Some(body.clone()) };
    text.text.push_str(&body.text[..first]);
    text.map.retain(|(at, _)| *at as usize <= first);
    let mut walk =
        Walk { chars: &body.text[first..], escape: '\\', lookup, out: &mut out, depth: 0 };
    while let Some(c) = walk.next() {
        match c {
            '$' => walk.variable(&mut text.text),
            '\\' => text.text.extend(walk.next()),
            _ => text.text.push(c),
        }
        let plain = walk.chars.find(['$', '\\']).unwrap_or(walk.chars.len());
        let at = body.text.len() - walk.chars.len();
        let start = Span::at(text.text.len()).start;
        text.map.push((start, Span::at(body.offset(at)).start));
        let first = body.map.partition_point(|(from, _)| *from as usize <= at);
        let inside = body.map[first..].iter().take_while(|(from, _)| (*from as usize) < at + plain);
        text.map.extend(inside.map(|(from, file)| (start + from - Span::at(at).start, *file)));
        let (stays, rest) = walk.chars.split_at(plain);
        text.text.push_str(stays);
        walk.chars = rest;
    }
    (out.error.is_none() && text.text.len() <= LONGEST).then_some(text)
}

/// What may mean something; the escape is one of the last two.
static SPECIAL: Bytes = Bytes::of(b"$'\"\\`");

struct Walk<'a> {
    chars: &'a str,
    escape: char,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    out: &'a mut Expansion,
    depth: usize,
}

impl Walk<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.chars.chars().next()?;
        self.chars = &self.chars[c.len_utf8()..];
        Some(c)
    }

    fn peek(&self) -> Option<char> {
        self.chars.chars().next()
    }

    /// Text up to `stop`, which is taken.
    fn until(&mut self, stop: Option<char>) -> String {
        let mut text = String::new();
        loop {
            self.plain(&mut text, stop);
            let Some(c) = self.next() else { break };
            match c {
                _ if Some(c) == stop => return text,
                '\'' => self.single(&mut text),
                '"' => self.double(&mut text),
                '$' => self.variable(&mut text),
                _ if c == self.escape => text.extend(self.next()),
                _ => text.push(c),
            }
        }
        if stop.is_some() {
            self.fail("a `${` is not closed");
        }
        text
    }

    /// Takes what stands for itself, up to the next character that may not.
    fn plain(&mut self, text: &mut String, stop: Option<char>) {
        let stop = stop.and_then(|stop| u8::try_from(stop).ok());
        let is_plain = |byte: &u8| !SPECIAL.has(*byte) && Some(*byte) != stop;
        let length = self.chars.bytes().take_while(is_plain).count();
        let (stays, rest) = self.chars.split_at(length);
        text.push_str(stays);
        self.chars = rest;
    }

    fn single(&mut self, text: &mut String) {
        match self.chars.split_once('\'') {
            Some((inside, rest)) => {
                text.push_str(inside);
                self.chars = rest;
            }
            None => {
                text.push_str(std::mem::take(&mut self.chars));
                self.fail("a single quote is not closed");
            }
        }
    }

    fn double(&mut self, text: &mut String) {
        loop {
            self.plain(text, None);
            let Some(c) = self.next() else { break };
            match c {
                '"' => return,
                '$' => self.variable(text),
                _ if c == self.escape => match self.peek() {
                    Some(next) if next == '"' || next == '$' || next == self.escape => {
                        text.extend(self.next());
                    }
                    _ => text.push(c),
                },
                _ => text.push(c),
            }
        }
        self.fail("a double quote is not closed");
    }

    fn fail(&mut self, why: impl Into<String>) {
        if self.out.error.is_none() {
            self.out.error = Some(why.into());
        }
    }

    fn note(&mut self, name: &str, unknown: bool) {
        if !self.out.used.iter().any(|used| used == name) {
            self.out.used.push(name.to_owned());
        }
        if unknown && !self.out.unknown.iter().any(|used| used == name) {
            self.out.unknown.push(name.to_owned());
        }
    }

    fn variable(&mut self, text: &mut String) {
        if text.len() > LONGEST {
            self.out.undecided = true;
            self.fail("the text is too long to follow");
            self.chars = "";
            return;
        }
        if self.peek() != Some('{') {
            let name = self.name();
            if name.is_empty() {
                text.push('$');
            } else {
                let value = (self.lookup)(&name);
                self.note(&name, value.is_none());
                text.push_str(&value.unwrap_or_else(|| format!("${name}")));
            }
            return;
        }
        self.next();
        let name = self.name();
        if name.is_empty() {
            self.fail("`${}` names no variable");
            self.until(Some('}'));
            return;
        }
        let value = (self.lookup)(&name);
        match self.next() {
            Some('}') => {
                self.note(&name, value.is_none());
                text.push_str(&value.unwrap_or_else(|| format!("${{{name}}}")));
            }
            Some(':') => {
                let value = value.filter(|value| !value.is_empty());
                match self.next() {
                    Some(op @ ('-' | '+' | '?')) => self.modified(text, &name, op, value),
                    _ => self.unsupported(),
                }
            }
            Some(op @ ('-' | '+' | '?')) => self.modified(text, &name, op, value),
            Some(op @ ('#' | '%' | '/')) => {
                let doubled = self.peek() == Some(op);
                if doubled {
                    self.next();
                }
                let pattern = self.word(if op == '/' { '/' } else { '}' });
                let replacement = if op == '/' { self.word('}') } else { String::new() };
                self.note(&name, value.is_none());
                match value {
                    None => text.extend(["${", &name, "}"]),
                    Some(value)
                        if value.len() > LONGEST_CUT && pattern.contains(['*', '?'])
                            || pattern.len() > LONGEST_CUT =>
                    {
                        self.out.undecided = true;
                        self.fail("the text is too long to follow");
                        text.push_str(&value);
                    }
                    Some(value) => text.push_str(&cut(&value, op, doubled, &pattern, &replacement)),
                }
            }
            _ => self.unsupported(),
        }
    }

    fn unsupported(&mut self) {
        self.fail("the modifier behind the name of a variable is not supported");
        while self.next().is_some_and(|c| c != '}') {}
    }

    fn modified(&mut self, text: &mut String, name: &str, op: char, value: Option<String>) {
        // What stands in the branch that is not taken does not count as used.
        let before = (self.out.used.len(), self.out.unknown.len());
        let word = self.word('}');
        let taken = (op == '-') == value.is_none() || op == '+' && value.is_some();
        if !taken {
            self.out.used.truncate(before.0);
            self.out.unknown.truncate(before.1);
        }
        self.note(name, false);
        match (op, value) {
            ('-', None) => text.push_str(&word),
            ('-', Some(value)) => text.push_str(&value),
            ('+', Some(_)) => text.push_str(&word),
            ('?', None) => {
                if self.out.error.is_none() {
                    self.out.undecided = true;
                }
                self.fail(format!("`{name}` has no value: {word}"));
            }
            ('?', Some(value)) => text.push_str(&value),
            _ => (),
        }
    }

    fn word(&mut self, stop: char) -> String {
        if self.depth >= DEEPEST {
            self.fail("variables are nested too deep");
            self.chars = "";
            return String::new();
        }
        self.depth += 1;
        let text = self.until(Some(stop));
        self.depth -= 1;
        text
    }

    fn name(&mut self) -> String {
        let special = self.peek().filter(|c| c.is_ascii_digit() || "@*#?-$!".contains(*c));
        if let Some(c) = special {
            if c.is_ascii_digit() {
                let len = self.chars.bytes().take_while(u8::is_ascii_digit).count();
                let name = self.chars[..len].to_owned();
                self.chars = &self.chars[len..];
                return name;
            }
            self.next();
            return c.to_string();
        }
        let len =
            self.chars.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let name = self.chars[..len].to_owned();
        self.chars = &self.chars[len..];
        name
    }
}

/// `#`, `%` and `/` modifiers. Patterns know `*` and `?`.
fn cut(value: &str, op: char, doubled: bool, pattern: &str, replacement: &str) -> String {
    let ends: Vec<usize> = value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
    match op {
        '#' => {
            let mut hits = ends.iter().filter(|end| matches(pattern, &value[..**end]));
            let hit = if doubled { hits.next_back() } else { hits.next() };
            value[hit.copied().unwrap_or(0)..].to_owned()
        }
        '%' => {
            let mut hits = ends.iter().filter(|start| matches(pattern, &value[**start..]));
            let hit = if doubled { hits.next() } else { hits.next_back() };
            value[..hit.copied().unwrap_or(value.len())].to_owned()
        }
        _ => {
            if !pattern.contains(['*', '?']) {
                return match pattern {
                    "" => value.to_owned(),
                    _ if doubled => value.replace(pattern, replacement),
                    _ => value.replacen(pattern, replacement, 1),
                };
            }
            let mut out = String::new();
            let mut at = 0;
            while at < value.len() {
                let hit =
                    ends.iter().rev().find(|end| **end > at && matches(pattern, &value[at..**end]));
                if let Some(end) = hit {
                    out.push_str(replacement);
                    at = *end;
                    if !doubled {
                        break;
                    }
                } else {
                    let c = value[at..].chars().next().unwrap_or_default();
                    out.push(c);
                    at += c.len_utf8();
                }
            }
            out + value.get(at..).unwrap_or("")
        }
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if p < pattern.len() && (pattern[p] == '?' || pattern[p] == text[t] && pattern[p] != '*') {
            p += 1;
            t += 1;
        } else if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            p = at + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_alone() {
        for (value, name) in [
            ("$A", Some("A")),
            ("\"${A_1}\"", Some("A_1")),
            ("${A:-x}", None),
            ("$A/x", None),
            ("${A", None),
            ("A", None),
            ("'$A'", None),
            ("$", None),
        ] {
            assert_eq!(alone(value), name, "{value}");
        }
    }

    #[test]
    fn every_form() {
        let lookup = |name: &str| match name {
            "A" => Some("a/b.c".to_owned()),
            "E" => Some(String::new()),
            "V" => Some("1.2.3".to_owned()),
            _ => None,
        };
        for (raw, want, unknown) in [
            ("x$A-y", "xa/b.c-y", ""),
            ("${A}", "a/b.c", ""),
            ("'$A'", "$A", ""),
            ("\"$A\"", "a/b.c", ""),
            ("\\$A", "$A", ""),
            ("${U:-d}", "d", ""),
            ("${U-d}", "d", ""),
            ("${E:-d}", "d", ""),
            ("${E-d}", "", ""),
            ("${A:+y}", "y", ""),
            ("${U:+y}", "", ""),
            ("${U:-${V}}", "1.2.3", ""),
            ("${U:-$W}", "$W", "W"),
            ("${A:-$W}", "a/b.c", ""),
            ("$U", "$U", "U"),
            ("${V%.*}", "1.2", ""),
            ("${V%%.*}", "1", ""),
            ("${V#*.}", "2.3", ""),
            ("${V##*.}", "3", ""),
            ("${V/./-}", "1-2.3", ""),
            ("${V//./-}", "1-2-3", ""),
            ("a$", "a$", ""),
        ] {
            let word = Word { raw: raw.to_owned(), ..Word::default() };
            let got = expand(&word, '\\', &lookup);
            assert_eq!(
                (got.text.as_str(), got.unknown.join(",").as_str()),
                (want, unknown),
                "{raw}"
            );
            assert_eq!(got.error, None, "{raw}");
        }
        for (raw, want) in [
            ("exec \"$@\"\n", "exec \"\"\n"),
            ("'$A' \\$A \\\\ $U ${U} $(id)\n", "'v' $A \\ $U ${U} $(id)\n"),
            ("a \\\nb é$A\n", "a \nb év\n"),
        ] {
            let lookup = |name: &str| match name {
                "A" => Some("v".to_owned()),
                "@" => Some(String::new()),
                _ => None,
            };
            let body = Text::contiguous(raw, 100);
            let got = expand_body(&body, &lookup);
            assert_eq!(got.as_ref().map(|got| got.text.as_str()), Some(want));
            let end = got.map(|got| got.offset(got.text.len() - 1));
            assert_eq!(end, Some(100 + raw.len() - 1), "{raw}");
        }
        assert_eq!(expand_body(&Text::contiguous("${A[0]}", 0), &lookup), None);
        for raw in ["${A:x}", "${A", "${}", "${U:?no}", "${templateOption:x}"] {
            let word = Word { raw: raw.to_owned(), ..Word::default() };
            assert!(expand(&word, '\\', &lookup).error.is_some(), "{raw}");
        }
    }
}
