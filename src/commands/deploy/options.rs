//! Variables and labels, as they are typed.

use crate::{error::Error, exit::Exit, settings};

/// `NAME=VALUE`, or `NAME` for the value that this process has. What is wrong is told without the text, which may hold
/// a secret.
pub(super) fn env(text: &str) -> Result<(String, String), Error> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, settings::variable(text)),
    };
    if name.is_empty() {
        return Err(Error::new(Exit::Usage, "a variable has no name")
            .at("--env")
            .help("write it as NAME=VALUE"));
    }
    let Some(value) = value else {
        return Err(Error::new(Exit::Usage, format!("the variable `{name}` is not set"))
            .at("--env")
            .help("set it, or give its value: NAME=VALUE"));
    };
    Ok((name.to_owned(), value))
}

/// `NAME=VALUE`.
pub(super) fn label(text: &str) -> Result<(String, String), Error> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Error::new(Exit::Usage, format!("`{text}` is no label"))
            .at("--label")
            .help("write it as NAME=VALUE")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_and_labels_are_pairs() {
        assert_eq!(env("A=b=c").unwrap(), ("A".into(), "b=c".into()));
        assert_eq!(label("team=").unwrap(), ("team".into(), String::new()));
        for bad in ["=x", "SURELY_NOT_SET_ANYWHERE"] {
            assert!(env(bad).is_err(), "{bad}");
        }
        assert!(label("team").is_err() && label("=a").is_err());
    }
}
