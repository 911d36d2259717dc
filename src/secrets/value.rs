//! Which values are credentials, and which only stand where one would.

use super::names::Promise;

/// Words of placeholders and of defaults that everybody knows.
const STAND_INS: &[&str] = &[
    "placeholder",
    "changethis",
    "changeme",
    "replaceme",
    "password",
    "passphrase",
    "fillmein",
    "undefined",
    "anonymous",
    "notsecret",
    "insecure",
    "redacted",
    "postgres",
    "username",
    "changeit",
    "example",
    "passwd",
    "insert",
    "sample",
    "secret",
    "replace",
    "default",
    "dummy",
    "mongo",
    "mysql",
    "redis",
    "guest",
    "admin",
    "value",
    "token",
    "string",
    "change",
    "build",
    "false",
    "local",
    "minio",
    "nokey",
    "login",
    "user",
    "test",
    "fake",
    "todo",
    "none",
    "null",
    "only",
    "your",
    "here",
    "true",
    "this",
    "root",
    "pass",
    "demo",
    "mock",
    "temp",
    "key",
    "api",
    "foo",
    "bar",
    "baz",
    "the",
    "not",
    "set",
    "dev",
    "ci",
    "my",
    "me",
    "id",
    "db",
    "sa",
    "be",
    "to",
    "in",
    "a",
];

/// What GitHub documents in the place of the password, where the user is the token.
pub(super) const NO_PASSWORD: &str = "x-oauth-basic";

/// Whether `value` only stands for something: empty, a reference, a placeholder, a known sample.
pub(super) fn stands_in(value: &str) -> bool {
    let value = value.trim();
    value.is_empty() || value == NO_PASSWORD || is_reference(value) || is_placeholder(value)
}

/// Whether the value is taken from somewhere else when it is needed.
pub(super) fn is_reference(value: &str) -> bool {
    let percent = value.len() > 2 && value.starts_with('%') && value.ends_with('%');
    value.contains(['$', '`'])
        || value.contains("{{")
        || value.contains("<%")
        || percent
        || (value.starts_with('<') && value.ends_with('>'))
        || (value.starts_with("__") && value.ends_with("__"))
        || (value.starts_with('{') && value.ends_with('}'))
        || (value.starts_with('[') && value.ends_with(']'))
        || value.starts_with('@')
        || value.starts_with("!Ref")
        || [
            "process.env",
            "os.environ",
            "os.getenv",
            "getenv(",
            "import.meta",
            "env.",
            "ENV[",
            "secrets.",
            "vault:",
            "op://",
            "arn:aws:",
            "sm://",
            "ssm:",
            "file:",
        ]
        .iter()
        .any(|start| value.starts_with(start))
}

/// Whether the value is written to be replaced, or printed in documentation.
pub(super) fn is_placeholder(value: &str) -> bool {
    let bytes = value.as_bytes();
    if bytes
        .windows(5)
        .any(|w| w.iter().all(|b| b.eq_ignore_ascii_case(&w[0]) && !b.is_ascii_whitespace()))
    {
        return true;
    }
    let upper = value.to_ascii_uppercase();
    if upper.ends_with("EXAMPLE")
        || upper.ends_with("EXAMPLEKEY")
        || value.contains("...")
        || value.contains('…')
    {
        return true;
    }
    // the key that every installation of the storage emulator has
    if value.starts_with("Eby8vdM02xNOcqFlqUwJ") {
        return true;
    }
    if sequential(bytes) * 5 >= bytes.len() * 3 {
        return true;
    }
    // what is left once the words of placeholders are gone
    let lower = value.to_ascii_lowercase();
    let mut rest = 0;
    let mut words = 0;
    let mut at = 0;
    while at < lower.len() {
        let tail = &lower[at..];
        let first = tail.chars().next().map_or(1, char::len_utf8);
        if let Some(word) = STAND_INS.iter().find(|word| {
            tail.starts_with(**word) && (word.len() > 3 || alone(&lower, at, word.len()))
        }) {
            words += word.len();
            at += word.len();
        } else {
            if tail.starts_with(|c: char| c.is_alphabetic()) {
                rest += 1;
            }
            at += first;
        }
    }
    words > 0 && rest < 4 && rest * 2 <= words
}

/// Whether the short word at `at` is not a part of a longer one.
fn alone(text: &str, at: usize, len: usize) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic();
    !text[..at].ends_with(letter) && !text[at + len..].starts_with(letter)
}

/// How many characters belong to runs such as `12345678` or `abcdef`.
fn sequential(bytes: &[u8]) -> usize {
    let mut total = 0;
    let mut run = 1;
    for pair in bytes.windows(2) {
        let follows = pair[1] == pair[0].wrapping_add(1)
            || (pair[0] == b'9' && matches!(pair[1], b'0' | b'a' | b'A'))
            || (pair[0].is_ascii_digit() && pair[1] == pair[0] && run > 1);
        if follows && pair[0].is_ascii_alphanumeric() {
            run += 1;
        } else {
            total += if run >= 4 { run } else { 0 };
            run = 1;
        }
    }
    total + if run >= 4 { run } else { 0 }
}

