//! The house rules of `ARCHITECTURE.md`, checked over the sources.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Words that only some places may hold, with the reason.
const ONLY_IN: &[(&[&str], &[&str], &str)] = &[
    (
        &["std::fs", "fs::", "File::open"],
        &[
            "project/context/walk.rs",
            "project/snapshot.rs",
            "pack/",
            "lint/fix.rs",
            "lint/fix/",
            "repo/",
            "commands/",
            "ship/",
            "registry/",
            "sim/",
        ],
        "the tree is read by the walk, the snapshot, the pack and the search for projects; written by fixes and commands",
    ),
    (&["std::env", "env::var"], &["settings.rs", "lib.rs"], "only settings reads the environment"),
    (
        &["SystemTime::now", "Timestamp::now", "Zoned::now"],
        &["settings.rs", "sim/", "ship/", "commands/"],
        "today is a setting, so that a finding can be reproduced",
    ),
    (
        &["reqwest", "tokio::", "axum"],
        &["ship/", "registry/", "sim/", "commands/"],
        "lint, context and pack start no runtime and build no client",
    ),
    (
        &["io::stdout", "io::stderr", "println!", "eprintln!"],
        &["shell.rs", "settings.rs"],
        "only the shell prints",
    ),
];

/// Files that hold a table and nothing else may be longer.
const LONGEST: usize = 600;
const LONGEST_COMMAND: usize = 150;
/// A rule is read at once. Lines of a whole file, tests too.
const LONGEST_RULE: usize = 350;
const MEDIAN_RULE: usize = 150;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<(String, String)> {
    fn collect(dir: &Path, out: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, out);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                out.push(path);
            }
        }
    }
    let src = root().join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            (file.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/"), text)
        })
        .collect()
}

/// The lines of a file that are shipped: no comments, and nothing behind its test module.
fn shipped(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The table under `## Who may use whom`: room → rooms.
fn layers() -> BTreeMap<String, Vec<String>> {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let section = page.split("## Who may use whom").nth(1).expect("the section is there");
    let mut table = BTreeMap::new();
    for line in section
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
    {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let Some(room) = cells[0].strip_prefix('`').and_then(|cell| cell.strip_suffix('`')) else {
            continue;
        };
        let rooms = cells[1]
            .split(['`', ',', ' '])
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        table.insert(room.to_owned(), rooms);
    }
    assert!(table.len() > 8, "the table of ARCHITECTURE.md was not read: {table:?}");
    table
}

/// Every `crate::a` and `crate::{a, b}` of a file, with its line.
fn uses(text: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let lines: Vec<(usize, &str)> = shipped(text).collect();
    for (at, (number, line)) in lines.iter().enumerate() {
        for piece in line.split("crate::").skip(1) {
            if let Some(list) = piece.strip_prefix('{') {
                let mut depth = 0_usize;
                let rest =
                    std::iter::once(list).chain(lines[at + 1..].iter().map(|(_, line)| *line));
                let mut name = String::new();
                'list: for part in rest {
                    for c in part.chars() {
                        match c {
                            '{' => depth += 1,
                            '}' if depth == 0 => break 'list,
                            '}' => depth -= 1,
                            ',' if depth == 0 => out.push((*number, std::mem::take(&mut name))),
                            c if depth == 0 => name.push(c),
                            _ => (),
                        }
                    }
                }
                out.push((*number, name));
            } else {
                out.push((*number, piece.to_owned()));
            }
        }
    }
    out.into_iter()
        .map(|(number, path)| {
            let room = path
                .trim()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect::<String>();
            (number, room)
        })
        .filter(|(_, room)| !room.is_empty())
        .collect()
}

