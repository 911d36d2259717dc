//! Applies fixes: what would change, and the writing of it.

use std::{
    collections::{BTreeMap, btree_map::Entry as Slot},
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    diagnostic::{Edit, Finding, Fix, Safety},
    engine::{self, Options, Outcome},
};
use crate::project::{
    self, OpenError, OpenOptions, Project, Replacement,
    context::{Entry, EntryKind},
    path::ContextPath,
    source::Span,
};

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

/// What fixes change.
#[derive(Debug, Default)]
pub struct Changes {
    /// The files, by path.
    pub files: BTreeMap<ContextPath, Change>,
    /// How many findings are fixed by it.
    pub fixed: usize,
}

impl Changes {
    /// Adds what a later round changes.
    fn add(&mut self, round: Self) {
        self.fixed += round.fixed;
        for (path, later) in round.files {
            match self.files.entry(path) {
                Slot::Vacant(slot) => {
                    slot.insert(later);
                }
                Slot::Occupied(mut slot) => {
                    let change = slot.get_mut();
                    change.after = later.after.or(change.after.take());
                    change.edits.extend(later.edits);
                    change.executable |= later.executable;
                }
            }
        }
    }
}

/// How one file changes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Change {
    /// The bytes before; `None` for a file that does not exist yet.
    pub before: Option<Vec<u8>>,
    /// The bytes after; `None` where they stay as they are.
    pub after: Option<Vec<u8>>,
    /// What was replaced by what, in the order of the file, round by round.
    pub edits: Vec<Vec<(Span, String)>>,
    /// Whether it becomes executable.
    pub executable: bool,
}

impl Change {
    /// Where a span of the text before stands in the text after. What was inserted inside the span,
    /// or instead of a part of it, belongs to it.
    pub fn moved(&self, span: Span) -> Span {
        self.edits.iter().fold(span, |span, round| moved(round, span))
    }
}

fn moved(round: &[(Span, String)], span: Span) -> Span {
    let (mut start, mut end) = (span.start as usize, span.end as usize);
    for (edit, text) in round {
        let (from, to) = (edit.start as usize, edit.end as usize);
        let moved = |at: usize| at - (to - from) + text.len();
        if to <= span.start as usize {
            start = moved(start);
            end = moved(end);
        } else if from < span.end as usize {
            // It cuts into the span: from where it starts, to where it ends.
            let before = (span.start as usize).saturating_sub(from);
            start -= before;
            end = moved(end.max(end + to.saturating_sub(span.end as usize)));
        }
    }
    Span::new(start.min(end), end)
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
    /// A link has come to lead out of the project.
    #[error("`{0}` lies outside of the project")]
    Outside(String),
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
        if !fits(project, fix, &edits) {
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
                    add_lines(change.after.get_or_insert_default(), text);
                }
                Edit::MakeExecutable { file } => {
                    changes.files.entry(file.clone()).or_default().executable = true;
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
        change.edits = vec![list];
    }
    changes
}

