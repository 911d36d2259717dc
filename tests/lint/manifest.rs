//! Whole `blaxel.toml` files: what is read, and what is reported where.

use std::fs;

use proptest::prelude::*;
use sandgate::{
    lint,
    project::{
        OpenOptions,
        manifest::{IssueKind, Manifest, parse},
        open,
        path::ContextPath,
        source::Source,
    },
};

fn read(text: &str) -> Manifest {
    parse(Source::new(ContextPath::new("blaxel.toml"), text.as_bytes().to_vec()))
}

/// Each issue as `kind@text under its span: message`.
fn issues(manifest: &Manifest) -> Vec<String> {
    manifest
        .issues
        .iter()
        .map(|issue| {
            let kind = match issue.kind {
                IssueKind::Syntax => "syntax",
                IssueKind::UnknownKey => "unknown",
                IssueKind::UndocumentedKey => "undocumented",
                IssueKind::Type => "type",
            };
            format!("{kind}@{}: {}", manifest.source.slice(issue.span), issue.message)
        })
        .collect()
}

/// Every finding of the family `SG6xx` for a project with this `blaxel.toml`, as `severity code
/// message`. The Dockerfile is given, so that `build.dockerfile` decides nothing.
fn findings(toml: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Dockerfile"), "FROM scratch\n").unwrap();
    fs::write(folder.path().join("blaxel.toml"), toml).unwrap();
    let options =
        OpenOptions { dockerfile: Some("Dockerfile".to_owned()), ..OpenOptions::default() };
    let project = open(folder.path(), &options).unwrap();
    let options = lint::Options::at("2026-11-24".parse().unwrap());
    lint::run(&project, &options)
        .findings
        .iter()
        .filter(|finding| finding.code.starts_with("SG6"))
        .map(|finding| format!("{} {} {}", finding.severity.name(), finding.code, finding.message))
        .collect()
}

const FULL: &str = r#"
name = "mytemplate"
type = "sandbox"
description = "My custom sandbox template"
workspace = "acme"
region = "us-pdx-1"
image = "ghcr.io/acme/base:1"
policies = ["p"]
public = false
skipRoot = false

[runtime]
memory = 4096
generation = "mk3"
ttl = "24h"
timeout = 30
storageMb = 1024
extraArgs = { a = 1 }

[[runtime.ports]]
name = "sandbox-api"
target = 8080
protocol = "tcp"

[[runtime.ports]]
name = "web"
target = 3000

[env]
NODE_ENV = "development"
"QUOTED" = 'x'

[labels]
team = "core"

[[volumes]]
name = "data"
mountPath = "/data"
sizeMb = 512
readOnly = true

[[triggers]]
id = "t"
type = "http"
configuration.path = "/x"

[build]
slim = false
memoryMb = 8192
dockerfile = "docker/Dockerfile"
[build.args]
VERSION = "1"

[function.search]
path = "functions/search"
"#;

