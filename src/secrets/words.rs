//! Sets of words that most texts are none of.

/// Words with a bit for each first letter and length, by which others are told from them at once.
pub(super) struct Words {
    words: &'static [&'static str],
    shapes: [u64; 32],
}

impl Words {
    pub(super) const fn new(words: &'static [&'static str]) -> Self {
        let mut shapes = [0; 32];
        let mut at = 0;
        while at < words.len() {
            let word = words[at].as_bytes();
            shapes[(word[0] & 31) as usize] |= 1 << (word.len() & 63);
            at += 1;
        }
        Self { words, shapes }
    }

    /// Whether `word` is one of them.
    pub(super) fn has(&self, word: &str) -> bool {
        self.may_have(word) && self.words.contains(&word)
    }

    /// Whether `word` is one of them, in any case.
    pub(super) fn has_in_any_case(&self, word: &str) -> bool {
        self.may_have(word) && self.words.iter().any(|known| known.eq_ignore_ascii_case(word))
    }

    fn may_have(&self, word: &str) -> bool {
        let first = word.bytes().next().unwrap_or_default();
        self.shapes[usize::from(first & 31)] & (1 << (word.len() & 63)) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn words_are_told_from_others() {
        static WORDS: Words = Words::new(&["key", "token", "2fa"]);
        for (word, want, in_any_case) in [
            ("key", true, true),
            ("Token", false, true),
            ("2FA", false, true),
            ("keys", false, false),
            ("kez", false, false),
            ("", false, false),
        ] {
            assert_eq!(WORDS.has(word), want, "{word}");
            assert_eq!(WORDS.has_in_any_case(word), in_any_case, "{word}");
        }
    }
}
