//! `sandgate sim --record` and `--replay`.

use std::path::Path;

use crate::{
    cli,
    error::Error,
    exit::Exit,
    secrets::{Kind, scan},
    ship::blaxel::Host,
    sim::{Recording, Running, record, replay},
};

/// Starts to record what passes between a client and a real platform.
pub(super) fn recorder(args: &cli::Sim, file: &Path) -> Result<Running, Error> {
    let upstream = args.upstream.as_deref().unwrap_or_default();
    // The rules of the API's own address: the key of whoever calls goes there.
    Host::new(Some(upstream), None).map_err(crate::ship::blaxel::Fault::into_error)?;
    record(Recording {
        port: args.port,
        upstream: upstream.to_owned(),
        file: file.to_owned(),
        mask: masked,
    })
    .map_err(|err| failed("nothing can be recorded", file, &err))
}

/// Starts to play a recording.
pub(super) fn player(args: &cli::Sim, file: &Path) -> Result<Running, Error> {
    replay(file, args.port).map_err(|err| failed("the recording cannot be played", file, &err))
}

fn failed(what: &str, file: &Path, err: &std::io::Error) -> Error {
    Error::new(Exit::Usage, what)
        .because(format!("`{}`: {err}", file.display()))
        .help("give a file of `sandgate sim --record`, and a port that is free, or 0")
}

/// A text without what looks like a credential.
fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for hit in scan(text, Kind::Config) {
        out.push_str(text.get(from..hit.span.start).unwrap_or_default());
        out.push_str("[removed]");
        from = hit.span.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_credential_is_masked() {
        let token = format!("glpat-{}", "c4naryT7mQ2xV9rLs0Wk");
        let text = format!("cloning with {token}, PASSWORD=Xk29dkq0sLqp and more");
        let masked = masked(&text);
        assert!(!masked.contains("c4nary") && masked.ends_with("and more"), "{masked}");
        assert!(masked.starts_with("cloning with [removed]"), "{masked}");
    }
}