#[test]
fn every_documented_key_is_known_and_read() {
    let manifest = read(FULL);
    assert_eq!(issues(&manifest), Vec::<String>::new());
    let text = |value: &Option<sandgate::project::manifest::Spanned<String>>| {
        value.as_ref().map(|spanned| spanned.value.clone()).unwrap_or_default()
    };
    assert_eq!(text(&manifest.name), "mytemplate");
    assert_eq!(text(&manifest.kind), "sandbox");
    assert_eq!(text(&manifest.workspace), "acme");
    assert_eq!(text(&manifest.region), "us-pdx-1");
    assert_eq!(text(&manifest.image), "ghcr.io/acme/base:1");
    assert_eq!(text(&manifest.generation), "mk3");
    assert_eq!(text(&manifest.ttl), "24h");
    assert_eq!(text(&manifest.dockerfile), "docker/Dockerfile");
    assert_eq!(manifest.memory.as_ref().unwrap().value, 4096);
    let ports: Vec<_> =
        manifest.ports.iter().map(|p| (text(&p.name), p.target.as_ref().unwrap().value)).collect();
    assert_eq!(ports, [("sandbox-api".into(), 8080), ("web".into(), 3000)]);
    let pairs = |pairs: &[sandgate::project::manifest::EnvVar]| -> Vec<String> {
        pairs.iter().map(|p| format!("{}={}", p.key.value, p.value.value)).collect()
    };
    assert_eq!(pairs(&manifest.env), ["NODE_ENV=development", "QUOTED=x"]);
    assert_eq!(manifest.source.slice(manifest.env[1].key.span), "\"QUOTED\"");
    assert_eq!(manifest.source.slice(manifest.env[1].value.span), "'x'");
    assert_eq!(pairs(&manifest.labels), ["team=core"]);
    assert_eq!(pairs(&manifest.build_args), ["VERSION=1"]);
    assert_eq!(
        serde_json::Value::Object(manifest.runtime.clone()),
        serde_json::json!({
            "memory": 4096, "generation": "mk3", "ttl": "24h", "timeout": 30, "storageMb": 1024,
            "extraArgs": {"a": 1},
            "ports": [
                {"name": "sandbox-api", "target": 8080, "protocol": "tcp"},
                {"name": "web", "target": 3000},
            ],
        })
    );
    assert_eq!(
        manifest.volumes[0].value,
        serde_json::json!({"name": "data", "mountPath": "/data", "sizeMb": 512, "readOnly": true})
    );
    assert_eq!(manifest.source.slice(manifest.volumes[0].span), "[[volumes]]");
    assert_eq!(manifest.build["slim"], serde_json::json!(false));
}

#[test]
fn faults_are_found_where_they_stand() {
    for (text, want) in [
        ("", &[][..]),
        ("\u{feff}name = \"a\"\r\n[runtime]\r\nmemory = 1\r\n", &[]),
        ("nmae = \"a\"\n", &["unknown@nmae: unknown key `nmae`"]),
        ("[runtime]\nmemroy = 1\n", &["unknown@memroy: unknown key `memroy` in `runtime`"]),
        ("[runtime]\ncpu = 2\n", &["undocumented@cpu: `runtime.cpu` is not documented"]),
        (
            "memory = 1\n",
            &["unknown@memory: `memory` at the top level is read for applications only"],
        ),
        ("type = \"application\"\nmemory = 1\nport = 3\n", &[]),
        ("[runtime]\nregion = \"a\"\n", &["unknown@region: unknown key `region` in `runtime`"]),
        (
            "[runtime]\nmemory = \"4096\"\n",
            &["type@\"4096\": `runtime.memory` is a string, not an integer"],
        ),
        (
            "[env]\nA = 1\nB = true\nC = [1]\n",
            &[
                "type@1: `env.A` is an integer, not a string",
                "type@true: `env.B` is a boolean, not a string",
                "type@[1]: `env.C` is an array, not a string",
            ],
        ),
        (
            "[runtime]\nports = [3000, { target = \"1\" }]\n",
            &[
                "type@3000: an entry of `runtime.ports` is an integer, not a table",
                "type@\"1\": `runtime.ports.target` is a string, not an integer",
            ],
        ),
        (
            "[runtime.ports]\ntarget = 1\n",
            &["type@[runtime.ports]: `runtime.ports` is a table, not an array of tables"],
        ),
        ("entrypoint = \"x\"\n", &["type@\"x\": `entrypoint` is a string, not a table"]),
        ("runtime = 1\n", &["type@1: `runtime` is an integer, not a table"]),
        ("[function]\na = \"x\"\n", &["type@\"x\": `function.a` is a string, not a table"]),
        ("name = \"a\"\nname = \"b\"\n", &["syntax@name: duplicate key"]),
    ] {
        assert_eq!(issues(&read(text)), want, "{text:?}");
    }
}

