//! Less memory than what the image holds usually needs.

use super::issues;
use crate::lint::{
    diagnostic::Severity,
    facts::{Facts, Root},
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG615",
    name: "memory-for-project",
    family: Family::Manifest,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG615.md"),
    check,
};

/// Packages and images that need more than a small sandbox has: a browser, a database, a desktop.
const HEAVY: &[(&str, &str)] = &[
    ("chromium", "a browser"),
    ("chromium-browser", "a browser"),
    ("google-chrome-stable", "a browser"),
    ("firefox", "a browser"),
    ("firefox-esr", "a browser"),
    ("postgresql", "a database"),
    ("mysql-server", "a database"),
    ("mariadb-server", "a database"),
    ("mongodb-org", "a database"),
    ("elasticsearch", "a search engine"),
    ("xfce4", "a desktop"),
    ("lxde", "a desktop"),
    ("gnome-shell", "a desktop"),
    ("kde-plasma-desktop", "a desktop"),
];

/// Bases that hold a browser.
const BROWSERS: &[&str] = &[
    "playwright",
    "zenika/alpine-chrome",
    "browserless/chrome",
    "ghcr.io/puppeteer/puppeteer",
    "selenium/standalone-chrome",
];

/// What the platform's own images of that kind ask for, in MB.
const ENOUGH: i64 = 4096;

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(manifest) = &facts.project.manifest else { return };
    let Some(memory) = &manifest.memory else { return };
    if !(1024..ENOUGH).contains(&memory.value) {
        return;
    }
    let Some((name, what)) = heavy(facts) else { return };
    sink.report(
        issues::at(manifest, memory.span),
        format!("{} MB is little for {what} (`{name}`)", memory.value),
        "the sandbox's processes are killed when its memory is full, and its files are in memory too",
    )
    .help(format!(
        "2048 fits a light sandbox, {ENOUGH} one with a web application, 8192 one with several services"
    ));
}

fn heavy(facts: &Facts<'_>) -> Option<(String, &'static str)> {
    let image = facts.images.last()?;
    if let Some((name, what)) =
        HEAVY.iter().find(|(name, _)| image.packages.iter().any(|package| package == name))
    {
        return Some(((*name).to_owned(), what));
    }
    let base = match &image.root {
        Root::Other(name) | Root::Official(name) => Some(name),
        _ => None,
    };
    if let Some(name) = base.filter(|name| BROWSERS.iter().any(|browser| name.contains(browser))) {
        return Some((name.clone(), "a browser"));
    }
    let installs = facts.final_commands().any(|(_, _, held)| {
        let mut pairs = held.command.words.windows(2);
        pairs.any(|pair| pair[0].raw == "playwright" && pair[1].raw == "install")
    });
    installs.then(|| ("playwright install".to_owned(), "a browser"))
}