#[test]
fn rooms_use_only_what_the_table_allows() {
    let table = layers();
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let room = file.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        if room == "lib" || room == "main" {
            continue;
        }
        let Some(allowed) = table.get(&room) else {
            wrong.push(format!("{file}: `{room}` is not in the table"));
            continue;
        };
        for (line, to) in uses(&text) {
            if to != room && !allowed.contains(&to) {
                wrong.push(format!("src/{file}:{line}: `{room}` may not use `{to}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn uses_are_read_through_braces() {
    let found = uses("use crate::{\n    a::{b, c},\n    d,\n};\nfn f() { crate::e::g() }\n");
    assert_eq!(found.iter().map(|(_, room)| room.as_str()).collect::<Vec<_>>(), ["a", "d", "e"]);
}

#[test]
fn the_world_is_touched_only_where_it_may_be() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for (number, line) in shipped(&text) {
            for (words, homes, reason) in ONLY_IN {
                let line = line.replace("std::env::consts", "");
                let word = words.iter().find(|word| line.contains(*word));
                if let Some(word) = word
                    && !homes.iter().any(|home| file.starts_with(home))
                {
                    wrong.push(format!("src/{file}:{number}: `{word}`: {reason}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_stay_readable() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let lines = shipped(&text).count();
        let limit = if file.starts_with("commands/") { LONGEST_COMMAND } else { LONGEST };
        if lines > limit {
            wrong.push(format!("src/{file}: {lines} lines of code, {limit} allowed"));
        }
        if !text.starts_with("//!") && !file.ends_with("tests.rs") {
            wrong.push(format!("src/{file}: says nothing about itself on its first line"));
        }
        for (number, line) in text.lines().enumerate() {
            let comment = line.split_once("//").map_or("", |(_, comment)| comment);
            let marked = ["TODO", "FIXME", "XXX"].iter().any(|word| comment.contains(word));
            if marked || line.contains("todo!(") || line.contains("unimplemented!(") {
                wrong.push(format!("src/{file}:{}: left undone", number + 1));
            }
        }
    }
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    if page.lines().count() > 250 {
        wrong.push(format!("ARCHITECTURE.md: {} lines, 250 allowed", page.lines().count()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_rule_is_read_at_once() {
    let of_rule = |file: &str| {
        file.starts_with("lint/rules/") && file.rsplit('/').next().unwrap().starts_with("sg")
    };
    let mut all: Vec<(usize, String)> = sources()
        .into_iter()
        .filter(|(file, _)| of_rule(file))
        .map(|(file, text)| (text.lines().count(), file))
        .collect();
    all.sort();
    assert!(all.len() > 100, "{} rules", all.len());
    let (longest, median) = (all.last().unwrap(), &all[all.len() / 2]);
    assert!(longest.0 <= LONGEST_RULE && median.0 <= MEDIAN_RULE, "{longest:?}, {median:?}");
}

#[test]
fn every_dependency_says_what_it_is_for() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut wrong = Vec::new();
    let mut section = "";
    let mut before = "";
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.contains("dependencies")
            && line.contains(" = ")
            && !before.starts_with('#')
        {
            wrong.push(line.to_owned());
        }
        before = line;
    }
    assert!(wrong.is_empty(), "no comment above: {wrong:#?}");
}

/// Names of the threat model that are written like a test's and are none.
const NO_TESTS: &[&str] = &["pull_request_target"];

#[test]
fn the_threat_model_names_tests_that_are_there() {
    fn collect(dir: &Path, out: &mut String) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, out);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                out.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut code = String::new();
    collect(&root().join("src"), &mut code);
    collect(&root().join("tests"), &mut code);
    let page = fs::read_to_string(root().join("docs/threat-model.md")).unwrap();
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let (mut named, mut wrong) = (0, Vec::new());
    for name in page.split('`').skip(1).step_by(2) {
        if name.starts_with("tests/") {
            named += 1;
            if !root().join(name).is_file() {
                wrong.push(name);
            }
        } else if name.contains('_') && name.chars().all(word) && !NO_TESTS.contains(&name) {
            named += 1;
            if !code.contains(&format!("fn {name}(")) {
                wrong.push(name);
            }
        }
    }
    assert!(wrong.is_empty(), "no tests of these names: {wrong:#?}");
    assert!(named > 60, "the page was not read: {named} names");
}
