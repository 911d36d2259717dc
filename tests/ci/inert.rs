//! Texts from outside are inert in everything that is told.

use std::fs;

use serde_json::json;

use crate::stage::{Stage, pull};

/// What somebody may write into a file name, a branch, a Dockerfile, a log or a record.
const HOSTILE: &[&str] = &[
    "::error::boom",
    "::add-mask::x",
    "::set-output name=a::b",
    "::stop-commands::x",
    "##[error]x",
    "##vso[task.setvariable]x",
    "::notice file=x::y",
    "\r::warning::x",
    "a\n::error::b",
    "<script>alert(1)</script>",
    "<img src=x onerror=y>",
    "<!-- hidden -->",
    "--> <b>",
    "</details>",
    "<details open>",
    "<a href=https://evil.example>x</a>",
    "<h1>x",
    "&lt;b&gt;",
    "&#60;b&#62;",
    "[x](https://evil.example)",
    "![x](https://evil.example/p.png)",
    "[x]: https://evil.example",
    "<https://evil.example>",
    "https://evil.example/x",
    "www.evil.example",
    "@everyone",
    "@org/team",
    "#1",
    "o/r#1",
    "GH-1",
    "**bold**",
    "__bold__",
    "*i*",
    "~~s~~",
    "`code`",
    "``` fence",
    "~~~ fence",
    "| a | b |",
    "|",
    "\\|",
    "- [ ] task",
    "> quote",
    "# heading",
    "1. list",
    "---",
    "===",
    "$x^2$",
    "$$x$$",
    ":tada:",
    "^[note]",
    "[^1]",
    "\u{1b}[31mred",
    "\u{1b}]8;;https://evil.example\u{7}x",
    "\u{202e}gnp.exe",
    "\u{2066}x\u{2069}",
    "\u{200f}x",
    "\u{0}x",
    "\u{7f}x",
    "\u{85}x",
    "\u{2028}x",
    "\u{feff}x",
    "${{ secrets.X }}",
    "$(id)",
    "`id`",
    "; id",
    "%0A::error::x",
    "\u{9b}31m",
    "javascript:alert(1)",
];

#[tokio::test]
async fn hostile_texts_command_nobody() {
    assert!(HOSTILE.len() >= 60);
    let stage = Stage::new().await;
    let finding = |text: &str| json!({"severity": "error", "code": text, "path": text, "line": 1, "message": text, "help": text});
    let leg = json!({
        "version": 1, "kind": "leg", "image": "shop", "path": HOSTILE.join(" "), "commit": crate::stage::HEAD,
        "did": "deploy", "status": "failed", "workspace": HOSTILE.join(" "), "reference": HOSTILE.join(" "),
        "url": "https://evil.example", "finished": HOSTILE[20],
        "lint": {"errors": 1, "findings": HOSTILE.iter().map(|text| finding(text)).collect::<Vec<_>>(), "added": HOSTILE},
        "failure": {"phase": "build", "step": HOSTILE.join(" "), "cause": HOSTILE.join("\n"), "help": HOSTILE.join(" "), "log_tail": HOSTILE},
        "merging": HOSTILE.iter().map(|text| json!({"workspace": text, "share": text, "now": text})).collect::<Vec<_>>(),
        "promoted": [],
        "run": {"id": 1, "attempt": 1, "url": "https://evil.example/run"},
    });
    stage.file("records/leg.json", &leg.to_string());
    let records = stage.path("records");
    let args = ["--command", "report", "--records", records.to_str().unwrap()];
    let job = stage.job("pull_request", &pull("opened"), 1, &args);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    for (name, text) in [("comment", comment), ("summary", &job.summary)] {
        let outside = outside_of_logs(text);
        for evil in [
            "<script",
            "<img",
            "<a ",
            "<h1",
            "<b>x",
            "](https://evil",
            "]: https://evil",
            "https://evil",
            "www.evil",
            "> @everyone",
            "> @org",
            "javascript:alert(1)]",
            "\u{1b}",
            "\u{202e}",
            "\u{2066}",
            "\u{9b}",
            "\u{0}",
            "**bold",
            "~~s",
        ] {
            assert!(!outside.contains(evil), "{name}: {evil:?}\n{outside}");
        }
        // Only what we wrote opens or closes a part.
        let count = |part: &str| outside.matches(part).count();
        assert_eq!(count("<details"), count("</details>"), "{name}");
        assert!(count("<!--") <= 2, "{name}\n{outside}");
        for line in outside.lines().filter(|line| line.starts_with('|')) {
            assert!([4, 5, 7].contains(&(line.matches('|').count())), "{name}: {line}");
        }
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{name}");
    }
    no_command(&job.run.stdout);
    no_command(&job.run.stderr);
}

/// What stands outside of fences, in which nothing is read.
fn outside_of_logs(text: &str) -> String {
    let mut fence: Option<String> = None;
    let mut out = String::new();
    for line in text.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                out.push_str(line);
                out.push('\n');
            }
            Some(open) if line == open => fence = None,
            Some(_) => (),
        }
    }
    // Links that we made lead to the repository, whatever the path is called.
    while let Some(at) = out.find("](https://github.com/o/r/") {
        let end = out[at..].find(')').unwrap();
        out.replace_range(at..=at + end, "]");
    }
    assert!(fence.is_none(), "a fence is not closed\n{text}");
    out
}

/// A line that the runner would obey, but for those that we mean.
fn no_command(text: &str) {
    for line in text.lines() {
        let line = line.trim_start();
        let ours = [
            "::error title=sandgate::",
            "::warning title=sandgate::",
            "::error file=",
            "::warning file=",
            "::notice file=",
            "::notice title=sandgate::",
            "::stop-commands::sandgate-",
            "::sandgate-",
        ];
        assert!(!line.starts_with("::") || ours.iter().any(|own| line.starts_with(own)), "{line}");
        assert!(!line.contains("##["), "{line}");
    }
}

#[tokio::test]
async fn hostile_names_and_lines_of_a_project_command_nobody() {
    let stage = Stage::new().await;
    let mut dockerfile = String::from("FROM node:24-slim\n");
    for text in HOSTILE.iter().filter(|text| !text.contains(['\n', '\r', '\0'])) {
        dockerfile.push_str(&format!(
            "LABEL a='{}'\nCOPY [{}, \"/x/\"]\nFROBNICATE {text}\n",
            text.replace('\'', ""),
            json!(text)
        ));
        let name = text.replace('/', "-");
        let _ = fs::write(stage.path(&name), text);
    }
    stage.file("Dockerfile", &dockerfile);
    let sarif = stage.path(".out/found.sarif");
    let args = ["--command", "lint", "--sarif-file", sarif.to_str().unwrap()];
    let job = stage.job("pull_request", &pull("opened"), 1, &args);
    assert_eq!(job.run.code, Some(1), "{}", job.run.shown());
    no_command(&job.run.stdout);
    no_command(&job.run.stderr);
    let comments = stage.comments().await;
    for text in comments.iter().chain([&job.summary]) {
        let outside = outside_of_logs(text);
        for evil in ["<script", "<img", "](https://evil", "@everyone", "\u{1b}", "\u{202e}"] {
            assert!(!outside.contains(evil), "{evil:?}\n{outside}");
        }
    }
    for value in job.outputs.values() {
        assert!(!value.contains("<<"), "{value}");
    }
}
