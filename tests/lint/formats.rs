//! Every format over findings, none, and a file that does not parse.

use std::{fs, path::Path};

use sandgate::{
    lint::{
        self, Options,
        import::{self, Imported},
    },
    project::{OpenOptions, open},
    report::{Format, Report, Section, write},
};
use serde_json::{Value, json};
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
    render_with(format, files, root, Vec::new())
}

fn render_with(
    format: Format,
    files: &[(&str, String)],
    root: &str,
    imported: Vec<Imported>,
) -> String {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    let project = open(dir.path(), &OpenOptions::default()).unwrap();
    let options = Options::at("2026-11-24".parse().unwrap());
    let outcome = lint::run(&project, &options);
    let section = Section { root: root.to_owned(), project: &project, outcome: &outcome };
    let mut out = Vec::new();
    write(&Report { sections: vec![section], imported, color: false }, format, &mut out).unwrap();
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
                let mut value: Value = serde_json::from_str(&shown).unwrap();
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

fn sarif_schema() -> jsonschema::Validator {
    let schema = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sarif-schema-2.1.0.json"),
    )
    .unwrap();
    let mut schema: Value = serde_json::from_str(&schema).unwrap();
    // This revision holds a pattern that is no regular expression; the standard has it so.
    for definition in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][definition]["properties"]["language"];
        language["pattern"] = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$".into();
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    // A schema that accepts anything would prove nothing.
    assert!(!validator.is_valid(&json!({ "version": "2.1.0" })));
    validator
}

fn wrong(validator: &jsonschema::Validator, value: &Value) -> String {
    let errors = validator.iter_errors(value);
    let errors = errors.map(|err| format!("{}: {err}", err.instance_path()));
    errors.collect::<Vec<_>>().join("\n")
}

#[test]
fn sarif_is_valid_against_its_schema() {
    let validator = sarif_schema();
    for (name, files) in projects() {
        for root in ["", "app", "../a b/ö", "/abs/app"] {
            let value = serde_json::from_str(&render(Format::Sarif, &files, root)).unwrap();
            assert_eq!(wrong(&validator, &value), "", "{name}");
        }
    }
}

/// How many elements of a name there are in XML, which has to be well-formed.
fn elements(text: &str, what: &str) -> usize {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut found = 0;
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                for attribute in tag.attributes() {
                    attribute.unwrap();
                }
                found += usize::from(tag.name().as_ref() == what);
            }
            quick_xml::events::Event::Eof => return found,
            _ => (),
        }
    }
}

#[test]
fn xml_is_well_formed_and_says_as_much_as_the_others() {
    for (name, files) in projects() {
        let short = render(Format::Short, &files, "app").lines().count();
        for (format, what) in [(Format::Checkstyle, "error"), (Format::Junit, "testcase")] {
            let text = render(format, &files, "a <b> & \"c\"");
            let found = elements(&text, what);
            let want = if format == Format::Junit { short.max(1) } else { short };
            assert_eq!(found, want, "{name} {format:?}:\n{text}");
        }
    }
}

/// As Trivy writes it for an image.
fn trivy() -> Value {
    let rule = json!({
        "id": "CVE-2026-0727", "name": "OsPackageVulnerability",
        "shortDescription": {"text": "openssl: denial of service\u{1b}[31m"},
        "fullDescription": {"text": "Processing a [malformed](https://evil.example) file\ncrashes.".repeat(40)},
        "defaultConfiguration": {"level": "error"},
        "helpUri": "https://avd.example.com/nvd/cve-2026-0727",
        "help": {
            "text": "Vulnerability CVE-2026-0727\nSeverity: HIGH\nPackage: libssl3",
            "markdown": "**Vulnerability CVE-2026-0727**\n| Severity | Package |\n| --- | --- |\n|HIGH|libssl3 <img src=x>|\n\n".repeat(300),
        },
        "properties": {"precision": "very-high", "security-severity": "7.5", "tags": ["vulnerability", "security", "HIGH"]},
    });
    let location = json!({
        "physicalLocation": {
            "artifactLocation": {"uri": "library/my%20app", "uriBaseId": "ROOTPATH"},
            "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
        },
        "message": {"text": "library/my app: libssl3@3.3.0"},
    });
    json!({
        "version": "2.1.0", "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{
            "tool": {"driver": {"fullName": "Trivy Vulnerability Scanner", "informationUri": "https://trivy.example",
                "name": "Trivy", "version": "0.66.0", "rules": [rule]}},
            "results": [{"ruleId": "CVE-2026-0727", "ruleIndex": 0, "level": "error",
                "message": {"text": "Package: libssl3\nInstalled Version: 3.3.0\n##[error] ::error::x"}, "locations": [location]}],
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": {"ROOTPATH": {"uri": "file:///"}},
        }],
    })
}

/// As Grype writes it: a rule for each package, no level at the rule, a URI with a colon, and the score as a number.
fn grype() -> Value {
    let rule = json!({
        "id": "CVE-2021-36159-apk-tools", "name": "ApkMatcherExactDirectMatch",
        "shortDescription": {"text": "CVE-2021-36159 critical vulnerability for apk-tools package"},
        "fullDescription": {"text": "libfetch mishandles numeric strings"},
        "helpUri": "https://grype.example",
        "help": {"text": "Vulnerability CVE-2021-36159\nPackage: apk-tools", "markdown": "**Vulnerability CVE-2021-36159**\n| Severity | Package |\n| --- | --- |\n| critical | apk-tools |\n"},
        "properties": {"security-severity": 9.1},
    });
    let result = |path: &str| {
        json!({
            "ruleId": "CVE-2021-36159-apk-tools",
            "message": {"text": "A critical vulnerability in apk package: apk-tools, version 2.10.6-r0 was found"},
            "locations": [{
                "physicalLocation": {"artifactLocation": {"uri": path}, "region": {"startLine": 1}},
                "logicalLocations": [{"name": "/lib/apk/db/installed", "fullyQualifiedName": "alpine@sha256:0:/lib/apk/db/installed"}],
            }],
            "partialFingerprints": {"primaryLocationLineHash": "0:1"},
        })
    };
    json!({
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "grype", "version": "0.100.0", "rules": [rule]}},
            "results": [result("alpine:3.14//lib/apk/db/installed"), result("file:///lib/apk/db/%C3%B6")]}],
    })
}

