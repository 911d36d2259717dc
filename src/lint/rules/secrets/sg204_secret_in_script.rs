//! A credential in a file that is sent to the builder.

use std::cell::LazyCell;

use super::{
    leaked::{self, Removals},
    sg205_credential_file_in_image as in_image,
};
use crate::{
    lint::{
        diagnostic::Severity,
        facts::{ContextCopy, Facts, LeakPlace},
        rule::{Family, Rule, Sink},
    },
    project::path::ContextPath,
    secrets,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG204",
    name: "secret-in-script",
    family: Family::Secrets,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG204.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let reported = LazyCell::new(|| in_image::sent(facts));
    let removals = LazyCell::new(|| Removals::of(facts));
    for leak in leaked::at(facts, &[LeakPlace::Script, LeakPlace::Copied]) {
        let file = &leak.location.file;
        // A file that is made for credentials is reported where it is copied.
        let told = secrets::credential_file(file).is_some_and(|file| file.certain)
            && reported.contains(file.as_str());
        if told {
            sink.give_way(leak.location.clone());
        }
        if told || !leaked::is_sent(facts, file) {
            continue;
        }
        let copies = takers(facts, file);
        let only_copied = leak.place == LeakPlace::Copied;
        if only_copied && copies.is_empty() {
            continue;
        }
        let kept = copies.iter().copied().find(|index| leaked::stays(facts, *index));
        let place = match leak.name.as_deref() {
            Some(name) => format!("`{}`, as `{name}`", leak.location.file),
            None => format!("`{}`", leak.location.file),
        };
        let mut draft = leaked::report(
            facts,
            sink,
            leak,
            &place,
            "the file is sent to the builder, and whoever gets the image or a sandbox can read what is copied of it",
            "read it from a variable that the sandbox gets in `envs` when it is created, or with `RUN --mount=type=secret` while the image is built; revoke the old one".into(),
        );
        if let Some(copy) = kept.or(copies.first().copied()).filter(|_| only_copied) {
            draft = draft.related(facts.at(facts.instruction(copy).span), "copied here");
        }
        if only_copied && kept.is_none() {
            draft = draft.severity(Severity::Warning);
        }
        if let Some(place) = kept.and_then(|copy| removals.of_file(facts, copy, file)) {
            draft.related(place, leaked::REMOVED);
        }
    }
}

/// The instructions that copy a file, of stages that are built.
fn takers(facts: &Facts<'_>, file: &ContextPath) -> Vec<usize> {
    let takes = |copy: &&ContextCopy| {
        copy.needed && facts.taken(copy).iter().any(|entry| entry.path == *file)
    };
    facts.copies.iter().filter(takes).map(|copy| copy.instruction).collect()
}
