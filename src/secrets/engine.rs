//! Tables that are computed when the program is compiled: the texts of a lint run are small, so that
//! building an automaton would cost more than reading them.
//!
//! Every token is a long word, and most words are short: of those, few bytes are looked at. In a long
//! one, a bit for each pair of first bytes says where a literal may stand, and only where that is
//! behind a border are the rows compared.

use std::ops::Range;

use super::{
    Confidence, Hit, checks,
    detectors::{Alphabet, Check, DETECTORS, Detector, Part, Worth},
    names, value,
};
use crate::project::bytes::Bytes;

/// Hits while they are collected, and tokens that were looked at and are none.
#[derive(Default)]
pub(super) struct Found {
    hits: Vec<Hit>,
    refuted: Vec<Range<usize>>,
}

impl Found {
    /// Adds a hit unless it overlaps one that is already there, or a text that was refuted.
    pub(super) fn add(&mut self, hit: Hit) {
        if !hit.span.is_empty() && self.is_free(&hit.span) {
            self.hits.push(hit);
        }
    }

    /// Remembers that this text looks like a credential and is none.
    pub(super) fn refute(&mut self, span: Range<usize>) {
        self.refuted.push(span);
    }

    /// Whether nothing is known of this text yet.
    pub(super) fn is_free(&self, span: &Range<usize>) -> bool {
        let overlaps = |other: &Range<usize>| span.start < other.end && other.start < span.end;
        !self.refuted.iter().any(overlaps) && !self.hits.iter().any(|hit| overlaps(&hit.span))
    }

    /// Whether there is no hit and nothing was refuted.
    pub(super) fn is_empty(&self) -> bool {
        self.hits.is_empty() && self.refuted.is_empty()
    }

    /// The hits, by place.
    pub(super) fn into_hits(mut self) -> Vec<Hit> {
        self.hits.sort_by_key(|hit| (hit.span.start, hit.span.end));
        self.hits
    }
}

/// No row.
const NONE: u8 = u8::MAX;

/// The first row whose literal starts with a byte, by the byte; [`NONE`] where there is none.
static FIRST: [u8; 256] = {
    assert!(DETECTORS.len() < NONE as usize);
    let mut table = [NONE; 256];
    let mut row = DETECTORS.len();
    while row > 0 {
        row -= 1;
        #[expect(clippy::cast_possible_truncation, reason = "compared above")]
        let number = row as u8;
        table[DETECTORS[row].literal.as_bytes()[0] as usize] = number;
    }
    table
};

/// The next row whose literal starts with the same byte, by row.
static NEXT: [u8; DETECTORS.len()] = {
    let mut table = [NONE; DETECTORS.len()];
    let mut last = [NONE; 256];
    let mut row = DETECTORS.len();
    while row > 0 {
        row -= 1;
        let byte = DETECTORS[row].literal.as_bytes()[0] as usize;
        table[row] = last[byte];
        #[expect(clippy::cast_possible_truncation, reason = "compared above")]
        let number = row as u8;
        last[byte] = number;
    }
    table
};

/// One bit for each pair of bytes: whether a literal starts with it.
static PAIRS: [u64; 1024] = pairs(false);
/// The same for literals in front of which something else of the token stands.
static INNER_PAIRS: [u64; 1024] = pairs(true);

const fn pairs(inner: bool) -> [u64; 1024] {
    let mut table = [0; 1024];
    let mut row = 0;
    while row < DETECTORS.len() {
        if !inner || DETECTORS[row].before.is_some() {
            let literal = DETECTORS[row].literal.as_bytes();
            let pair = ((literal[0] as usize) << 8) | literal[1] as usize;
            table[pair >> 6] |= 1 << (pair & 63);
        }
        row += 1;
    }
    if !inner {
        // "eyJ" starts a JSON web token
        let pair = ((b'e' as usize) << 8) | b'y' as usize;
        table[pair >> 6] |= 1 << (pair & 63);
    }
    table
}

