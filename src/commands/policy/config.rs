//! The settings files, and what is said of those that cannot be used.

use std::path::Path;

use semver::{Prerelease, Version};

use crate::{
    error::Error,
    exit::Exit,
    lint::{
        Selector,
        config::{self, Config},
    },
    project::{path::ContextPath, source::Source},
    repo::{Files, Found, Kind, ReadError},
};

/// Reads a `sandgate.toml`.
pub(super) fn read(found: &Found, problems: &mut Vec<Error>) -> Config {
    let source = Source::new(ContextPath::new("sandgate.toml"), found.bytes.clone());
    let at = |offset: u32| {
        let place = source.line_col(offset as usize);
        format!("{}:{}:{}", found.shown, place.line, place.column)
    };
    let (config, faults) = config::read(&source);
    for fault in faults {
        let mut error = Error::new(Exit::Usage, fault.what).at(at(fault.span.start));
        error.help = fault.help;
        problems.push(error);
    }
    if let Some((wanted, span)) = &config.required {
        // A pre-release of a version is that version to whoever asks for it.
        let own = Version::parse(env!("CARGO_PKG_VERSION"))
            .map(|version| Version { pre: Prerelease::EMPTY, ..version });
        if own.is_ok_and(|own| !wanted.matches(&own)) {
            problems.push(
                Error::new(
                    Exit::Usage,
                    format!(
                        "this is sandgate {}, and {wanted} is required",
                        env!("CARGO_PKG_VERSION")
                    ),
                )
                .at(at(span.start))
                .help("install such a version, or change `required-version`"),
            );
        }
    }
    config
}

/// What a `.hadolint.yaml` ignores.
pub(super) fn hadolint(files: &Files, real: &Path, warnings: &mut Vec<String>) -> Vec<Selector> {
    let found = match files.nearest(real, Kind::Hadolint) {
        Ok(Some(found)) => found,
        Ok(None) => return Vec::new(),
        Err(error) => {
            warnings.push(format!("`{}` is not used: {}", error.shown, error.why));
            return Vec::new();
        }
    };
    config::read_hadolint(&String::from_utf8_lossy(&found.bytes)).unwrap_or_else(|why| {
        warnings.push(format!("`{}` cannot be read, and nothing of it holds: {why}", found.shown));
        Vec::new()
    })
}

/// Settings that cannot be read: those that `--config` names, or others that are there.
pub(super) fn unreadable(err: ReadError, named: bool) -> Error {
    let help = if named {
        "name a file that is there, or leave out `--config`: the nearest sandgate.toml holds then"
    } else {
        "put a regular file in its place, or pass `--no-config`"
    };
    Error::new(Exit::Usage, "the settings cannot be read").at(err.shown).because(err.why).help(help)
}
