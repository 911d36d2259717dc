//! Findings about base images that depend on the day, on other instructions, or on severity.

use std::fs;

use sandgate::{
    lint::{self, Options},
    project::{OpenOptions, open},
};

/// Every finding of the family `SG4xx`, as `severity code message`.
fn findings(dockerfile: &str, script: Option<&str>, today: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut text = dockerfile.to_owned();
    if let Some(script) = script {
        fs::write(folder.path().join("entrypoint.sh"), script).unwrap();
        text += "COPY entrypoint.sh /entrypoint.sh\nENTRYPOINT [\"/entrypoint.sh\"]\n";
    }
    fs::write(folder.path().join("Dockerfile"), text).unwrap();
    let project = open(folder.path(), &OpenOptions::default()).unwrap();
    let options = Options::at(today.parse().unwrap());
    lint::run(&project, &options)
        .findings
        .iter()
        .filter(|finding| (401..=405).any(|code| finding.code == format!("SG{code}")))
        .map(|finding| format!("{} {} {}", finding.severity.name(), finding.code, finding.message))
        .collect()
}

#[test]
fn an_image_is_over_on_the_day_after_its_last() {
    for (image, today, want) in [
        ("node:18-slim", "2025-04-30", &[][..]),
        (
            "node:18-slim",
            "2025-05-01",
            &[
                "warning SG403 Node.js 18 in `node:18-slim` has had no security fixes since 2025-04-30",
            ],
        ),
        ("node:22-alpine", "2026-11-24", &[]),
        ("debian:12-slim", "2026-07-11", &[]),
        (
            "debian:12-slim",
            "2026-07-12",
            &[
                "info SG403 regular support of Debian 12 in `debian:12-slim` ended 2026-07-11; long-term support ends 2028-06-30",
            ],
        ),
        (
            "debian:12-slim",
            "2028-06-30",
            &[
                "info SG403 regular support of Debian 12 in `debian:12-slim` ended 2026-07-11; long-term support ends 2028-06-30",
            ],
        ),
        (
            "debian:12-slim",
            "2028-07-01",
            &[
                "warning SG403 Debian 12 in `debian:12-slim` has had no security fixes since 2028-06-30",
            ],
        ),
    ] {
        assert_eq!(findings(&format!("FROM {image}\n"), None, today), want, "{image} {today}");
    }
}

#[test]
fn the_smaller_variant_is_a_warning_only_where_nothing_speaks_against_it() {
    let warning = "warning SG404 `node:24` is 408.9 MB to download, `node:24-slim` 80.5 MB";
    let info = "info SG404 `node:24` is 408.9 MB to download, `node:24-slim` 80.5 MB";
    for (rest, script, want) in [
        ("", None, Some(warning)),
        ("RUN npm ci\n", None, Some(warning)),
        ("RUN npx playwright install chromium\n", None, Some(info)),
        ("RUN git clone https://github.com/example/tool\n", None, None),
        ("RUN make\n", None, None),
        ("HEALTHCHECK CMD curl -f http://localhost:3000\n", None, None),
        ("CMD [\"python3\", \"a.py\"]\n", None, None),
        ("CMD [\"node\", \"a.js\"]\n", None, Some(warning)),
        ("RUN apt-get install -y git && git clone https://github.com/a/b\n", None, Some(warning)),
        ("", Some("#!/bin/sh\ncurl -f http://localhost\n"), None),
        ("", Some("#!/bin/sh\nexec node server.js\n"), Some(warning)),
    ] {
        let got = findings(&format!("FROM node:24\n{rest}"), script, "2026-11-24");
        assert_eq!(got, want.into_iter().collect::<Vec<_>>(), "{rest} {script:?}");
    }
}

#[test]
fn a_variant_with_another_libc_is_advice() {
    for (image, want) in [
        (
            "golang:1.26",
            &["info SG404 `golang:1.26` is 312.3 MB to download, `golang:1.26-alpine` 71.4 MB"][..],
        ),
        ("mysql:8.4", &[]),
        ("rust:1-slim", &[]),
        ("rust:1", &["warning SG404 `rust:1` is 593.0 MB to download, `rust:1-slim` 319.1 MB"]),
        ("debian:13", &["info SG404 `debian:13` is 49.3 MB to download, `debian:13-slim` 29.8 MB"]),
    ] {
        assert_eq!(findings(&format!("FROM {image}\n"), None, "2026-11-24"), want, "{image}");
    }
}
