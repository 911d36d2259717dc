//! Settings, baseline and policy: what a team does to live with the gate.

use std::{fs, path::Path, process::Command};

use sandgate::{
    lint::{Selector, config, rules},
    project::{path::ContextPath, source::Source},
};
use serde_json::{Value, json};
use snapbox::{Data, assert_data_eq};

use crate::common::{Run, command, finish, root, run};

/// SG401 (warning) in line 1, SG407 (info) and SG406 (warning) in line 2.
const DOCKERFILE: &str = "FROM node\n\
    RUN apt-get update && apt-get install -y curl\n\
    COPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/sandbox-api\n\
    ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\n";

/// The key of a baseline.
const KEY: &str = "a-long-enough-test-key";

fn write(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "Dockerfile", DOCKERFILE);
    dir
}

/// The codes that a run reports, in their order.
fn codes(run: &Run) -> String {
    let code = |line: &str| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned());
    run.stdout.lines().filter_map(code).collect::<Vec<_>>().join(" ")
}

fn lint(dir: &Path, args: &[&str]) -> Run {
    let mut all = vec!["lint", "--format", "short"];
    all.extend(args);
    run(dir, &all)
}

fn git(dir: &Path, args: &[&str]) {
    let done = Command::new("git")
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap();
    assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn settings_say_what_is_found_and_what_fails() {
    for (text, args, want, code) in [
        ("", &[][..], "SG401 SG406 SG407", 0),
        ("lint.fail-on = 'warning'", &[], "SG401 SG406 SG407", 1),
        ("lint.fail-on = 'warning'", &["--fail-on", "error"], "SG401 SG406 SG407", 0),
        ("lint.ignore = ['SG4']", &[], "", 0),
        ("lint.ignore = ['SG4']\nlint.extend-select = ['SG407']", &[], "SG407", 0),
        ("lint.select = ['apt-lists-kept']", &[], "SG406", 0),
        ("lint.select = ['SG406']", &["--select", "SG401"], "SG401", 0),
        ("lint.ignore = ['SG406', 'SG407']", &["--no-config"], "SG401 SG406 SG407", 0),
        ("lint.severity.SG401 = 'error'", &[], "SG401 SG406 SG407", 1),
        ("lint.severity.SG4 = 'info'\nlint.severity.SG401 = 'error'", &[], "SG401 SG406 SG407", 1),
        ("[[lint.overrides]]\npaths = ['Dockerfile']\nignore = ['SG40']", &[], "", 0),
        ("[[lint.overrides]]\npaths = ['apps/**']\nignore = ['SG40']", &[], "SG401 SG406 SG407", 0),
        (
            "lint.ignore = ['SG4']\n[[lint.overrides]]\npaths = ['*']\nextend-select = ['SG406']\nseverity.SG406 = 'error'",
            &[],
            "SG406",
            1,
        ),
    ] {
        let dir = project();
        write(dir.path(), "sandgate.toml", text);
        let run = lint(dir.path(), args);
        assert_eq!((codes(&run).as_str(), run.code), (want, Some(code)), "{text}\n{}", run.shown());
    }
}

#[test]
fn presets_are_a_start_and_no_more() {
    let dir = project();
    write(dir.path(), "sandgate.toml", "lint.preset = 'strict'");
    let strict = lint(dir.path(), &[]);
    assert_eq!(strict.code, Some(1), "{}", strict.shown());
    assert!(codes(&strict).contains("SG406") && !codes(&strict).contains("SG79"));
    write(
        dir.path(),
        "sandgate.toml",
        "lint.preset = 'release'\nlint.ignore = ['SG406', 'SG8', 'SG3']",
    );
    let release = lint(dir.path(), &[]);
    assert!(release.stdout.contains("error[SG401]"), "{}", release.shown());
    assert!(!codes(&release).contains("SG406"), "{}", release.shown());
}

#[test]
fn the_nearest_settings_of_the_repository_hold() {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q"]);
    for name in ["a", "b/deep", "c"] {
        write(dir.path(), &format!("{name}/Dockerfile"), DOCKERFILE);
    }
    write(
        dir.path(),
        "sandgate.toml",
        "lint.select = ['SG401', 'SG406']\n[[lint.overrides]]\npaths = ['b/**']\nignore = ['SG401']",
    );
    write(dir.path(), "c/sandgate.toml", "lint.select = ['SG407']");
    let run = lint(dir.path(), &["."]);
    let shown: Vec<String> = run
        .stdout
        .lines()
        .map(|line| {
            let (path, rest) = line.split_once(':').unwrap();
            format!("{path} {}", rest.split_once('[').unwrap().1.split_once(']').unwrap().0)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "a/Dockerfile SG401",
            "a/Dockerfile SG406",
            "b/deep/Dockerfile SG406",
            "c/Dockerfile SG407"
        ],
        "{}",
        run.shown()
    );
    // What lies above the repository is somebody else's.
    git(&dir.path().join("a"), &["init", "-q"]);
    assert_eq!(codes(&lint(dir.path(), &["a"])), "SG401 SG406 SG407");
}

#[test]
fn settings_that_cannot_be_used_are_told_and_the_rest_holds() {
    for (name, text) in [
        ("unknown-key", "[lint]\nselct = ['SG4']\nignore = ['SG407']\n"),
        (
            "not-in-an-override",
            "[[lint.overrides]]\npaths = ['*']\nfail-on = 'warning'\nselect = ['SG4']\nignre = []\nwhat = 1\n",
        ),
        ("unknown-table", "[lnt]\nignore = ['SG407']\n"),
        ("unknown-rule", "[lint]\nignore = ['SG407', 'SG4o6', 'apt-list-kept']\n"),
        ("wrong-type", "[lint]\nignore = 'SG407'\nextend-select = [1, 'SG407']\nseverity = 3\n"),
        ("wrong-value", "[lint]\npreset = 'hard'\nfail-on = 'bad'\nseverity.SG401 = 'fatal'\n"),
        ("no-toml", "[lint\nignore = ['SG407']\n"),
        (
            "bad-glob",
            "[[lint.overrides]]\npaths = ['a[']\nignore = ['SG4']\n[[lint.overrides]]\nignore = ['SG407']\n",
        ),
        ("bad-include", "context.include = ['a[']\n"),
        ("another-version", "required-version = '>=99'\n"),
        ("no-version", "required-version = 'new'\n"),
        ("no-baseline", "lint.baseline = 'gone.json'\n"),
        ("baseline-outside", "lint.baseline = '../gone.json'\n"),
    ] {
        let dir = project();
        write(dir.path(), "sandgate.toml", text);
        let run = lint(dir.path(), &[]);
        assert_eq!(run.code, Some(2), "{name}\n{}", run.shown());
        assert!(run.stdout.contains("[SG406]"), "{name}\n{}", run.shown());
        let path = root().join(format!("tests/snapshots/settings/{name}.txt"));
        assert_data_eq!(run.shown(), Data::read_from(&path, None).raw());
    }
}

#[test]
fn settings_that_are_named_have_to_be_there() {
    let dir = project();
    let run = lint(dir.path(), &["--config", "nope.toml"]);
    assert_eq!((codes(&run).as_str(), run.code), ("SG401 SG406 SG407", Some(2)));
    for want in ["--> nope.toml", "name a file that is there, or leave out `--config`"] {
        assert!(run.stderr.contains(want), "{}", run.shown());
    }
}

#[test]
fn a_version_that_fits_is_silent() {
    for text in ["required-version = '>=0.1'", "required-version = '0.1'", "required-version = '*'"]
    {
        let dir = project();
        write(dir.path(), "sandgate.toml", text);
        let run = lint(dir.path(), &[]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.shown());
    }
}

#[test]
fn the_settings_of_hadolint_silence_what_is_ours_too() {
    let dir = project();
    write(dir.path(), ".hadolint.yaml", "ignored:\n  - DL3009\n  - DL3006\n  - DL3059\n");
    assert_eq!(codes(&lint(dir.path(), &[])), "SG407");
    assert_eq!(codes(&lint(dir.path(), &["--extend-select", "SG40"])), "SG407");
    assert_eq!(codes(&lint(dir.path(), &["--no-config"])), "SG401 SG406 SG407");
    write(dir.path(), ".hadolint.yaml", "ignored: [\n");
    let run = lint(dir.path(), &[]);
    assert_eq!((codes(&run).as_str(), run.code), ("SG401 SG406 SG407", Some(0)));
    assert!(run.stderr.contains("`.hadolint.yaml` cannot be read"), "{}", run.shown());
}

#[cfg(unix)]
#[test]
fn settings_are_not_read_through_links_that_lead_away() {
    let dir = project();
    let elsewhere = tempfile::tempdir().unwrap();
    write(elsewhere.path(), "private", "c4nary = 1\n");
    git(dir.path(), &["init", "-q"]);
    std::os::unix::fs::symlink(elsewhere.path().join("private"), dir.path().join("sandgate.toml"))
        .unwrap();
    let run = lint(dir.path(), &[]);
    assert_eq!(run.code, Some(2), "{}", run.shown());
    assert!(run.stderr.contains("leads out of the repository"), "{}", run.shown());
}

#[test]
fn a_baseline_accepts_what_is_there_and_nothing_new() {
    let dir = project();
    let written = run(dir.path(), &["baseline"]);
    assert_eq!(written.code, Some(0), "{}", written.shown());
    assert!(written.stderr.contains("3 findings in sandgate-baseline.json"), "{}", written.shown());
    let args = ["--baseline", "sandgate-baseline.json", "--fail-on", "info"];
    let accepted = lint(dir.path(), &args);
    assert_eq!((codes(&accepted).as_str(), accepted.code), ("", Some(0)), "{}", accepted.shown());
    // Moved lines are still the same; what is new is found.
    let more =
        format!("# moved\n\n{}", DOCKERFILE.replace("FROM node\n", "FROM node\nADD a.txt /a\n"));
    write(dir.path(), "Dockerfile", &more);
    write(dir.path(), "a.txt", "a");
    assert_eq!(codes(&lint(dir.path(), &args)), "SG802");
    // What is gone is told.
    write(dir.path(), "Dockerfile", &DOCKERFILE.replace("FROM node\n", "FROM node:24-slim\n"));
    let gone = lint(dir.path(), &args);
    assert!(gone.stderr.contains("1 of the baseline's entries"), "{}", gone.shown());
    // The file as settings name it, for a project below it.
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "apps/web/Dockerfile", DOCKERFILE);
    write(dir.path(), "apps/api/Dockerfile", DOCKERFILE);
    assert_eq!(run(dir.path(), &["baseline", "apps/web"]).code, Some(0));
    write(dir.path(), "sandgate.toml", "lint.baseline = 'sandgate-baseline.json'");
    let both = lint(dir.path(), &["."]);
    assert!(both.stdout.lines().count() == 3 && !both.stdout.contains("web"), "{}", both.shown());
    // Entries of a project below another one are no stale ones of that.
    write(dir.path(), "Dockerfile", DOCKERFILE);
    assert_eq!(run(dir.path(), &["baseline", "."]).code, Some(0));
    let all = lint(dir.path(), &["."]);
    assert!(all.stdout.is_empty() && !all.stderr.contains("nothing any more"), "{}", all.shown());
    write(
        dir.path(),
        "apps/api/Dockerfile",
        &DOCKERFILE.replace("FROM node\n", "FROM node:24-slim\n"),
    );
    let one = lint(dir.path(), &["."]);
    let told: Vec<_> =
        one.stderr.lines().filter(|line| line.contains("nothing any more")).collect();
    assert!(matches!(told[..], [line] if line.contains("apps/api")), "{}", one.shown());
}

