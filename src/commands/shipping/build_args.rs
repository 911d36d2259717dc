//! Build arguments on their way to the builder, and only there.

use std::collections::BTreeMap;

pub(super) use crate::commands::build_args::extras;
use crate::{cli, commands::project, error::Error, exit::Exit};

/// Names and values of build arguments.
pub(super) type BuildArgs = BTreeMap<String, String>;

/// Those of the file that the caller names, then those that were typed.
pub(super) fn given(args: &cli::Ship) -> Result<BuildArgs, Error> {
    let mut all = BuildArgs::new();
    if let Some(path) = &args.build_env_file {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|err| {
            Error::new(Exit::Usage, "the build arguments cannot be read")
                .at(shown.clone())
                .because(err.to_string())
                .help("name a text file with one NAME=VALUE a line")
        })?;
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.split_once('=') {
                Some((name, value)) if !name.trim().is_empty() => {
                    all.insert(name.trim().to_owned(), value.trim().to_owned());
                }
                // The line may be a value that was meant to be secret.
                _ => {
                    return Err(Error::new(
                        Exit::Usage,
                        "a build argument has no name or no value",
                    )
                    .at(format!("{shown}:{}", index + 1))
                    .help("write it as NAME=VALUE; there are no quotes"));
                }
            }
        }
    }
    all.extend(project::build_args(&args.source)?);
    Ok(all)
}
