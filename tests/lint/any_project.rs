//! Whatever a project holds: no panic, no place outside of its file, and fixes that come to rest.

use std::{fs, path::Path};

use proptest::{collection::vec, prelude::*, sample::select};
use sandgate::{
    lint::{self, Options, Selector, fix},
    project::{OpenOptions, Project, open},
};

/// With every rule, those that are off by default too.
fn options() -> Options {
    let mut options = Options::at("2026-11-24".parse().unwrap());
    options.policy.selection.extend = vec![Selector::All];
    options
}

/// Lints, looks at every place, and gives the project back.
fn look(dir: &Path) -> (Project, lint::Outcome) {
    let project = open(dir, &OpenOptions::default()).unwrap();
    let outcome = lint::run(&project, &options());
    for finding in &outcome.findings {
        let edits = finding.fix.iter().flat_map(|fix| &fix.edits).filter_map(|edit| match edit {
            lint::diagnostic::Edit::Replace { file, span, .. } => {
                Some(lint::diagnostic::Location::new(file, *span))
            }
            _ => None,
        });
        let related = finding.related.iter().map(|related| related.location.clone());
        for place in related.chain(edits).chain([finding.location.clone()]) {
            let Some(span) = place.span else { continue };
            let source = project.source(&place.file).unwrap();
            let text = source.text();
            let inside = text.is_char_boundary(span.start as usize)
                && text.is_char_boundary(span.end as usize)
                && span.start <= span.end;
            assert!(inside, "{} points at {span:?} of {}", finding.code, place.file);
        }
    }
    (project, outcome)
}

/// Applies fixes until nothing changes; a second run then has nothing to do.
fn settle(dir: &Path, unsafe_too: bool) {
    let choice = fix::Choice { unsafe_too, only: None };
    fix::run(dir, &OpenOptions::default(), &options(), choice).unwrap();
    let once = fs::read(dir.join("Dockerfile")).unwrap();
    let again = fix::run(dir, &OpenOptions::default(), &options(), choice).unwrap();
    let twice = fs::read(dir.join("Dockerfile")).unwrap();
    assert_eq!(
        String::from_utf8_lossy(&once),
        String::from_utf8_lossy(&twice),
        "a second run changes more"
    );
    assert_eq!(again.fixed, 0, "a second run fixes more");
    look(dir);
}

fn write(dir: &Path, files: &[(&str, &[u8])]) {
    for (name, bytes) in files {
        fs::write(dir.join(name), bytes).unwrap();
    }
}

/// Bytes in which the words of the formats are common.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let word = select(
        &[
            "FROM ",
            "RUN ",
            "COPY ",
            "ENV ",
            "ARG ",
            "a",
            "=",
            "$A",
            "${A",
            "}",
            "\\\n",
            "\n",
            "<<E",
            "\nE\n",
            "\"",
            "'",
            "[",
            "]",
            ",",
            "--from=",
            "# ",
            "sandgate ignore=",
            "SG401",
            "é",
            "\u{0}",
            "\r\n",
            "\u{feff}",
            "apt-get ",
            "update",
            "install",
            " && ",
            "(",
            ")",
            "`",
            "|",
            "&",
            ";",
            "{",
            "#!/bin/sh\n",
            "sandbox-api",
            "/",
            "*",
            "..",
            "wait",
            "name = ",
            "[runtime]\n",
        ][..],
    );
    let piece = prop_oneof![
        8 => word.prop_map(|word| word.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..4),
    ];
    vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Lines of Dockerfiles as people write them, most with something to fix.
fn line() -> impl Strategy<Value = &'static str> {
    select(
        &[
            "FROM node:24-slim AS Build",
            "FROM node:18",
            "from alpine",
            "FROM --platform=$TARGETPLATFORM python:3.14-slim",
            "FROM build",
            "ARG GIT_SHA",
            "ARG VERSION=1",
            "ENV A=1 B=$A",
            "ENV NODE_ENV production",
            "ENV V=$GIT_SHA",
            "WORKDIR /app",
            "WORKDIR app",
            "COPY . .",
            "COPY package.json ./",
            "COPY package.json index.js /app",
            "COPY Package.json index.js /app/",
            "COPY missing.json /app/",
            "COPY --from=biuld /a /b",
            "COPY --from=build /a /b",
            "ADD index.js /app/",
            "COPY entrypoint.sh /entrypoint.sh",
            "RUN apt-get update",
            "RUN apt-get update && apt-get install curl",
            "RUN apt-get update \\\n    && apt-get install -y \\\n      git\\\n\n      curl",
            "RUN apt-get install -y --no-install-recommends jq",
            "RUN apk add curl # tools",
            "RUN apk add curl || true",
            "RUN pip install flask",
            "RUN npm install",
            "RUN <<EOF\napt-get update\npip install x\nEOF",
            "RUN [\"apt-get\", \"update\"]",
            "RNU npm ci",
            "RUN curl -fsSLo /tmp/a.tgz https://example.com/a.tgz",
            "RUN rm /tmp/a.tgz",
            "COPY --from=build /out /srv",
            "RUN chown -R 1000:1000 /srv",
            "ARG API_TOKEN",
            "RUN curl -H \"Authorization: $API_TOKEN\" https://example.com",
            "RUN useradd -u 1000000 agent",
            "RUN apt install -y git",
            "RUN cat <<EOF > /a",
            "RUN echo a \\",
            "EXPOSE 3000/TCP 8080",
            "USER node",
            "MAINTAINER me <me@example.com>",
            "HEALTHCHECK CMD curl -f http://localhost",
            "CMD node index.js",
            "CMD ['node', 'index.js']",
            "ENTRYPOINT [\"/entrypoint.sh\"]",
            "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]",
            "# a comment",
            "# sandgate ignore=SG401 why",
            "# syntax=docker/dockerfile:1",
            "",
        ][..],
    )
}

