//! Less memory than what the image holds usually needs.

use super::issues;
use crate::{
    lint::{
        diagnostic::Severity,
        facts::{Facts, Install, Manager, Packager, Root},
        rule::{Family, Rule, Sink},
    },
    project::path::ContextPath,
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

/// Frameworks whose build and development server hold a whole bundler, by the package, with the
/// names of their settings.
const WEB: &[(&str, &[&str])] = &[
    ("next", &["next.config.js", "next.config.mjs", "next.config.cjs", "next.config.ts"]),
    ("nuxt", &["nuxt.config.js", "nuxt.config.mjs", "nuxt.config.ts"]),
];

/// Python packages that load models.
const LEARNING: &[&str] = &["torch", "tensorflow", "vllm"];

/// What the platform's own images of that kind ask for, in MB.
const ENOUGH: i64 = 4096;
/// What it advises for several of them, in MB.
const SEVERAL: i64 = 8192;
/// Up to here a number was meant in gigabytes, of which another rule speaks.
const GIGABYTES: i64 = 64;

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(manifest) = &facts.project.manifest else { return };
    let Some(memory) = &manifest.memory else { return };
    if !(GIGABYTES + 1..SEVERAL).contains(&memory.value) {
        return;
    }
    let heavy = heavy(facts);
    let web = web(facts);
    let (name, what) = match (heavy, web) {
        (Some((name, what)), Some(web)) if what.starts_with("a database") => {
            (format!("{web}` and `{name}"), "a web application with a database")
        }
        _ if memory.value >= ENOUGH => return,
        (Some(heavy), _) => heavy,
        (None, Some(web)) => (web.to_owned(), "a web application"),
        (None, None) => match learning(facts) {
            Some(name) => (name.to_owned(), "models"),
            None => return,
        },
    };
    sink.report(
        issues::at(manifest, memory.span),
        format!("{} MB is little for {what} (`{name}`)", memory.value),
        "the sandbox's processes are killed when its memory is full, and its files are in memory too",
    )
    .help(format!(
        "2048 fits a light sandbox, {ENOUGH} one with a web application, {SEVERAL} one with several services"
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

/// The installations that make the final image.
fn final_installs<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = &'a Install> {
    facts.final_instructions().flat_map(|index| {
        let from = facts.installs.partition_point(|install| install.instruction < index);
        facts.installs[from..].iter().take_while(move |install| install.instruction == index)
    })
}

/// The framework of the web application that is installed in the image, where its manifest or its
/// settings say so.
fn web(facts: &Facts<'_>) -> Option<&'static str> {
    final_installs(facts).find(|install| install.manager.ecosystem() == "Node")?;
    let project = facts.project;
    // `COPY . .` names it as little as it names any other.
    let manifest = project
        .files
        .get("package.json")
        .or_else(|| project.copied.get("package.json"))
        .and_then(|source| serde_json::from_str::<serde_json::Value>(source.text()).ok());
    let found = WEB.iter().find(|(name, settings)| {
        let needs = |manifest: &serde_json::Value| manifest["dependencies"].get(name).is_some();
        manifest.as_ref().is_some_and(needs)
            || settings
                .iter()
                .any(|file| project.tree.get(file).is_some_and(|entry| entry.excluded.is_none()))
    });
    found.map(|(name, _)| *name)
}

/// The package for models that pip installs in the image, by name or by a file of requirements.
fn learning(facts: &Facts<'_>) -> Option<&'static str> {
    let is = |text: &str, name: &str| {
        text.strip_prefix(name).is_some_and(|rest| {
            !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
        })
    };
    let of = |text: &str| LEARNING.iter().copied().find(|name| is(text.trim(), name));
    let named = facts.final_instructions().find_map(|index| {
        let calls = facts.packages_in(index..index + 1).iter();
        calls
            .filter(|call| call.packager == Packager::Pip && call.what == "install")
            .flat_map(|call| &call.names)
            .find_map(|name| of(name))
    });
    named.or_else(|| {
        let pip = final_installs(facts).filter(|install| install.manager == Manager::Pip);
        pip.flat_map(|install| install.main_files.iter().chain(&install.other_files))
            .filter_map(|file| facts.project.files.get(&ContextPath::clean(file)))
            .find_map(|source| source.text().lines().find_map(of))
    })
}