/// Whether a provider's token, its literal taken off, is a sample.
pub(super) fn is_sample(body: &str) -> bool {
    let lower = body.to_ascii_lowercase();
    is_placeholder(body)
        || body.bytes().all(|b| !b.is_ascii_alphanumeric())
        || (body.len() >= 16 && entropy(body) < 2.5)
        || ["example", "placeholder", "your_", "your-", "xxxx", "replace_", "replace-", "redacted"]
            .iter()
            .any(|word| lower.contains(word))
}

/// Whether `value`, under a name that promises a credential, is one.
pub(super) fn credible(promise: Promise, value: &str) -> bool {
    let value = value.trim();
    if value.len() > 4000
        || stands_in(value)
        || is_public(value)
        || value.contains(char::is_whitespace)
            && !matches!(promise, Promise::Password | Promise::Authorization)
    {
        return false;
    }
    match promise {
        Promise::Password => password(value),
        Promise::Token => token(value),
        Promise::Opaque => value.len() >= 8,
        Promise::Basic => super::checks::basic(value).is_some_and(|password| !stands_in(&password)),
        Promise::Authorization => {
            let (scheme, rest) = value.split_once(char::is_whitespace).unwrap_or(("", value));
            let rest = rest.trim();
            match scheme.to_ascii_lowercase().as_str() {
                "basic" => credible(Promise::Basic, rest),
                _ => token(rest),
            }
        }
    }
}

/// Whether the value is made to be published: keys that a web page holds.
fn is_public(value: &str) -> bool {
    ["pk_live_", "pk_test_", "pk.ey", "sb_publishable_", "phc_"]
        .iter()
        .any(|start| value.starts_with(start))
}

/// Whether a value in the place of a password (`mysql -p…`, `user:…`) is one.
pub(super) fn given_password(value: &str) -> bool {
    value.len() >= 4 && !stands_in(value) && !is_path(value) && !value.starts_with('-')
}

fn password(value: &str) -> bool {
    if value.len() < 6
        || is_path(value)
        || value.contains("://")
        || value.split_whitespace().count() > 1
    {
        return false;
    }
    if is_digest(value) || is_uuid(value) || value.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    {
        return false;
    }
    let class = |test: fn(&u8) -> bool| usize::from(value.bytes().any(|b| test(&b)));
    let classes = class(u8::is_ascii_lowercase)
        + class(u8::is_ascii_uppercase)
        + class(u8::is_ascii_digit)
        + class(|b| b.is_ascii_punctuation() && !matches!(b, b'_' | b'-' | b'.'));
    classes >= 2 || random(value)
}

fn token(value: &str) -> bool {
    if value.len() < 10
        || is_path(value)
        || value.contains("://")
        || is_uuid(value)
        || is_digest(value)
    {
        return false;
    }
    if !value.bytes().all(|b| b.is_ascii_graphic())
        || value.contains(['(', '{', '[', '<', '"', '\'', '\\'])
    {
        return false;
    }
    if value.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'))
        || is_dotted_name(value)
    {
        return false;
    }
    random(value)
}

/// Whether the text is not made of words: letters and digits mixed, or letters that no language
/// puts together.
pub(super) fn random(value: &str) -> bool {
    if value.len() < 8 {
        return false;
    }
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    if letters + digits == 0 {
        return false;
    }
    let spread = if value.len() >= 20 { 3.0 } else { 2.5 };
    if entropy(value) < spread {
        return false;
    }
    // pieces that are words with at most a number behind them
    let pieces: Vec<&str> =
        value.split(|c: char| !c.is_ascii_alphanumeric()).filter(|p| !p.is_empty()).collect();
    let wordy =
        pieces.iter().filter(|piece| is_word(piece)).map(|piece| piece.len()).sum::<usize>();
    wordy * 3 < (letters + digits) * 2
}

/// A word (also in camel case), with at most a number behind it.
fn is_word(piece: &str) -> bool {
    let stem = piece.trim_end_matches(|c: char| c.is_ascii_digit());
    if piece.len() - stem.len() > 4 {
        return false;
    }
    if stem.bytes().any(|b| b.is_ascii_digit()) {
        return false;
    }
    let (mut parts, mut pairs, mut known) = (0, 0, 0);
    for part in super::names::words(stem) {
        parts += 1;
        for pair in part.as_bytes().windows(2) {
            pairs += 1;
            known += usize::from(follows(pair[0], pair[1]));
        }
    }
    // camel case of random letters has parts of one or two letters
    if parts > 1 && stem.len() < parts * 3 {
        return false;
    }
    pairs == 0 || known * 10 >= pairs * 7
}

