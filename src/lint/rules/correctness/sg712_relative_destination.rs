//! A COPY that fills the root of the file system.

use crate::{
    lint::{
        diagnostic::Severity,
        facts::{Facts, join},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Base, Kind},
        image::ImageRef,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG712",
    name: "relative-destination",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG712.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let is_workdir = |index: usize| matches!(facts.instruction(index).kind, Kind::Workdir(_));
    for stage in facts.stages.needed() {
        let below = facts.stages.lineage(stage);
        let mut below = below.iter().skip(1).map(|below| &facts.stages.stages[*below]);
        if below.any(|below| below.body.clone().any(is_workdir)) {
            continue;
        }
        for index in facts.stages.stages[stage].body.clone() {
            let scope = facts.stages.scope_at(index);
            // A relative one is SG711's to tell.
            if scope.workdir.is_some() || is_workdir(index) {
                break;
            }
            let (Kind::Copy(transfer) | Kind::Add(transfer)) = &facts.instruction(index).kind
            else {
                continue;
            };
            let expanded = scope.expand(&transfer.dest, facts.file.escape);
            let Some(dest) = expanded.known() else { continue };
            if dest.starts_with('/') || dest.get(1..2) == Some(":") {
                continue;
            }
            if !starts_at_root(facts, stage) {
                break;
            }
            let path = join("/", dest);
            let (place, help) = if path == "/" {
                ("is `/`", "set a WORKDIR above it, such as `WORKDIR /app`".to_owned())
            } else {
                let end = if dest.ends_with('/') { "/" } else { "" };
                ("is a path below `/`", format!("write `{path}{end}`, or set a WORKDIR above it"))
            };
            sink.report(
                facts.at(transfer.dest.span),
                format!("`{dest}` {place}, as no WORKDIR is set"),
                "the project mixes with the files of the system, and a directory such as `lib` or `bin` replaces one of those",
            )
            .help(help);
            break;
        }
    }
}

/// Whether the stage starts from an image whose working directory is known to be the root, and that
/// holds a system.
fn starts_at_root(facts: &Facts<'_>, stage: usize) -> bool {
    let lineage = facts.stages.lineage(stage);
    let Some(base) = lineage.last().map(|stage| &facts.stages.stages[*stage].base) else {
        return false;
    };
    let Base::Image(image) = base else { return false };
    // One that ends elsewhere is known by its directory.
    if facts.told(image).is_some() {
        return true;
    }
    let image = ImageRef::parse(image);
    let name = image.as_ref().and_then(ImageRef::official);
    name.is_some_and(|name| AT_ROOT.contains(&name))
}

/// Official images without a WORKDIR.
const AT_ROOT: &[&str] = &[
    "alpine",
    "amazoncorretto",
    "busybox",
    "debian",
    "eclipse-temurin",
    "fedora",
    "node",
    "python",
    "ruby",
    "rust",
    "ubuntu",
];