/// The bytes that tokens are made of.
static IN_TOKENS: Bytes = {
    let mut set = Bytes::of(b"");
    let mut byte = 0;
    loop {
        // those of all alphabets
        if Alphabet::Escaped.has(byte) || Alphabet::Tilde.has(byte) {
            set = set.and(&[byte]);
        }
        if byte == u8::MAX {
            break;
        }
        byte += 1;
    }
    let mut row = 0;
    while row < DETECTORS.len() {
        set = set.and(DETECTORS[row].literal.as_bytes());
        let mut part = 0;
        while part < DETECTORS[row].shape.len() {
            if let Part::Lit(text) = DETECTORS[row].shape[part] {
                set = set.and(text.as_bytes());
            }
            part += 1;
        }
        row += 1;
    }
    set
};

/// So long is a token from its literal on.
const SHORTEST: usize = {
    let mut shortest = SHORTEST_WEB_TOKEN;
    let mut row = 0;
    while row < DETECTORS.len() {
        let len = DETECTORS[row].min_len();
        if len < shortest {
            shortest = len;
        }
        row += 1;
    }
    assert!(shortest > 1);
    shortest
};

/// A JSON web token has a head, claims and a signature.
const SHORTEST_WEB_TOKEN: usize = 60;

fn holds(table: &[u64; 1024], pair: usize) -> bool {
    table[pair >> 6] & (1 << (pair & 63)) != 0
}

/// Finds tokens by the literals that providers start them with.
pub(super) fn literals(text: &str, found: &mut Found) {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut web = 0;
    while let Some(word) = long_word(bytes, at) {
        at = word.start;
        while at + SHORTEST <= word.end {
            let pair = pair_of(&bytes[at..]);
            // Most pairs that a literal starts with stand in the middle of a word.
            let starts = holds(&PAIRS, pair) && (is_border(bytes, at) || holds(&INNER_PAIRS, pair));
            let end = if starts { confirm(text, at, &mut web, found) } else { None };
            at = end.unwrap_or(at + 1);
        }
        at = word.end;
    }
}

/// The next word from `from` on, where one begins or ended, that is long enough for a token.
fn long_word(bytes: &[u8], mut from: usize) -> Option<Range<usize>> {
    loop {
        // The last byte that is of no word is the one behind which the next may begin.
        let window = bytes.get(from..from + SHORTEST)?;
        match window.iter().rposition(|byte| !IN_TOKENS.has(*byte)) {
            Some(outside) => from += outside + 1,
            None => {
                let of_word = |byte: &&u8| IN_TOKENS.has(**byte);
                let end = from + SHORTEST;
                return Some(from..end + bytes[end..].iter().take_while(of_word).count());
            }
        }
    }
}

/// The first two bytes as a number.
fn pair_of(bytes: &[u8]) -> usize {
    (usize::from(bytes[0]) << 8) | usize::from(bytes[1])
}

/// Tries every row at `at`; the end of the token where one fits. `web` is for [`web_token`].
fn confirm(text: &str, at: usize, web: &mut usize, found: &mut Found) -> Option<usize> {
    let bytes = text.as_bytes();
    let border = is_border(bytes, at);
    if border && bytes[at..].starts_with(b"eyJ") {
        return web_token(text, at, web, found);
    }
    let mut next = FIRST[usize::from(bytes[at])];
    while next != NONE {
        let row = &DETECTORS[usize::from(next)];
        next = NEXT[usize::from(next)];
        let literal = row.literal.as_bytes();
        if literal[1] != bytes[at + 1]
            || !(border || row.before.is_some())
            || !bytes[at..].starts_with(literal)
        {
            continue;
        }
        let Some(start) = start_of(bytes, at, row) else { continue };
        let Some((body, end)) = match_shape(bytes, at + row.literal.len(), row.shape) else {
            continue;
        };
        if is_other_word(row, &text[at..end]) {
            continue;
        }
        let Some(confidence) = judge(row, text, start, body, end) else {
            found.refute(start..end);
            return Some(end);
        };
        // a parameter's name is no part of its value
        let first = if row.literal.ends_with('=') { body } else { start };
        found.add(Hit {
            span: first..end,
            detector: row.id,
            what: row.what,
            name: None,
            confidence,
        });
        return Some(end);
    }
    None
}