#[test]
fn findings_are_as_severe_as_their_consequence() {
    let built = FULL.replace("image = \"ghcr.io/acme/base:1\"\n", "");
    assert_eq!(findings(&built), Vec::<String>::new());
    assert_eq!(findings(FULL), ["warning SG613 `build.dockerfile` together with `image`"]);
    for (toml, want) in [
        ("[runtime]\nmemory = 64\n", "error SG605 a sandbox cannot start in 64 MB of memory"),
        ("[runtime]\nmemory = 65536\n", "warning SG605 no sandbox has 65536 MB of memory"),
        ("[runtime]\nmemory = 4294967296\n", "error SG605 no sandbox has 4294967296 MB of memory"),
        ("[runtime]\ngeneration = \"mk2\"\n", "error SG608 generation `mk2` is decommissioned"),
        ("[runtime]\ngeneration = \"mk4\"\n", "warning SG608 unknown generation `mk4`"),
        ("[runtime]\ncpu = 1\n", "info SG602 `runtime.cpu` is not documented"),
        ("type = \"job\"\n", "warning SG611 `type` is `job`, not `sandbox`"),
        ("type = \"sandbx\"\n", "error SG611 unknown type `sandbx`"),
        ("name = \"\"\n", "error SG604 the sandbox name is empty"),
        (
            "name = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n",
            "error SG604 the sandbox name has 50 characters",
        ),
        (
            "[build]\ndockerfile = \"../Dockerfile\"\n",
            "error SG613 `build.dockerfile` is `../Dockerfile`, which leaves the project",
        ),
        (
            "[build]\ndockerfile = \"C:/Dockerfile\"\n",
            "error SG613 `build.dockerfile` is `C:/Dockerfile`, which leaves the project",
        ),
    ] {
        assert_eq!(findings(toml), [want], "{toml}");
    }
}

#[test]
fn what_is_filled_in_at_deploy_time_is_not_judged() {
    for toml in [
        "name = \"${NAME}\"\n",
        "type = \"$TYPE\"\n",
        "region = \"${REGION:us-pdx-1}\"\n",
        "[build]\nregion = \"$secrets.REGION\"\n",
        "[env]\nTOKEN = \"${secrets.TOKEN}\"\n",
        "[runtime]\nttl = \"${TTL}\"\n",
    ] {
        assert_eq!(findings(toml), Vec::<String>::new(), "{toml}");
    }
}

#[test]
fn a_broken_line_costs_only_itself() {
    let manifest = read("name = \"a\"\nregion = us-pdx-1\n[runtime]\nmemory = 2048\n");
    assert_eq!(manifest.issues.len(), 1);
    assert_eq!(manifest.issues[0].kind, IssueKind::Syntax);
    assert_eq!(manifest.source.line_of(manifest.issues[0].span.start as usize), 2);
    assert_eq!(manifest.name.unwrap().value, "a");
    assert_eq!(manifest.memory.unwrap().value, 2048);
}

#[test]
fn keys_below_a_broken_header_do_not_fall_into_the_table_above() {
    let manifest = read("name = \"a\"\n[runtime\nmemory = 2048\n[env]\nA = \"1\"\n");
    assert_eq!(issues(&manifest).len(), 1, "{:?}", issues(&manifest));
    assert!(manifest.memory.is_none());
    assert_eq!(manifest.env.len(), 1);
}

#[test]
fn what_stands_above_an_open_bracket_is_kept() {
    let manifest = read("name = \"a\"\n[runtime]\nmemory = 1024\nports = [\n  { target = 1 },\n");
    assert!(manifest.issues.iter().any(|issue| issue.kind == IssueKind::Syntax));
    assert_eq!(manifest.name.unwrap().value, "a");
    assert_eq!(manifest.memory.unwrap().value, 1024);
}

#[test]
fn bytes_that_are_not_text_are_a_syntax_fault() {
    let source =
        Source::new(ContextPath::new("blaxel.toml"), b"name = \"a\"\nregion = \"\xff\"\n".to_vec());
    let manifest = parse(source);
    assert_eq!(manifest.issues[0].kind, IssueKind::Syntax);
    assert_eq!(manifest.issues[0].span.start, 21);
    assert_eq!(manifest.name.unwrap().value, "a");
}

