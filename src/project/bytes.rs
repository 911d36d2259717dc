//! Sets of bytes, and searches in texts as short as a word.

/// A set of bytes, as a table: to look a byte up is quicker than to compare it with each of the set.
/// Made to be computed when the program is compiled.
#[derive(Debug, Clone, Copy)]
pub struct Bytes([bool; 256]);

impl Bytes {
    /// The letters and digits of ASCII.
    pub const ALPHANUMERIC: Self =
        Self::of(b"").and_range(b'0', b'9').and_range(b'A', b'Z').and_range(b'a', b'z');

    /// These bytes.
    pub const fn of(bytes: &[u8]) -> Self {
        Self([false; 256]).and(bytes)
    }

    /// These, too.
    #[must_use]
    pub const fn and(mut self, bytes: &[u8]) -> Self {
        let mut at = 0;
        while at < bytes.len() {
            self.0[bytes[at] as usize] = true;
            at += 1;
        }
        self
    }

    /// Those from `first` to `last`, too.
    #[must_use]
    pub const fn and_range(mut self, first: u8, last: u8) -> Self {
        let mut at = first as usize;
        while at <= last as usize {
            self.0[at] = true;
            at += 1;
        }
        self
    }

    /// Whether `byte` is one of them.
    pub const fn has(&self, byte: u8) -> bool {
        self.0[byte as usize]
    }
}

/// [`str::split_once`] at a sign of ASCII, which takes longer for short texts.
pub fn split_once(text: &str, sign: u8) -> Option<(&str, &str)> {
    let at = memchr::memchr(sign, text.as_bytes())?;
    Some((&text[..at], &text[at + 1..]))
}

/// Whether a text holds `://`. Most words have no colon.
pub fn is_url(text: &str) -> bool {
    memchr::memchr(b':', text.as_bytes()).is_some() && text.contains("://")
}

#[cfg(test)]
mod tests {
    use super::{Bytes, is_url, split_once};

    #[test]
    fn texts_are_split_at_the_first_sign() {
        assert_eq!(split_once("a\tb\tc", b'\t'), Some(("a", "b\tc")));
        assert_eq!(split_once("é=", b'='), Some(("é", "")));
        assert_eq!(split_once("a", b'\t'), None);
        assert!(is_url("git://a") && !is_url("a:b//c") && !is_url(""));
    }

    #[test]
    fn sets_hold_what_they_are_made_of() {
        static SET: Bytes = Bytes::ALPHANUMERIC.and(b"-_").and_range(0x80, 0xff);
        for byte in 0..=u8::MAX {
            let want = byte.is_ascii_alphanumeric() || b"-_".contains(&byte) || !byte.is_ascii();
            assert_eq!(SET.has(byte), want, "{byte}");
        }
        assert!((0..=u8::MAX).all(|byte| Bytes::of(b"/").has(byte) == (byte == b'/')));
    }
}
