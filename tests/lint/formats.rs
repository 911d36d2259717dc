//! Every format over findings, none, and a file that does not parse.

use std::{fs, path::Path};

use sandgate::{
    lint::{self, Options},
    project::{OpenOptions, open},
    report::{Format, Report, Section, write},
};
use snapbox::{Data, assert_data_eq};

const FORMATS: &[(Format, &str)] = &[
    (Format::Human, "human"),
    (Format::Short, "short"),
    (Format::Json, "json"),
    (Format::Github, "github"),
    (Format::Sarif, "sarif"),
    (Format::Gitlab, "gitlab"),
    (Format::Checkstyle, "checkstyle"),
    (Format::Junit, "junit"),
    (Format::Markdown, "markdown"),
];

const API: &str = "COPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/sandbox-api\n\
                   ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\n";

/// The projects: name and files.
fn projects() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let secret = format!("ENV API_TOKEN={}{}\n", "c4nary9f8Kq2", "Lx7Vb5Nm1Rd6Zt3Wy");
    vec![
        ("none", vec![("Dockerfile", format!("FROM node:24-alpine\n{API}"))]),
        (
            "findings",
            vec![
                (
                    "Dockerfile",
                    format!(
                        "FROM node\n{secret}# sandgate ignore=SG702 kept for the reader\nRUN echo a \\\n\n  && echo b\n{API}"
                    ),
                ),
                ("blaxel.toml", "name = \"app\"\nmemroy = 1\n\n[runtime]\nmemory = 4096\n".into()),
            ],
        ),
        ("broken", vec![("Dockerfile", format!("FROM node:24-alpine\nRNU x\n{API}COPY\n"))]),
    ]
}

fn render(format: Format, files: &[(&str, String)], root: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    let project = open(dir.path(), &OpenOptions::default()).unwrap();
    let options = Options::at("2026-11-24".parse().unwrap());
    let outcome = lint::run(&project, &options);
    let section = Section { root: root.to_owned(), project: &project, outcome: &outcome };
    let mut out = Vec::new();
    write(
        &Report { sections: vec![section], imported: Vec::new(), color: false },
        format,
        &mut out,
    )
    .unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_format_says_what_its_snapshot_says() {
    for (name, files) in projects() {
        for (format, format_name) in FORMATS {
            let mut shown = render(*format, &files, "app");
            assert!(!shown.contains("c4nary"), "{format_name} {name} shows the secret:\n{shown}");
            if *format == Format::Sarif {
                // The pages of the rules are in it, and have tests of their own.
                let mut value: serde_json::Value = serde_json::from_str(&shown).unwrap();
                assert!(value["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().len() > 20);
                value["runs"][0]["tool"]["driver"]["rules"] = "…".into();
                for result in value["runs"][0]["results"].as_array_mut().unwrap() {
                    result["ruleIndex"] = "…".into();
                }
                shown = format!("{value:#}\n");
            }
            let shown = shown.replace(env!("CARGO_PKG_VERSION"), "VERSION");
            let file = format!("tests/snapshots/formats/{name}.{format_name}.txt");
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            assert_data_eq!(shown, Data::read_from(&path, None).raw());
        }
    }
}

#[test]
fn sarif_is_valid_against_its_schema() {
    let schema = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sarif-schema-2.1.0.json"),
    )
    .unwrap();
    let mut schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    // This revision holds a pattern that is no regular expression; the standard has it so.
    for definition in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][definition]["properties"]["language"];
        language["pattern"] = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$".into();
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    // A schema that accepts anything would prove nothing.
    assert!(!validator.is_valid(&serde_json::json!({ "version": "2.1.0" })));
    for (name, files) in projects() {
        for root in ["", "app", "../a b/ö", "/abs/app"] {
            let value = serde_json::from_str(&render(Format::Sarif, &files, root)).unwrap();
            let wrong: Vec<String> = validator
                .iter_errors(&value)
                .map(|err| format!("{}: {err}", err.instance_path()))
                .collect();
            assert!(wrong.is_empty(), "{name}: {}", wrong.join("\n"));
        }
    }
}

#[test]
fn xml_is_well_formed_and_says_as_much_as_the_others() {
    for (name, files) in projects() {
        let short = render(Format::Short, &files, "app").lines().count();
        for (format, what) in [(Format::Checkstyle, "error"), (Format::Junit, "testcase")] {
            let text = render(format, &files, "a <b> & \"c\"");
            let mut reader = quick_xml::Reader::from_str(&text);
            let mut found = 0;
            loop {
                match reader.read_event().unwrap() {
                    quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                        for attribute in tag.attributes() {
                            attribute.unwrap();
                        }
                        found += usize::from(tag.name().as_ref() == what);
                    }
                    quick_xml::events::Event::Eof => break,
                    _ => (),
                }
            }
            let want = if format == Format::Junit { short.max(1) } else { short };
            assert_eq!(found, want, "{name} {format:?}:\n{text}");
        }
    }
}

