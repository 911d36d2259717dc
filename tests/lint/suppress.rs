//! Comments that silence findings, in every form and file.

use std::fs;

use sandgate::{
    lint::{self, Options, fix},
    project::{OpenOptions, open},
};

const API: &str = "COPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/sandbox-api\n\
                   ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\n";

/// The project in a folder: `head` before what makes a sandbox, and other files.
fn project(head: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("Dockerfile"), format!("{head}{API}")).unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

/// Findings and what is silenced, as `file:line CODE`.
fn look(dir: &tempfile::TempDir) -> (Vec<String>, Vec<String>) {
    let project = open(dir.path(), &OpenOptions::default()).unwrap();
    let outcome = lint::run(&project, &Options::at("2026-11-24".parse().unwrap()));
    let place = |finding: &lint::diagnostic::Finding| {
        let source = project.source(&finding.location.file).unwrap();
        let line = finding.location.span.map_or(0, |span| source.line_of(span.start as usize));
        format!("{}:{line} {}", finding.location.file, finding.code)
    };
    (
        outcome.findings.iter().map(place).collect(),
        outcome.suppressed.iter().map(|one| place(&one.finding)).collect(),
    )
}

fn check(head: &str, files: &[(&str, &str)], found: &[&str], silenced: &[&str]) {
    let (got, gone) = look(&project(head, files));
    assert_eq!((got, gone), (owned(found), owned(silenced)), "{head}{files:?}");
}

fn owned(list: &[&str]) -> Vec<String> {
    list.iter().map(|one| (*one).to_owned()).collect()
}

#[test]
fn a_comment_covers_what_stands_below_it() {
    let d2 = &["Dockerfile:2 SG401"][..];
    check("FROM node\n", &[], &["Dockerfile:1 SG401"], &[]);
    check("# sandgate ignore=SG401 why\nFROM node\n", &[], &[], d2);
    check("# sandgate ignore=untagged-base why\nFROM node\n", &[], &[], d2);
    check("# sandgate ignore=sg401, SG402 two\nFROM node\n", &[], &["Dockerfile:1 SG901"], d2);
    // A colon may stand between the names and the reason.
    check("# sandgate ignore=sg401, SG402: two\nFROM node\n", &[], &["Dockerfile:1 SG901"], d2);
    check("# sandgate ignore=SG401: SG402 is another one\nFROM node\n", &[], &[], d2);
    check("# sandgate ignore=SG401:\nFROM node\n", &[], &["Dockerfile:1 SG902"], d2);
    // Other comments and empty lines may stand between.
    check("# sandgate ignore=SG401 why\n# more\n\nFROM node\n", &[], &[], &["Dockerfile:4 SG401"]);
    // Not what stands above, nor what comes later.
    check(
        "FROM node AS a\n# sandgate ignore=SG401 why\nRUN x\nFROM a\n",
        &[],
        &["Dockerfile:1 SG401", "Dockerfile:2 SG901"],
        &[],
    );
    // The whole of an instruction over several lines.
    check(
        "FROM node:24-slim\n# sandgate ignore=SG702,SG410 why\nRUN a \\\n\n  && apt-get install b\n",
        &[],
        &["Dockerfile:5 SG407"],
        &["Dockerfile:4 SG702", "Dockerfile:5 SG410"],
    );
}

#[test]
fn a_mark_for_secret_scanners_is_a_suppression() {
    let key = "ENV API_KEY=s4mpl3K3y9Zt7Qw2Lx8Vb5\n";
    let head = format!("FROM node:24-alpine\n# gitleaks:allow\n{key}");
    check(&head, &[], &[], &["Dockerfile:3 SG201"]);
    let script = "#!/bin/sh\nexport API_KEY=s4mpl3K3y9Zt7Qw2Lx8Vb5 # gitleaks:allow\n";
    check(
        "FROM node:24-alpine\nCOPY entrypoint.sh /\n",
        &[("entrypoint.sh", script)],
        &[],
        &["entrypoint.sh:2 SG204"],
    );
    // Only for credentials.
    check("# gitleaks:allow\nFROM node\n", &[], &["Dockerfile:2 SG401"], &[]);
}

#[test]
fn a_comment_for_the_file_covers_it_from_anywhere() {
    check(
        "FROM node\nRUN x\n# sandgate ignore-file=SG401 why\n",
        &[],
        &[],
        &["Dockerfile:1 SG401"],
    );
    check(
        "FROM node:24-slim\n",
        &[("blaxel.toml", "# sandgate ignore-file=SG602 ours\nname = \"a\"\nmemroy = 1\nx = 2\n")],
        &[],
        &["blaxel.toml:3 SG602", "blaxel.toml:4 SG602"],
    );
}

#[test]
fn a_comment_stands_at_the_end_of_a_line_where_the_file_allows_it() {
    check(
        "FROM node:24-slim\n",
        &[("blaxel.toml", "name = \"a\"\nmemroy = 1 # sandgate ignore=SG602 ours\n")],
        &[],
        &["blaxel.toml:2 SG602"],
    );
    // Docker reads it as a part of the name, so nothing is silenced and the comment is a fault.
    check(
        "FROM node:24-slim\nWORKDIR app # sandgate ignore=SG711 why\n",
        &[],
        &["Dockerfile:2 SG711", "Dockerfile:2 SG902"],
        &[],
    );
}

