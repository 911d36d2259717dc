//! What requirements files of pip name beside packages: other files, and the project itself.

use std::collections::BTreeSet;

use crate::{
    lint::facts::{Facts, Install},
    project::path::ContextPath,
};

/// What an installation from them reads. The later one says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reads {
    /// The files that the command names.
    Named,
    /// Other files too, or what nobody knows.
    More,
    /// The project itself: `-e .`.
    Sources,
}

/// What an installation reads whose files lie in `dir`.
pub(super) fn reads(facts: &Facts<'_>, install: &Install, dir: &ContextPath) -> Reads {
    let mut out = Reads::Named;
    let named = install.main_files.iter().chain(&install.other_files);
    let mut open: Vec<ContextPath> = named.map(|name| dir.join(name)).collect();
    let mut seen: BTreeSet<ContextPath> = BTreeSet::new();
    while let Some(path) = open.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let Some(source) = facts.project.files.get(&path) else {
            out = out.max(Reads::More);
            continue;
        };
        for line in source.text().lines() {
            let line = line.split(" #").next().unwrap_or_default().trim();
            match of_line(line) {
                Line::Package => (),
                Line::File(name) => {
                    out = out.max(Reads::More);
                    let beside = path.parent().unwrap_or_else(|| ContextPath::new(""));
                    open.push(beside.join(name));
                }
                Line::Path => out = out.max(Reads::More),
                Line::Project => return Reads::Sources,
            }
        }
    }
    out
}

#[derive(Debug, PartialEq, Eq)]
enum Line<'a> {
    /// A package of an index or a repository, an option, a comment.
    Package,
    /// Another file of this kind.
    File(&'a str),
    /// A path of the project.
    Path,
    /// The folder that the installation runs in.
    Project,
}

fn of_line(line: &str) -> Line<'_> {
    let value = |options: &[&str]| {
        options.iter().find_map(|option| {
            let rest = line.strip_prefix(option)?;
            let is_short = option.len() == 2;
            let rest = if is_short { rest } else { rest.strip_prefix(['=', ' '])? };
            Some(rest.trim())
        })
    };
    if let Some(name) = value(&["--requirement", "--constraint", "-r", "-c"]) {
        return Line::File(name);
    }
    if let Some(place) = value(&["--find-links", "-f"]) {
        return if place.contains("://") { Line::Package } else { Line::Path };
    }
    let editable = value(&["--editable", "-e"]);
    if editable.is_none() && line.starts_with(['-', '#']) {
        return Line::Package;
    }
    // `name @ file:libs/name`
    let named = editable.unwrap_or(line);
    let named = named.split_once(" @ ").map_or(named, |(_, place)| place).trim();
    let place = named.strip_prefix("file:").unwrap_or(named);
    if place.len() == named.len() && place.contains("://") {
        return Line::Package;
    }
    let place = place.split([';', '[']).next().unwrap_or_default().trim();
    let is_path = editable.is_some()
        || place.len() < named.len() && named.starts_with("file:")
        || place.starts_with('.')
        || place.contains('/')
        || [".whl", ".tar.gz", ".zip"].iter().any(|end| place.ends_with(end));
    match place.trim_end_matches('/') {
        _ if !is_path => Line::Package,
        "." | "" => Line::Project,
        _ => Line::Path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_name_packages_files_or_paths() {
        for (line, want) in [
            ("flask==3.1", Line::Package),
            ("flask[async]>=3; python_version < '3.14'", Line::Package),
            ("", Line::Package),
            ("# -e .", Line::Package),
            ("--index-url https://pypi.example.com/simple", Line::Package),
            ("-f https://example.com/wheels", Line::Package),
            ("git+https://example.com/a/b.git@v1", Line::Package),
            ("-e git+ssh://git@example.com/a/b.git#egg=b", Line::Package),
            ("name @ https://example.com/a.whl", Line::Package),
            ("-r requirements/base.txt", Line::File("requirements/base.txt")),
            ("-rbase.txt", Line::File("base.txt")),
            ("--constraint=limits.txt", Line::File("limits.txt")),
            ("--find-links wheels", Line::Path),
            ("./libs/foo", Line::Path),
            ("libs/foo", Line::Path),
            ("foo-1.0-py3-none-any.whl", Line::Path),
            ("-e ./libs/foo", Line::Path),
            ("name @ file:libs/name", Line::Path),
            ("name @ file:///app/libs/name", Line::Path),
            ("-e .", Line::Project),
            ("--editable=.[dev]", Line::Project),
            (".", Line::Project),
            ("file:.", Line::Project),
        ] {
            assert_eq!(of_line(line), want, "{line}");
        }
    }
}
