//! A credential.

use std::fmt;

/// Text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for a request.
    pub(in crate::ship) fn expose(&self) -> &str {
        &self.0
    }

    /// `text` with the credential taken out.
    pub fn redact(&self, text: &str) -> String {
        if self.0.len() < 6 { text.to_owned() } else { text.replace(&self.0, "****") }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn shows_nothing() {
        let secret = Secret::new("abcdefgh");
        assert_eq!(format!("{secret} {secret:?}"), "**** ****");
        assert_eq!(secret.redact("key abcdefgh is bad"), "key **** is bad");
    }
}
