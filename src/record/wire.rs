//! Record v1 as JSON. Fields are added, never renamed or removed.

use serde::Serialize;

use super::Record;
use crate::escape;

#[derive(Serialize)]
struct V1<'a> {
    version: u32,
    tool: Tool,
    action: &'static str,
    status: &'static str,
    error: Option<&'a str>,
    simulated: bool,
    dry_run: bool,
    started: &'a str,
    commit: Option<&'a str>,
    name: Option<&'a str>,
    workspace: Option<&'a str>,
    image: Option<&'a str>,
    tag: Option<&'a str>,
    url: Option<&'a str>,
    reused: bool,
    context_digest: Option<&'a str>,
    deploy_key: Option<&'a str>,
    archive: Archive,
    gate: Option<Gate>,
    timings: Vec<Timing>,
    failure: Option<Failure<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Archive {
    entries: Option<usize>,
    content_bytes: Option<u64>,
    archive_bytes: Option<u64>,
}

#[derive(Serialize)]
struct Gate {
    passed: bool,
    errors: usize,
    warnings: usize,
    infos: usize,
    suppressed: usize,
}

#[derive(Serialize)]
struct Timing {
    phase: &'static str,
    seconds: f64,
}

#[derive(Serialize)]
struct Failure<'a> {
    phase: Option<&'static str>,
    step: Option<&'a str>,
    dockerfile_line: Option<usize>,
    cause: &'a str,
    log_tail: &'a [String],
}

pub(super) fn json(record: &Record) -> String {
    let v1 = V1 {
        version: 1,
        tool: Tool { name: "sandgate", version: env!("CARGO_PKG_VERSION") },
        action: record.action,
        status: record.status.name(),
        error: record.error.as_deref(),
        simulated: record.simulated,
        dry_run: record.dry_run.is_some(),
        started: &record.started,
        commit: record.commit.as_deref(),
        name: record.name.as_deref(),
        workspace: record.workspace.as_deref(),
        image: record.image.as_deref(),
        tag: record.image.as_deref().and_then(|image| image.rsplit_once(':')).map(|(_, tag)| tag),
        url: record.url.as_deref(),
        reused: record.reused,
        context_digest: record.context_digest.as_deref(),
        deploy_key: record.deploy_key.as_deref(),
        archive: Archive {
            entries: record.entries,
            content_bytes: record.content_bytes,
            archive_bytes: record.archive_bytes,
        },
        gate: record.gate.map(|gate| Gate {
            passed: gate.passed,
            errors: gate.errors,
            warnings: gate.warnings,
            infos: gate.infos,
            suppressed: gate.suppressed,
        }),
        timings: record
            .timings
            .iter()
            .map(|(phase, time)| Timing {
                phase,
                seconds: (time.as_secs_f64() * 1000.0).round() / 1000.0,
            })
            .collect(),
        failure: record.failure.as_ref().map(|failure| Failure {
            phase: failure.phase,
            step: failure.step.as_deref(),
            dockerfile_line: failure.dockerfile_line,
            cause: &failure.cause,
            log_tail: &failure.log_tail,
        }),
    };
    // Plain data with text keys always serialises.
    let text = serde_json::to_string_pretty(&v1).unwrap_or_default();
    format!("{}\n", escape::json(&text))
}
