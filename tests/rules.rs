//! The pages under `rules/` are the specification: every example runs.
//!
//! Under `## Examples`, each `###` is one project made of fences; `CONTRIBUTING.md` lists what a
//! fence may say.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use sandgate::{
    lint::{
        self, Options, Selector,
        diagnostic::{Finding, Safety, Severity},
        fix,
        rule::Rule,
        rules,
    },
    project::{
        OpenOptions, Project,
        history::{History, Touched},
        image::looked_up::{Answer, Layer, Published},
        open,
    },
};

const SECTIONS: [&str; 4] = ["Why", "Examples", "Fix", "See also"];

const DEFAULT: &str = "FROM node:24-alpine\n\
    COPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/sandbox-api\n\
    ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\n";

#[derive(Debug, Default, Clone)]
struct Fence {
    language: String,
    attributes: BTreeMap<String, String>,
    body: String,
}

impl Fence {
    fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    fn file(&self) -> Option<&str> {
        match self.attributes.get("file") {
            Some(file) => Some(file),
            None if self.language == "dockerfile" => Some("Dockerfile"),
            None => None,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut body = self.body.clone();
        if self.has("no-newline") {
            body.truncate(body.trim_end_matches('\n').len());
        }
        if self.has("crlf") {
            body = body.replace('\n', "\r\n");
        }
        if self.has("bom") {
            body.insert(0, '\u{feff}');
        }
        body.into_bytes()
    }
}

/// The examples of a page: title and fences.
fn examples(page: &str) -> Vec<(String, Vec<Fence>)> {
    let section = page.split("\n## Examples\n").nth(1).unwrap_or("").split("\n## ").next().unwrap();
    let mut out: Vec<(String, Vec<Fence>)> = Vec::new();
    let mut open: Option<Fence> = None;
    for line in section.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let mut words = info.split_whitespace();
                let language = words.next().unwrap_or("").to_owned();
                let attributes = words
                    .map(|word| word.split_once('=').unwrap_or((word, "")))
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
                open = Some(Fence { language, attributes, body: String::new() });
            }
            (Some(_), Some("")) => {
                let fence = open.take().unwrap();
                out.last_mut().expect("a fence stands under a ### title").1.push(fence);
            }
            (Some(fence), _) => {
                fence.body.push_str(line);
                fence.body.push('\n');
            }
            (None, None) => {
                if let Some(title) = line.strip_prefix("### ") {
                    out.push((title.to_owned(), Vec::new()));
                }
            }
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    out
}

fn write(root: &Path, fence: &Fence) {
    let path = root.join(fence.file().unwrap());
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    if fence.has("dir") {
        fs::create_dir_all(&path).unwrap();
        return;
    }
    #[cfg(unix)]
    if let Some(target) = fence.attributes.get("link") {
        std::os::unix::fs::symlink(target, &path).unwrap();
        return;
    }
    if let Some(size) = fence.attributes.get("size") {
        fs::File::create(&path).unwrap().set_len(size.parse().unwrap()).unwrap();
    } else {
        fs::write(&path, fence.bytes()).unwrap();
    }
    set_mode(&path, fence.attributes.get("mode").map_or("644", String::as_str));
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(u32::from_str_radix(mode, 8).unwrap()))
        .unwrap();
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: &str) {}

#[cfg(unix)]
fn mode(path: &Path) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    format!("{:o}", fs::metadata(path).unwrap().permissions().mode() & 0o777)
}

/// The history of a fence `history`: how many commits touched a file, each commit one file.
fn history(fences: &[Fence]) -> Option<History> {
    let fence = fences.iter().find(|fence| fence.language == "history")?;
    let mut touched = Touched { commits: 300, ..Touched::default() };
    let mut next = 0;
    for line in fence.body.lines() {
        let (count, path) = line.split_once(' ').unwrap();
        let count: u16 = count.parse().unwrap();
        touched.files.insert(path.to_owned(), (next..next + count).collect());
        next += count;
    }
    Some(History::new(Arc::new(touched), ""))
}

