//! The small regular expressions that Docker makes of ignore patterns.
//!
//! Docker translates a pattern character by character and leaves brackets and escapes to Go's
//! `regexp`. So `\d` in an ignore file is any digit, and `[*]` is not an asterisk. The machine
//! runs what that translation yields; its time is bounded by pattern length × path length.

/// A compiled expression, anchored at both ends.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    tokens: Vec<Token>,
    /// Literal text that every match starts and ends with.
    head: String,
    tail: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Char(char),
    Set(Set),
    SetStar(Set),
    /// `.*`
    Rest,
    /// `(.*/)?`: enters the loop behind it, or skips it.
    Deep,
    DeepLoop,
    Start,
    End,
    /// `\b` (true) and `\B` (false).
    WordBorder(bool),
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Set {
    negated: bool,
    ranges: Vec<(char, char)>,
}

impl Set {
    fn has(&self, c: char) -> bool {
        self.ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != self.negated
    }
}

impl Machine {
    /// Compiles the body of an expression, without its `^` and `$`. The error says what Go
    /// refuses, or what this machine does not know (`\Q`, `\p`).
    pub(super) fn new(expression: &str) -> Result<Self, String> {
        let mut tokens = Vec::new();
        let mut rest = expression;
        while let Some(c) = rest.chars().next() {
            if let Some(behind) = rest.strip_prefix("(.*/)?") {
                tokens.extend([Token::Deep, Token::DeepLoop]);
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix(".*") {
                tokens.push(Token::Rest);
                rest = behind;
            } else if c == '[' {
                let (set, behind) = class(&rest[1..])?;
                rest = behind;
                if let Some(behind) = rest.strip_prefix('*') {
                    tokens.push(Token::SetStar(set));
                    rest = behind;
                } else {
                    tokens.push(Token::Set(set));
                }
            } else if c == '\\' {
                let (token, behind) = escape(&rest[1..])?;
                tokens.push(token);
                rest = behind;
            } else {
                tokens.push(if c == '^' { Token::Start } else { Token::Char(c) });
                rest = &rest[c.len_utf8()..];
            }
        }
        let literal = |token: &Token| if let Token::Char(c) = token { Some(*c) } else { None };
        let head = tokens.iter().map_while(literal).collect();
        let mut tail: Vec<char> = tokens.iter().rev().map_while(literal).collect();
        tail.reverse();
        Ok(Self { head, tail: tail.into_iter().collect(), tokens })
    }

    /// Whether the whole of `text` matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        if !text.starts_with(&self.head) || !text.ends_with(&self.tail) {
            return false;
        }
        let count = self.tokens.len();
        let (mut now, mut next) = (vec![false; count + 1], vec![false; count + 1]);
        now[0] = true;
        let mut before = None;
        let mut chars = text.chars();
        loop {
            let c = chars.next();
            // Steps that take no character only lead forward, so one pass in order is enough.
            for (at, token) in self.tokens.iter().enumerate() {
                if !now[at] {
                    continue;
                }
                match token {
                    Token::SetStar(_) | Token::Rest => now[at + 1] = true,
                    Token::Deep => {
                        now[at + 1] = true;
                        now[at + 2] = true;
                    }
                    Token::Start => now[at + 1] |= before.is_none(),
                    Token::End => now[at + 1] |= c.is_none(),
                    Token::WordBorder(want) => now[at + 1] |= (word(before) != word(c)) == *want,
                    Token::Char(_) | Token::Set(_) | Token::DeepLoop => (),
                }
            }
            let Some(c) = c else { return now[count] };
            next.fill(false);
            for (at, token) in self.tokens.iter().enumerate() {
                if !now[at] {
                    continue;
                }
                match token {
                    Token::Char(own) => next[at + 1] |= *own == c,
                    Token::Set(set) => next[at + 1] |= set.has(c),
                    Token::SetStar(set) => next[at] |= set.has(c),
                    // `.` matches no line end.
                    Token::Rest => next[at] |= c != '\n',
                    Token::DeepLoop => {
                        next[at] |= c != '\n';
                        next[at + 1] |= c == '/';
                    }
                    Token::Deep | Token::Start | Token::End | Token::WordBorder(_) => (),
                }
            }
            if !next.contains(&true) {
                return false;
            }
            std::mem::swap(&mut now, &mut next);
            before = Some(c);
        }
    }
}

