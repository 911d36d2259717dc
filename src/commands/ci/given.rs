//! What is given: lists by commas, by line ends, or one by one; the workspace.

use std::path::PathBuf;

use crate::{
    cli,
    commands::{platform, remote},
    error::Error,
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

/// A text that is not empty.
pub(super) fn some(given: Option<&String>) -> Option<String> {
    given.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The workspace, as far as it is known without asking: rows are named by it before anything is done.
pub(super) fn workspace(args: &cli::Ci) -> Option<String> {
    let target = platform::target(&args.platform).ok().map(|target| target.workspace);
    target.or_else(|| some(args.platform.workspace.as_ref()))
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
