//! What is typed about the judging.

use std::sync::Arc;

use crate::{
    cli,
    error::Error,
    exit::Exit,
    lint::{FailOn, Selector, meant},
    repo::{Files, Near},
};

/// Where settings are read from.
pub(super) fn files(
    source: &cli::Source,
    rules: &cli::Rules,
    near: &Arc<Near>,
) -> Result<Files, Error> {
    if let Some(path) = &source.config {
        return Ok(Files::One(path.clone()));
    }
    let Some(name) = &rules.policy_from else { return Ok(Files::Disk(Arc::clone(near))) };
    Files::from(name).ok_or_else(|| {
        Error::new(Exit::Usage, format!("`{name}` is neither a file nor a commit"))
            .at("--policy-from")
            .help("a shallow clone holds one commit alone: fetch the other one first, as in `git fetch --depth 1 origin main`, and name it `FETCH_HEAD`")
    })
}

/// What fails the run.
pub(super) fn limit(typed: cli::FailOn) -> FailOn {
    match typed {
        cli::FailOn::Error => FailOn::Error,
        cli::FailOn::Warning => FailOn::Warning,
        cli::FailOn::Info => FailOn::Info,
        cli::FailOn::Never => FailOn::Never,
    }
}

/// The rules that a flag names.
pub(super) fn selectors(flag: &str, names: &[String]) -> Result<Vec<Selector>, Error> {
    let one = |name: &String| {
        Selector::parse(name.trim()).ok_or_else(|| {
            Error::new(Exit::Usage, format!("no rule is called `{name}`"))
                .at(flag)
                .help(meant(name))
        })
    };
    names.iter().filter(|name| !name.trim().is_empty()).map(one).collect()
}