fn word(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// An escape outside of a class, behind its `\`.
fn escape(text: &str) -> Result<(Token, &str), String> {
    let behind = text.get(1..).unwrap_or("");
    Ok(match text.as_bytes().first() {
        Some(b'A') => (Token::Start, behind),
        Some(b'z') => (Token::End, behind),
        Some(b'b') => (Token::WordBorder(true), behind),
        Some(b'B') => (Token::WordBorder(false), behind),
        _ => {
            if let Some((negated, ranges)) = perl_class(text) {
                (Token::Set(Set { negated, ranges: ranges.to_vec() }), behind)
            } else {
                let (c, rest) = escaped_char(text)?;
                (Token::Char(c), rest)
            }
        }
    })
}

type Ranges = &'static [(char, char)];

const DIGIT: Ranges = &[('0', '9')];
const SPACE: Ranges = &[('\t', '\n'), ('\u{c}', '\r'), (' ', ' ')];
const WORD: Ranges = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

/// `d`, `D`, `s`, `S`, `w` or `W`: whether it is negated, and the ranges.
fn perl_class(text: &str) -> Option<(bool, Ranges)> {
    let ranges = match text.as_bytes().first()?.to_ascii_lowercase() {
        b'd' => DIGIT,
        b's' => SPACE,
        b'w' => WORD,
        _ => return None,
    };
    Some((text.as_bytes()[0].is_ascii_uppercase(), ranges))
}

/// A character behind a `\`.
fn escaped_char(text: &str) -> Result<(char, &str), String> {
    let Some(c) = text.chars().next() else { return Err("trailing backslash".into()) };
    let rest = &text[c.len_utf8()..];
    let refused = || Err(format!("`\\{c}` is not an escape"));
    let digit =
        |at: usize, radix| rest.as_bytes().get(at).and_then(|b| char::from(*b).to_digit(radix));
    Ok(match c {
        'a' => ('\u{7}', rest),
        'f' => ('\u{c}', rest),
        'n' => ('\n', rest),
        'r' => ('\r', rest),
        't' => ('\t', rest),
        'v' => ('\u{b}', rest),
        'x' => match (digit(0, 16), digit(1, 16)) {
            (Some(high), Some(low)) => {
                (char::from_u32(high * 16 + low).unwrap_or('\u{fffd}'), &rest[2..])
            }
            _ => return refused(),
        },
        '0'..='7' => {
            if c != '0' && digit(0, 8).is_none() {
                return refused();
            }
            let mut value = c.to_digit(8).unwrap_or(0);
            let mut taken = 0;
            while taken < 2
                && let Some(next) = digit(taken, 8)
            {
                value = value * 8 + next;
                taken += 1;
            }
            (char::from_u32(value).unwrap_or('\u{fffd}'), &rest[taken..])
        }
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => (c, rest),
        _ => return refused(),
    })
}

/// A class behind its `[`, as Go's `regexp` reads it.
fn class(text: &str) -> Result<(Set, &str), String> {
    let mut set = Set::default();
    let mut text = text;
    if let Some(rest) = text.strip_prefix('^') {
        set.negated = true;
        text = rest;
    }
    let mut first = true;
    loop {
        if !first && let Some(rest) = text.strip_prefix(']') {
            return Ok((set, rest));
        }
        first = false;
        if let Some(named) = text.strip_prefix("[:")
            && let Some((name, rest)) = named.split_once(":]")
        {
            let (negated, name) = name.strip_prefix('^').map_or((false, name), |name| (true, name));
            let Some(ranges) = posix_class(name) else {
                return Err(format!("`[:{name}:]` is not a class"));
            };
            add(&mut set, negated, ranges);
            text = rest;
            continue;
        }
        if let Some(escape) = text.strip_prefix('\\')
            && let Some((negated, ranges)) = perl_class(escape)
        {
            add(&mut set, negated, ranges);
            text = &escape[1..];
            continue;
        }
        let (low, rest) = class_char(text)?;
        let (high, rest) = match rest.strip_prefix('-') {
            Some(behind) if !behind.is_empty() && !behind.starts_with(']') => class_char(behind)?,
            _ => (low, rest),
        };
        if high < low {
            return Err(format!("`{low}-{high}` is not a range"));
        }
        set.ranges.push((low, high));
        text = rest;
    }
}

fn class_char(text: &str) -> Result<(char, &str), String> {
    match text.chars().next() {
        None => Err("`]` is missing".into()),
        Some('\\') => escaped_char(&text[1..]),
        Some(c) => Ok((c, &text[c.len_utf8()..])),
    }
}

fn add(set: &mut Set, negated: bool, ranges: Ranges) {
    if !negated {
        set.ranges.extend(ranges);
        return;
    }
    let mut from = '\0';
    for (low, high) in ranges {
        if from < *low {
            set.ranges.push((from, char::from_u32(*low as u32 - 1).unwrap_or(from)));
        }
        from = char::from_u32(*high as u32 + 1).unwrap_or(char::MAX);
    }
    set.ranges.push((from, char::MAX));
}

fn posix_class(name: &str) -> Option<Ranges> {
    Some(match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "ascii" => &[('\0', '\u{7f}')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\u{1f}'), ('\u{7f}', '\u{7f}')],
        "digit" => DIGIT,
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "word" => WORD,
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return None,
    })
}
