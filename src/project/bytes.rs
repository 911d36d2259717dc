//! Sets of bytes.

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

#[cfg(test)]
mod tests {
    use super::Bytes;

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
