//! The configuration that a setup workflow of CircleCI goes on with, as JSON, which is YAML too.

use serde_json::{Value, json};

use super::{
    Jobs,
    carried::{self, Uncarried},
    pretty,
};
use crate::repo::affected::{Plan, Spread};

/// The image that jobs run in unless another is named.
const IMAGE: &str = "cimg/base:current";

pub(super) fn config(plan: &Plan, spread: &Spread, jobs: &Jobs) -> Result<String, Uncarried> {
    let name = |key: &str| format!("sandgate-{key}");
    let mut work: Vec<Value> = Vec::new();
    for (job, paths) in carried::jobs(plan, spread.jobs(), &parameter)? {
        let after: Vec<String> = job.after.iter().map(|one| name(one)).collect();
        work.push(json!({
            "sandgate": {
                "name": name(&job.key),
                "image": job.key,
                "paths": paths.join("\n"),
                "requires": after,
            },
        }));
    }
    let image = jobs.image.as_deref().unwrap_or(IMAGE);
    let text = json!({ "type": "string" });
    let job = if work.is_empty() {
        work.push(json!("sandgate"));
        json!({
            "docker": [{ "image": image }],
            "steps": [{ "run": { "name": "nothing to build", "command": "true" } }],
        })
    } else {
        json!({
            "parameters": { "image": text, "paths": text },
            "docker": [{ "image": image }],
            "environment": {
                "SANDGATE_JOB": "<< parameters.image >>",
                "SANDGATE_PATHS": "<< parameters.paths >>",
            },
            "steps": ["checkout", { "run": { "name": "sandgate", "command": literal(&jobs.run) } }],
        })
    };
    Ok(pretty(&json!({
        "version": 2.1,
        "jobs": { "sandgate": job },
        "workflows": { "sandgate": { "jobs": work } },
    })))
}

/// CircleCI reads `<<` as the begin of a parameter; this is what it makes a plain one of.
fn literal(text: &str) -> String {
    text.replace("<<", "\\<<")
}

fn parameter(path: &str) -> Option<&'static str> {
    path.contains("<<").then_some("holds `<<`, which CircleCI reads as a parameter")
}
