//! What the shell makes of a word.

use std::{cell::Cell, collections::BTreeMap};

use compact_str::CompactString;

use super::model::{Script, ShellWord};
use crate::project::bytes::{Bytes, split_once};

/// What is known of a word's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The text, quotes removed.
    pub text: String,
    /// Whether an unquoted variable put blanks into it, so that the shell splits it.
    pub splits: bool,
}

/// Bytes that stand for themselves.
static PLAIN: Bytes = Bytes::ALPHANUMERIC.and(b"-_./:=,@%+~[]!");

/// Bytes that [`word_value`] looks at, since they may stand for something else.
static SPECIAL: Bytes = Bytes::of(b"'\"\\`<>*?{$");

/// The literal of a word without variables; `None` where a variable, substitution or glob decides.
pub(super) fn literal(raw: &str) -> Option<CompactString> {
    if raw.bytes().all(|byte| PLAIN.has(byte)) {
        return Some(raw.into());
    }
    // `${PORT:-80}` has a value without knowing PORT, but not for certain
    let variable = Cell::new(false);
    let value = word_value(raw, &|_| {
        variable.set(true);
        None
    });
    value.filter(|_| !variable.get()).map(|value| value.text.into())
}

/// The value of a word as written, with the variables that `lookup` knows; `None` where something
/// else decides: an unknown variable, a substitution, a positional parameter, a glob.
pub fn word_value(raw: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Option<Value> {
    let mut text = String::with_capacity(raw.len());
    let mut splits = false;
    let mut rest = raw;
    let mut quoted = false;
    let mut part = None;
    loop {
        let plain = rest.bytes().take_while(|byte| !SPECIAL.has(*byte)).count();
        text.push_str(&rest[..plain]);
        rest = &rest[plain..];
        let Some(c) = rest.chars().next() else { break };
        let tail = &rest[c.len_utf8()..];
        match c {
            '\'' if !quoted => {
                let (inner, behind) = split_once(tail, b'\'')?;
                text.push_str(inner);
                rest = behind;
            }
            '"' => {
                quoted = !quoted;
                rest = tail;
            }
            '\\' => {
                let next = tail.chars().next()?;
                if next != '\n' {
                    if quoted && !matches!(next, '$' | '`' | '"' | '\\') {
                        text.push('\\');
                    }
                    text.push(next);
                }
                rest = &tail[next.len_utf8()..];
            }
            '`' => return None,
            '<' | '>' if !quoted && tail.starts_with('(') => return None,
            '*' | '?' if !quoted => return None,
            '{' if !quoted && begins_list(tail, &mut part) => return None,
            '$' if tail.starts_with('\'') && !quoted => {
                let (inner, behind) = split_once(&tail[1..], b'\'')?;
                if inner.contains('\\') {
                    return None;
                }
                text.push_str(inner);
                rest = behind;
            }
            '$' => {
                let Some((value, behind)) = variable(tail, lookup)? else {
                    text.push('$');
                    rest = tail;
                    continue;
                };
                splits |= !quoted && value.contains([' ', '\t', '\n']);
                text.push_str(&value);
                rest = behind;
            }
            _ => {
                text.push(c);
                rest = tail;
            }
        }
    }
    (!quoted).then_some(Value { text, splits })
}

/// Whether the text behind a `{` makes a list of it, as `{a,b}` and `{1..3}` do. `part` is the next `,`, `.` or `}`, by how much of
/// the text it and what follows it are: of many braces in a row it is looked for once.
fn begins_list(tail: &str, part: &mut Option<(usize, bool)>) -> bool {
    if part.is_none_or(|(left, _)| left > tail.len()) {
        let at = tail.find([',', '.', '}']);
        let is_list = at.is_some_and(|at| !tail[at..].starts_with('}'));
        *part = Some((at.map_or(0, |at| tail.len() - at), is_list));
    }
    part.is_some_and(|(_, is_list)| is_list)
}

/// The value of the variable behind a `$` and the text behind it. `Some(None)`: a lone `$`.
#[expect(clippy::option_option, reason = "outer: is it known; inner: is it a variable at all")]
fn variable<'r>(
    tail: &'r str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Option<Option<(String, &'r str)>> {
    if let Some(inner) = tail.strip_prefix('{') {
        let (body, behind) = inner.split_once('}')?;
        let end = name_len(body);
        let (name, modifier) = body.split_at(end);
        if name.is_empty() {
            return None;
        }
        let known = lookup(name);
        let value = if modifier.is_empty() {
            known?
        } else if let Some(default) = modifier.strip_prefix(":-").or(modifier.strip_prefix('-')) {
            match known {
                Some(value) if !value.is_empty() || !modifier.starts_with(':') => value,
                // one level of variables inside the default is what people write
                _ => word_value(default, lookup)?.text,
            }
        } else {
            return None;
        };
        return Some(Some((value, behind)));
    }
    let end = name_len(tail);
    if end > 0 {
        return Some(Some((lookup(&tail[..end])?, &tail[end..])));
    }
    match tail.chars().next() {
        Some('(' | '@' | '*' | '#' | '?' | '$' | '!' | '-' | '0'..='9') => None,
        _ => Some(None),
    }
}

