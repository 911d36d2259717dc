//! The baseline that a project is judged by.

use std::path::Path;

use crate::{
    error::Error,
    exit::Exit,
    lint::baseline::{Accepted, Baseline, BaselineError, Key},
    repo::{Files, Found},
    settings,
};

/// The baseline that is typed.
pub(super) fn read(
    path: &Path,
    root: &Path,
    problems: &mut Vec<Error>,
    warnings: &mut Vec<String>,
) -> Option<Accepted> {
    match Found::named(path) {
        Ok(found) => accepted(&found, root, problems, warnings),
        Err(err) => {
            problems.push(unusable(&err.shown, &err.why));
            None
        }
    }
}

/// The baseline that a `sandgate.toml` names.
pub(super) fn of_config(
    files: &Files,
    config: &Found,
    name: &str,
    root: &Path,
    problems: &mut Vec<Error>,
    warnings: &mut Vec<String>,
) -> Option<Accepted> {
    match files.beside(config, name) {
        Ok(found) => accepted(&found, root, problems, warnings),
        Err(err) => {
            problems.push(unusable(&format!("{name}, named by {}", config.shown), &err.why));
            None
        }
    }
}

fn accepted(
    found: &Found,
    root: &Path,
    problems: &mut Vec<Error>,
    warnings: &mut Vec<String>,
) -> Option<Accepted> {
    let baseline = match Baseline::parse(&String::from_utf8_lossy(&found.bytes)) {
        Ok(baseline) => baseline,
        Err(err) => {
            let mut error = unusable(&found.shown, &err.to_string());
            if let BaselineError::Version(_) = err {
                error.help = Some(
                    "write it anew with `sandgate baseline`, or use the sandgate that wrote it"
                        .into(),
                );
            }
            problems.push(error);
            return None;
        }
    };
    let key = key(problems);
    if baseline.is_locked(key.as_ref()) {
        warnings.push(format!(
            "`{}` accepts findings at credentials, and {} is not the key that it was written with: they are reported",
            found.shown,
            settings::BASELINE_KEY,
        ));
    }
    Some(Accepted { baseline, key, base: found.relative(root) })
}

/// The key of the environment.
pub(in crate::commands) fn key(problems: &mut Vec<Error>) -> Option<Key> {
    let key = Key::new(&settings::baseline_key()?);
    if key.is_none() {
        problems.push(
            Error::new(Exit::Usage, "the key of the baseline is shorter than 16 characters")
                .at(settings::BASELINE_KEY)
                .help("set it to a long random text that CI keeps as a secret"),
        );
    }
    key
}

const UNUSABLE: &str = "the baseline cannot be used, and accepts nothing";

/// Whether an error says that a baseline is of no use.
pub(in crate::commands) fn is_about_baseline(error: &Error) -> bool {
    error.what == UNUSABLE
}

fn unusable(shown: &str, why: &str) -> Error {
    Error::new(Exit::Usage, UNUSABLE)
        .at(shown)
        .because(why)
        .help("write it with `sandgate baseline`")
}