/// Whether a token may start at `at`: no letter, digit or `_` directly before it, unless they
/// are an escape (`\n`, `%3D`).
fn is_border(bytes: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|i| bytes[i]) else { return true };
    if !(before.is_ascii_alphanumeric() || before == b'_') {
        return true;
    }
    match bytes[..at] {
        [.., b'\\', b'n' | b't' | b'r'] => true,
        [.., b'%', a, b] => a.is_ascii_hexdigit() && b.is_ascii_hexdigit(),
        _ => false,
    }
}

fn start_of(bytes: &[u8], at: usize, row: &Detector) -> Option<usize> {
    let Some((alphabet, min, max)) = row.before else { return Some(at) };
    let len = bytes[..at].iter().rev().take(max + 1).take_while(|b| alphabet.has(**b)).count();
    let fits = (min..=max).contains(&len) && is_border(bytes, at - len);
    fits.then_some(at - len)
}

/// Start of the body and end of the token, where the shape fits and nothing follows that would
/// make it longer.
fn match_shape(bytes: &[u8], body: usize, shape: &[Part]) -> Option<(usize, usize)> {
    let mut at = body;
    let mut last = None;
    for part in shape {
        match part {
            Part::Lit(text) => {
                if !bytes[at..].starts_with(text.as_bytes()) {
                    return None;
                }
                at += text.len();
                last = None;
            }
            Part::Run(alphabet, min, max) => {
                let len = bytes[at..].iter().take(*max).take_while(|b| alphabet.has(**b)).count();
                if len < *min {
                    return None;
                }
                at += len;
                last = Some(*alphabet);
            }
        }
    }
    // `.` and `=` also end a sentence or a pair
    let longer = |b: &u8| match last {
        Some(alphabet) => {
            alphabet.has(*b) && !matches!(*b, b'.' | b'=' | b'-')
                || b.is_ascii_alphanumeric()
                || *b == b'_'
        }
        None => false,
    };
    if bytes.get(at).is_some_and(longer) {
        return None;
    }
    // a sentence's period is not a part of the token
    while at > body && bytes[at - 1] == b'.' && last == Some(Alphabet::Dotted) {
        at -= 1;
    }
    Some((body, at))
}

/// Short literals also start ordinary words (`sk-…`, `key-…`): those must look mixed.
fn is_other_word(row: &Detector, token: &str) -> bool {
    row.check == Check::Mixed && {
        let body = token.strip_prefix(row.literal).unwrap_or(token);
        let digits = body.bytes().filter(u8::is_ascii_digit).count();
        digits == 0 || digits == body.len() || !value::random(body)
    }
}

/// How sure a token that has the shape is; `None` for one that a check refutes.
fn judge(row: &Detector, text: &str, start: usize, body: usize, end: usize) -> Option<Confidence> {
    let (token, rest) = (&text[start..end], &text[body..end]);
    if row.id == "google-key" && names::is_published(name_before(text, start)) {
        return None;
    }
    let verified = match row.check {
        Check::Shape | Check::Mixed => false,
        Check::Base62Crc if row.literal == "ghr_" && rest.len() != 36 => false,
        Check::Base62Crc => {
            if !checks::base62_crc(rest) {
                return None;
            }
            true
        }
        Check::HexCrc => {
            if !checks::hex_crc(rest) {
                return None;
            }
            true
        }
        Check::AtlassianCrc => checks::atlassian_crc(token),
        Check::GrafanaCrc => checks::grafana_crc(token),
        Check::GitlabCrc => checks::gitlab_crc(token),
        Check::Contains(mark) => {
            if !rest.contains(mark) {
                return None;
            }
            true
        }
        Check::Jwt => {
            checks::jwt(rest.split_once('_').map_or(rest, |(_, token)| token))?;
            true
        }
        Check::Decodes(bytes) => {
            if checks::base64(rest).is_none_or(|decoded| decoded.len() != bytes) {
                return None;
            }
            true
        }
        Check::SameQuery(other) => {
            if !query_around(text, start).contains(other) {
                return None;
            }
            false
        }
    };
    if value::is_sample(rest) {
        return None;
    }
    Some(match (row.worth, verified) {
        (Worth::Half, _) => Confidence::Half,
        (Worth::Test, _) => Confidence::Test,
        (Worth::Secret, true) => Confidence::Verified,
        (Worth::Secret, false) => Confidence::Shape,
    })
}