#[test]
fn a_misplaced_key_is_sent_home() {
    for (text, want) in [
        (
            "[runtime]\nregion = \"a\"\n",
            "`region` belongs at the top level, before the first table",
        ),
        ("[runtime]\nslim = true\n", "`slim` belongs in `[build]`"),
        ("timeout = 3\n", "`timeout` belongs in `[runtime]`"),
        ("target = 3\n", "`target` belongs in `[[runtime.ports]]`"),
        ("[runtime.env]\nA = \"1\"\n", "`env` is a table of its own: write `[env]`"),
        ("[args]\nA = \"1\"\n", "`args` is a table of its own: write `[build.args]`"),
        ("[[ports]]\ntarget = 1\n", "write each as `[[runtime.ports]]`"),
        ("memory = 1\n", "for a sandbox it belongs in `[runtime]`"),
        ("[runtime]\nport = 3000\n", "did you mean `ports`?"),
        ("[environment]\nA = \"1\"\n", "did you mean `env`?"),
        ("[resources]\nmemory = 2048\n", "did you mean `runtime`?"),
        ("memroy = 1\n", "did you mean `memory`? It belongs in `[runtime]`"),
    ] {
        assert_eq!(read(text).issues[0].help.as_deref(), Some(want), "{text}");
    }
}

#[test]
fn repairs_resolve_their_issue() {
    for (text, want) in [
        ("nmae = \"a\"\n", "name = \"a\"\n"),
        ("[runtime]\nmemory = \"4 GB\"\n", "[runtime]\nmemory = 4096\n"),
        ("[runtime]\nports = [3000]\n", "[runtime]\nports = [{ target = 3000 }]\n"),
        ("[env]\nPORT = 3000\n", "[env]\nPORT = \"3000\"\n"),
        ("[build]\nslim = \"false\"\n", "[build]\nslim = false\n"),
    ] {
        let manifest = read(text);
        let edit = manifest.issues[0].edit.as_ref().expect(text);
        let mut fixed = text.to_owned();
        fixed.replace_range(edit.span.range(), &edit.text);
        assert_eq!(fixed, want);
        assert!(read(&fixed).issues.is_empty(), "{fixed}");
    }
    let other = read("[runtime]\nport = 3000\n");
    assert!(other.issues[0].edit.is_none(), "a number is no array of ports");
    let taken = read("name = \"a\"\nnmae = \"b\"\n");
    assert!(taken.issues[0].edit.is_none(), "renaming would give the key twice");
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    for text in [
        format!("{} = 1\n", vec!["a"; 50_000].join(".")),
        format!("[{}]\n", vec!["a"; 50_000].join(" . ")),
        format!("a = {}1{}\n", "[".repeat(50_000), "]".repeat(50_000)),
        format!("a = {}\n", "{a=".repeat(50_000)),
        format!("[{}]\nname = 1\n", vec!["a"; 200].join(".")),
    ] {
        read(&text);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "[\\[\\]{}=\"'.,#\\\\a-zA-Z0-9 \r\n\t\u{e9}\u{0}-]{0,200}") {
        let manifest = read(&text);
        for issue in &manifest.issues {
            prop_assert!(issue.span.range().end <= text.len());
            prop_assert!(text.get(issue.span.range()).is_some());
        }
    }

    #[test]
    fn a_mutilated_file_is_read_without_panic(
        at in 0..FULL.len(), len in 0..40usize, insert in "[\\[\\]{}=\"'.,#\\\\a-z0-9 \n]{0,6}",
    ) {
        let mut text = FULL.to_owned();
        let end = (at + len).min(text.len());
        text.replace_range(at..end, &insert);
        let manifest = read(&text);
        for issue in &manifest.issues {
            prop_assert!(text.get(issue.span.range()).is_some());
            if let Some(edit) = &issue.edit {
                prop_assert!(text.get(edit.span.range()).is_some());
            }
        }
    }
}
