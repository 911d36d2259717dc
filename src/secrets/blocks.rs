//! Private keys: PEM blocks, PEM behind base64, and the formats of PuTTY.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{Confidence, Hit, checks, engine::Found};

static PEM: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("-----BEGIN "));
/// Base64 of `-----BEGIN`.
static ENCODED: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("LS0tLS1CRUdJTi"));
static PUTTY: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("PuTTY-User-Key-File-"));
static LABEL: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("PRIVATE KEY"));

/// A key shorter than this is an example of a key.
const SHORTEST_BODY: usize = 100;

/// Finds private keys.
pub(super) fn keys(text: &str, found: &mut Found) {
    // Most values are shorter than any key.
    if text.len() < "PuTTY-User-Key-File-".len() {
        return;
    }
    for at in PEM.find_iter(text.as_bytes()) {
        if let Some(end) = pem_end(text, at) {
            found.add(private_key(at, end));
        }
    }
    for at in ENCODED.find_iter(text.as_bytes()) {
        let tail = &text[at..];
        let len = tail
            .bytes()
            .take_while(|b| {
                b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'_' | b'-')
            })
            .count();
        // four characters are three bytes; the label ends within the first forty bytes
        let head = &tail[..len.min(80) / 4 * 4];
        let is_key = checks::base64(head).is_some_and(|bytes| LABEL.find(&bytes).is_some());
        if is_key && len >= SHORTEST_BODY {
            found.add(private_key(at, at + len));
        }
    }
    for at in PUTTY.find_iter(text.as_bytes()) {
        if text[at..].contains("Private-Lines:") {
            found.add(private_key(at, line_end(text, at)));
        }
    }
}

fn private_key(start: usize, end: usize) -> Hit {
    Hit {
        span: start..end,
        detector: "private-key",
        what: "private key",
        name: None,
        confidence: Confidence::Verified,
    }
}

fn line_end(text: &str, at: usize) -> usize {
    memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |i| at + i)
}

/// The end of the block at `at`, where it is a private key with a body.
fn pem_end(text: &str, at: usize) -> Option<usize> {
    let tail = &text[at + "-----BEGIN ".len()..];
    let label = &tail[..tail.find("-----")?];
    if label.len() > 40 || !(label.ends_with("PRIVATE KEY") || label.ends_with("PRIVATE KEY BLOCK"))
    {
        return None;
    }
    let body_at = at + "-----BEGIN ".len() + label.len() + "-----".len();
    let body = &text[body_at..];
    let len = body.find("-----").unwrap_or(body.len());
    let body = &body[..len];
    let letters =
        body.bytes().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')).count();
    let distinct = {
        let mut seen = [false; 256];
        body.bytes().for_each(|b| seen[usize::from(b)] = true);
        seen.iter().filter(|seen| **seen).count()
    };
    if letters < SHORTEST_BODY || distinct < 20 {
        return None;
    }
    let end = body_at + len;
    let last = text[end..].strip_prefix("-----END ").and_then(|rest| {
        let close = rest.find("-----")?;
        (close <= 40).then_some(end + "-----END ".len() + close + "-----".len())
    });
    Some(last.unwrap_or(end))
}