#[test]
fn a_faulty_comment_is_a_finding() {
    for (comment, found) in [
        ("# sandgate ignore=SG401", &["Dockerfile:1 SG902"][..]),
        ("# sandgate ignore=SG999 why", &["Dockerfile:1 SG902", "Dockerfile:2 SG401"]),
        ("# sandgate ignore= why", &["Dockerfile:1 SG902", "Dockerfile:2 SG401"]),
        ("# sandgate ignore SG401", &["Dockerfile:2 SG401"]),
        ("# sandgate ignores this", &["Dockerfile:2 SG401"]),
    ] {
        let (got, _) = look(&project(&format!("{comment}\nFROM node\n"), &[]));
        if comment.ends_with("ignore SG401") {
            assert!(got.contains(&"Dockerfile:2 SG401".to_owned()), "{comment}: {got:?}");
            continue;
        }
        assert_eq!(got, owned(found), "{comment}");
    }
}

#[test]
fn other_linters_are_understood_and_never_called_unused() {
    let d2 = &["Dockerfile:2 SG401"][..];
    check("# hadolint ignore=DL3006\nFROM node\n", &[], &[], d2);
    check("# hadolint ignore=DL3006,DL9999\nFROM node\n", &[], &[], d2);
    check("# hadolint global ignore=DL3006\n\nFROM node\n", &[], &[], &["Dockerfile:3 SG401"]);
    check("# hadolint ignore=DL3007\nFROM node:24-slim\n", &[], &[], &[]);
    let two = "FROM node:24-slim\nCMD [\"a\"]\nCMD [\"b\"]\n";
    check(two, &[], &["Dockerfile:2 SG714"], &[]);
    for skip in
        ["MultipleInstructionsDisallowed", "all", "X,MultipleInstructionsDisallowed;error=true"]
    {
        let head = format!("# check=skip={skip}\n{two}");
        check(&head, &[], &[], &["Dockerfile:3 SG714"]);
    }
    check(&format!("# check=error=true\n{two}"), &[], &["Dockerfile:3 SG714"], &[]);
}

#[test]
fn line_ends_and_a_byte_order_mark_do_not_matter() {
    check(
        "\u{feff}# sandgate ignore=SG401 why\r\nFROM node\r\n",
        &[],
        &[],
        &["Dockerfile:2 SG401"],
    );
}

#[test]
fn unused_suppressions_go() {
    for (head, want) in [
        ("# sandgate ignore=SG401 why\nFROM node:24-slim\n", "FROM node:24-slim\n"),
        ("FROM node:24-slim\n  # sandgate ignore=SG401 why\nRUN x\n", "FROM node:24-slim\nRUN x\n"),
        (
            "# sandgate ignore=SG401,SG402 why\nFROM node\n",
            "# sandgate ignore=SG401 why\nFROM node\n",
        ),
        (
            "# sandgate ignore=SG402, SG401 why\nFROM node\n",
            "# sandgate ignore=SG401 why\nFROM node\n",
        ),
    ] {
        let dir = project(head, &[]);
        let choice = fix::Choice { unsafe_too: false, only: Some("SG901") };
        let options = Options::at("2026-11-24".parse().unwrap());
        fix::run(dir.path(), &OpenOptions::default(), &options, choice).unwrap();
        let text = fs::read_to_string(dir.path().join("Dockerfile")).unwrap();
        assert_eq!(text, format!("{want}{API}"), "{head}");
        assert!(look(&dir).0.iter().all(|finding| !finding.contains("SG901")), "{head}");
    }
}

#[test]
fn a_rule_that_does_not_run_makes_no_suppression_unused() {
    let dir = project("# sandgate ignore=SG401 why\nFROM node:24-slim\n", &[]);
    let opened = open(dir.path(), &OpenOptions::default()).unwrap();
    let mut options = Options::at("2026-11-24".parse().unwrap());
    options.policy.selection.ignore = vec![lint::Selector::One("SG401")];
    assert!(lint::run(&opened, &options).findings.is_empty());
}

#[test]
fn a_suppression_of_a_rule_that_gave_way_to_another_is_used() {
    let netrc = "# sandgate ignore=SG204 for tests\nmachine a login ci password s4mpl3Pw81\n";
    check(
        "FROM alpine:3.22\nCOPY .netrc /root/\n",
        &[(".netrc", netrc)],
        &["Dockerfile:2 SG205"],
        &[],
    );
    check(
        "FROM debian:13-slim\n# sandgate ignore=SG406 ours\nRUN apt-get update\n\
         RUN apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*\n",
        &[],
        &["Dockerfile:3 SG303"],
        &[],
    );
    // Where nothing is reported in its place, it is as idle as any other.
    let harmless = "# sandgate ignore=SG204 for tests\nmachine a\n";
    check(
        "FROM alpine:3.22\nCOPY .netrc /root/\n",
        &[(".netrc", harmless)],
        &[".netrc:1 SG901", "Dockerfile:2 SG205"],
        &[],
    );
}
