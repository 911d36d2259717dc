//! A Dockerfile of a monorepo that is linted from its own folder.

use std::{fs, path::Path};

use sandgate::{
    lint::{self, Options},
    project::{OpenOptions, open},
};

/// The findings of SG501 in `apps/web` of a repository: `line: message | help | lines of others`.
fn findings(files: &[&str], git: bool, dockerfile: &str) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join("repo").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for file in files {
        write(file, "");
    }
    if git {
        write(".git/HEAD", "ref: refs/heads/main\n");
    }
    write("apps/web/Dockerfile", dockerfile);
    let root = dir.path().join("repo/apps/web");
    let project = open(&root, &OpenOptions::default()).unwrap();
    let outcome = lint::run(&project, &Options::at("2026-11-24".parse().unwrap()));
    let source = &project.dockerfile.source;
    let line = |location: &lint::diagnostic::Location| {
        location.span.map_or(0, |span| source.line_of(span.range().start))
    };
    let found = outcome.findings.iter().filter(|finding| finding.code == "SG501");
    let repo = root.ancestors().nth(2).map(Path::display).unwrap().to_string();
    found
        .map(|finding| {
            let others: Vec<usize> = finding.related.iter().map(|it| line(&it.location)).collect();
            let help = finding.help.clone().unwrap().replace(&repo, "REPO");
            format!("{}: {} | {help} | {others:?}", line(&finding.location), finding.message)
        })
        .collect()
}

const WEB: &str = "FROM node:24-slim
WORKDIR /repo
COPY pnpm-lock.yaml package.json ./
COPY apps/web/package.json apps/web/
COPY turbo.json ./
COPY apps/web apps/web
";

#[test]
fn what_lies_in_the_root_of_the_repository_is_told_once() {
    let files = ["pnpm-lock.yaml", "package.json", "apps/web/package.json"];
    for git in [true, false] {
        // the project has a `package.json` of its own
        assert_eq!(
            findings(&files, git, WEB),
            [
                "3: `pnpm-lock.yaml` and 2 more are not in the build context, but in `../../` | \
                 make `../../` the project, with `dockerfile = \"apps/web/Dockerfile\"` below \
                 `[build]` in a `blaxel.toml` there; `sandgate lint REPO --dockerfile \
                 apps/web/Dockerfile` checks that | [4, 6]",
                "5: `turbo.json` is not in the build context | create it, correct the path (it \
                 counts from the project's folder), or remove the instruction | []",
            ],
            "{git}"
        );
    }
}

#[test]
fn above_the_repository_or_without_one_nobody_looks() {
    let missing = |line: usize, name: &str| {
        format!(
            "{line}: `{name}` is not in the build context | create it, correct the path (it \
             counts from the project's folder), or remove the instruction | []"
        )
    };
    let text = "FROM node:24-slim\nCOPY settings.json /\n";
    assert_eq!(findings(&["settings.json"], false, text), [missing(2, "settings.json")]);
    let own = ["settings.json", "apps/web/.git/HEAD"];
    assert_eq!(findings(&own, true, text), [missing(2, "settings.json")]);
    let text = "FROM node:24-slim\nCOPY ../settings.json /a/*.json /\n";
    assert!(findings(&["settings.json"], true, text).is_empty());
}
