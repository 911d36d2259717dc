//! A program is installed in whatever version is newest.

use crate::lint::{
    diagnostic::Severity,
    facts::Facts,
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG806",
    name: "unpinned-global-install",
    family: Family::Security,
    severity: Severity::Info,
    since: "0.1.0",
    default: false,
    page: include_str!("../../../../rules/SG806.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    if !facts.calls(INSTALLERS) {
        return;
    }
    for (index, run) in &facts.runs {
        if facts.stages.of(*index).is_none_or(|stage| !facts.stages.is_needed(stage.index)) {
            continue;
        }
        for held in &run.commands {
            if !held.program().is_some_and(|name| INSTALLERS.contains(&name)) {
                continue;
            }
            let Some((program, args)) = held.call() else { continue };
            let names = unpinned(program, &args);
            if names.is_empty() {
                continue;
            }
            let list =
                names.iter().map(|name| ["`", name, "`"].concat()).collect::<Vec<_>>().join(", ");
            sink.report(
                facts.at(held.span),
                format!("{list}: no version is named"),
                "each build without a cached layer takes the newest release, which may break the sandbox or be somebody else's",
            )
            .help(format!("name a version, as in `{}`", example(program, names[0])));
        }
    }
}

/// Programs that install other programs.
const INSTALLERS: &[&str] = &["npm", "pnpm", "bun", "go", "cargo", "gem", "pipx", "uv"];

/// What a command installs by a name alone.
fn unpinned<'a>(program: &str, args: &[&'a str]) -> Vec<&'a str> {
    let words: Vec<&str> = args.iter().copied().filter(|arg| !arg.starts_with('-')).collect();
    let has = |names: &[&str]| args.iter().any(|arg| names.contains(arg));
    let verb = words.first().copied().unwrap_or_default();
    let rest = || words.iter().skip(1).copied();
    let registry = |name: &&str| {
        !name.contains(['/', ':', '?']) || name.starts_with('@') && name.matches('/').count() == 1
    };
    match program {
        "npm" | "pnpm" | "bun" if has(&["-g", "--global"]) => match verb {
            "install" | "i" | "add" => {
                let bare = |name: &&str| {
                    let version = name.get(1..).and_then(|rest| rest.split_once('@'));
                    version.is_none_or(|(_, version)| version == "latest" || version.is_empty())
                };
                rest().filter(registry).filter(bare).collect()
            }
            _ => Vec::new(),
        },
        "go" if verb == "install" => rest().filter(|name| name.ends_with("@latest")).collect(),
        "cargo" if verb == "install" => {
            let said = ["--version", "--vers", "--path", "--git"];
            let is_said = |arg: &&str| said.iter().any(|name| arg.starts_with(name));
            if args.iter().any(is_said) {
                return Vec::new();
            }
            rest().filter(|name| !name.contains('@')).filter(registry).collect()
        }
        "gem" if verb == "install" => {
            if args.iter().any(|arg| *arg == "-v" || arg.starts_with("--version")) {
                return Vec::new();
            }
            rest().filter(|name| !name.contains(':') && !name.ends_with(".gem")).collect()
        }
        "pipx" if verb == "install" => {
            rest().filter(|name| !name.contains("==")).filter(registry).collect()
        }
        "uv" if verb == "tool" && words.get(1) == Some(&"install") => {
            rest().skip(1).filter(|name| !name.contains(['=', '@'])).filter(registry).collect()
        }
        _ => Vec::new(),
    }
}

fn example(program: &str, name: &str) -> String {
    let name = name.trim_end_matches("@latest").trim_end_matches('@');
    match program {
        "gem" => format!("gem install {name} -v 1.2.3"),
        "cargo" => format!("cargo install --locked {name}@1.2.3"),
        "pipx" | "uv" => format!("{name}==1.2.3"),
        "go" => format!("{name}@v1.2.3"),
        _ => format!("{name}@1.2.3"),
    }
}
