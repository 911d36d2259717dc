//! What somebody may write who means harm, and what must not be left of it anywhere.

use sandgate::record::leg;
use serde_json::{Value, json};

/// What somebody may write into a file name, a branch, a Dockerfile, a log or a record.
pub(crate) const HOSTILE: &[&str] = &[
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

/// The texts that can stand on one line of a file.
pub(crate) fn lines() -> impl Iterator<Item = &'static str> {
    HOSTILE.iter().copied().filter(|text| !text.contains(['\n', '\r', '\0']))
}

/// A Dockerfile with every text in a label, as a source, and as an instruction.
pub(crate) fn dockerfile() -> String {
    let mut text = String::from("FROM node:24-slim\n");
    for evil in lines() {
        let source = json!(evil);
        text.push_str(&format!(
            "LABEL a='{}'\nCOPY [{source}, \"/x/\"]\nFROBNICATE {evil}\n",
            evil.replace('\'', "")
        ));
    }
    text
}

/// What a job may have written that ran a stranger's code.
pub(crate) fn hostile_leg() -> Value {
    let finding = |text: &str| json!({"severity": "error", "code": text, "path": text, "line": 1, "message": text, "help": text});
    json!({
        "version": 1, "kind": "leg", "image": "shop", "path": HOSTILE.join(" "), "commit": crate::stage::HEAD,
        "did": "deploy", "status": "failed", "workspace": HOSTILE.join(" "), "reference": HOSTILE.join(" "),
        "url": "https://evil.example", "finished": HOSTILE[20],
        "lint": {"errors": 1, "findings": HOSTILE.iter().map(|text| finding(text)).collect::<Vec<_>>(), "added": HOSTILE},
        "failure": {"phase": "build", "step": HOSTILE.join(" "), "cause": HOSTILE.join("\n"), "help": HOSTILE.join(" "), "log_tail": HOSTILE},
        "merging": HOSTILE.iter().map(|text| json!({"workspace": text, "share": text, "now": text})).collect::<Vec<_>>(),
        "promoted": [],
        "run": {"id": 1, "attempt": 1, "url": "https://evil.example/run"},
    })
}

/// A control of a terminal, or a mark that changes the order in which text is shown; line ends and tabs are neither.
pub(crate) fn moves(text: &str) -> Option<char> {
    text.chars().find(|c| match c {
        '\n' | '\t' => false,
        '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}' => true,
        '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        c => c.is_control(),
    })
}

/// One line of plain text that shows as it is written.
pub(crate) fn is_plain(what: &str, text: &str) {
    assert_eq!(moves(text), None, "{what}: {text}");
    assert!(!text.contains(['\n', '\t']), "{what}: {text}");
}

/// A document of JSON that may be printed anywhere.
pub(crate) fn is_inert_json(what: &str, text: &str) -> Value {
    assert_eq!(moves(text), None, "{what}: {text}");
    no_command(text);
    serde_json::from_str(text).unwrap_or_else(|err| panic!("{what}: {err}: {text}"))
}

/// A record: inert, and still the data that it was made from.
pub(crate) fn is_inert_record(text: &str) {
    is_inert_json("record", text);
    let legs: Vec<_> = leg::read_all(text).unwrap().into_iter().map(Result::unwrap).collect();
    let again = leg::read_all(&leg::to_json(&legs)).unwrap();
    assert_eq!(again.into_iter().map(Result::unwrap).collect::<Vec<_>>(), legs);
}

/// SARIF whose messages hold no link. Gives the number of its results.
pub(crate) fn is_inert_sarif(text: &str) -> usize {
    let sarif = is_inert_json("SARIF", text);
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    for result in results {
        let mut texts = vec![&result["message"]["text"]];
        for related in result["relatedLocations"].as_array().into_iter().flatten() {
            texts.push(&related["message"]["text"]);
        }
        for text in texts {
            let text = text.as_str().unwrap();
            assert_eq!(moves(text), None, "{text}");
            assert!(!text.contains("]("), "a link: {text}");
        }
        for place in result["locations"].as_array().unwrap() {
            let uri = &place["physicalLocation"]["artifactLocation"]["uri"];
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
            assert!(uri.as_str().unwrap().chars().all(plain), "{uri}");
        }
    }
    results.len()
}

/// Variables, a line each, whose values nobody fills anything into.
pub(crate) fn is_inert_dotenv(text: &str) {
    assert!(!text.is_empty());
    for line in text.lines() {
        let (name, value) = line.split_once('=').unwrap();
        let known = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        assert!(name.starts_with("SANDGATE_") && name.chars().all(known), "{line}");
        is_plain("variable", value);
        assert!(!value.contains(['$', '`']), "{line}");
    }
}

/// Markdown: nothing of it is HTML, a link, a mention or a format that we did not write.
pub(crate) fn is_inert_markdown(what: &str, text: &str) {
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
        "**bold",
        "~~s",
    ] {
        assert!(!outside.contains(evil), "{what}: {evil:?}\n{outside}");
    }
    // Only what we wrote opens or closes a part.
    let count = |part: &str| outside.matches(part).count();
    assert_eq!(count("<details"), count("</details>"), "{what}");
    assert!(count("<!--") <= 2, "{what}\n{outside}");
    for line in outside.lines().filter(|line| line.starts_with('|')) {
        assert!([4, 5, 7].contains(&(line.matches('|').count())), "{what}: {line}");
    }
    assert_eq!(moves(text), None, "{what}: {text}");
}

/// A text without its fenced blocks, each of which is closed.
pub(crate) fn outside_of_fences(text: &str) -> String {
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
    assert!(fence.is_none(), "a fence is not closed\n{text}");
    out
}

/// What stands outside of fences, in which nothing is read.
pub(crate) fn outside_of_logs(text: &str) -> String {
    let mut out = outside_of_fences(text);
    // Links that we made lead to the repository, whatever the path is called.
    while let Some(at) = out.find("](https://github.com/o/r/") {
        let end = out[at..].find(')').unwrap();
        out.replace_range(at..=at + end, "]");
    }
    out
}

/// What stands outside of indented code, in which nothing is read, and how many lines that has. It begins behind an empty
/// line: behind any other it would be text.
pub(crate) fn outside_of_indents(text: &str) -> (String, usize) {
    let (mut out, mut code, mut may_begin) = (String::new(), 0, true);
    for line in text.lines() {
        let is_code = may_begin && line.starts_with("    ");
        may_begin = line.is_empty() || is_code;
        code += usize::from(is_code);
        if !is_code {
            out.push_str(line);
            out.push('\n');
        }
    }
    (out, code)
}

/// A line that the runner would obey, but for those that we mean.
pub(crate) fn no_command(text: &str) {
    for line in text.lines() {
        let line = line.trim_start();
        let ours = [
            "::group::shop",
            "::endgroup::",
            "::error title=sandgate::",
            "::warning title=sandgate::",
            "::error file=",
            "::warning file=",
            "::notice file=",
            "::notice title=sandgate::",
            "::stop-commands::sandgate-",
            "::sandgate-",
            "::add-mask::X-Amz-",
        ];
        assert!(!line.starts_with("::") || ours.iter().any(|own| line.starts_with(own)), "{line}");
        assert!(!line.contains("##[") && !line.contains("##vso"), "{line}");
    }
}
