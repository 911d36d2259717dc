//! Files of many thousand lines, which take minutes where each line is compared with each other, and a moment where it is
//! not.

use std::{fmt::Write as _, fs, path::Path};

use sandgate::{
    lint::{self, Options, Selector},
    project::{OpenOptions, open},
};

/// How many findings a rule makes of a project.
fn count(root: &Path, code: &'static str) -> usize {
    let project = open(root, &OpenOptions::default()).unwrap();
    let mut options = Options::at("2026-11-24".parse().unwrap());
    options.policy.selection.select = Some(vec![Selector::One(code)]);
    lint::run(&project, &options).findings.iter().filter(|finding| finding.code == code).count()
}

fn dockerfile(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("Dockerfile"), text).unwrap();
    dir
}

#[test]
fn values_that_are_handed_on_by_many_lines() {
    let mut text = "FROM debian:13-slim\nARG GIT_SHA\n".to_owned();
    for n in 0..4000 {
        writeln!(text, "ENV V{n}=$GIT_SHA-$OTHER{n}").unwrap();
    }
    text.push_str("RUN apt-get update && apt-get install -y curl\nRUN true\nCOPY x /x\n");
    assert_eq!(count(dockerfile(&text).path(), "SG304"), 1);
}

#[test]
fn exceptions_that_are_almost_the_names_of_many_files() {
    let dir = dockerfile("FROM debian:13-slim\nCOPY . /x\n");
    let long = "f".repeat(200);
    for n in 0..2000 {
        fs::write(dir.path().join(format!("{long}{n}.{n}")), "").unwrap();
    }
    let mut lines = "*\n".to_owned();
    for n in 0..8000 {
        writeln!(lines, "!{}gg{n}.{n}", &long[2..]).unwrap();
    }
    fs::write(dir.path().join(".dockerignore"), &lines).unwrap();
    assert_eq!(count(dir.path(), "SG511"), 0);
    // Few are looked for.
    fs::write(dir.path().join(&long), "").unwrap();
    let few = format!("*\n!{}\n", long.replacen('f', "g", 1));
    fs::write(dir.path().join(".dockerignore"), few).unwrap();
    assert_eq!(count(dir.path(), "SG511"), 1);
}

#[test]
fn installations_of_many_runs() {
    let mut text = "FROM debian:13-slim\n".to_owned();
    for n in 0..10_000 {
        writeln!(text, "RUN apt-get update && apt-get install -y p{n}").unwrap();
    }
    let dir = dockerfile(&text);
    assert_eq!(count(dir.path(), "SG406"), 10_000);
    assert_eq!(count(dir.path(), "SG407"), 10_000);
}

#[test]
fn environment_files_beside_many_runs() {
    let mut text = "FROM debian:13-slim\nCOPY . /app\n".to_owned();
    for n in 0..5000 {
        writeln!(text, "RUN cat a{n} b{n} c{n} d{n} e{n} f{n} g{n} h{n}").unwrap();
    }
    let dir = dockerfile(&text);
    for n in 0..5000 {
        fs::write(dir.path().join(format!(".env.{n}")), "").unwrap();
    }
    assert_eq!(count(dir.path(), "SG507"), 1);
}

#[test]
fn programs_of_cargo_that_many_lines_copy() {
    let mut text = "FROM rust:1.90 AS build\n".to_owned();
    for n in 0..3000 {
        writeln!(text, "RUN echo {n}").unwrap();
    }
    text.push_str("RUN cargo build --release\nFROM alpine:3.23\n");
    for n in 0..3000 {
        writeln!(text, "COPY --from=build /src/target/release/p{n} /usr/local/bin/p{n}").unwrap();
    }
    assert_eq!(count(dockerfile(&text).path(), "SG116"), 3000);
}

#[test]
fn calls_of_apk_behind_an_update_of_its_index() {
    let calls = vec!["apk add --no-cache a"; 40_000].join(" && ");
    let text = format!("FROM alpine:3.24\nRUN apk update && {calls}\n");
    assert_eq!(count(dockerfile(&text).path(), "SG408"), 1);
}

#[test]
fn files_of_credentials_that_a_line_of_the_ignore_file_each_falls_short_of() {
    let dir = dockerfile("FROM debian:13-slim\nCOPY src /src\n");
    for folder in ["a", "src"] {
        fs::create_dir(dir.path().join(folder)).unwrap();
    }
    fs::write(dir.path().join("src/main.c"), "").unwrap();
    fs::write(dir.path().join(".env.example"), "").unwrap();
    let mut lines = String::new();
    for n in 0..3000 {
        writeln!(lines, ".env.k{n}").unwrap();
        fs::write(dir.path().join(format!("a/.env.k{n}")), "DB_HOST=db.internal\n").unwrap();
    }
    lines.push_str("!.env.example\n!a\n");
    fs::write(dir.path().join(".dockerignore"), lines).unwrap();
    assert_eq!(count(dir.path(), "SG208"), 3000);
}

#[test]
fn a_long_environment_file_within_what_many_lines_copy() {
    let mut text = "FROM debian:13-slim\n".to_owned();
    for n in 0..4000 {
        writeln!(text, "COPY . /app{n}").unwrap();
    }
    let dir = dockerfile(&text);
    let values = "PORT=3000\n".repeat(20_000);
    fs::write(dir.path().join(".env"), values).unwrap();
    assert_eq!(count(dir.path(), "SG205"), 4000);
}

#[test]
fn lines_that_bring_back_what_many_lines_copy() {
    let mut text = "FROM debian:13-slim\n".to_owned();
    for n in 0..500 {
        writeln!(text, "COPY d /d{n}").unwrap();
    }
    let dir = dockerfile(&text);
    fs::create_dir(dir.path().join("d")).unwrap();
    let mut lines = "**/.env.*\n".to_owned();
    for n in 0..500 {
        writeln!(lines, "!d/.env.{n}\nx{n}").unwrap();
        fs::write(dir.path().join(format!("d/.env.{n}")), "DB_HOST=db.internal\n").unwrap();
    }
    fs::write(dir.path().join(".dockerignore"), lines).unwrap();
    assert_eq!(count(dir.path(), "SG205"), 500);
}
