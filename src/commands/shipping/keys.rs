//! What becomes of each key of `blaxel.toml`: it is sent, read, refused by name, or said to have no effect.

use crate::{error::Error, exit::Exit, project::manifest::Manifest};

/// What becomes of a key.
#[derive(Clone, Copy)]
enum Use {
    /// It is sent, or says how the rest is.
    Used,
    /// It cannot be meant; what to do instead.
    Refused(&'static str),
    /// A sandbox has no use for it.
    Idle,
}

use Use::{Idle, Refused, Used};

const CALLER: &str = "the repository does not choose that: give --registry-cred, --docker-config or --user-docker-config";

/// Every key at the top, in `[runtime]` and in `[build]`.
const KEYS: &[(&str, Use)] = &[
    ("type", Used),
    ("name", Used),
    // For people.
    ("description", Used),
    ("workspace", Used),
    ("image", Used),
    ("region", Used),
    ("public", Idle),
    ("protocol", Idle),
    ("functions", Idle),
    ("models", Idle),
    ("agents", Idle),
    ("entrypoint", Idle),
    ("env", Used),
    ("labels", Used),
    ("function", Idle),
    ("agent", Idle),
    ("job", Idle),
    ("skipRoot", Idle),
    ("runtime", Used),
    ("triggers", Idle),
    ("volumes", Used),
    ("policies", Used),
    ("defaultSize", Idle),
    ("directory", Idle),
    ("memory", Refused("for a sandbox write it in `[runtime]`")),
    ("port", Refused("for a sandbox write `[[runtime.ports]]` with `target`")),
    ("githubRunner", Idle),
    ("build", Used),
    ("runtime.envs", Refused("write the variables in `[env]`")),
    ("runtime.image", Refused("write `image` at the top level")),
    ("runtime.dockerConfig", Refused(CALLER)),
    ("runtime.skipBuild", Refused("give --skip-build")),
    ("build.args", Used),
    ("build.slim", Used),
    ("build.experimental", Used),
    ("build.memoryMb", Used),
    ("build.volumeMb", Used),
    ("build.region", Used),
    ("build.cacheDrive", Used),
    ("build.dockerfile", Used),
];

/// Refuses keys that would be dropped although they matter, and names those without an effect.
pub(super) fn check(file: &Manifest) -> Result<Vec<String>, Error> {
    let mut idle = Vec::new();
    let keys = file.root.entries.iter().map(|entry| (entry.key.value.clone(), entry.key.span));
    let below = ["runtime", "build"].into_iter().flat_map(|table| {
        let entries = file.root.table(table).map(|table| table.entries.as_slice());
        entries
            .unwrap_or_default()
            .iter()
            .map(move |entry| (format!("{table}.{}", entry.key.value), entry.key.span))
    });
    for (key, span) in keys.chain(below) {
        match KEYS.iter().find(|(known, _)| *known == key).map(|(_, becomes)| *becomes) {
            Some(Used) => (),
            Some(Refused(help)) => {
                let line = file.source.line_of(span.start as usize);
                return Err(Error::new(
                    Exit::Usage,
                    format!("`{key}` cannot be sent for a sandbox"),
                )
                .at(format!("blaxel.toml:{line}"))
                .help(help));
            }
            // Everything of this table goes to the platform, which may know more keys than we do.
            None if key.starts_with("runtime.") => (),
            Some(Idle) | None => idle.push(format!("`{key}`")),
        }
    }
    Ok(idle)
}

#[cfg(test)]
mod tests {
    use super::{KEYS, check};
    use crate::project::{manifest, path::ContextPath, source::Source};

    #[test]
    fn every_key_that_is_known_has_its_use() {
        for key in manifest::root_keys() {
            assert!(KEYS.iter().any(|(known, _)| *known == key), "{key}");
        }
        for key in manifest::build_keys() {
            let key = format!("build.{key}");
            assert!(KEYS.iter().any(|(known, _)| *known == key), "{key}");
        }
    }

    #[test]
    fn nothing_is_dropped_in_silence() {
        let read = |text: &str| {
            let source = Source::new(ContextPath::new("blaxel.toml"), text.as_bytes().to_vec());
            check(&manifest::parse(source))
        };
        assert_eq!(read("name = \"a\"\n[runtime]\nnew = 1\n").unwrap(), Vec::<String>::new());
        assert_eq!(
            read("public = true\nnew = 1\n[build]\nother = 1\n").unwrap(),
            ["`public`", "`new`", "`build.other`"]
        );
        let error = read("name = \"a\"\nmemory = 1\n").unwrap_err();
        assert_eq!(error.place.as_deref(), Some("blaxel.toml:2"));
        assert!(error.help.unwrap().contains("[runtime]"));
    }
}
