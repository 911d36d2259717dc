//! What the sandbox of a preview is called.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::{
    cli,
    commands::{manifest::of_folder, remote::new_name, vars::Vars},
    error::Error,
    exit::Exit,
    project::manifest::{self, Manifest},
    ship::blaxel::SandboxName,
};

/// Longest name of a sandbox.
const LONGEST: usize = 49;
/// Digits that tell two names apart which would be the same.
const DIGITS: usize = 6;

/// The name: `--name` as it is, else made of the project's name and what the preview is for.
pub(super) fn read(
    name: &cli::PreviewName,
    path: &Path,
    file: Option<&Manifest>,
    vars: &Vars,
) -> Result<SandboxName, Error> {
    let Some(purpose) = &name.purpose else {
        return new_name(name.name.as_deref().unwrap_or_default());
    };
    let base = match (&name.project, file.and_then(|file| file.name.as_ref())) {
        (Some(name), _) => name.clone(),
        (None, Some(name)) => vars.fill("name", &name.value)?,
        (None, None) => of_folder(path),
    };
    let made = made(&base, purpose).ok_or_else(|| {
        Error::new(Exit::Usage, format!("`{purpose}` has no letter or digit to make a name of"))
            .at("--for")
            .help("say what the preview is for, such as pr-12, or give --name")
    })?;
    new_name(&made)
}

/// `BASE-PURPOSE`. Where that is no name as it stands, what is left of it and some digits of its hash, so that two
/// purposes never share a sandbox.
fn made(base: &str, purpose: &str) -> Option<String> {
    if manifest::slug(purpose).is_empty() {
        return None;
    }
    let whole = format!("{base}-{purpose}");
    if manifest::is_name(&whole) {
        return Some(whole);
    }
    let digest = Sha256::digest(whole.as_bytes());
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let digits = digits.get(..DIGITS)?;
    // What a slash or a dot parts stays parted.
    let parted = whole.replace(['/', '.', '#', ':'], "-");
    let mut slug = manifest::slug(&parted);
    slug.truncate(LONGEST - DIGITS - 1);
    Some(format!("{}-{digits}", slug.trim_end_matches('-')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_never_shared() {
        assert_eq!(made("app", "pr-12").as_deref(), Some("app-pr-12"));
        let long = "x".repeat(60);
        let twins = [
            ("app", "feature/x"),
            ("app", "feature-X"),
            ("app", "Feature/x"),
            ("app", "feature.x"),
            ("app", long.as_str()),
            (long.as_str(), "pr-1"),
            (long.as_str(), "pr-2"),
            ("app", "pr-1-"),
            ("app", "größe"),
        ];
        let mut names: Vec<String> =
            twins.iter().map(|(base, purpose)| made(base, purpose).unwrap()).collect();
        assert!(names.iter().all(|name| manifest::is_name(name)), "{names:?}");
        assert!(names[0].starts_with("app-feature-x-"), "{names:?}");
        names.sort();
        names.dedup();
        assert_eq!(names.len(), twins.len());
        assert_eq!(made("app", "/"), None);
        assert!(manifest::is_name(&made("", "pr-1").unwrap()));
    }
}