/// For each letter, the letters that often follow it in words and in names of programs.
const FOLLOWERS: [&str; 26] = [
    "bcdfgilmnprstuvwy",
    "aeilorsuy",
    "acehiklortu",
    "adeiorsuv",
    "acdefilmnopqrstvwxy",
    "aefiloru",
    "aehilnoru",
    "aeioruty",
    "abcdefglmnoprstvz",
    "aeosu",
    "aegilnsy",
    "adefiklmopstuvy",
    "aeiompsuby",
    "acdefgiknostuvy",
    "abcdfgiklmnoprstuvw",
    "aehiloprstuy",
    "u",
    "acdeiklmnogrstuvy",
    "acehiklmopqstuwy",
    "aehilorstuwyt",
    "abcdegilmnprst",
    "aeiou",
    "aehinors",
    "acipt",
    "aelmnopst",
    "aeiozy",
];

fn follows(a: u8, b: u8) -> bool {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    a.is_ascii_lowercase() && FOLLOWERS[usize::from(a - b'a')].as_bytes().contains(&b)
}

/// Shannon entropy in bits for each character.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = f64::from(u32::try_from(text.len().max(1)).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / total;
            -share * share.log2()
        })
        .sum()
}

fn is_path(value: &str) -> bool {
    value.starts_with('/')
        && (value.contains('.') || value.matches('/').count() > 1 || value.len() < 20)
        && !value.contains(['+', '='])
        || ["./", "../", "~/", "C:\\", "c:\\"].iter().any(|start| value.starts_with(start))
}

/// UUIDs of standards, manuals and every second example.
const SAMPLE_UUIDS: &[&str] = &[
    "123e4567-e89b-12d3-a456-426614174000",
    "123e4567-e89b-12d3-a456-426655440000",
    "550e8400-e29b-41d4-a716-446655440000",
    "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "f47ac10b-58cc-4372-a567-0e02b2c3d479",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
];

/// Whether the value is a UUID that somebody drew: under a name that is sure, a credential.
pub(super) fn drawn_uuid(value: &str) -> bool {
    let lower = value.trim().to_ascii_lowercase();
    is_uuid(&lower)
        && !is_placeholder(&lower)
        && !SAMPLE_UUIDS.contains(&lower.as_str())
        && entropy(&lower.replace('-', "")) > 2.5
}

fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value.bytes().enumerate().all(|(at, b)| {
            if matches!(at, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() }
        })
}

fn is_digest(value: &str) -> bool {
    ["sha256:", "sha512:", "sha1:", "md5:", "sha256-", "sha384-", "sha512-"]
        .iter()
        .any(|start| value.starts_with(start))
}

/// `com.example.Name`, `settings.json`, `v1.2.3`.
fn is_dotted_name(value: &str) -> bool {
    value.contains('.') && value.split('.').all(|part| is_word(part) || part.len() <= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_no_credentials() {
        for value in [
            "",
            "changeme",
            "changeme123",
            "your-api-key-here",
            "<token>",
            "${TOKEN}",
            "$TOKEN",
            "{{ token }}",
            "xxxxxxxx",
            "process.env.TOKEN",
            "mysecretpassword",
            "postgres",
            "password123",
            "test-token",
            "REPLACE_ME",
            "admin",
            "dummy",
            "1234567890abcdef",
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "$(cat /run/secrets/x)",
            "%TOKEN%",
            "not-set",
            "root",
            "secret",
            "my-secret",
            "api_key",
            "bl_XXXXXX",
        ] {
            assert!(
                !credible(Promise::Password, value) && !credible(Promise::Token, value),
                "{value}"
            );
        }
    }

    #[test]
    fn credentials_are_seen() {
        for value in [
            "k3J9xQ2mV7bN4tR8wZ1c",
            "9f86d081884c7d659a2feaa0c55ad015",
            "Zx81-Qp33-Lm92-Tt07",
            "qTzGvLkWbNpXcRjH",
        ] {
            assert!(credible(Promise::Token, value), "{value}");
        }
        for value in ["hunter2", "SuperSecret123!", "Tr0ub4dor", "k3J9xQ2m", "s3cr3t", "p@ssw0rd-9"]
        {
            assert!(credible(Promise::Password, value), "{value}");
        }
    }

    #[test]
    fn words_paths_and_digests_are_no_tokens() {
        for value in [
            "/run/secrets/token",
            "./token.txt",
            "https://example.com/token",
            "com.acme.TokenProvider",
            "token-provider-v2",
            "123e4567-e89b-12d3-a456-426614174000",
            "sha256:9f86d081884c7d659a2feaa0c55ad015",
            "1.2.3",
            "some_setting_name",
            "AccessTokenProvider",
            "getToken()",
            "1700000000000",
            "development",
            "aes-256-gcm-encryption",
            "authorization_code",
        ] {
            assert!(!credible(Promise::Token, value), "{value}");
        }
    }
}
