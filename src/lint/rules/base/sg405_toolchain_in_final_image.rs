//! A program is compiled in the final stage, and the compiler stays in the image.

use super::{
    bases::{self, BaseImage},
    reload,
};
use crate::{
    lint::{
        diagnostic::{Location, Severity},
        facts::{Facts, RunCommand},
        rule::{Family, Rule, Sink},
    },
    project::image::sizes,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG405",
    name: "toolchain-in-final-image",
    family: Family::Base,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG405.md"),
    check,
};

/// An image made for building.
struct Toolchain {
    /// Official name, or repository on Microsoft's registry.
    image: &'static str,
    /// What builds with it: a program, and its first arguments where only those build.
    commands: &'static [(&'static str, &'static [&'static str])],
    /// What compiles the program when it starts, or each time a file changes: a program, or one and its first argument.
    at_start: &'static [&'static str],
    /// What the result runs on.
    runtime: &'static str,
}

const TOOLCHAINS: &[Toolchain] = &[
    Toolchain {
        image: "golang",
        commands: &[("go", &["build", "install"])],
        at_start: &["CompileDaemon", "air", "go run", "gow", "realize", "reflex", "wgo"],
        runtime: "`debian:13-slim` or `alpine`",
    },
    Toolchain {
        image: "rust",
        commands: &[("cargo", &["build", "install"]), ("rustc", &[])],
        at_start: &["bacon", "cargo run", "cargo watch", "cargo-watch"],
        runtime: "`debian:13-slim`",
    },
    Toolchain {
        image: "maven",
        commands: &[("mvn", &[])],
        at_start: &["mn:run", "quarkus:dev", "spring-boot:run"],
        runtime: "`eclipse-temurin` with a `-jre` tag",
    },
    Toolchain {
        image: "gradle",
        commands: &[("gradle", &[]), ("gradlew", &[])],
        at_start: &["bootRun", "quarkusDev"],
        runtime: "`eclipse-temurin` with a `-jre` tag",
    },
    Toolchain {
        image: "gcc",
        commands: &[("gcc", &[]), ("g++", &[]), ("make", &[])],
        at_start: &[],
        runtime: "`debian:13-slim`",
    },
    Toolchain {
        image: "dotnet/sdk",
        commands: &[("dotnet", &["publish", "build"])],
        at_start: &["dotnet run", "dotnet watch"],
        runtime: "the `dotnet/aspnet` image",
    },
];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(base) = bases::of_final(facts) else { return };
    let Some(tools) = TOOLCHAINS.iter().find(|tools| is(&base, tools.image)) else { return };
    let Some(last) = facts.stages.last() else { return };
    let lineage = facts.stages.lineage(last.index);
    let built = facts
        .runs
        .iter()
        .filter(|(index, _)| {
            facts.stages.of(**index).is_some_and(|stage| lineage.contains(&stage.index))
        })
        .flat_map(|(_, run)| &run.commands)
        .find(|command| tools.commands.iter().any(|(name, args)| calls(command, name, args)));
    let Some(built) = built else { return };
    if reload::is_used(facts, tools.at_start) {
        return;
    }
    let size = base
        .image
        .official()
        .zip(base.image.tag.as_deref())
        .and_then(|(name, tag)| sizes::of(name, tag))
        .map_or_else(String::new, |size| format!(" ({} to download)", size.megabytes()));
    let place: Location = facts.at(built.span);
    let draft = sink
        .report(
            base.at(facts),
            format!("the final image keeps the build tools of `{}`{size}", base.text),
            "the program is compiled here, and the sandbox pulls and stores the compiler with it",
        )
        .help(format!(
            "name this stage, and copy the result into a final stage on {}; keep it if the \
             sandbox is meant for building",
            tools.runtime
        ))
        .related(place, "compiled here");
    base.relate_args(facts, draft);
}

fn is(base: &BaseImage<'_>, image: &str) -> bool {
    match base.image.official() {
        Some(name) => name == image,
        None => {
            base.image.registry.as_deref() == Some("mcr.microsoft.com")
                && base.image.repository == image
        }
    }
}

fn calls(command: &RunCommand, name: &str, args: &[&str]) -> bool {
    command.call().is_some_and(|(program, given)| {
        let verb = given.iter().find(|arg| !arg.starts_with('-'));
        program == name && (args.is_empty() || verb.is_some_and(|verb| args.contains(verb)))
    })
}