/// With the rule turned on where it is off by default.
fn options(rule: &Rule, fences: &[Fence]) -> Options {
    let today = fences.iter().find_map(|fence| fence.attributes.get("today"));
    let today = today.map_or("2026-11-24", String::as_str);
    let mut options = Options::at(today.parse().unwrap());
    options.history = history(fences);
    options.policy.selection.extend = vec![Selector::One(rule.code)];
    // What a registry would tell, for rules that only know it from there.
    options.images.insert(
        "registry.example/arm-only:1".to_owned(),
        Answer::Foreign { platforms: vec!["linux/arm64/v8".to_owned()] },
    );
    let layers = vec![Layer { digest: "sha256:0".to_owned(), size: 2_000_000_001 }];
    options.images.insert(
        "registry.example/large:1".to_owned(),
        Answer::Image(Box::new(Published { layers, ..Published::default() })),
    );
    let app = Published {
        env: BTreeMap::from([("APP_HOME".to_owned(), "/srv".to_owned())]),
        user: "app".to_owned(),
        workdir: "/srv".to_owned(),
        ..Published::default()
    };
    options.images.insert("registry.example/app:1".to_owned(), Answer::Image(Box::new(app)));
    options
}

/// `file:line` of every finding of the rule; line 0 for a finding without a span.
fn found(rule: &Rule, options: &Options, project: &Project) -> Vec<(String, usize)> {
    places(&findings(rule, options, project), project)
}

fn findings(rule: &Rule, options: &Options, project: &Project) -> Vec<Finding> {
    let findings = lint::run(project, options).findings.into_iter();
    findings.filter(|finding| finding.code == rule.code).collect()
}

fn places(findings: &[Finding], project: &Project) -> Vec<(String, usize)> {
    let mut out: Vec<(String, usize)> = findings
        .iter()
        .map(|finding| {
            assert!(
                !finding.message.ends_with('.') && !finding.why.ends_with('.'),
                "a final period: {finding:?}"
            );
            assert!(!finding.why.is_empty(), "says no reason: {finding:?}");
            let line = finding.location.span.map_or(0, |span| {
                project
                    .source(&finding.location.file)
                    .expect("a span needs a text")
                    .line_of(span.start as usize)
            });
            (finding.location.file.to_string(), line)
        })
        .collect();
    out.sort();
    out
}

