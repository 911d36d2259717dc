//! Which small files are kept as text: those that the Dockerfile, or one of them, names. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Project,
    bytes::Bytes,
    context::{Entry, EntryKind},
    path::ContextPath,
    source::Source,
};

/// Larger files are not kept; bytes.
pub(super) const LARGEST: u64 = 256 * 1024;
const MOST: usize = 64;
const MOST_SERVICES: usize = 24;

/// Start scripts, and settings of package managers that often hold a credential, are kept even where
/// nothing names them: that is what a rule wants to say.
const WELL_KNOWN: &[&str] = &[
    ".npmrc",
    ".yarnrc.yml",
    "docker-entrypoint.sh",
    "entrypoint.sh",
    "run.sh",
    "start.sh",
    "supervisord.conf",
];

/// Installed packages: their manifests are named like those of the project, and say nothing of it.
const FOREIGN: &[&str] = &[".git", ".venv", "node_modules", "site-packages", "vendor", "venv"];

/// Loads them with `read`, which is asked once for each file.
pub(super) fn load<'a>(
    project: &'a Project,
    read: impl Fn(&Entry) -> Option<Vec<u8>>,
) -> BTreeMap<ContextPath, Source> {
    let mut by_name: BTreeMap<&'a str, Vec<&'a Entry>> = BTreeMap::new();
    for entry in &project.tree.entries {
        let name = entry.path.rsplit('/').next().unwrap_or("");
        let small = matches!(entry.kind, EntryKind::File { size, .. } if size <= LARGEST);
        if small && !entry.path.split('/').any(|part| FOREIGN.contains(&part)) {
            by_name.entry(name).or_default().push(entry);
        }
    }
    for entries in by_name.values_mut() {
        entries.sort_by_key(|entry| entry.path.matches('/').count());
    }
    let mut wanted: Vec<&'a Entry> = Vec::new();
    let mut seen: BTreeSet<&'a str> = BTreeSet::new();
    for source in project.held() {
        if let Some((name, entries)) = by_name.get_key_value(source.path().name()) {
            // Read already, so that it is not taken again.
            if entries.iter().all(|entry| entry.path == *source.path()) {
                seen.insert(name);
            }
        }
    }
    for name in WELL_KNOWN {
        let root = by_name.get(name).and_then(|entries| entries.first());
        wanted.extend(root.filter(|entry| !entry.path.contains('/')));
    }
    let mut starts = [0_u64; 256];
    for name in by_name.keys() {
        starts[usize::from(name.as_bytes().first().copied().unwrap_or(0))] |=
            1 << (name.len() & 63);
    }
    let names = by_name.len();
    let take = |text: &str, seen: &mut BTreeSet<&'a str>, wanted: &mut Vec<&'a Entry>| {
        if seen.len() == names {
            return;
        }
        for word in words(text) {
            // Most words share first letter and length with no name.
            if starts[usize::from(word.as_bytes()[0])] & (1 << (word.len() & 63)) == 0 {
                continue;
            }
            if let Some((name, entries)) = by_name.get_key_value(word)
                && seen.insert(name)
            {
                wanted.extend(entries);
            }
        }
    };
    let dockerfile = project.dockerfile.source.text();
    take(dockerfile, &mut seen, &mut wanted);
    let services = by_name.values().flatten().filter(|entry| is_service(dockerfile, &entry.path));
    wanted.extend(services.take(MOST_SERVICES));

    let mut files: BTreeMap<ContextPath, Source> = BTreeMap::new();
    let mut at = 0;
    while let Some(entry) = wanted.get(at).copied() {
        at += 1;
        if files.len() == MOST {
            break;
        }
        if files.contains_key(&entry.path) || project.held().any(|s| *s.path() == entry.path) {
            continue;
        }
        let Some(bytes) = read(entry) else { continue };
        if memchr::memchr(0, &bytes).is_some() {
            continue;
        }
        let source = Source::new(entry.path.clone(), bytes);
        take(source.text(), &mut seen, &mut wanted);
        files.insert(entry.path.clone(), source);
    }
    files
}

/// Whether a file tells a supervisor that the Dockerfile speaks of what to start. Such files are
/// copied by the folder, and found by their place.
fn is_service(dockerfile: &str, path: &str) -> bool {
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    if matches!(name.rsplit('.').next(), Some("conf" | "ini")) {
        return dockerfile.contains("supervisor");
    }
    let runs = matches!(name, "run" | "up") || dir.ends_with("my_init.d");
    runs && ["/init", "runsvdir", "svscan", "my_init", "runit"]
        .iter()
        .any(|program| dockerfile.contains(program))
}

/// Bytes that file names are made of; other letters than ASCII ones count whole.
static NAME_BYTES: Bytes = Bytes::ALPHANUMERIC.and(b"._-+@~").and_range(0x80, 0xff);

/// The parts of a text that could be file names, each also without dots at its end.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let next = move || {
        let start = rest.bytes().position(|byte| NAME_BYTES.has(byte))?;
        let tail = &rest[start..];
        let end = tail.bytes().position(|byte| !NAME_BYTES.has(byte)).unwrap_or(tail.len());
        rest = &tail[end..];
        Some(&tail[..end])
    };
    std::iter::from_fn(next)
        .flat_map(|word| {
            let bare = word.trim_end_matches('.');
            [Some(word), (bare.len() < word.len()).then_some(bare)].into_iter().flatten()
        })
        .filter(|word| !word.is_empty())
}

/// Which of these paths were probably meant as the Dockerfile.
pub(super) fn near_dockerfiles(paths: &[String]) -> Vec<&str> {
    paths
        .iter()
        .filter(|path| {
            let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
            let stem = |name: &str| name == "dockerfile" || name == "containerfile";
            stem(&name)
                || name.strip_prefix("dockerfile.").is_some_and(|rest| rest != "dockerignore")
                || name.strip_suffix(".dockerfile").is_some()
        })
        .map(String::as_str)
        .take(3)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_names_without_their_directories() {
        let found: Vec<&str> = words("COPY ./scripts/start.sh \"/run.\" a=b").collect();
        assert_eq!(found, ["COPY", ".", "scripts", "start.sh", "run.", "run", "a", "b"]);
    }

    #[test]
    fn near_names_are_offered() {
        let paths = ["Dockerfile.dockerignore", "README.md", "containerfile", "docker/Dockerfile"]
            .map(str::to_owned);
        assert_eq!(near_dockerfiles(&paths), ["containerfile", "docker/Dockerfile"]);
    }
}
