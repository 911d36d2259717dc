//! Variables that `blaxel.toml` may use: those that the caller lists, and no others.

use std::collections::BTreeMap;

use crate::{error::Error, exit::Exit, secrets, settings};

/// The variables by name. Shows nothing.
#[derive(Default)]
pub(super) struct Vars(BTreeMap<String, String>);

impl Vars {
    /// Reads `NAME=VALUE`, and `NAME` from the environment.
    pub(super) fn read(given: &[String]) -> Result<Self, Error> {
        let mut vars = BTreeMap::new();
        for text in given {
            let (name, value) = match text.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (text.as_str(), settings::variable(text)),
            };
            // The text may hold a secret: it is not repeated.
            if !is_variable(name) {
                return Err(Error::new(Exit::Usage, "a variable has no plain name")
                    .at("--var")
                    .help("write it as NAME or NAME=VALUE; names have letters, digits and `_`"));
            }
            let Some(value) = value else {
                return Err(Error::new(Exit::Usage, format!("the variable `{name}` is not set"))
                    .at("--var")
                    .help(format!("set it, or give its value: --var {name}=VALUE")));
            };
            vars.insert(name.to_owned(), value);
        }
        Ok(Self(vars))
    }

    /// The values that must not be shown.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let secret = self.0.iter().filter(|(name, value)| is_secret(name, value));
        secret.map(|(_, value)| value.as_str())
    }

    /// The text of `key` with `$X`, `${X}`, `${X:default}`, `$secrets.X` and `${secrets.X:default}` filled in.
    pub(super) fn fill(&self, key: &str, text: &str) -> Result<String, Error> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let Some((name, default, end)) = variable(after) else {
                out.push('$');
                rest = after;
                continue;
            };
            match self.0.get(name).map(String::as_str).or(default) {
                Some(value) => out.push_str(value),
                None => return Err(unlisted(key, name)),
            }
            rest = &after[end..];
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// Whether the value of a variable is not for the eye.
pub(super) fn is_secret(name: &str, value: &str) -> bool {
    secrets::promises_secret(name) || secrets::looks_secret(name, value).is_some()
}

/// The variable that the text behind a `$` names, its default, and where it ends.
fn variable(text: &str) -> Option<(&str, Option<&str>, usize)> {
    let bare = |text: &str| {
        let length = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let name = &text[..length.unwrap_or(text.len())];
        is_variable(name).then_some(name.len())
    };
    let prefix = |text: &str| if text.starts_with("secrets.") { "secrets.".len() } else { 0 };
    let Some(inner) = text.strip_prefix('{') else {
        let skip = prefix(text);
        let length = bare(&text[skip..])?;
        return Some((&text[skip..skip + length], None, skip + length));
    };
    let close = inner.find('}')?;
    let inside = &inner[prefix(inner)..close];
    let (name, default) = match inside.split_once(':') {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    is_variable(name).then_some((name, default, close + 2))
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn unlisted(key: &str, name: &str) -> Error {
    Error::new(
        Exit::Usage,
        format!("`{key}` uses the variable `{name}`, which the caller does not list"),
    )
    .at("blaxel.toml")
    .because("a repository gets no variable of the caller by itself: it could name any secret")
    .help(format!("give --var {name} for the environment's value, or --var {name}=VALUE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_and_others_are_errors() {
        let given = ["X=1", "LONG_2=a b", "EMPTY="].map(str::to_owned);
        let vars = Vars::read(&given).unwrap();
        for (text, want) in [
            ("plain", Some("plain")),
            ("$X", Some("1")),
            ("a${X}b$LONG_2.", Some("a1ba b.")),
            ("$secrets.X ${secrets.X:no}", Some("1 1")),
            ("${NO:fall back}", Some("fall back")),
            ("${NO:}|${EMPTY:x}|", Some("||")),
            ("$ $1 $$X ${} ${a-b} ${X", Some("$ $1 $1 ${} ${a-b} ${X")),
            ("é$Xé", Some("1").map(|_| "é1é")),
            ("$NO", None),
            ("${NO}", None),
            ("$secrets.NO", None),
        ] {
            assert_eq!(vars.fill("env.A", text).ok().as_deref(), want, "{text}");
        }
        let error = vars.fill("env.A", "$HOME").unwrap_err();
        assert!(error.what.contains("`env.A`") && error.help.unwrap().contains("--var HOME"));
        for bad in ["", "=x", "1A=x", "a-b=secret-word"] {
            let error = Vars::read(&[bad.to_owned()]).err().unwrap();
            assert!(!error.what.contains("secret-word"), "{}", error.what);
        }
        assert!(Vars::read(&["SURELY_NOT_SET_ANYWHERE".to_owned()]).is_err());
    }
}
