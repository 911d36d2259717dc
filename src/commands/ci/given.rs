//! What is given: lists by commas, by line ends, or one by one; the workspace.

use std::path::PathBuf;

use crate::{
    cli,
    commands::{platform, remote},
    error::Error,
    exit::Exit,
    settings,
    ship::promote::Target,
};

/// The parts of lists, without empty ones.
pub(super) fn list(given: &[String]) -> Vec<String> {
    parts(given, &[',', '\n'])
}

/// The lines of texts, without empty ones: a value may hold commas.
pub(super) fn lines(given: &[String]) -> Vec<String> {
    parts(given, &['\n'])
}

/// Folders.
pub(super) fn paths(given: &[String]) -> Vec<PathBuf> {
    list(given).into_iter().map(PathBuf::from).collect()
}

/// What the value of a switch may be.
const VALUES: [&str; 12] =
    ["0", "1", "f", "false", "n", "no", "off", "on", "t", "true", "y", "yes"];

/// Refuses a folder that is meant for the value of a switch: `--trusted false` says `--trusted`, and names a folder. Whether there is
/// one is up to the repository.
pub(super) fn no_values(paths: &[String]) -> Result<(), Error> {
    let is_value = |path: &&String| VALUES.iter().any(|value| path.eq_ignore_ascii_case(value));
    let Some(value) = list(paths).iter().find(is_value).cloned() else { return Ok(()) };
    Err(Error::new(Exit::Usage, format!("`{value}` is a folder here, and no value of a switch"))
        .help(format!(
            "write a value behind `=`, as in `--trusted={value}`, and a folder as `./{value}`"
        )))
}

/// The production branches, by their names alone.
pub(super) fn branches(args: &cli::Ci) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for given in list(&args.production) {
        let name = given.strip_prefix("refs/heads/").unwrap_or(&given);
        // Git allows none of these in a name.
        if name.contains(['*', '?', '[', '^', '~', ':', '\\', ' ']) || name.starts_with("refs/") {
            return Err(Error::new(Exit::Usage, format!("`{given}` is no name of a branch"))
                .at("--production-branch")
                .because("whoever may push branches could make one that a pattern matches, and ship from it")
                .help("name each branch that goes to production, such as `main`"));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// A text that is not empty.
pub(super) fn some(given: Option<&String>) -> Option<String> {
    given.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The workspace, as far as it is known without asking: rows are named by it before anything is done.
pub(super) fn workspace(args: &cli::Ci) -> Option<String> {
    let target = platform::target(&args.platform).ok().map(|target| target.workspace);
    target.or_else(|| some(args.platform.workspace.as_ref()))
}

/// Whether the job was given credentials for the platform.
pub(super) fn credentials(args: &cli::Ci) -> bool {
    let platform = settings::platform();
    args.platform.sim || platform.key.is_some() || platform.client_credentials.is_some()
}

fn parts(given: &[String], between: &[char]) -> Vec<String> {
    let parts = given.iter().flat_map(|text| text.split(between));
    parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// The workspaces to promote to, each once.
pub(super) fn targets(args: &cli::Ci) -> Result<Vec<Target>, Error> {
    let mut targets = Vec::new();
    for text in list(&args.promote_to) {
        let target = remote::named(&text).map_err(|error| error.at("--promote-to"))?;
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    #[test]
    fn lists_are_parted_as_people_write_them() {
        let given = ["a, b".to_owned(), "c\n\n d ".to_owned()];
        assert_eq!(super::list(&given), ["a", "b", "c", "d"]);
        assert_eq!(super::lines(&["A=1,2\nB=3\n".to_owned()]), ["A=1,2", "B=3"]);
    }
}