fn name_len(text: &str) -> usize {
    let starts = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    if !starts {
        return 0;
    }
    text.bytes().position(|b| !b.is_ascii_alphanumeric() && b != b'_').unwrap_or(text.len())
}

/// Puts known variables into the literals of a script's commands: those of `outer`, and those that
/// the script itself assigns once, surely and before the use. An unquoted variable that holds
/// several words becomes several words at the same place.
pub fn expand(script: &mut Script, outer: &dyn Fn(&str) -> Option<String>) {
    let mut known: BTreeMap<CompactString, Option<String>> = BTreeMap::new();
    known.extend(script.loop_names.iter().map(|name| (name.into(), None)));
    for command in &mut script.commands {
        let lookup = |name: &str| match known.get(name) {
            Some(value) => value.clone(),
            None => outer(name),
        };
        if command.words.iter().any(|word| word.literal.is_none()) {
            let mut words = Vec::with_capacity(command.words.len());
            for word in std::mem::take(&mut command.words) {
                resolve(word, &lookup, &mut words);
            }
            command.words = words;
        }
        for (_, value) in &mut command.assignments {
            if value.literal.is_none() && !value.raw.starts_with('(') {
                value.literal = word_value(&value.raw, &lookup).map(|v| v.text.into());
            }
        }
        for redirect in &mut command.redirects {
            if redirect.target.literal.is_none() {
                let value = word_value(&redirect.target.raw, &lookup);
                redirect.target.literal = value.map(|v| v.text.into());
            }
        }
        let declares = command.words.first().is_none_or(|word| {
            matches!(word.raw.as_str(), "export" | "declare" | "typeset" | "readonly" | "local")
        });
        if declares && !command.place.subshell {
            let place = &command.place;
            let sure = !place.conditional && !place.in_loop && place.function.is_none();
            for (name, value) in &command.assignments {
                let value = value.literal.clone().filter(|_| sure);
                known.insert(name.clone(), value.map(CompactString::into_string));
            }
        }
    }
}

fn resolve(mut word: ShellWord, lookup: &dyn Fn(&str) -> Option<String>, out: &mut Vec<ShellWord>) {
    if word.literal.is_none()
        && let Some(value) = word_value(&word.raw, lookup)
    {
        if value.splits {
            let parts = value.text.split_whitespace();
            out.extend(parts.map(|part| ShellWord { literal: Some(part.into()), ..word.clone() }));
            return;
        }
        // an unquoted empty variable is no word at all
        if value.text.is_empty() && !word.raw.contains(['"', '\'']) {
            return;
        }
        word.literal = Some(value.text.into());
    }
    out.push(word);
}