#[test]
fn a_credential_is_accepted_with_a_key_alone_and_by_its_value() {
    let dir = project();
    let leak = |value: &str| {
        let text =
            DOCKERFILE.replace("FROM node\n", &format!("FROM node:24\nENV API_TOKEN={value}\n"));
        write(dir.path(), "Dockerfile", &text);
    };
    let value = format!("{}{}", "c4nary9f8Kq2", "Lx7Vb5Nm1Rd6Zt3Wy");
    leak(&value);
    let locked = run(dir.path(), &["baseline"]);
    assert!(locked.stderr.contains("1 at credentials are left out"), "{}", locked.shown());
    let keyed = |args: &[&str], key: &str| {
        finish(command(dir.path(), args).env("SANDGATE_BASELINE_KEY", key))
    };
    assert_eq!(keyed(&["baseline"], KEY).code, Some(0));
    let text = fs::read_to_string(dir.path().join("sandgate-baseline.json")).unwrap();
    assert!(!text.contains("c4nary") && !text.contains(KEY), "{text}");
    let args = ["lint", "--format", "short", "--baseline", "sandgate-baseline.json"];
    assert_eq!(codes(&keyed(&args, KEY)), "");
    let without = run(dir.path(), &args);
    assert_eq!(codes(&without), "SG201");
    assert!(without.stderr.contains("is not the key"), "{}", without.shown());
    assert_eq!(codes(&keyed(&args, "another-test-key-here")), "SG201");
    leak(&value.replace('9', "8"));
    assert_eq!(codes(&keyed(&args, KEY)), "SG201", "another value is a new finding");
    let short = keyed(&args, "short");
    assert_eq!(short.code, Some(2), "{}", short.shown());
}