/// What is found adds its severity to `seen`.
fn check(
    rule: &Rule,
    title: &str,
    fences: &[Fence],
    seen: &mut BTreeSet<Severity>,
) -> Result<bool, String> {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("app");
    fs::create_dir(&root).unwrap();
    let inputs: Vec<&Fence> =
        fences.iter().filter(|fence| !fence.has("fixed-is") && fence.file().is_some()).collect();
    if !inputs.iter().any(|fence| fence.file() == Some("Dockerfile")) {
        fs::write(root.join("Dockerfile"), DEFAULT).unwrap();
    }
    // Links last: what they lead to exists by then.
    for fence in inputs
        .iter()
        .filter(|fence| !fence.has("link"))
        .chain(inputs.iter().filter(|fence| fence.has("link")))
    {
        write(&root, fence);
    }
    let mut want: Vec<(String, usize)> = inputs
        .iter()
        .flat_map(|fence| {
            let file = fence.file().unwrap().to_owned();
            let lines = fence.attributes.get("bad").cloned().unwrap_or_default();
            let lines: Vec<usize> =
                lines.split(',').filter(|n| !n.is_empty()).map(|n| n.parse().unwrap()).collect();
            lines.into_iter().map(move |line| (file.clone(), line))
        })
        .collect();
    want.sort();
    let bad = !want.is_empty();
    let good = inputs.iter().any(|fence| fence.has("good"));
    if bad == good {
        return Err("an example is either bad or good".into());
    }
    let project = open(&root, &OpenOptions::default()).map_err(|err| err.to_string())?;
    if good && !project.dockerfile.errors.is_empty() {
        return Err(format!("does not parse: {:?}", project.dockerfile.errors));
    }
    let options = options(rule, fences);
    let findings = findings(rule, &options, &project);
    seen.extend(findings.iter().map(|finding| finding.severity));
    let got = places(&findings, &project);
    if got != want {
        return Err(format!("found {got:?}, the page says {want:?}"));
    }
    if fences.iter().any(|fence| fence.has("no-fix")) && findings.iter().any(|it| it.fix.is_some())
    {
        return Err("a fix is offered".into());
    }
    let Some(how) = inputs.iter().find_map(|fence| fence.attributes.get("fixed")) else {
        return Ok(bad);
    };
    let choice = fix::Choice { unsafe_too: how == "unsafe", only: Some(rule.code) };
    let mut fixes = findings.iter().filter_map(|finding| finding.fix.as_ref());
    if how == "unsafe" && fixes.all(|fix| fix.safety == Safety::Safe) {
        return Err("the fix is safe".into());
    }
    let fixed = fix::run(&root, &OpenOptions::default(), &options, choice)
        .map_err(|err| err.to_string())?;
    if fixed.fixed == 0 {
        return Err("no fix was offered".into());
    }
    for fence in fences.iter().filter(|fence| fence.has("fixed-is")) {
        let path: PathBuf = root.join(fence.file().unwrap());
        let is = fs::read(&path).map_err(|err| format!("{}: {err}", fence.file().unwrap()))?;
        if is != fence.bytes() {
            return Err(format!(
                "the fix gives\n{}\nthe page says\n{}",
                String::from_utf8_lossy(&is),
                String::from_utf8_lossy(&fence.bytes())
            ));
        }
        #[cfg(unix)]
        if let Some(want) = fence.attributes.get("mode")
            && mode(&path) != *want
        {
            return Err(format!("the mode is {}, the page says {want}", mode(&path)));
        }
    }
    let left = found(rule, &options, &fixed.project);
    if !left.is_empty() && !fences.iter().any(|fence| fence.has("some-left")) {
        return Err(format!("still found after the fix: {left:?}"));
    }
    let errors = &fixed.project.dockerfile.errors;
    if !errors.is_empty() && project.dockerfile.errors.is_empty() {
        return Err(format!("the fixed file does not parse: {errors:?}"));
    }
    let again = fix::run(&root, &OpenOptions::default(), &options, choice)
        .map_err(|err| err.to_string())?;
    if again.fixed != 0 {
        return Err(format!("{title}: a second run fixes again"));
    }
    Ok(bad)
}

/// What no page may show, since hosts of repositories take it for a real key: one of a test environment, which is a warning.
fn beside(rule: &Rule) -> Vec<Finding> {
    let key = format!("sk_{}_{}", "test", "s4mpl3K3y9Zt7Qw2Lx8Vb5Nm");
    let text = match rule.code {
        "SG201" => format!("FROM node:24-alpine\nENV STRIPE_KEY={key}\n"),
        _ => return Vec::new(),
    };
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("Dockerfile"), text).unwrap();
    findings(rule, &options(rule, &[]), &open(dir.path(), &OpenOptions::default()).unwrap())
}