/// The name that the value at `at` is given to, where one stands before it.
fn name_before(text: &str, at: usize) -> &str {
    let head = text[..at].trim_end_matches(['"', '\'', ' ', '=', ':']);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    head.rfind(|c| !is_name(c)).map_or(head, |last| head.get(last + 1..).unwrap_or(""))
}

/// The query string that holds `at`.
fn query_around(text: &str, at: usize) -> &str {
    let outside = |c: char| c.is_whitespace() || matches!(c, '?' | '"' | '\'' | '`');
    let start = text[..at].rfind(outside).map_or(0, |i| i + 1);
    let end = text[at..].find(outside).map_or(text.len(), |i| at + i);
    text.get(start..end).unwrap_or("")
}

/// The JSON web token at `at`, if there is one. `known` is where the text ends that was measured last:
/// of one that could begin at many places, it is measured once.
fn web_token(text: &str, at: usize, known: &mut usize, found: &mut Found) -> Option<usize> {
    if *known <= at {
        let rest = &text.as_bytes()[at..];
        let len = rest.iter().take_while(|b| Alphabet::Dotted.has(**b)).count();
        *known = at + text[at..at + len].trim_end_matches('.').len();
    }
    let token = &text[at..*known];
    if token.len() < SHORTEST_WEB_TOKEN {
        return None;
    }
    let end = at + token.len();
    match checks::jwt(token)? {
        checks::Jwt::Public => found.refute(at..end),
        checks::Jwt::Secret => found.add(Hit {
            span: at..end,
            detector: "json-web-token",
            what: "JSON web token",
            name: None,
            confidence: Confidence::Verified,
        }),
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_a_token_is_of_a_word() {
        for row in DETECTORS {
            let before = row.before.map(|(alphabet, ..)| alphabet);
            let runs = row.shape.iter().filter_map(|part| match part {
                Part::Run(alphabet, ..) => Some(*alphabet),
                Part::Lit(_) => None,
            });
            for alphabet in runs.chain(before) {
                let missing =
                    (0..=u8::MAX).find(|byte| alphabet.has(*byte) && !IN_TOKENS.has(*byte));
                assert_eq!(missing, None, "{}", row.id);
            }
        }
    }

    #[test]
    fn a_word_that_could_be_many_web_tokens_is_measured_once() {
        // Measured at every place, or decoded, it would take minutes.
        for end in ["", ".e30.x", "....."] {
            let mut found = Found::default();
            literals(&format!("{}{end}", "eyJ-".repeat(40_000)), &mut found);
            assert!(found.is_empty(), "{end}");
        }
    }

    #[test]
    fn long_words_are_found_between_short_ones() {
        let long = "x".repeat(SHORTEST);
        let short = "x".repeat(SHORTEST - 1);
        for (text, want) in [
            (String::new(), String::new()),
            (short.clone(), String::new()),
            (long.clone(), long.clone()),
            (format!("{short} {long}y\n{short}"), format!("{long}y")),
            (format!("a {long} b"), long.clone()),
            (format!("{long}({long}"), format!("{long} {long}")),
        ] {
            let mut words = Vec::new();
            let mut at = 0;
            while let Some(word) = long_word(text.as_bytes(), at) {
                at = word.end;
                words.push(&text[word]);
            }
            assert_eq!(words.join(" "), want, "{text}");
        }
    }
}
