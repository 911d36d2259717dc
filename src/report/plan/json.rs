//! JSON, version 1. Fields are added, never renamed or removed.

use serde::Serialize;

use super::pretty;
use crate::repo::affected::{Plan, Planned, Spread};

#[derive(Serialize)]
struct V1<'a> {
    version: u32,
    kind: &'static str,
    tool: Tool,
    base: Option<&'a str>,
    commit: Option<&'a str>,
    records: Option<usize>,
    count: usize,
    images: Vec<Image<'a>>,
    waves: Vec<Vec<Job<'a>>>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Job<'a> {
    key: &'a str,
    images: Vec<&'a str>,
    paths: Vec<&'a str>,
    after: &'a [String],
}

#[derive(Serialize)]
struct Image<'a> {
    image: &'a str,
    path: &'a str,
    dockerfile: Option<&'a str>,
    build: bool,
    wave: Option<usize>,
    reason: String,
    reasons: Vec<Reason>,
    digest: Option<&'a str>,
    uses: Vec<Use<'a>>,
    changes: Option<Vec<Change<'a>>>,
    earlier: Option<Earlier<'a>>,
}

#[derive(Serialize)]
struct Reason {
    code: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Use<'a> {
    image: &'a str,
    written: &'a str,
    pinned: bool,
}

#[derive(Serialize)]
struct Change<'a> {
    path: &'a str,
    what: &'static str,
}

#[derive(Serialize)]
struct Earlier<'a> {
    action: &'a str,
    workspace: &'a str,
    image: Option<&'a str>,
    digest: Option<&'a str>,
    at: String,
}

pub(super) fn json(plan: &Plan, spread: &Spread) -> String {
    let waves = spread.waves.iter().map(|wave| {
        let jobs = wave.iter().map(|job| {
            let planned = job.planned(plan);
            Job {
                key: &job.key,
                images: planned.iter().map(|one| one.image.name.as_str()).collect(),
                paths: planned.iter().map(|one| one.image.path.as_str()).collect(),
                after: &job.after,
            }
        });
        jobs.collect()
    });
    pretty(&V1 {
        version: 1,
        kind: "plan",
        tool: Tool { name: "sandgate", version: env!("CARGO_PKG_VERSION") },
        base: plan.base.as_deref(),
        commit: plan.commit.as_deref(),
        records: plan.records,
        count: plan.waves.iter().map(Vec::len).sum(),
        images: plan.images.iter().map(image).collect(),
        waves: waves.collect(),
        warnings: &plan.warnings,
    })
}

fn image(planned: &Planned) -> Image<'_> {
    let image = &planned.image;
    let uses = image.uses.iter().map(|one| Use {
        image: &one.name,
        written: &one.written,
        pinned: one.pinned,
    });
    let changes = image.changes.as_ref().map(|changes| {
        let changes = changes.iter().map(|one| Change { path: &one.path, what: one.what.name() });
        changes.collect()
    });
    Image {
        image: &image.name,
        path: &image.path,
        dockerfile: image.dockerfile.as_deref(),
        build: planned.is_built(),
        wave: planned.wave,
        reason: planned.reason(),
        reasons: planned
            .reasons
            .iter()
            .map(|reason| Reason { code: reason.name(), text: reason.to_string() })
            .collect(),
        digest: image.digest.as_deref(),
        uses: uses.collect(),
        changes,
        earlier: planned.earlier.as_ref().map(|earlier| Earlier {
            action: &earlier.action,
            workspace: &earlier.workspace,
            image: earlier.image.as_deref(),
            digest: earlier.context_digest.as_deref(),
            at: earlier.started.to_string(),
        }),
    }
}