#[test]
fn a_baseline_of_another_version_or_form_accepts_nothing_and_says_so() {
    for (name, text) in [
        ("another-version", "{\"version\": 7, \"results\": []}"),
        ("no-json", "accepted: all"),
        ("no-baseline-file", "{\"findings\": []}"),
    ] {
        let dir = project();
        write(dir.path(), "base.json", text);
        let run = lint(dir.path(), &["--baseline", "base.json"]);
        assert_eq!((codes(&run).as_str(), run.code), ("SG401 SG406 SG407", Some(2)));
        let path = root().join(format!("tests/snapshots/settings/baseline-{name}.txt"));
        assert_data_eq!(run.shown(), Data::read_from(&path, None).raw());
    }
}

#[test]
fn a_pull_request_cannot_relax_its_own_gate() {
    let dir = project();
    git(dir.path(), &["init", "-q"]);
    write(dir.path(), "sandgate.toml", "lint.fail-on = 'warning'\nlint.no-suppress = ['SG401']\n");
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "-qm", "base"]);
    write(dir.path(), "sandgate.toml", "lint.ignore = ['SG4']\n");
    let relaxed = DOCKERFILE
        .replace("FROM node\n", "# sandgate ignore=SG401 it is fine\nFROM node\n")
        .replace("RUN ", "# sandgate ignore=SG406,SG407 later\nRUN ");
    write(dir.path(), "Dockerfile", &relaxed);
    assert_eq!(codes(&lint(dir.path(), &[])), "", "the head decides unless it is told");
    let guarded = lint(dir.path(), &["--policy-from", "HEAD"]);
    assert_eq!((codes(&guarded).as_str(), guarded.code), ("SG401", Some(1)), "{}", guarded.shown());
    assert!(
        guarded.stderr.contains("new in this change: ./Dockerfile:3 suppresses SG406: later")
            && !guarded.stderr.contains("suppresses SG401"),
        "{}",
        guarded.shown()
    );
    // A suppression that the base has is no news.
    git(dir.path(), &["commit", "-qam", "head"]);
    let later = lint(dir.path(), &["--policy-from", "HEAD~1"]);
    assert!(later.stderr.contains("new in this change"), "{}", later.shown());
    let same = lint(dir.path(), &["--policy-from", "HEAD"]);
    assert!(!same.stderr.contains("new in this change"), "{}", same.shown());
    // A file does as well; what is neither is refused.
    write(dir.path(), "gate.toml", "lint.select = ['SG401']\nlint.no-suppress = ['ALL']");
    assert_eq!(codes(&lint(dir.path(), &["--policy-from", "gate.toml"])), "SG401");
    for name in ["nowhere", "--upload-pack=id", ""] {
        let refused = lint(dir.path(), &[&format!("--policy-from={name}")]);
        assert_eq!(refused.code, Some(2), "{name}: {}", refused.shown());
    }
}

