//! Environment variables of a sandbox, as they are typed.

use crate::{error::Error, exit::Exit, settings, ship::blaxel::Secret};

/// `NAME=VALUE`, or `NAME` for the value of the caller's own.
pub(super) fn read(text: &str) -> Result<(String, Secret), Error> {
    if text.contains('=') {
        // What is wrong is told without the text: it may hold a secret.
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        if name.is_empty() {
            return Err(Error::new(Exit::Usage, "a variable has no name")
                .at("--env")
                .help("write it as NAME=VALUE"));
        }
        return Ok((name.to_owned(), Secret::new(value)));
    }
    match settings::variable(text) {
        Some(value) if !text.is_empty() => Ok((text.to_owned(), Secret::new(value))),
        _ => Err(Error::new(Exit::Usage, format!("the variable `{text}` is not set"))
            .at("--env")
            .help("set it, or give its value: NAME=VALUE")),
    }
}
