//! Settings of the build that the builder refuses.

use super::issues;
use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::manifest::{Manifest, Table, is_interpolated},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG613",
    name: "invalid-build-setting",
    family: Family::Manifest,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG613.md"),
    check,
};

/// Longest value of a build setting, in bytes: it travels as a label.
const LONGEST: usize = 64;

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(manifest) = &facts.project.manifest else { return };
    let Some(build) = manifest.root.table("build") else { return };
    range(manifest, build, "memoryMb", 1, 32_768, sink);
    range(manifest, build, "volumeMb", 0, 131_072, sink);
    let drive = build.text("cacheDrive").filter(|drive| !is_interpolated(&drive.value));
    if let Some(drive) = drive.filter(|drive| drive.value.len() > LONGEST) {
        sink.report(
            issues::at(manifest, drive.span),
            format!("`build.cacheDrive` has more than {LONGEST} characters"),
            "build settings travel as labels, and a label holds no more",
        );
    }
    dockerfile(manifest, sink);
}

fn range(
    manifest: &Manifest,
    build: &Table,
    key: &str,
    least: i64,
    most: i64,
    sink: &mut Sink<'_>,
) {
    let Some(value) = build.integer(key) else { return };
    if (least..=most).contains(&value.value) {
        return;
    }
    sink.report(
        issues::at(manifest, value.span),
        format!("`build.{key}` is {}, outside {least} to {most}", value.value),
        "the value is in MB, and the builder refuses one outside this range",
    )
    .help("change it, or leave the key out for the default");
}

fn dockerfile(manifest: &Manifest, sink: &mut Sink<'_>) {
    let Some(path) = &manifest.dockerfile else { return };
    let outside = path.value.starts_with(['/', '\\'])
        || path.value.split(['/', '\\']).any(|part| part == "..")
        || path.value.as_bytes().get(1) == Some(&b':');
    if outside {
        sink.report(
            issues::at(manifest, path.span),
            format!("`build.dockerfile` is `{}`, which leaves the project", path.value),
            "the Dockerfile is sent with the project, so it must lie inside",
        )
        .help("use a path relative to the folder of `blaxel.toml`");
    } else if let Some(image) = &manifest.image {
        sink.report(
            issues::at(manifest, path.span),
            "`build.dockerfile` together with `image`",
            "an `image` is deployed as it is, so nothing is built and the Dockerfile is not read",
        )
        .severity(Severity::Warning)
        .help("remove one of the two")
        .related(issues::at(manifest, image.span), "the image");
    }
}