#[test]
fn examples_hold() {
    let mut wrong = Vec::new();
    let only = std::env::var("RULE").ok();
    for rule in rules::all().filter(|rule| only.as_deref().is_none_or(|only| rule.code == only)) {
        let (mut bad, mut good) = (0, 0);
        let mut seen = BTreeSet::new();
        for (title, fences) in examples(rule.page) {
            match check(rule, &title, &fences, &mut seen) {
                Ok(true) => bad += 1,
                Ok(false) => good += 1,
                Err(why) => wrong.push(format!("{} `{title}`: {why}", rule.code)),
            }
        }
        seen.extend(beside(rule).iter().map(|finding| finding.severity));
        // What the index says of a rule is what its check does.
        let said = rules::severities(rule);
        if said.iter().rev().ne(&seen) {
            wrong.push(format!("{}: its line says {said:?}, its examples {seen:?}", rule.code));
        }
        if bad == 0 && wrong.is_empty() {
            wrong.push(format!("{}: no bad example", rule.code));
        }
        if good == 0 && wrong.is_empty() {
            wrong.push(format!("{}: no good example", rule.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn pages_and_rules_belong_together() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages: BTreeSet<String> = fs::read_dir(root.join("rules"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| name != "README")
        .collect();
    let codes: Vec<&str> = rules::all().map(|rule| rule.code).collect();
    assert!(codes.is_sorted(), "{codes:?}");
    assert_eq!(pages, codes.iter().map(|code| (*code).to_owned()).collect::<BTreeSet<_>>());
    let names: BTreeSet<&str> = rules::all().map(|rule| rule.name).collect();
    assert_eq!(names.len(), codes.len(), "two rules share a name");

    let families = [
        "contract",
        "secrets",
        "cache",
        "base",
        "context",
        "manifest",
        "correctness",
        "security",
        "meta",
    ];
    for rule in rules::all() {
        let code = rule.code;
        assert!(rule.page.starts_with(&format!("# {code} {}\n\n", rule.name)), "{code}: heading");
        let sections: Vec<&str> =
            rule.page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(sections, SECTIONS, "{code}");
        let summary = rule.page.lines().nth(2).unwrap();
        assert!(summary.ends_with('.') && summary.len() < 200, "{code}: one sentence of summary");
        let family = families[code[2..3].parse::<usize>().unwrap() - 1];
        let file = format!(
            "src/lint/rules/{family}/{}_{}.rs",
            code.to_lowercase(),
            rule.name.replace('-', "_")
        );
        assert!(root.join(&file).is_file(), "{file} is missing");
        assert_eq!(rule.since, "0.1.0", "{code}: since");
    }
}

#[test]
fn the_index_is_current() {
    let mut want = String::from(
        "# Rules\n\nGenerated from the rules; `BLESS=1 cargo test --test rules` rewrites it.\n\n\
         | Code | Name | Severity | Fix | What it flags |\n| --- | --- | --- | --- | --- |\n",
    );
    for rule in rules::all() {
        let fix = match (rule.page.contains(" fixed\n"), rule.page.contains(" fixed=unsafe")) {
            (true, _) => "safe",
            (false, true) => "offered",
            _ => "",
        };
        let summary = rule.page.lines().nth(2).unwrap();
        writeln!(
            want,
            "| [{code}]({code}.md) | `{}` | {} | {fix} | {summary} |",
            rule.name,
            rules::weight(rule),
            code = rule.code
        )
        .unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/README.md");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &want).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap_or_default(),
        want,
        "run BLESS=1 cargo test --test rules"
    );
}

/// A Dockerfile for each of the builder's own checks; the rule whose page names it finds it.
#[test]
fn each_check_of_the_builder_is_made() {
    let on = |text: &str| format!("FROM alpine:3.22\n{text}\n");
    let cases: &[(&str, String)] = &[
        ("StageNameCasing", "FROM alpine:3.22 AS Build\n".into()),
        ("FromAsCasing", "FROM alpine:3.22 as build\n".into()),
        ("NoEmptyContinuation", on("RUN true && \\\n\n  true")),
        ("ConsistentInstructionCasing", on("run true")),
        ("DuplicateStageName", "FROM alpine:3.22 AS a\nFROM a AS a\n".into()),
        ("ReservedStageName", "FROM alpine:3.22 AS scratch\n".into()),
        ("JSONArgsRecommended", on("CMD sleep infinity")),
        ("MaintainerDeprecated", on("MAINTAINER me")),
        ("UndefinedArgInFrom", "FROM alpine:${TAG}\n".into()),
        ("WorkdirRelativePath", on("WORKDIR app")),
        ("UndefinedVar", on("COPY $SRC /x/")),
        ("UndefinedVar", on("USER $USR")),
        ("MultipleInstructionsDisallowed", on("CMD [\"a\"]\nCMD [\"b\"]")),
        ("LegacyKeyValueFormat", on("ENV a b")),
        ("RedundantTargetPlatform", "FROM --platform=$TARGETPLATFORM alpine:3.22\n".into()),
        ("SecretsUsedInArgOrEnv", on("ENV DB_PASSWORD=Tr0ub4dor-3x")),
        ("InvalidDefaultArgInFrom", "ARG TAG\nFROM alpine:${TAG}\n".into()),
        ("FromPlatformFlagConstDisallowed", "FROM --platform=linux/arm64 alpine:3.22\n".into()),
        ("CopyIgnoredFile", on("COPY ignored.txt /x/")),
        ("InvalidDefinitionDescription", "# the runtime\nFROM alpine:3.22 AS app\n".into()),
        ("InvalidBaseImagePlatform", "FROM registry.example/arm-only:1\n".into()),
        ("ExposeProtoCasing", on("EXPOSE 80/TCP")),
        ("ExposeInvalidFormat", on("EXPOSE 127.0.0.1:80:80")),
    ];
    for (check, text) in cases {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("Dockerfile"), text).unwrap();
        fs::write(dir.path().join("ignored.txt"), "").unwrap();
        fs::write(dir.path().join(".dockerignore"), "ignored.txt\n").unwrap();
        let project = open(dir.path(), &OpenOptions::default()).unwrap();
        let is_made = rules::all().filter(|rule| names(rule, check)).any(|rule| {
            let found = found(rule, &options(rule, &[]), &project);
            found.iter().any(|(file, _)| file == "Dockerfile")
        });
        assert!(is_made, "{check}: {text}");
    }
}

/// Whether the page of a rule says that it makes a check of somebody else.
fn names(rule: &Rule, check: &str) -> bool {
    let also = rule.page.split("\n## See also\n").nth(1).unwrap_or("");
    also.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == check)
}

/// What the builder itself checks, and the rules of hadolint that hold for sandbox images: each is
/// named by the page of ours that says the same.
#[test]
fn the_checks_of_others_have_an_equivalent() {
    const OTHERS: &[&str] = &[
        "StageNameCasing",
        "FromAsCasing",
        "NoEmptyContinuation",
        "ConsistentInstructionCasing",
        "DuplicateStageName",
        "ReservedStageName",
        "JSONArgsRecommended",
        "MaintainerDeprecated",
        "UndefinedArgInFrom",
        "WorkdirRelativePath",
        "UndefinedVar",
        "MultipleInstructionsDisallowed",
        "LegacyKeyValueFormat",
        "RedundantTargetPlatform",
        "SecretsUsedInArgOrEnv",
        "InvalidDefaultArgInFrom",
        "FromPlatformFlagConstDisallowed",
        "CopyIgnoredFile",
        "InvalidDefinitionDescription",
        "InvalidBaseImagePlatform",
        "ExposeProtoCasing",
        "ExposeInvalidFormat",
        "DL1000",
        "DL3000",
        "DL3002",
        "DL3006",
        "DL3007",
        "DL3008",
        "DL3009",
        "DL3011",
        "DL3013",
        "DL3014",
        "DL3015",
        "DL3016",
        "DL3018",
        "DL3019",
        "DL3020",
        "DL3021",
        "DL3022",
        "DL3023",
        "DL3024",
        "DL3025",
        "DL3027",
        "DL3028",
        "DL3029",
        "DL3030",
        "DL3032",
        "DL3033",
        "DL3036",
        "DL3037",
        "DL3038",
        "DL3040",
        "DL3041",
        "DL3042",
        "DL3043",
        "DL3044",
        "DL3045",
        "DL3046",
        "DL3061",
        "DL3062",
        "DL3063",
        "DL3064",
        "DL3065",
        "DL4000",
        "DL4003",
        "DL4004",
        "DL4006",
    ];
    let is_named = |name: &str| rules::all().any(|rule| names(rule, name));
    let missing: Vec<&&str> = OTHERS.iter().filter(|name| !is_named(name)).collect();
    assert!(missing.is_empty(), "no page names {missing:?}");
}
