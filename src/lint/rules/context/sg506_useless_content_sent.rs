//! Directories that the image makes itself, or that nobody needs in it.

use crate::lint::{
    diagnostic::Severity,
    facts::{ContextCopy, Facts},
    rule::{Family, Rule, Sink},
};
use crate::project::{context::EntryKind, path::ContextPath};

use super::{asked_for, ignore_lines};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG506",
    name: "useless-content-sent",
    family: Family::Context,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG506.md"),
    check,
};

/// A directory by its name, what makes it one, and what it is.
struct Useless {
    name: &'static str,
    /// Something that has to be in it, or beside it where it starts with `../`.
    mark: Option<&'static str>,
    what: &'static str,
}

const USELESS: &[Useless] = &[
    Useless { name: "node_modules", mark: None, what: "the packages were built for this machine" },
    Useless {
        name: ".venv",
        mark: Some("pyvenv.cfg"),
        what: "a virtual environment holds paths of this machine",
    },
    Useless {
        name: "venv",
        mark: Some("pyvenv.cfg"),
        what: "a virtual environment holds paths of this machine",
    },
    Useless {
        name: "env",
        mark: Some("pyvenv.cfg"),
        what: "a virtual environment holds paths of this machine",
    },
    Useless { name: "__pycache__", mark: None, what: "byte code is made anew" },
    Useless { name: ".pytest_cache", mark: None, what: "a cache helps on this machine alone" },
    Useless { name: ".mypy_cache", mark: None, what: "a cache helps on this machine alone" },
    Useless { name: ".ruff_cache", mark: None, what: "a cache helps on this machine alone" },
    Useless {
        name: ".next",
        mark: None,
        what: "the output of `next build` belongs to the image that runs it",
    },
    Useless { name: ".turbo", mark: None, what: "a cache helps on this machine alone" },
    Useless {
        name: "target",
        mark: Some("../Cargo.toml"),
        what: "build output belongs to the image that runs it",
    },
    Useless {
        name: ".terraform",
        mark: None,
        what: "plugins and state of Terraform serve this machine alone",
    },
];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    history(facts, sink);
    let mut seen: Vec<(&str, &ContextCopy)> = Vec::new();
    for entry in facts.project.tree.sent().filter(|entry| entry.kind == EntryKind::Dir) {
        let Some(useless) = USELESS.iter().find(|useless| useless.name == entry.path.name()) else {
            continue;
        };
        if !marked(facts, &entry.path, useless)
            || seen.iter().any(|(name, _)| *name == useless.name)
        {
            continue;
        }
        let Some(copy) = taken_by(facts, &entry.path) else { continue };
        seen.push((useless.name, copy));
        let bytes: u64 = facts
            .project
            .tree
            .within(&entry.path)
            .filter(|entry| entry.excluded.is_none())
            .map(|entry| if let EntryKind::File { size, .. } = entry.kind { size } else { 0 })
            .sum();
        let line = format!("**/{}", useless.name);
        sink.report(
            facts.at(copy.span),
            format!("`{}` is copied into the image ({})", entry.path, megabytes(bytes)),
            format!("{}; sent along, it makes every upload and every sandbox larger, and may replace what the image has built", useless.what),
        )
        .help(format!("add `{line}` to {}", ignore_lines::name(facts)))
        .fix(ignore_lines::add(facts, std::slice::from_ref(&line), format!("add `{line}` to {}", ignore_lines::name(facts))));
    }
}

/// Whether the path lies in a directory that this rule speaks of.
pub(super) fn covers(facts: &Facts<'_>, path: &ContextPath) -> bool {
    std::iter::successors(path.parent(), ContextPath::parent).any(|dir| {
        USELESS
            .iter()
            .find(|useless| useless.name == dir.name())
            .is_some_and(|useless| marked(facts, &dir, useless) && taken_by(facts, &dir).is_some())
    })
}

/// sandgate never sends `.git`, but other builders do.
fn history(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(ignore) = &facts.project.docker_ignore else { return };
    let git = ContextPath::new(".git");
    if facts.project.tree.get(&git).is_none() || ignore.rules.is_ignored(&git) {
        return;
    }
    let Some(copy) = taken_by(facts, &git) else { return };
    sink.report(
        facts.at(copy.span),
        "`.git` would be copied into the image",
        "sandgate leaves it out, but `docker build` and other clients send the whole history, with everything that was ever committed",
    )
    .severity(Severity::Info)
    .help(format!("add `.git` to {}", ignore_lines::name(facts)))
    .maybe_fix((!asked_for::history(facts)).then(|| {
        ignore_lines::add(
            facts,
            &[".git".to_owned()],
            format!("add `.git` to {}", ignore_lines::name(facts)),
        )
    }));
}

fn marked(facts: &Facts<'_>, path: &ContextPath, useless: &Useless) -> bool {
    let tree = &facts.project.tree;
    match useless.mark {
        None => true,
        Some(mark) => match mark.strip_prefix("../") {
            Some(beside) => {
                path.parent().is_some_and(|parent| tree.get(&parent.join(beside)).is_some())
            }
            None => tree.get(&path.join(mark)).is_some(),
        },
    }
}

/// The instruction that takes it along with something larger. One that names it means it.
fn taken_by<'a>(facts: &'a Facts<'_>, path: &ContextPath) -> Option<&'a ContextCopy> {
    if facts.copies.iter().any(|copy| copy.path == *path || copy.path.is_within(path)) {
        return None;
    }
    facts.copies.iter().find(|copy| copy.needed && !copy.glob && path.is_within(&copy.path))
}

fn megabytes(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