/// Adds the lines of `text` that are not there yet: what fixes create are ignore files, and several
/// may create the same one.
fn add_lines(bytes: &mut Vec<u8>, text: &str) {
    for line in text.split_inclusive('\n') {
        if !bytes.split_inclusive(|byte| *byte == b'\n').any(|own| own == line.as_bytes()) {
            bytes.extend_from_slice(line.as_bytes());
        }
    }
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
fn fits(project: &Project, fix: &Fix, edits: &BTreeMap<ContextPath, Vec<(Span, String)>>) -> bool {
    fix.edits.iter().enumerate().all(|(index, edit)| match edit {
        Edit::Replace { file, span, text } => {
            let Some(source) = project.source(file) else { return false };
            let beside_its_own = fix.edits[..index].iter().all(|edit| match edit {
                Edit::Replace { file: other_file, span: other, .. } => {
                    other_file != file || !(touches(*span, *other) || touches(*other, *span))
                }
                Edit::Create { .. } | Edit::MakeExecutable { .. } => true,
            });
            beside_its_own
                && span.start <= span.end
                && span.end as usize <= source.bytes().len()
                && edits.get(file).into_iter().flatten().all(|(other, given)| {
                    (other == span && given == text)
                        || !(touches(*span, *other) || touches(*other, *span))
                })
        }
        Edit::Create { file, .. } => project.tree.get(file).is_none(),
        Edit::MakeExecutable { file } => project.tree.get(file).is_some(),
    })
}

/// Whether the two cannot both be made: they share a byte, or insert at the same place.
fn touches(a: Span, b: Span) -> bool {
    if a.is_empty() { a == b || (b.start < a.start && a.start < b.end) } else { a.overlaps(b) }
}

/// Works out all rounds: each is linted as the one before it leaves the files, until nothing more can
/// be fixed. Touches no file.
pub fn plan_all(
    project: &Project,
    outcome: &Outcome,
    open: &OpenOptions,
    options: &Options,
    choice: Choice<'_>,
) -> Result<Changes, OpenError> {
    let mut all = Changes::default();
    let mut next = plan(project, &outcome.findings, choice);
    for _ in 1..ROUNDS {
        if next.files.is_empty() {
            break;
        }
        all.add(next);
        let project = changed(&project.root, open, &all)?;
        let outcome = engine::run(&project, options);
        next = plan(&project, &outcome.findings, choice);
    }
    all.add(next);
    all.files.retain(|_, change| {
        change.executable || change.after.is_some() && change.after != change.before
    });
    Ok(all)
}

/// The project as the changes would leave it.
fn changed(root: &Path, open: &OpenOptions, changes: &Changes) -> Result<Project, OpenError> {
    let mut open = OpenOptions { trees: None, ..open.clone() };
    open.replace.extend(changes.files.iter().filter_map(|(path, change)| {
        Some(Replacement { path: path.to_string(), bytes: change.after.clone()? })
    }));
    let mut project = project::open(root, &open)?;
    let mut tree = Arc::unwrap_or_clone(std::mem::take(&mut project.tree));
    for (path, change) in &changes.files {
        let length = change.after.as_ref().map(|bytes| bytes.len() as u64);
        match tree.entries.binary_search_by(|entry| entry.path.cmp(path)) {
            Ok(at) => {
                if let EntryKind::File { size, executable } = &mut tree.entries[at].kind {
                    *executable |= change.executable;
                    *size = length.unwrap_or(*size);
                }
            }
            Err(at) => {
                let kind = EntryKind::File { size: length.unwrap_or(0), executable: false };
                let excluded = project.exclusion_of(path, false);
                let disk = root.join(path.as_str());
                let entry = Entry { path: path.clone(), disk, kind, excluded, via_link: false };
                tree.entries.insert(at, entry);
            }
        }
    }
    project.tree = Arc::new(tree);
    Ok(project)
}

/// Fixes a project on disk, and lints it again.
pub fn run(
    root: &Path,
    open: &OpenOptions,
    options: &Options,
    choice: Choice<'_>,
) -> Result<Fixed, FixError> {
    let project = project::open(root, open)?;
    let outcome = engine::run(&project, options);
    let changes = plan_all(&project, &outcome, open, options, choice)?;
    if changes.files.is_empty() {
        return Ok(Fixed { project, outcome, fixed: 0 });
    }
    write(&project, &changes)?;
    let project = project::open(root, open)?;
    let outcome = engine::run(&project, options);
    Ok(Fixed { project, outcome, fixed: changes.fixed })
}

/// Writes the changes, each file in one step. Nothing is written when one of the files changed since
/// it was read, or lies outside of the project by now.
pub fn write(project: &Project, changes: &Changes) -> Result<(), FixError> {
    let root = fs::canonicalize(&project.root)
        .map_err(|source| FixError::Write { path: project.root.display().to_string(), source })?;
    let mut targets = Vec::with_capacity(changes.files.len());
    for (path, change) in &changes.files {
        let failed = |source| FixError::Write { path: path.to_string(), source };
        let new = change.before.is_none() && change.after.is_some();
        let target = place(&root, path, new).map_err(failed)?;
        if !target.starts_with(&root) {
            return Err(FixError::Outside(path.to_string()));
        }
        if let Some(before) = &change.before
            && fs::read(&target).map_err(failed)? != *before
        {
            return Err(FixError::Changed(path.to_string()));
        }
        targets.push(target);
    }
    for ((path, change), target) in changes.files.iter().zip(&targets) {
        let failed = |source| FixError::Write { path: path.to_string(), source };
        match (&change.before, &change.after) {
            (Some(_), Some(after)) => replace(target, after).map_err(failed)?,
            (None, Some(after)) => create(target, after).map_err(failed)?,
            (_, None) => (),
        }
        if change.executable {
            make_executable(target).map_err(failed)?;
        }
    }
    Ok(())
}

/// Where a file of the project lies: what a link leads to, never the link. A file that is to be
/// created is not there yet, but its directory is.
fn place(root: &Path, path: &ContextPath, new: bool) -> io::Result<PathBuf> {
    if !new {
        return fs::canonicalize(root.join(path.as_str()));
    }
    let parent = path.parent().unwrap_or_else(|| ContextPath::new(""));
    Ok(fs::canonicalize(root.join(parent.as_str()))?.join(path.name()))
}

fn replace(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = target.parent().unwrap_or_else(|| Path::new("."));
    let meta = fs::metadata(target)?;
    let mut temp = tempfile::Builder::new().prefix(".sandgate-").tempfile_in(dir)?;
    temp.write_all(bytes)?;
    // Root fixes files of others and must not take them over; for everybody else this is no change
    // or not allowed. Before the mode, because it drops the set-user-ID bit.
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        let _ = fchown(temp.as_file(), Some(meta.uid()), Some(meta.gid()));
    }
    temp.as_file().set_permissions(meta.permissions())?;
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
    use std::ops::Range;

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
    /// A project with a Dockerfile and a script, and a finding with these edits.
    fn check(edits: impl Fn(&Project) -> Vec<Edit>) -> (tempfile::TempDir, Project, Changes) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("Dockerfile"), "FROM a\nCOPY run.sh /run.sh\n").unwrap();
        fs::write(dir.path().join("run.sh"), "#!/bin/sh\n").unwrap();
        let project = project::open(dir.path(), &OpenOptions::default()).unwrap();
        let finding = Finding {
            code: "SG000",
            name: "test",
            severity: crate::lint::diagnostic::Severity::Error,
            location: crate::lint::diagnostic::Location::whole(&ContextPath::new("Dockerfile")),
            message: String::new(),
            why: String::new(),
            help: None,
            related: Vec::new(),
            fix: Some(Fix { title: String::new(), safety: Safety::Safe, edits: edits(&project) }),
        };
        let changes = plan(&project, &[finding], Choice::default());
        (dir, project, changes)
    }

    fn edit(file: &str, span: Range<usize>, text: &str) -> Edit {
        let span = Span::new(span.start, span.end);
        Edit::Replace { file: ContextPath::new(file), span, text: text.into() }
    }

    #[test]
    fn edits_of_one_fix_that_overlap_are_not_made() {
        let (_dir, _, changes) =
            check(|_| vec![edit("Dockerfile", 0..4, "x"), edit("Dockerfile", 2..6, "y")]);
        assert_eq!((changes.fixed, changes.files.len()), (0, 0));
        let (_dir, _, changes) =
            check(|_| vec![edit("Dockerfile", 5..6, "b"), edit("Dockerfile", 999..999, "y")]);
        assert_eq!((changes.fixed, changes.files.len()), (0, 0));
    }

    #[test]
    fn nothing_is_written_when_one_file_changed_meanwhile() {
        let (dir, project, changes) =
            check(|_| vec![edit("Dockerfile", 5..6, "b"), edit("run.sh", 2..9, "/bin/bash")]);
        assert_eq!(changes.files.len(), 2);
        fs::write(dir.path().join("run.sh"), "#!/bin/zsh\n").unwrap();
        assert!(
            matches!(write(&project, &changes), Err(FixError::Changed(path)) if path == "run.sh")
        );
        let dockerfile = fs::read_to_string(dir.path().join("Dockerfile")).unwrap();
        assert_eq!(dockerfile, "FROM a\nCOPY run.sh /run.sh\n");
    }

    #[test]
    fn a_file_that_is_there_is_never_created_again() {
        let create = |name: &str| Edit::Create { file: ContextPath::new(name), text: "x".into() };
        let (_dir, _, changes) = check(|_| vec![create("run.sh")]);
        assert!(changes.files.is_empty());
        let (dir, project, changes) = check(|_| vec![create(".dockerignore")]);
        fs::write(dir.path().join(".dockerignore"), "mine").unwrap();
        assert!(write(&project, &changes).is_err());
        assert_eq!(fs::read_to_string(dir.path().join(".dockerignore")).unwrap(), "mine");
    }

    #[test]
    fn what_several_fixes_create_is_one_file() {
        let create = |text: &str| Edit::Create {
            file: ContextPath::new(".dockerignore"),
            text: text.into(),
        };
        let (_dir, _, changes) = check(|_| vec![create(".env\nb\n"), create("a\n.env\n!c\n")]);
        let change = &changes.files[&ContextPath::new(".dockerignore")];
        assert_eq!(change.after.as_deref(), Some(&b".env\nb\na\n!c\n"[..]));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_out_of_the_project_is_not_followed() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let outside = tempfile::tempdir().unwrap();
        let victim = outside.path().join("victim");
        fs::write(&victim, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&victim, fs::Permissions::from_mode(0o644)).unwrap();
        for executable in [true, false] {
            let (dir, project, changes) = check(|_| {
                let file = ContextPath::new("run.sh");
                vec![if executable {
                    Edit::MakeExecutable { file }
                } else {
                    edit("run.sh", 2..9, "/bin/bash")
                }]
            });
            fs::remove_file(dir.path().join("run.sh")).unwrap();
            symlink(&victim, dir.path().join("run.sh")).unwrap();
            assert!(matches!(write(&project, &changes), Err(FixError::Outside(_))));
        }
        assert_eq!(fs::read_to_string(&victim).unwrap(), "#!/bin/sh\n");
        assert_eq!(fs::metadata(&victim).unwrap().permissions().mode() & 0o777, 0o644);
    }

    #[test]
    fn spans_move_with_the_edits_before_and_inside_them() {
        let change = Change {
            edits: vec![vec![(Span::new(0, 2), "abc".into()), (Span::new(6, 8), "z".into())]],
            ..Change::default()
        };
        // 0123456789 -> abc2345z89
        for (before, after) in [
            ((3, 5), (4, 6)),
            ((5, 9), (6, 9)),
            ((7, 9), (7, 9)),
            ((5, 7), (6, 8)),
            ((6, 8), (7, 8)),
            ((8, 10), (8, 10)),
            ((1, 3), (0, 4)),
        ] {
            let moved = change.moved(Span::new(before.0, before.1));
            assert_eq!((moved.start, moved.end), after, "{before:?}");
        }
    }
}