#[test]
fn a_pull_request_cannot_hide_a_credential_by_a_mark() {
    let dir = project();
    git(dir.path(), &["init", "-q"]);
    let key = |name: &str| format!("# gitleaks:allow\nENV {name}=s4mpl3K3y9Zt7Qw2Lx8Vb5\n");
    let base = format!("{DOCKERFILE}{}", key("API_KEY"));
    write(dir.path(), "sandgate.toml", "lint.select = ['SG201']\n");
    write(dir.path(), "Dockerfile", &base);
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "-qm", "base"]);
    let same = lint(dir.path(), &["--policy-from", "HEAD"]);
    assert!(!same.stderr.contains("new in this change"), "{}", same.shown());
    write(dir.path(), "Dockerfile", &format!("{base}{}", key("ADMIN_KEY")));
    let more = lint(dir.path(), &["--policy-from", "HEAD"]);
    assert!(
        more.stderr.contains("new in this change: ./Dockerfile:7 suppresses SG201: gitleaks:allow")
            && !more.stderr.contains("Dockerfile:5"),
        "{}",
        more.shown()
    );
    // The mark of the old one is moved to the new one, or to one that stood there without it.
    let (old, bare) = (key("SECRET_KEY"), "ENV SIGNING_KEY=s4mpl3K3y9Zt7Qw2Lx8Vb5\n");
    write(dir.path(), "Dockerfile", &format!("{DOCKERFILE}{old}{bare}"));
    git(dir.path(), &["commit", "-qam", "marked"]);
    for (text, line) in
        [(format!("{bare}{}", key("ADMIN_KEY")), 6), (format!("# gitleaks:allow\n{bare}"), 5)]
    {
        write(dir.path(), "Dockerfile", &format!("{DOCKERFILE}{text}"));
        let moved = lint(dir.path(), &["--policy-from", "HEAD"]);
        let told = format!("new in this change: ./Dockerfile:{line} suppresses SG201");
        assert!(moved.stderr.contains(&told), "{}", moved.shown());
        assert!(!moved.shown().contains("s4mpl3K3y9"), "{}", moved.shown());
    }
    // What it accepts is moved with it.
    write(dir.path(), "Dockerfile", &format!("{DOCKERFILE}{bare}ENV A=1\n{old}"));
    let same = lint(dir.path(), &["--policy-from", "HEAD"]);
    assert!(!same.stderr.contains("new in this change"), "{}", same.shown());
    // It counts for all lines of its instruction.
    let long = |first: &str, rest: &str| {
        let begun = old.trim_end();
        format!("{DOCKERFILE}{begun} {first}\\\n  API_KEY=s4mpl3K3y9Zt7Qw2Lx8Vb5{rest}\n")
    };
    write(dir.path(), "Dockerfile", &long("", ""));
    git(dir.path(), &["commit", "-qam", "long"]);
    for (text, is_new) in [(long("", ""), false), (long("A=1 ", ""), true), (long("", "x"), true)] {
        write(dir.path(), "Dockerfile", &text);
        let told = lint(dir.path(), &["--policy-from", "HEAD"]);
        assert_eq!(told.stderr.contains("new in this change"), is_new, "{}", told.shown());
    }
    write(dir.path(), "Dockerfile", &format!("{base}{}", key("ADMIN_KEY")));
    write(dir.path(), "gate.toml", "lint.select = ['SG201']\nlint.no-suppress = ['SG201']");
    let fixed = lint(dir.path(), &["--policy-from", "gate.toml"]);
    assert_eq!(codes(&fixed), "SG201 SG201", "{}", fixed.shown());
}

