//! Applies fixes: what would change, and the writing of it.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::{
    diagnostic::{Edit, Finding, Fix, Safety},
    engine::{self, Options, Outcome},
};
use crate::project::{self, OpenError, OpenOptions, Project, path::ContextPath, source::Span};

/// Fixes can make room for others; after this many rounds the rest is left.
const ROUNDS: usize = 10;

/// Which fixes to apply.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choice<'a> {
    /// Also those that change what is built.
    pub unsafe_too: bool,
    /// Only those of the rule with this code.
    pub only: Option<&'a str>,
}

impl Choice<'_> {
    /// Whether the fix of a finding is among them.
    pub fn takes(&self, finding: &Finding) -> bool {
        finding.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe || self.unsafe_too)
            && self.only.is_none_or(|code| code == finding.code)
    }
}

/// What a round of fixes changes.
#[derive(Debug, Default)]
pub struct Changes {
    /// The files, by path.
    pub files: BTreeMap<ContextPath, Change>,
    /// How many findings are fixed by it.
    pub fixed: usize,
}

/// How one file changes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Change {
    /// The bytes before; `None` for a file that does not exist yet.
    pub before: Option<Vec<u8>>,
    /// The bytes after; `None` where they stay as they are.
    pub after: Option<Vec<u8>>,
    /// Whether it becomes executable.
    pub executable: bool,
}

/// Why fixes could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FixError {
    /// The project could not be read again.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file changed since it was linted.
    #[error("`{0}` changed while it was being fixed")]
    Changed(String),
    /// The file could not be written.
    #[error("`{path}` cannot be written: {source}")]
    Write {
        /// The file.
        path: String,
        /// The system's message.
        source: io::Error,
    },
}

/// What is there after fixing.
#[derive(Debug)]
pub struct Fixed {
    /// The project as it is now.
    pub project: Project,
    /// What is found in it now.
    pub outcome: Outcome,
    /// How many findings were fixed.
    pub fixed: usize,
}

/// Works out one round: fixes in the order of their findings, those that touch what an earlier one
/// touches left for the next round. Touches no file.
pub fn plan(project: &Project, findings: &[Finding], choice: Choice<'_>) -> Changes {
    let mut edits: BTreeMap<ContextPath, Vec<(Span, String)>> = BTreeMap::new();
    let mut changes = Changes::default();
    for finding in findings.iter().filter(|finding| choice.takes(finding)) {
        let Some(fix) = &finding.fix else { continue };
        if !fits(project, fix, &edits, &changes) {
            continue;
        }
        for edit in &fix.edits {
            match edit {
                Edit::Replace { file, span, text } => {
                    let list = edits.entry(file.clone()).or_default();
                    if !list.contains(&(*span, text.clone())) {
                        list.push((*span, text.clone()));
                    }
                }
                Edit::Create { file, text } => {
                    let change = changes.files.entry(file.clone()).or_default();
                    change.after = Some(text.clone().into_bytes());
                }
                Edit::MakeExecutable { file } => {
                    changes.files.entry(file.clone()).or_default().executable = true
                }
            }
        }
        changes.fixed += 1;
    }
    for (file, mut list) in edits {
        let Some(source) = project.source(&file) else { continue };
        list.sort_by_key(|(span, _)| (span.start, span.end));
        let change = changes.files.entry(file).or_default();
        change.before = Some(source.bytes().to_vec());
        change.after = Some(edited(source.bytes(), &list));
    }
    changes
}

fn edited(bytes: &[u8], edits: &[(Span, String)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 64);
    let mut at = 0;
    for (span, text) in edits {
        out.extend_from_slice(&bytes[at..span.start as usize]);
        out.extend_from_slice(text.as_bytes());
        at = span.end as usize;
    }
    out.extend_from_slice(&bytes[at..]);
    out
}

