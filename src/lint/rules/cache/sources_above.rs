//! Sources that stand above an installation, though its manifests have a COPY of their own.

use super::{
    other_inputs::{has_other_inputs, reads_other_files, script},
    requirements::{self, Reads},
    sg301_install_after_copy::{Broad, is_sent},
};
use crate::{
    lint::{
        facts::{Facts, Install, Manager, Origin, join},
        rule::Sink,
    },
    project::path::ContextPath,
};

/// Directories of these names hold what is compiled or served, and no installation reads them.
const SOURCES: &[&str] = &[
    "api",
    "apis",
    "app",
    "assets",
    "client",
    "cmd",
    "components",
    "docs",
    "internal",
    "pages",
    "pkg",
    "public",
    "server",
    "src",
    "static",
    "templates",
    "test",
    "tests",
    "views",
    "web",
];

/// Tells the first COPY of sources that an installation waits for and does not read.
pub(super) fn report(
    facts: &Facts<'_>,
    stage: usize,
    install: &Install,
    broad: &[Broad],
    sink: &mut Sink<'_>,
) {
    let Some(dir) = manifests_in(facts, stage, install).filter(|_| install.manifests_suffice)
    else {
        return;
    };
    let reads_more = install.manager == Manager::Pip
        && requirements::reads(facts, install, &dir) != Reads::Named;
    if reads_more
        || has_other_inputs(facts, install, &dir)
        || reads_other_files(facts, install, &dir)
        || script(facts, install, &dir).is_some()
    {
        return;
    }
    let own = &facts.stages.stages[stage].body;
    let Some(copy) = broad.iter().find(|copy| {
        let from = copy.from.as_str();
        let holds_them =
            dir.strip_prefix(from).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                || install.main_files.iter().any(|name| is_sent(facts, &copy.from.join(name)));
        own.contains(&copy.instruction) && SOURCES.contains(&copy.from.name()) && !holds_them
    }) else {
        return;
    };
    let (from, what) = (copy.from.as_str(), &install.what);
    sink.report(
        facts.at(facts.instruction(copy.instruction).span),
        format!("`{from}` is copied before `{what}`, which does not read it"),
        "every change of a file in it repeats the installation, so each build of the sandbox takes \
         minutes longer",
    )
    .help(format!("copy `{from}` behind `{what}`"))
    .related(facts.at(install.span), "installed here");
}

/// The directory of the context that the manifests were copied from, one by one.
fn manifests_in(facts: &Facts<'_>, stage: usize, install: &Install) -> Option<ContextPath> {
    let fs = facts.images.get(stage)?;
    install.main_files.iter().find_map(|name| {
        match &fs.paths.get(&join(&install.dir, name))?.origin {
            Origin::Context(path) => Some(path.parent().unwrap_or_else(|| ContextPath::new(""))),
            _ => None,
        }
    })
}