#[test]
fn what_other_scanners_found_is_valid_in_every_format() {
    let validator = sarif_schema();
    let mut imported = Vec::new();
    for report in [trivy(), grype()] {
        assert_eq!(wrong(&validator, &report), "", "the input is no SARIF");
        imported.extend(import::parse(report.to_string().as_bytes()).unwrap());
    }
    assert_eq!(imported.len(), 3);
    for (name, files) in projects() {
        let shown = |format| render_with(format, &files, "app", imported.clone());
        let own = render(Format::Short, &files, "app").lines().count();
        assert_eq!(shown(Format::Short).lines().count(), own + 3, "{name}");

        let sarif: Value = serde_json::from_str(&shown(Format::Sarif)).unwrap();
        assert_eq!(wrong(&validator, &sarif), "", "{name}");
        let [_, trivy, grype] = sarif["runs"].as_array().unwrap().as_slice() else { panic!() };
        let rule = &trivy["tool"]["driver"]["rules"][0];
        assert_eq!(rule["name"], "OsPackageVulnerability");
        assert_eq!(rule["helpUri"], "https://avd.example.com/nvd/cve-2026-0727");
        assert_eq!(rule["properties"]["security-severity"], "7.5");
        assert_eq!(rule["properties"]["tags"], json!(["vulnerability", "security", "HIGH"]));
        assert_eq!(rule["shortDescription"]["text"], "openssl: denial of service\\u{1b}[31m");
        assert!(
            rule["help"]["text"].as_str().unwrap().contains("Severity: HIGH\nPackage: libssl3")
        );
        let full = rule["fullDescription"]["text"].as_str().unwrap();
        assert!(full.ends_with('…') && full.len() < 1200 && !full.contains("]("), "{full}");
        let markdown = rule["help"]["markdown"].as_str().unwrap();
        assert!(markdown.starts_with("**Vulnerability CVE-2026-0727**\n| Severity |"));
        assert!(markdown.chars().count() < 9000 && !markdown.contains('<'));
        assert_eq!(
            trivy["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "library/my%20app"
        );
        let rule = &grype["tool"]["driver"]["rules"][0];
        assert_eq!(rule["properties"], json!({ "security-severity": "9.1" }));
        assert!(rule["help"]["text"].as_str().unwrap().contains("Package: apk-tools"));
        assert_eq!(grype["results"][0]["level"], "error");

        let gitlab: Value = serde_json::from_str(&shown(Format::Gitlab)).unwrap();
        assert_eq!(wrong(&gitlab_schema(), &gitlab), "", "{name}");
        let mut prints: Vec<_> =
            gitlab.as_array().unwrap().iter().map(|one| one["fingerprint"].to_string()).collect();
        prints.sort();
        prints.dedup();
        assert_eq!(prints.len(), own + 3, "{name}");

        let json: Value = serde_json::from_str(&shown(Format::Json)).unwrap();
        assert_eq!(json["imported"].as_array().unwrap().len(), 3);
        assert_eq!(json["imported"][0]["path"], "library/my app");
        for (format, what) in [(Format::Checkstyle, "error"), (Format::Junit, "testcase")] {
            let want = if format == Format::Junit { own.max(1) } else { own };
            assert_eq!(elements(&shown(format), what), want + 3, "{name} {format:?}");
        }
        for (format, format_name) in FORMATS {
            let text = shown(*format);
            assert!(!text.contains('\u{1b}'), "{name} {format_name}");
            // Of what is for people, the shell takes what a runner obeys.
            let is_text = matches!(format, Format::Human | Format::Short | Format::Markdown);
            assert!(is_text || !text.contains("##["), "{name} {format_name}");
            for id in ["CVE-2026-0727", "CVE-2021-36159-apk-tools"] {
                assert!(text.contains(id), "{name} {format_name} {id}");
            }
        }
    }
}

/// What GitLab documents of a code quality report: it drops what lacks one of these without a word.
fn gitlab_schema() -> jsonschema::Validator {
    let text = json!({ "type": "string", "minLength": 1 });
    let lines = json!({
        "type": "object", "required": ["begin"],
        "properties": { "begin": { "type": "integer", "minimum": 1 } },
    });
    let schema = json!({ "type": "array", "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": text, "check_name": text, "fingerprint": text,
            "severity": { "enum": ["info", "minor", "major", "critical", "blocker"] },
            "location": {
                "type": "object", "required": ["path", "lines"],
                "properties": { "path": { "type": "string", "pattern": "^([^./]|\\.$|\\.[^/])" }, "lines": lines },
            },
        },
    }});
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(!validator.is_valid(&json!([{ "description": "x" }])));
    validator
}

#[test]
fn gitlab_keeps_every_finding() {
    let (_, files) = projects().swap_remove(1);
    let value: Value = serde_json::from_str(&render(Format::Gitlab, &files, "app")).unwrap();
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
        let value: Value = serde_json::from_str(&render(Format::Sarif, &files, "")).unwrap();
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
    let value: Value = serde_json::from_str(&render(Format::Json, &files, "app")).unwrap();
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