#[test]
fn the_baseline_of_a_pull_request_is_that_of_the_base() {
    let dir = project();
    git(dir.path(), &["init", "-q"]);
    write(dir.path(), "sandgate.toml", "lint.baseline = 'accepted.json'\n");
    write(dir.path(), "accepted.json", "{\"version\":1,\"findings\":[]}");
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "-qm", "base"]);
    assert_eq!(run(dir.path(), &["baseline", "-o", "accepted.json"]).code, Some(0));
    assert_eq!(codes(&lint(dir.path(), &[])), "");
    assert_eq!(codes(&lint(dir.path(), &["--policy-from", "HEAD"])), "SG401 SG406 SG407");
}

fn schema() -> jsonschema::Validator {
    let schema = config::schema();
    jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap()
}

#[test]
fn the_schema_is_the_one_in_the_repository() {
    let path = root().join("docs/sandgate.schema.json");
    assert_data_eq!(config::schema(), Data::read_from(&path, None).raw());
}

/// A value as TOML writes it: its strings may be written as JSON writes them.
fn toml(value: &Value) -> String {
    let of = |(key, value): (&String, &Value)| format!("{} = {}", json!(key), toml(value));
    match value {
        Value::Object(map) => {
            format!("{{ {} }}", map.iter().map(of).collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn problems(settings: &Value) -> Vec<String> {
    let lines = settings.as_object().unwrap().iter();
    let text: String =
        lines.map(|(key, value)| format!("{} = {}\n", json!(key), toml(value))).collect();
    let (_, problems) =
        config::read(&Source::new(ContextPath::new("sandgate.toml"), text.into_bytes()));
    problems.into_iter().map(|problem| problem.what).collect()
}

/// What an editor shows as right is taken, and what it shows as wrong is told.
#[test]
fn the_schema_and_the_program_take_the_same_settings() {
    let schema = schema();
    let rules = |list: Value| {
        let mut all = Vec::new();
        for key in ["select", "extend-select", "ignore", "no-suppress"] {
            all.push(json!({ "lint": { key: list } }));
        }
        for key in ["extend-select", "ignore"] {
            all.push(json!({ "lint": { "overrides": [{ "paths": ["a"], key: list }] } }));
        }
        all
    };
    let mut rows = Vec::new();
    for names in [
        json!([]),
        json!(["ALL", "all", "All", "default", "Default", "DEFAULT"]),
        json!(["SG", "sg", "SG1", "sg9", "SG40", "Sg7", "SG401", "sg401", "sG790"]),
        json!(["apt-lists-kept", "missing-sandbox-api"]),
    ] {
        rows.extend(rules(names).into_iter().map(|row| (true, row)));
    }
    for name in [
        "",
        "S",
        "SG0",
        "SG00",
        "SG99",
        "SG999",
        "SG4010",
        "SG4o1",
        "DL3006",
        "nothing",
        "al",
        "every",
        "ALL ",
        " SG401",
        "Apt-Lists-Kept",
        "SG401,SG402",
        "none",
        "SG*",
        "\n",
    ] {
        rows.extend(rules(json!(["SG401", name])).into_iter().map(|row| (false, row)));
    }
    for list in [json!("SG4"), json!([1]), json!({}), json!([["SG4"]]), json!(true)] {
        rows.extend(rules(list).into_iter().map(|row| (false, row)));
    }
    for (is_good, severity) in [
        (true, json!({})),
        (true, json!({"SG401": "error", "sg4": "info", "ALL": "warning", "all": "info"})),
        (true, json!({"apt-lists-kept": "error"})),
        (false, json!({"SG999": "error"})),
        (false, json!({"": "error"})),
        (false, json!({"SG401": "fatal"})),
        (false, json!({"SG401": "Error"})),
        (false, json!({"SG401": ""})),
        (false, json!({"SG401": 3})),
        (false, json!({"SG401": {"level": "error"}})),
        (false, json!("error")),
    ] {
        rows.push((is_good, json!({ "lint": { "severity": severity } })));
        let one = json!({ "paths": ["a/**"], "severity": severity });
        rows.push((is_good, json!({ "lint": { "overrides": [one] } })));
    }
    rows.extend([
        (true, json!({})),
        (true, json!({"lint": {}, "context": {}, "promotion": {}})),
        (true, json!({"required-version": ">=0.1"})),
        (false, json!({"required-version": 1})),
        (false, json!({"what": 1})),
        (false, json!({"Lint": {}})),
        (false, json!({"lint": []})),
        (false, json!({"lint": {"selct": []}})),
        (false, json!({"lint": {"fail_on": "error"}})),
        (true, json!({"lint": {"baseline": "b.json"}})),
        (false, json!({"lint": {"baseline": ["b.json"]}})),
        (true, json!({"lint": {"overrides": []}})),
        (true, json!({"lint": {"overrides": [{"paths": ["a/**", "*.txt"]}]}})),
        (false, json!({"lint": {"overrides": [{"ignore": ["SG4"]}]}})),
        (false, json!({"lint": {"overrides": [{"paths": [], "ignore": ["SG4"]}]}})),
        (false, json!({"lint": {"overrides": [{"paths": "a"}]}})),
        (false, json!({"lint": {"overrides": {"paths": ["a"]}}})),
        (false, json!({"lint": {"overrides": [1]}})),
        (false, json!({"lint": {"overrides": ["a"]}})),
        (false, json!({"lint": {"overrides": [[["a"], ["SG4"]]]}})),
        (false, json!({"context": [[".env"]]})),
        (false, json!({"promotion": []})),
        (true, json!({"context": {"include": [".env"]}})),
        (false, json!({"context": {"include": ".env"}})),
        (false, json!({"context": {"exclude": []}})),
        (true, json!({"promotion": {"to": ["prod", "account/prod"], "protected": ["prod"]}})),
        (false, json!({"promotion": {"to": ["a/b/c"]}})),
        (false, json!({"promotion": {"to": [""]}})),
        (false, json!({"promotion": {"to": ["prod "]}})),
        (false, json!({"promotion": {"protected": ["account/prod"]}})),
        (false, json!({"promotion": {"from": []}})),
    ]);
    for key in ["select", "fail-on", "preset", "no-suppress", "baseline", "overrides", "what"] {
        rows.push((false, json!({ "lint": { "overrides": [{ "paths": ["a"], key: [] }] } })));
    }
    for (key, good) in [
        ("preset", &["default", "strict", "release"][..]),
        ("fail-on", &["error", "warning", "info", "never"]),
    ] {
        rows.extend(good.iter().map(|name| (true, json!({ "lint": { key: name } }))));
        for bad in [json!("hard"), json!(""), json!("Strict"), json!("Error"), json!(1)] {
            rows.push((false, json!({ "lint": { key: bad } })));
        }
    }
    for (is_good, row) in &rows {
        assert_eq!(schema.is_valid(row), *is_good, "the schema: {row}");
        let problems = problems(row);
        assert_eq!(problems.is_empty(), *is_good, "the program: {row}\n{problems:?}");
        assert!(problems.len() < 2, "told twice: {row}\n{problems:?}");
    }
    // What only the program knows: a schema has no words for it.
    for row in [
        json!({"required-version": "new"}),
        json!({"lint": {"overrides": [{"paths": ["a["]}]}}),
        json!({"context": {"include": ["a["]}}),
    ] {
        assert!(schema.is_valid(&row) && problems(&row).len() == 1, "{row}");
    }
}

#[test]
fn the_schema_and_the_program_know_the_same_codes() {
    let schema = schema();
    let codes = (0..1000).map(|number| format!("SG{number:03}"));
    let starts = (0..100).flat_map(|number| [format!("sg{number}"), format!("Sg{number:02}")]);
    let names = rules::all().map(|rule| rule.name.to_owned());
    for name in codes.chain(starts).chain(names) {
        let is_known = schema.is_valid(&json!({"lint": {"ignore": [name]}}));
        assert_eq!(is_known, Selector::parse(&name).is_some(), "{name}");
    }
}

#[test]
fn settings_bring_back_what_is_always_left_out() {
    let dir = project();
    write(dir.path(), "config/.env.shared", "MODE=demo\n");
    write(dir.path(), "sandgate.toml", "context.include = ['config/.env.shared']\n");
    let why = |args: &[&str]| {
        let mut all = vec!["context", "--why", "config/.env.shared"];
        all.extend(args);
        run(dir.path(), &all).stdout
    };
    assert!(why(&[]).contains("is sent"), "{}", why(&[]));
    assert!(!why(&["--no-config"]).contains("is sent"), "{}", why(&["--no-config"]));
    let packed = |args: &[&str]| {
        let mut all = vec!["pack"];
        all.extend(args);
        run(dir.path(), &all).stdout
    };
    assert_ne!(packed(&[]), packed(&["--no-config"]));
}

#[test]
fn the_page_about_settings_shows_settings_that_work() {
    let page = fs::read_to_string(root().join("docs/settings.md")).unwrap();
    let blocks: Vec<&str> =
        page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(blocks.len(), 2);
    for text in blocks {
        let dir = project();
        write(dir.path(), "sandgate.toml", text);
        write(dir.path(), "sandgate-baseline.json", "{\"version\":1,\"findings\":[]}");
        let run = lint(dir.path(), &["--fail-on", "never"]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{text}\n{}", run.shown());
    }
}
