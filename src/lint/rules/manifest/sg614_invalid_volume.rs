//! Volumes that cannot be attached.

use super::issues;
use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        manifest::{Data, Manifest, Table, is_interpolated},
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG614",
    name: "invalid-volume",
    family: Family::Manifest,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG614.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(manifest) = &facts.project.manifest else { return };
    if manifest.kind.as_ref().is_some_and(|kind| kind.value != "sandbox") {
        return;
    }
    let volumes = manifest.root.get("volumes").map(|volumes| &volumes.data);
    let Some(Data::Array(volumes)) = volumes else { return };
    let mut persistent = None;
    for value in volumes {
        let Some(volume) = value.as_table() else { continue };
        one(manifest, volume, value.span, sink);
        if volume.text("type").is_none_or(|kind| kind.value == "persistent") {
            persistent = persistent.or(Some(value.span));
        }
    }
    if let Some(span) = persistent.filter(|_| manifest.root.get("region").is_none()) {
        sink.report(
            issues::at(manifest, span),
            "a volume without a `region`",
            "a volume lives in one region, and the sandbox can only attach it there: the platform \
             asks for `region` as soon as there are volumes",
        )
        .severity(Severity::Warning)
        .help("add `region = \"…\"` at the top level, with the region of the volume");
    }
}

fn one(manifest: &Manifest, volume: &Table, span: Span, sink: &mut Sink<'_>) {
    for key in ["name", "mountPath"] {
        if volume.get(key).is_none() {
            sink.report(
                issues::at(manifest, span),
                format!("a volume without `{key}`"),
                "the platform must know which volume to mount, and where",
            )
            .help(format!("add `{key} = \"…\"`"));
        }
    }
    let path = volume.text("mountPath").filter(|path| !is_interpolated(&path.value));
    if let Some(path) = path.filter(|path| !path.value.starts_with('/')) {
        sink.report(
            issues::at(manifest, path.span),
            format!("`mountPath` is `{}`, which is not absolute", path.value),
            "a volume is mounted at an absolute path of the sandbox",
        )
        .help(format!("write `/{}`", path.value.trim_start_matches("./")));
    }
    let kind = volume.text("type").filter(|kind| !is_interpolated(&kind.value));
    if let Some(kind) = kind.filter(|kind| !matches!(&*kind.value, "persistent" | "ephemeral")) {
        sink.report(
            issues::at(manifest, kind.span),
            format!("unknown volume type `{}`", kind.value),
            "the platform refuses a volume of a type that it does not know",
        )
        .help("use `persistent` or `ephemeral`");
    }
}
