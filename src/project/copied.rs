//! Which small files are kept as text because a COPY takes them: for their credentials alone; and
//! environment files that are never sent, since some hold no credentials. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Project,
    bytes::is_url,
    context::{Entry, EntryKind, Exclusion},
    dockerfile::{self, Kind},
    named::LARGEST,
    path::ContextPath,
    source::Source,
};

/// So many files are read of a project, and so many bytes.
const MOST: usize = 2000;
const MOST_BYTES: u64 = 32 << 20;

/// Folders of somebody else's files, and of those that show how a credential looks.
const ASIDE: &[&str] = &[
    ".git",
    ".next",
    ".venv",
    ".yarn",
    "__mocks__",
    "__tests__",
    "docs",
    "e2e",
    "examples",
    "fixtures",
    "mocks",
    "node_modules",
    "site-packages",
    "spec",
    "target",
    "test",
    "testdata",
    "tests",
    "third_party",
    "vendor",
    "venv",
];

/// Extensions of files that are no text, made from others, or for people.
const OTHERS: &[&str] = &[
    "avif", "br", "bz2", "class", "dist", "eot", "example", "gif", "gz", "ico", "jar", "jpeg",
    "jpg", "lock", "lockb", "map", "md", "mdx", "mp3", "mp4", "otf", "parquet", "pdf", "png",
    "pyc", "rst", "sample", "so", "sum", "svg", "tar", "template", "tgz", "tmpl", "ttf", "wasm",
    "wav", "webm", "webp", "woff", "woff2", "xz", "zip", "zst",
];

const LOCK_FILES: &[&str] = &["npm-shrinkwrap.json", "package-lock.json", "pnpm-lock.yaml"];

/// Loads them with `read`, which is asked once for each file.
pub(super) fn load(
    project: &Project,
    read: impl Fn(&Entry) -> Option<Vec<u8>>,
) -> BTreeMap<ContextPath, Source> {
    let mut files = BTreeMap::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut bytes = 0;
    for entry in taken(project).chain(environments(project)) {
        let EntryKind::File { size, .. } = entry.kind else { continue };
        if !is_looked_at(entry, size)
            || seen.contains(entry.path.as_str())
            || project.files.contains_key(&entry.path)
            || project.held().any(|held| *held.path() == entry.path)
        {
            continue;
        }
        seen.insert(&entry.path);
        bytes += size;
        if seen.len() > MOST || bytes > MOST_BYTES {
            break;
        }
        let Some(text) = read(entry) else { continue };
        if memchr::memchr(0, &text).is_none() {
            files.insert(entry.path.clone(), Source::new(entry.path.clone(), text));
        }
    }
    files
}

/// What the sources of COPY and ADD take, where no variable says which.
fn taken(project: &Project) -> impl Iterator<Item = &Entry> {
    let instructions = project.dockerfile.instructions.iter();
    let sources = instructions.flat_map(|instruction| match &instruction.kind {
        Kind::Copy(transfer) | Kind::Add(transfer) if instruction.flag("from").is_none() => {
            transfer.sources.as_slice()
        }
        _ => &[],
    });
    sources.flat_map(|word| {
        let expanded = dockerfile::expand(word, project.dockerfile.escape, &|_| None);
        let written = expanded.known().filter(|written| !is_url(written));
        let mut entries: Vec<&Entry> = match written {
            None => Vec::new(),
            Some(written) if written.bytes().any(|byte| matches!(byte, b'*' | b'?' | b'[')) => {
                let roots = project.tree.glob(written).sent.into_iter();
                roots.flat_map(|root| project.tree.within(&root.path)).collect()
            }
            Some(written) => match ContextPath::clean(written) {
                path if path.is_empty() => project.tree.entries.iter().collect(),
                path => project
                    .tree
                    .get(&path)
                    .map_or_else(Vec::new, |root| project.tree.within(&root.path).collect()),
            },
        };
        entries.retain(|entry| entry.excluded.is_none());
        entries
    })
}

/// Environment files that are left out by their names.
fn environments(project: &Project) -> impl Iterator<Item = &Entry> {
    project.tree.entries.iter().filter(|entry| {
        matches!(entry.excluded, Some(Exclusion::Always(_)))
            && entry.path.rsplit('/').next().is_some_and(|name| name.starts_with(".env"))
    })
}

fn is_looked_at(entry: &Entry, size: u64) -> bool {
    let (dir, name) = entry.path.rsplit_once('/').unwrap_or(("", entry.path.as_str()));
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    (1..=LARGEST).contains(&size)
        && !OTHERS.iter().any(|other| extension.eq_ignore_ascii_case(other))
        && !LOCK_FILES.contains(&name)
        && !["test_", "test-"].iter().any(|start| name.starts_with(start))
        && ![".test.", ".spec.", "_test.", "_spec.", ".min.", ".stories."]
            .iter()
            .any(|part| name.contains(part))
        && !dir.split('/').any(|part| ASIDE.contains(&part))
}
