//! What findings say in words, where the words depend on the project.

use std::fs;

use sandgate::{
    lint::{self, Options},
    project::{OpenOptions, open},
};

/// What one rule says of a project: message, reason and help in a line each.
fn told(code: &str, files: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let project = open(folder.path(), &OpenOptions::default()).unwrap();
    let options = Options::at("2026-10-01".parse().unwrap());
    let findings = lint::run(&project, &options).findings;
    findings
        .iter()
        .filter(|finding| finding.code == code)
        .map(|it| format!("{}\n{}\n{}\n", it.message, it.why, it.help.as_deref().unwrap_or("")))
        .collect()
}

#[test]
fn what_is_copied_in_place_of_what_lies_above() {
    for (source, want) in [
        ("..", "so this copies the whole project instead"),
        ("../a", "so this copies `a` of the project instead"),
        ("../b", "it looks for `b` in the project, finds nothing, and stops"),
    ] {
        let dockerfile = format!("FROM alpine:3.24\nCOPY {source} /x\n");
        let told = told("SG504", &[("Dockerfile", &dockerfile), ("a/file", "")]);
        let why = told.lines().nth(1).unwrap_or_default();
        assert!(why.ends_with(want), "{source}: {told}");
    }
}

#[test]
fn no_folder_is_offered_as_a_program() {
    let dockerfile = "FROM alpine:3.24\nCOPY casa /root/.casa\nCMD [\"/casa-4/bin/casa\"]\n";
    for (files, want) in [
        (&[("casa/settings", "")][..], "add what copies a program to `/casa-4/bin/casa`"),
        (
            &[("casa/settings", ""), ("x/casa", "")],
            "add `COPY --chmod=755 x/casa /casa-4/bin/casa`",
        ),
    ] {
        let told = told("SG105", &[files, &[("Dockerfile", dockerfile)]].concat());
        assert_eq!(told.lines().nth(2), Some(want), "{told}");
    }
}

#[test]
fn only_what_is_code_has_the_marks_of_code() {
    for (command, want) in [
        ("[\"bash\"]", "starts an interactive shell, and never `sandbox-api`"),
        ("[\"bash\", \"-l\"]", "starts an interactive shell, and never `sandbox-api`"),
        ("[\"node\", \"a.js\"]", "starts `node`, and never `sandbox-api`"),
    ] {
        let dockerfile = format!(
            "FROM node:24-slim\n\
             COPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/sandbox-api\n\
             CMD {command}\n"
        );
        let told = told("SG103", &[("Dockerfile", &dockerfile)]);
        assert_eq!(told.lines().next(), Some(want), "{told}");
    }
}

#[test]
fn who_asks_the_program_for_its_version_is_told_to_start_it() {
    let dockerfile = "FROM node:24-slim\n\
        COPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/sandbox-api\n\
        ENTRYPOINT [\"sandbox-api\", \"--version\"]\n";
    let told = told("SG103", &[("Dockerfile", dockerfile)]);
    let want = "start `/usr/local/bin/sandbox-api` without `--version`";
    assert_eq!(told.lines().nth(2), Some(want), "{told}");
}
