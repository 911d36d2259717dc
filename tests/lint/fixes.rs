//! What fixes leave alone, and that what is shown is what is written.

use std::fs;

use sandgate::{
    lint::{
        self, Options,
        fix::{self, Choice},
    },
    project::{OpenOptions, open},
};

fn options() -> Options {
    Options::at("2026-11-24".parse().unwrap())
}

/// The Dockerfile as the safe fixes of one rule leave it, in a project with a script.
fn fixed(code: &str, dockerfile: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("Dockerfile");
    fs::write(&path, dockerfile).unwrap();
    fs::write(dir.path().join("setup.sh"), "#!/bin/sh\napt-get install -y git\n").unwrap();
    let choice = Choice { unsafe_too: false, only: Some(code) };
    let fixed = fix::run(dir.path(), &OpenOptions::default(), &options(), choice).unwrap();
    assert!(
        fixed.outcome.findings.iter().any(|finding| finding.code == code) || fixed.fixed > 0,
        "{code} does not find anything in {dockerfile}"
    );
    fs::read_to_string(&path).unwrap()
}

#[test]
fn no_fix_breaks_what_builds() {
    let update = "RUN apt-get update && apt-get install -y curl";
    let mut wrong = Vec::new();
    let with = |rest: &str| format!("{update}\n{rest}");
    for (code, text) in [
        // Later calls live on the lists.
        ("SG406", with("RUN apt-get install -y git")),
        (
            "SG406",
            with(
                "RUN if true; then apt-get update; fi; apt-get install -y git && rm -r /var/lib/apt",
            ),
        ),
        ("SG406", with("RUN apt-get upgrade -y")),
        ("SG406", with("RUN dpkg -i a.deb || apt-get -f install -y")),
        (
            "SG406",
            with(
                "RUN apt-get update -o Dir::Etc::sourcelist=a && apt-get install -y a; rm -r /var/lib/apt",
            ),
        ),
        ("SG406", with("RUN <<EOF\napt-get install -y git\nEOF")),
        ("SG406", with("RUN bash -c 'apt-get install -y git'")),
        ("SG406", with("ONBUILD RUN apt-get install -y git")),
        ("SG406", format!("ONBUILD RUN apt-get install -y git\n{update}")),
        ("SG406", with("COPY setup.sh /\nENTRYPOINT [\"sh\", \"/setup.sh\"]")),
        // What nobody can look into may.
        ("SG406", with("COPY setup.sh /\nRUN /setup.sh")),
        ("SG406", with("COPY setup.sh /\nRUN [\"/setup.sh\"]")),
        (
            "SG406",
            with("COPY setup.sh /\nRUN bash /setup.sh && apt-get update; rm -r /var/lib/apt"),
        ),
        ("SG406", with("COPY setup.sh /\nRUN . /setup.sh")),
        ("SG406", with("RUN curl https://example.com | bash -")),
        ("SG406", with("RUN npx playwright install-deps")),
        ("SG406", with("RUN npm run setup")),
        ("SG406", with("RUN make deps")),
        ("SG406", with("RUN rosdep install -y a")),
        ("SG406", with("RUN cat list | xargs apt-get install -y")),
        ("SG406", with("RUN $INSTALL git")),
        ("SG406", with("RUN <<EOF python3\nimport os\nEOF")),
        ("SG406", with("RUN --mount=type=cache,target=/var/lib/apt apt-get update\nRUN ./x")),
        ("SG406", format!("FROM debian:13 AS a\n{update}\nFROM a\nRUN apt-get install -y git")),
        ("SG406", format!("FROM debian:13 AS a\n{update}\nFROM a AS b\nRUN ./x\nFROM a")),
        // Whoever runs the RUN may not remove them.
        ("SG406", format!("USER dev\n{update}")),
        ("SG406", "USER dev\nRUN sudo sh -c 'apt-get update'".to_owned()),
        ("SG406", "RUN sudo bash -c 'apt-get update' && true".to_owned()),
        // The end is not reached, or belongs to something else.
        ("SG406", format!("{update}; exit 0")),
        ("SG406", format!("{update} || true")),
        ("SG406", format!("{update}; exit")),
        ("SG406", "RUN test -e /x && exit 0; apt-get update".to_owned()),
        ("SG406", "RUN apt-get update; exec apt-get install -y git".to_owned()),
        ("SG406", "RUN apt-get update; if true; then echo; fi".to_owned()),
        ("SG406", "RUN (apt-get update)".to_owned()),
        ("SG406", "RUN apt-get update # lists".to_owned()),
        ("SG406", "RUN [\"apt-get\", \"update\"]".to_owned()),
        ("SG411", "RUN dnf install -y git; exit 0".to_owned()),
        ("SG411", "RUN sudo sh -c 'dnf install -y git'".to_owned()),
        ("SG411", "RUN which dnf && dnf install -y git; echo done".to_owned()),
        ("SG411", "RUN if which dnf; then dnf install -y git; fi; echo done".to_owned()),
        ("SG411", "RUN dnf install -y git\nRUN dnf install -y -C tar".to_owned()),
        ("SG408", "RUN apk add -U curl\nRUN ./setup.sh".to_owned()),
        ("SG408", "RUN apk add --update curl\nRUN apk search git".to_owned()),
        // A failure of the update would be passed over, or the RUN be another one.
        ("SG303", "RUN apt-get update\nRUN cd /; apt-get install -y git; ls".to_owned()),
        ("SG303", "RUN apt-get update\nRUN set -x; apt-get install -y git; ls".to_owned()),
        ("SG303", "RUN apt-get update\nRUN set -e && apt-get install -y git; ls".to_owned()),
        ("SG303", "RUN apt-get update\nRUN apt-get install -y git || true".to_owned()),
        ("SG303", "RUN apt-get update\nRUN if true; then apt-get install -y git; fi".to_owned()),
        ("SG303", "RUN [\"apt-get\", \"update\"]\nRUN apt-get install -y git".to_owned()),
        ("SG303", "RUN --network=host apt-get update\nRUN apt-get install -y git".to_owned()),
        ("SG303", "RUN apt-get update &\nRUN apt-get install -y git".to_owned()),
        ("SG303", "RUN apt-get update\nONBUILD RUN apt-get install -y git".to_owned()),
        (
            "SG303",
            "RUN apt-get update\n\
             RUN --mount=type=cache,target=/var/lib/apt apt-get install -y git"
                .to_owned(),
        ),
        // It would no longer be there for the build, or be removed where nothing waits for it.
        ("SG304", "ARG GIT_SHA\nRUN make\nRUN apk add git\nENV A=$GIT_SHA".to_owned()),
        ("SG305", "RUN curl -o /tmp/a https://x/a\nRUN rm /tmp/a &".to_owned()),
        ("SG305", "RUN curl -o /tmp/a https://x/a; exit 0\nRUN rm /tmp/a".to_owned()),
        // What is installed comes from what stands between.
        ("SG302", "COPY . /a\nRUN apt-get update\nRUN apt-get install -y git".to_owned()),
        ("SG302", "COPY . /a\nRUN curl x | sh\nRUN apt-get install -y git".to_owned()),
        ("SG302", "COPY . /a\nCOPY setup.sh /etc/apt/\nRUN apt-get install -y git".to_owned()),
    ] {
        let base = if text.starts_with("FROM") { "" } else { "FROM example.com/base:1\n" };
        let text = format!("{base}{text}\n");
        let got = fixed(code, &text);
        if got != text {
            wrong.push(format!("{code}\n{text}{got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_nothing_below_needs_is_removed() {
    let remove = " && rm -rf /var/lib/apt/lists/*";
    for below in [
        "",
        "RUN useradd dev && . /etc/os-release && command -v git && X=1",
        "RUN bash -c 'echo $HOME' && pip install flask && npm ci && npm run build",
        "RUN apt-get update && ./setup.sh && rm -rf /var/lib/apt/lists/*\nRUN apt-get clean",
        "RUN apt-get purge -y curl && apt-get autoremove -y",
        "RUN --mount=type=cache,target=/var/lib/apt/lists apt-get install -y git",
        "RUN curl -fsSL https://example.com/a.tgz | tar -xz -C /opt",
    ] {
        let text = |end| format!("FROM debian:13\nRUN apt-get update{end}\n{below}\n");
        assert_eq!(fixed("SG406", &text("")), text(remove), "{below}");
    }
}

#[test]
fn a_removal_that_comes_too_late_goes() {
    let head = "FROM debian:13\nRUN apt-get update";
    let remove = " && rm -rf /var/lib/apt/lists/*";
    for (below, left) in [
        (
            "RUN rm -rf /var/lib/apt/lists/*\nRUN apt-get install -y git",
            "RUN apt-get install -y git",
        ),
        ("RUN rm -r /var/lib/apt/lists /var/lib/apt/lists/*\nRUN ls", "RUN ls"),
        // What else it does stays.
        ("RUN rm -rf /var/lib/apt/lists/* /tmp/a", "RUN rm -rf /var/lib/apt/lists/* /tmp/a"),
        ("RUN rm -rf /var/lib/apt/lists/* && ls", "RUN rm -rf /var/lib/apt/lists/* && ls"),
    ] {
        let text = format!("{head}\n{below}\n");
        assert_eq!(fixed("SG406", &text), format!("{head}{remove}\n{left}\n"), "{below}");
    }
}

#[test]
fn what_is_shown_is_what_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("Dockerfile");
    let before = "FROM debian:13-slim\n\
                  RUN apt-get update\n\
                  RUN apt-get install -y curl\n\
                  COPY setup.sh /setup.sh\n\
                  COPY . /app\n\
                  ENTRYPOINT [\"/setup.sh\"]\n";
    fs::write(&path, before).unwrap();
    fs::write(dir.path().join("setup.sh"), "#!/bin/sh\r\nexec sandbox-api\r\n").unwrap();
    for unsafe_too in [false, true] {
        let choice = Choice { unsafe_too, only: None };
        let open_options = OpenOptions::default();
        let project = open(dir.path(), &open_options).unwrap();
        let outcome = lint::run(&project, &options());
        let shown = fix::plan_all(&project, &outcome, &open_options, &options(), choice).unwrap();
        assert_eq!(fs::read(&path).unwrap(), project.dockerfile.source.bytes());
        let written = fix::run(dir.path(), &open_options, &options(), choice).unwrap();
        assert!(written.fixed > 1 && written.fixed == shown.fixed);
        for (file, change) in &shown.files {
            if let Some(after) = &change.after {
                assert_eq!(fs::read(dir.path().join(file.as_str())).unwrap(), *after, "{file}");
            }
        }
        // What one round leaves to the next is in it.
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("RUN apt-get update && apt-get install"), "{text}");
        assert!(text.contains("rm -rf /var/lib/apt/lists/*"), "{text}");
        let again = fix::run(dir.path(), &open_options, &options(), choice).unwrap();
        assert_eq!(again.fixed, 0);
    }
}
