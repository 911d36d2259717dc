//! A platform that sandboxes do not run.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Base, Kind, Stage},
        image::family,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG114",
    name: "foreign-platform",
    family: Family::Contract,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG114.md"),
    check,
};

/// Names of Docker's own publishers whose images are built for one other processor.
const PUBLISHERS: [&str; 8] =
    ["arm32v5", "arm32v6", "arm32v7", "arm64v8", "mips64le", "ppc64le", "riscv64", "s390x"];

/// `FROM arm64v8/node`, `FROM mcr.microsoft.com/windows`: no other platform is published there.
fn foreign_image(facts: &Facts<'_>, stage: &Stage, sink: &mut Sink<'_>) {
    let Base::Image(text) = &stage.base else { return };
    let Some(Some(image)) = facts.references.get(stage.index) else { return };
    let Kind::From { image: word, .. } = &facts.instruction(stage.from).kind else { return };
    if family::is_windows(image) {
        sink.report(
            facts.at(word.span),
            format!("`{text}` is an image of Windows, but sandboxes run `linux/amd64`"),
            "neither the image nor the programs made for it can be run in a sandbox",
        )
        .help("start from an image of Linux, such as `debian:13-slim`, and install what the project needs there");
        return;
    }
    let Some((publisher, name)) = image.repository.split_once('/') else { return };
    if !image.on_docker_hub() || !PUBLISHERS.contains(&publisher) {
        return;
    }
    sink.report(
        facts.at(word.span),
        format!("`{text}` is built for `{publisher}` alone, but sandboxes run `linux/amd64`"),
        "no program of the image can be executed there, so the start fails with \"exec format error\"",
    )
    .help(format!("use `{name}`, which is published for every platform"));
}

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(last) = facts.stages.last() else { return };
    for index in facts.stages.lineage(last.index) {
        let stage = &facts.stages.stages[index];
        foreign_image(facts, stage, sink);
        let Some(platform) = &stage.platform else { continue };
        let fits = platform.contains('$')
            || platform.is_empty()
            || ["linux/amd64", "linux/x86_64", "amd64", "linux"].iter().any(|own| {
                platform == own
                    || platform
                        .strip_prefix(own)
                        .is_some_and(|rest| *own != "linux" && rest.starts_with('/'))
            });
        let Some(value) =
            facts.instruction(stage.from).flag("platform").and_then(|flag| flag.value.as_ref())
        else {
            continue;
        };
        if fits {
            continue;
        }
        sink.report(
            facts.at(value.span),
            format!("the image is built for `{platform}`, but sandboxes run `linux/amd64`"),
            "no program of the image can be executed there, so the start fails with \"exec format error\"",
        )
        .help("build for `linux/amd64`: drop the flag")
        .fix(Fix {
            title: "build for `linux/amd64`".to_owned(),
            safety: Safety::Unsafe,
            edits: vec![Edit::Replace {
                file: facts.file.source.path().clone(),
                span: value.span,
                text: "linux/amd64".to_owned(),
            }],
        });
    }
}