/// What never runs stands behind the call of the script by itself, in front of what it starts.
#[test]
fn a_script_that_calls_itself_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let text = "FROM ghcr.io/blaxel-ai/sandbox:latest AS sandbox\nFROM node:24-slim\n\
        COPY --from=sandbox /sandbox-api /usr/local/bin/\nCOPY --chmod=755 <<'EOF' /usr/local/bin/run\n\
        #!/bin/sh\n/usr/local/bin/run\nnode /srv/server.js &\nexec sandbox-api\nEOF\nCMD [\"run\"]\n";
    write(dir.path(), &[("Dockerfile", text.as_bytes())]);
    settle(dir.path(), true);
}

/// The file that is started lies below the path that it is copied to: a fix would write the same
/// path again.
#[test]
fn a_fix_that_changes_nothing_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let text = "FROM alpine:3.23\nADD https://example.com/x-api /usr/local/bin/sandbox-api/\n\
        COPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/sandbox-api\n\
        ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\n";
    write(dir.path(), &[("Dockerfile", text.as_bytes())]);
    settle(dir.path(), true);
}

const CASES: u32 = 300;

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_linted(docker in bytes(), script in bytes(), toml in bytes(), ignore in bytes()) {
        let dir = tempfile::tempdir().unwrap();
        let docker = [&docker[..], b"\nCOPY entrypoint.sh /e.sh\nENTRYPOINT [\"/e.sh\"]\n"].concat();
        write(dir.path(), &[
            ("Dockerfile", &docker),
            ("entrypoint.sh", &script),
            ("blaxel.toml", &toml),
            (".dockerignore", &ignore),
        ]);
        look(dir.path());
    }

    #[test]
    fn fixes_come_to_rest(lines in vec(line(), 1..14), windows in any::<bool>(), unsafe_too in any::<bool>()) {
        let dir = tempfile::tempdir().unwrap();
        let end = if windows { "\r\n" } else { "\n" };
        let text = format!("FROM debian:13-slim AS base\n{}\n", lines.join("\n")).replace('\n', end);
        write(dir.path(), &[
            ("Dockerfile", text.as_bytes()),
            ("entrypoint.sh", b"#!/bin/sh\n/usr/local/bin/sandbox-api &\nnode index.js\n"),
            ("package.json", b"{}"),
            ("package-lock.json", b"{}"),
            ("index.js", b""),
            (".dockerignore", b"*.log # logs\n*.log\nnode_modules\n*.log\n!keep\n"),
        ]);
        settle(dir.path(), unsafe_too);
    }
}

/// The ignore file is not read again for each.
#[test]
fn many_sources_may_be_kept_out() {
    const MANY: usize = 2_000;
    let dir = tempfile::tempdir().unwrap();
    let copies: String = (0..MANY).map(|number| format!("COPY f{number} /f/\n")).collect();
    let ignored: String = (0..MANY).map(|number| format!("f{number}\n")).collect();
    for number in 0..MANY {
        fs::write(dir.path().join(format!("f{number}")), "x\n").unwrap();
    }
    fs::write(dir.path().join("Dockerfile"), format!("FROM alpine:3.23\n{copies}")).unwrap();
    fs::write(dir.path().join(".dockerignore"), ignored).unwrap();
    let project = open(dir.path(), &OpenOptions::default()).unwrap();
    let mut options = options();
    options.policy.selection.select = Some(vec![Selector::parse("SG502").unwrap()]);
    options.policy.selection.extend.clear();
    let findings = lint::run(&project, &options).findings;
    assert_eq!(findings.iter().filter(|finding| finding.fix.is_some()).count(), MANY);
}