#[test]
fn gitlab_keeps_every_finding() {
    let (_, files) = projects().swap_remove(1);
    let value: serde_json::Value =
        serde_json::from_str(&render(Format::Gitlab, &files, "app")).unwrap();
    let all = value.as_array().unwrap();
    let mut prints: Vec<&str> =
        all.iter().map(|one| one["fingerprint"].as_str().unwrap()).collect();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), render(Format::Short, &files, "app").lines().count());
    let levels = ["info", "minor", "major", "critical", "blocker"];
    assert!(all.iter().all(|one| levels.contains(&one["severity"].as_str().unwrap())));
    assert!(all.iter().all(|one| one["location"]["lines"]["begin"].as_u64() >= Some(1)));
}

#[test]
fn fingerprints_stay_when_lines_move() {
    let prints = |text: &str| -> Vec<String> {
        let files = [("Dockerfile", format!("{text}{API}"))];
        let value: serde_json::Value =
            serde_json::from_str(&render(Format::Sarif, &files, "")).unwrap();
        value["runs"][0]["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|result| {
                format!("{} {}", result["ruleId"], result["partialFingerprints"]["sandgate/v1"])
            })
            .collect()
    };
    let before = prints("FROM node\n");
    assert!(!before.is_empty());
    assert_eq!(before, prints("\n\n# a comment\nFROM   node\n"));
    assert_ne!(before, prints("FROM python\n"));
}

#[test]
fn json_has_places_and_fixes() {
    let (_, files) = projects().swap_remove(1);
    let value: serde_json::Value =
        serde_json::from_str(&render(Format::Json, &files, "app")).unwrap();
    assert_eq!(value["version"], 1);
    let unknown =
        value["findings"].as_array().unwrap().iter().find(|f| f["code"] == "SG602").unwrap();
    assert_eq!(unknown["path"], "app/blaxel.toml");
    assert_eq!(unknown["start"]["line"], 2);
    assert_eq!(unknown["start"]["column"], 1);
    assert_eq!(unknown["start"]["offset"], 13);
    assert_eq!(value["suppressed"][0]["code"], "SG702");
    assert_eq!(value["suppressed"][0]["reason"], "kept for the reader");
}

/// Names and texts of a project are written by whoever opened the pull request.
#[test]
fn nothing_from_a_project_commands_the_runner_or_the_terminal() {
    let evil = "x\u{1b}[31m\u{202e}::error file=a::b";
    let files = [(
        "Dockerfile",
        format!(
            "FROM node:24-alpine\nCOPY \"{evil}\" /a\r::warning::gotcha\n{API}FROM %0A::error::x\n"
        ),
    )];
    for (format, name) in FORMATS {
        let shown = render(*format, &files, "app\n::error::root");
        assert!(!shown.contains('\u{1b}'), "{name}: a terminal control came through");
        if *format != Format::Json && *format != Format::Sarif {
            assert!(!shown.contains('\u{202e}') && !shown.contains('\r'), "{name}: {shown:?}");
        }
        for line in shown.lines() {
            let ours = *format == Format::Github
                && ["::error file=", "::warning file=", "::notice file="]
                    .iter()
                    .any(|start| line.starts_with(start));
            assert!(!line.trim_start().starts_with("::") || ours, "{name}: {line:?}");
        }
    }
}
