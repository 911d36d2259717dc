//! Keys, workspaces and faults as they are typed.

use crate::{
    error::Error,
    exit::Exit,
    sim::{ACCOUNT, Fault, InvalidFault},
};

/// A key that was typed.
pub(super) fn given(option: &str, key: Option<&str>) -> Result<Option<String>, Error> {
    if key == Some("") {
        return Err(Error::new(Exit::Usage, format!("`{option}` is empty"))
            .help("leave it out, or give it a key"));
    }
    Ok(key.map(str::to_owned))
}

/// A workspace and its account.
pub(super) fn workspace(text: &str) -> Result<(String, String), Error> {
    let (name, account) = text.split_once('=').unwrap_or((text, ACCOUNT));
    if name.is_empty() || account.is_empty() {
        return Err(Error::new(Exit::Usage, format!("`--workspace {text}` names no workspace"))
            .help("write NAME, or NAME=ACCOUNT"));
    }
    Ok((name.to_owned(), account.to_owned()))
}

/// A fault on the way.
pub(super) fn fault(text: &str) -> Result<Fault, Error> {
    text.parse().map_err(|err: InvalidFault| {
        Error::new(Exit::Usage, err.to_string())
            .help("`--fault help` says how faults are written and which there are")
    })
}
