//! What each COPY and ADD takes of the build context.

use super::Facts;
use crate::project::{
    Project,
    bytes::is_url,
    context::{Entry, EntryKind, Exclusion, Rules},
    dockerfile::{Kind, Stages},
    path::ContextPath,
    source::Span,
};

/// One source of a COPY or ADD that names something of the context. Sources whose variables have no
/// known value are not in here.
#[derive(Debug, Clone)]
pub struct ContextCopy {
    /// Index of the instruction.
    pub instruction: usize,
    /// The word in the Dockerfile.
    pub span: Span,
    /// As written, variables replaced.
    pub written: String,
    /// The path from the root of the context; a pattern where [`Self::glob`] is set.
    pub path: ContextPath,
    /// Whether it has wildcards.
    pub glob: bool,
    /// Whether `..` leads above the context.
    pub outside: bool,
    /// Whether the image that is built needs the stage.
    pub needed: bool,
    /// What is there.
    pub takes: Takes,
}

/// What a source takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// Something.
    Something,
    /// It is there, but not sent.
    Excluded(Exclusion),
    /// It is there under a name that differs in case.
    OtherCase(ContextPath),
    /// Nothing is there.
    Nothing,
}

impl ContextCopy {
    /// Whether it takes a whole directory, the root included.
    pub fn is_directory(&self, project: &Project) -> bool {
        !self.glob
            && (self.path.is_empty()
                || project.tree.get(&self.path).is_some_and(|entry| entry.kind == EntryKind::Dir))
    }
}

impl<'a> Facts<'a> {
    /// The entries that a copy takes, in order of their paths, those that are not sent included: a
    /// directory with all that lies in it, without what `--exclude` keeps out.
    pub fn taken(&self, copy: &'a ContextCopy) -> Vec<&'a Entry> {
        let tree = &self.project.tree;
        let mut entries: Vec<&Entry> = if copy.glob {
            let found = tree.glob(&copy.path);
            let roots = found.sent.into_iter().chain(found.excluded);
            roots.flat_map(|root| tree.within(&root.path)).collect()
        } else {
            tree.within(&copy.path).collect()
        };
        let lines: Vec<&str> = self
            .instruction(copy.instruction)
            .flags_named("exclude")
            .filter_map(|flag| Some(flag.value.as_ref()?.raw.as_str()))
            .collect();
        if !lines.is_empty() {
            let (excludes, _) = Rules::read(lines.join("\n").as_bytes());
            entries.retain(|entry| {
                let rest = &entry.path[copy.path.len().min(entry.path.len())..];
                !excludes.is_ignored(&entry.path)
                    && !excludes.is_ignored(rest.trim_start_matches('/'))
            });
        }
        entries
    }
}

impl Facts<'_> {
    /// How many bytes a copy takes of the context.
    pub fn bytes_taken(&self, copy: &ContextCopy) -> u64 {
        let size = |entry: &&Entry| match entry.kind {
            EntryKind::File { size, .. } if entry.excluded.is_none() => size,
            _ => 0,
        };
        self.taken(copy).iter().map(size).sum()
    }
}

/// Reads them all, in file order.
pub(super) fn all(project: &Project, stages: &Stages) -> Vec<ContextCopy> {
    let file = &project.dockerfile;
    let mut out = Vec::new();
    for (index, instruction) in file.instructions.iter().enumerate() {
        let (transfer, is_add) = match &instruction.kind {
            Kind::Copy(transfer) => (transfer, false),
            Kind::Add(transfer) => (transfer, true),
            _ => continue,
        };
        if instruction.flag("from").is_some() {
            continue;
        }
        let scope = stages.scope_at(index);
        for source in &transfer.sources {
            let expanded = scope.expand(source, file.escape);
            let Some(written) = expanded.known() else { continue };
            if is_add && is_remote(written) {
                continue;
            }
            let glob = written.as_bytes().iter().any(|byte| matches!(byte, b'*' | b'?' | b'['));
            let path = ContextPath::clean(written);
            out.push(ContextCopy {
                instruction: index,
                span: source.span,
                written: written.to_owned(),
                takes: takes(project, &path, glob),
                path,
                glob,
                outside: climbs(written),
                needed: stages.of(index).is_some_and(|stage| stages.is_needed(stage.index)),
            });
        }
    }
    out
}

/// What ADD fetches instead of taking it from the context.
pub(super) fn is_remote(written: &str) -> bool {
    is_url(written) || written.starts_with("git@")
}

fn climbs(written: &str) -> bool {
    let mut depth = 0_i32;
    written.split('/').any(|part| {
        match part {
            "" | "." => (),
            ".." => depth -= 1,
            _ => depth += 1,
        }
        depth < 0
    })
}

fn takes(project: &Project, path: &ContextPath, glob: bool) -> Takes {
    if path.is_empty() {
        return Takes::Something;
    }
    if glob {
        let found = project.tree.glob(path);
        return match (
            found.sent.is_empty(),
            found.excluded.first().and_then(|entry| entry.excluded.clone()),
        ) {
            (false, _) => Takes::Something,
            (true, Some(exclusion)) => Takes::Excluded(exclusion),
            (true, None) => Takes::Nothing,
        };
    }
    if let Some(entry) = project.tree.get(path) {
        return match &entry.excluded {
            None => Takes::Something,
            // An ignored directory may still hold what a later line brings back.
            Some(_) if project.tree.within(path).any(|entry| entry.excluded.is_none()) => {
                Takes::Something
            }
            Some(exclusion) => Takes::Excluded(exclusion.clone()),
        };
    }
    if let Some(exclusion) = project.exclusion_of(path, false) {
        return Takes::Excluded(exclusion);
    }
    let other = project.tree.sent().find(|entry| entry.path.eq_ignore_ascii_case(path));
    other.map_or(Takes::Nothing, |entry| Takes::OtherCase(entry.path.clone()))
}

#[cfg(test)]
mod tests {
    use super::climbs;

    #[test]
    fn only_what_leaves_the_context_climbs() {
        for (written, want) in [
            ("../a", true),
            ("a/../../b", true),
            ("a/../b", false),
            ("./a/..", false),
            ("..", true),
        ] {
            assert_eq!(climbs(written), want, "{written}");
        }
    }
}
