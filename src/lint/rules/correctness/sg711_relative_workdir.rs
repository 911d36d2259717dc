//! A WORKDIR that depends on the base image.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{Facts, join},
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::{Kind, Word},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG711",
    name: "relative-workdir",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG711.md"),
    check,
};

/// The path below the root; `None` for the root itself, for a home directory, which no builder knows, and for an
/// address, which is none.
fn below_root(path: &str) -> Option<String> {
    let whole = join("/", path);
    let end = if path.ends_with('/') { "/" } else { "" };
    (whole != "/" && !path.starts_with('~') && !path.contains("://")).then(|| whole + end)
}

fn help(path: &str) -> String {
    match (below_root(path), path.strip_prefix('~')) {
        (Some(whole), _) => format!("write the whole path, such as `{whole}`"),
        (None, Some(rest)) if rest.is_empty() || rest.starts_with('/') => {
            format!("write the whole path, such as `/root{rest}`")
        }
        (None, _) => "write a whole path, such as `/app`".to_owned(),
    }
}

/// Writes the path below the root, where it stands as it is.
fn fix(facts: &Facts<'_>, word: &Word, path: &str) -> Option<Fix> {
    let whole = below_root(path)?;
    let is_plain = facts.file.source.slice(word.span) == path
        && !path.split('/').any(|name| name == "..")
        && !path.contains(char::is_whitespace);
    is_plain.then(|| Fix {
        title: format!("write `{whole}`"),
        safety: Safety::Unsafe,
        edits: vec![Edit::Replace {
            file: facts.file.source.path().clone(),
            span: word.span,
            text: whole,
        }],
    })
}

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.needed() {
        for index in facts.stages.stages[stage].body.clone() {
            let Kind::Workdir(word) = &facts.instruction(index).kind else { continue };
            let scope = facts.stages.scope_at(index);
            let expanded = scope.expand(word, facts.file.escape);
            let Some(path) = expanded.known() else { continue };
            let windows = path.get(1..2) == Some(":");
            // An image with a directory of its own means to be built upon.
            if scope.workdir.is_some() || path.starts_with('/') || path.is_empty() || windows {
                continue;
            }
            sink.report(
                facts.at(word.span),
                format!("`{path}` counts from the directory that the base image ends in"),
                "another base image puts the project somewhere else, where the entrypoint does not find it",
            )
            .help(help(path))
            .maybe_fix(fix(facts, word, path));
            // What follows in the stage counts from here.
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::help;

    #[test]
    fn the_path_that_is_told_is_one() {
        for (path, told) in [
            ("app", "/app"),
            (".//app/", "/app/"),
            ("a//b/./c", "/a/b/c"),
            ("../app", "/app"),
            (".config", "/.config"),
            ("..data", "/..data"),
            (".", "/app"),
            ("./", "/app"),
            ("..", "/app"),
            ("~", "/root"),
            ("~/app", "/root/app"),
            ("~web/app", "/app"),
            ("https://host/app", "/app"),
        ] {
            assert!(help(path).ends_with(&format!("such as `{told}`")), "{path}: {}", help(path));
        }
    }
}