/// Whether all edits of a fix can be made beside those already chosen.
fn fits(
    project: &Project,
    fix: &Fix,
    edits: &BTreeMap<ContextPath, Vec<(Span, String)>>,
    changes: &Changes,
) -> bool {
    fix.edits.iter().all(|edit| match edit {
        Edit::Replace { file, span, text } => {
            let Some(source) = project.source(file) else { return false };
            span.end as usize <= source.bytes().len()
                && edits.get(file).into_iter().flatten().all(|(other, given)| {
                    (other == span && given == text)
                        || !(touches(*span, *other) || touches(*other, *span))
                })
        }
        Edit::Create { file, text } => {
            project.tree.get(file).is_none()
                && changes
                    .files
                    .get(file)
                    .is_none_or(|change| change.after.as_deref() == Some(text.as_bytes()))
        }
        Edit::MakeExecutable { file } => project.tree.get(file).is_some(),
    })
}

/// Whether the two cannot both be made: they share a byte, or insert at the same place.
fn touches(a: Span, b: Span) -> bool {
    if a.is_empty() { a == b || (b.start < a.start && a.start < b.end) } else { a.overlaps(b) }
}

/// Fixes a project on disk and lints it again until nothing more can be fixed.
pub fn run(
    root: &Path,
    open: &OpenOptions,
    options: &Options,
    choice: Choice<'_>,
) -> Result<Fixed, FixError> {
    let mut project = project::open(root, open)?;
    let mut outcome = engine::run(&project, options);
    let mut fixed = 0;
    for _ in 0..ROUNDS {
        let changes = plan(&project, &outcome.findings, choice);
        if changes.files.is_empty() {
            break;
        }
        write(&project, &changes)?;
        fixed += changes.fixed;
        project = project::open(root, open)?;
        outcome = engine::run(&project, options);
    }
    Ok(Fixed { project, outcome, fixed })
}

/// Writes the changes, each file in one step, or none of a file.
pub fn write(project: &Project, changes: &Changes) -> Result<(), FixError> {
    for (path, change) in &changes.files {
        let target = place(project, path);
        let failed = |source| FixError::Write { path: path.to_string(), source };
        if let Some(after) = &change.after {
            match &change.before {
                Some(before) => {
                    if fs::read(&target).map_err(failed)? != *before {
                        return Err(FixError::Changed(path.to_string()));
                    }
                    replace(&target, after).map_err(failed)?;
                }
                None => create(&target, after).map_err(failed)?,
            }
        }
        if change.executable {
            make_executable(&target).map_err(failed)?;
        }
    }
    Ok(())
}

/// Where a file of the project lies: what a link inside the project leads to, never the link.
fn place(project: &Project, path: &ContextPath) -> PathBuf {
    project
        .tree
        .get(path)
        .filter(|entry| entry.via_link)
        .map_or_else(|| project.root.join(path.as_str()), |entry| entry.disk.clone())
}

fn replace(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = target.parent().unwrap_or_else(|| Path::new("."));
    let mut temp = tempfile::Builder::new().prefix(".sandgate-").tempfile_in(dir)?;
    temp.write_all(bytes)?;
    temp.as_file().set_permissions(fs::metadata(target)?.permissions())?;
    temp.persist(target).map_err(|err| err.error)?;
    Ok(())
}

fn create(target: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::OpenOptions::new().write(true).create_new(true).open(target)?.write_all(bytes)
}

#[cfg(unix)]
fn make_executable(target: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = fs::metadata(target)?.permissions();
    let mode = permissions.mode();
    // Whoever may read it may run it.
    permissions.set_mode(mode | (mode & 0o444) >> 2);
    fs::set_permissions(target, permissions)
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Err(io::Error::other("this system keeps no executable bit; use `git update-index --chmod=+x`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inserts_touch_only_at_the_same_place() {
        let span = |start, end| Span::new(start, end);
        for (a, b, want) in [
            (span(3, 3), span(3, 3), true),
            (span(3, 3), span(3, 5), false),
            (span(4, 4), span(3, 5), true),
            (span(5, 5), span(3, 5), false),
            (span(0, 3), span(2, 4), true),
            (span(0, 3), span(3, 4), false),
        ] {
            assert_eq!(touches(a, b) || touches(b, a), want, "{a:?} {b:?}");
        }
    }

    #[test]
    fn edits_keep_every_other_byte() {
        let edits = [(Span::new(0, 1), "x".to_owned()), (Span::new(3, 3), "y".to_owned())];
        assert_eq!(edited(b"a\xff\xfec", &edits), b"x\xff\xfeyc");
    }
}
