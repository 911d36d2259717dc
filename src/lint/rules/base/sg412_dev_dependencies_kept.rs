//! Dependencies for building stay in an image that serves what was built.

use crate::lint::{
    diagnostic::Severity,
    facts::Facts,
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG412",
    name: "dev-dependencies-kept",
    family: Family::Base,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG412.md"),
    check,
};

/// Words of a start that serves a finished build.
const SERVES: &[&str] = &["start", "serve", "preview", "preview:prod", "start:prod"];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    if !facts.calls(&["bun", "npm", "pnpm", "yarn"]) {
        return;
    }
    let mut install = None;
    let mut built = false;
    for (index, _, held) in facts.final_commands() {
        if !matches!(held.program(), Some("npm" | "yarn" | "pnpm" | "bun")) {
            continue;
        }
        let Some((name, args)) = held.call() else { continue };
        match kind(name, &args) {
            // Later ones without them make up for it only where they remove.
            Some(Step::Install) => {
                let scope = facts.stages.scope_at(index);
                if scope.lookup("NODE_ENV").as_deref() != Some("production") {
                    install = Some((held, name));
                }
            }
            Some(Step::Build) => built |= install.is_some(),
            Some(Step::Prune) => return,
            None => (),
        }
    }
    let Some((held, name)) = install.filter(|_| built && serves(facts)) else { return };
    let how = match name {
        "npm" => "npm prune --omit=dev",
        "yarn" => "yarn install --production",
        "pnpm" => "pnpm prune --prod",
        _ => "an installation without them",
    };
    sink.report(
        facts.at(held.span),
        "dependencies for building stay in the image",
        "it serves what was built, so that compilers, type checkers and test tools are pulled with every sandbox and never run",
    )
    .help(format!("build in a stage of its own and copy the result, or end with `{how}` in the RUN of the build"));
}

enum Step {
    Install,
    Build,
    Prune,
}

fn kind(name: &str, args: &[&str]) -> Option<Step> {
    let has = |words: &[&str]| args.iter().any(|arg| words.contains(arg));
    let lean = has(&[
        "--omit=dev",
        "--production",
        "--prod",
        "-P",
        "--production=true",
        "--only=production",
    ]);
    let verb = args.iter().find(|arg| !arg.starts_with('-')).copied();
    let named = args.iter().filter(|arg| !arg.starts_with('-')).count() > 1;
    match verb {
        Some("prune") => Some(Step::Prune),
        Some("install" | "i" | "ci" | "add") if lean => Some(Step::Prune),
        None if lean => Some(Step::Prune),
        Some("ci") => Some(Step::Install),
        Some("install" | "i") if !named && !has(&["-g", "--global"]) => Some(Step::Install),
        None if name == "yarn" => Some(Step::Install),
        Some("build") => Some(Step::Build),
        Some("run") if args.iter().any(|arg| arg.starts_with("build")) => Some(Step::Build),
        _ => None,
    }
}

/// Whether the start serves a finished build, and nothing of it is a development server.
fn serves(facts: &Facts<'_>) -> bool {
    let mut found = false;
    for started in &facts.start.commands {
        let words: Vec<&str> =
            started.command.words.iter().filter_map(|word| word.literal.as_deref()).collect();
        let Some((first, rest)) = words.split_first() else { continue };
        let name = first.rsplit('/').next().unwrap_or(first);
        if rest.iter().any(|word| word.starts_with("dev") || *word == "--watch")
            || matches!(name, "vite" | "nodemon" | "tsx" | "ts-node" | "webpack")
        {
            return false;
        }
        found |= match name {
            "npm" | "yarn" | "pnpm" | "bun" | "next" => {
                rest.iter().any(|word| SERVES.contains(word))
            }
            "node" => rest.iter().any(|word| {
                word.contains("dist/") || word.contains("build/") || word.contains(".next/")
            }),
            _ => false,
        };
    }
    found
}
