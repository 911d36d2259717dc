//! Images as the platform's own hub and its users write them: nothing to complain of, and a start
//! that is followed to its end. Then the same images with one thing broken in each.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use crate::common::{TODAY, root, run};
use sandgate::{
    lint::{self, Options, Outcome, diagnostic::Severity, facts::Facts},
    project::{OpenOptions, Project, open},
};
use snapbox::{Data, assert_data_eq};

fn hub() -> PathBuf {
    root().join("tests/hub")
}

fn projects() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(hub())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 90, "{names:?}");
    names
}

fn options() -> Options {
    Options::at(TODAY.parse().unwrap())
}

fn lint(dir: &Path) -> (Project, Outcome) {
    let project = open(dir, &OpenOptions::default()).unwrap();
    let outcome = lint::run(&project, &options());
    (project, outcome)
}

/// One line a finding: `error SG101 Dockerfile:3 message`.
fn shown(project: &Project, outcome: &Outcome) -> String {
    let mut out = String::new();
    for finding in &outcome.findings {
        let location = &finding.location;
        let line = location
            .span
            .zip(project.source(&location.file))
            .map_or(0, |(span, source)| source.line_of(span.start as usize));
        let severity = finding.severity.name();
        let (code, message) = (finding.code, &finding.message);
        writeln!(out, "{severity} {code} {}:{line} {message}", location.file).unwrap();
    }
    out
}

#[test]
fn good_images_have_no_error_and_no_warning() {
    let mut noise = String::new();
    let mut remarks = String::new();
    for name in projects() {
        let (project, outcome) = lint(&hub().join(&name));
        assert!(project.manifest.is_some(), "{name} has no blaxel.toml");
        assert_eq!(project.dockerfile.errors.len(), 0, "{name}: {:?}", project.dockerfile.errors);
        assert_eq!(outcome.suppressed.len(), 0, "{name} hides something");
        if outcome.findings.iter().any(|finding| finding.severity > Severity::Info) {
            writeln!(noise, "{name}\n{}", shown(&project, &outcome)).unwrap();
        }
        let codes: Vec<&str> = outcome.findings.iter().map(|finding| finding.code).collect();
        if !codes.is_empty() {
            writeln!(remarks, "{name}: {}", codes.join(" ")).unwrap();
        }
    }
    assert!(noise.is_empty(), "{noise}");
    // Advice is allowed, and kept in sight.
    assert_data_eq!(remarks, Data::read_from(&root().join("tests/snapshots/hub.txt"), None).raw());
}

#[test]
fn every_start_is_followed_to_sandbox_api() {
    let mut wrong = String::new();
    for name in projects() {
        let dir = hub().join(&name);
        let (project, outcome) = lint(&dir);
        let options = options();
        let facts = Facts::new(&project, &options);
        if !facts.start.reaches_api || outcome.start.verdict != "sandbox-api is reached" {
            writeln!(wrong, "{name}: {}", outcome.start.verdict).unwrap();
        }
        // Where the image holds the binary itself, the last place names what brings it.
        let at_base = facts.start.by_base;
        let placed = facts.start.api().is_some_and(|api| api.placed == Some(true));
        let unpacked = facts.images.last().is_some_and(|image| image.opaque);
        assert!(at_base || placed || unpacked, "{name}: {:#?}", facts.start.end);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_start_is_told_hop_by_hop_with_places() {
    for name in [
        "cua-desktop",
        "dumb-init",
        "go-service",
        "hub-base-inherits",
        "nextjs",
        "s6-overlay",
        "script-functions",
        "copy-heredoc",
    ] {
        let shown = run(&hub().join(name), &["lint", "-v"]).shown();
        let file = root().join(format!("tests/snapshots/hub/{name}.txt"));
        assert_data_eq!(shown, Data::read_from(&file, None).raw());
    }
}

#[test]
fn several_projects_are_told_apart() {
    let shown = run(root(), &["lint", "-v", "tests/hub/base-image", "tests/hub/vite-react"]);
    let heads: Vec<&str> = shown
        .stderr
        .lines()
        .filter(|line| line.contains("how the sandbox"))
        .map(str::trim)
        .collect();
    assert_eq!(
        heads,
        [
            "how the sandbox in tests/hub/base-image starts:",
            "how the sandbox in tests/hub/vite-react starts:"
        ]
    );
    assert!(shown.stderr.contains("tests/hub/vite-react/entrypoint.sh:4"), "{}", shown.stderr);
    let one = run(root(), &["lint", "-v", "tests/hub/base-image"]);
    assert!(one.stderr.contains(" how the sandbox starts:"), "{}", one.stderr);
    let quiet = run(root(), &["lint", "tests/hub/base-image"]);
    assert_eq!(quiet.stderr, "");
}
