//! A child pipeline for GitLab, as JSON, which is YAML too.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Jobs,
    carried::{self, Uncarried},
    pretty,
};
use crate::repo::affected::{Plan, Spread};

#[derive(Serialize)]
struct Pipeline {
    stages: Vec<String>,
    #[serde(flatten)]
    jobs: BTreeMap<String, Value>,
}

/// A job may name no more that it waits for; with more, it waits for the whole stage before it.
const NEEDS: usize = 50;

pub(super) fn pipeline(plan: &Plan, spread: &Spread, jobs: &Jobs) -> Result<String, Uncarried> {
    let stage = |wave: usize| format!("wave-{wave}");
    let name = |key: &str| format!("sandgate: {key}");
    let mut all = BTreeMap::new();
    for (job, paths) in carried::jobs(plan, spread.jobs(), &carried::all)? {
        let mut value = json!({
            "stage": stage(job.wave),
            "variables": {
                "SANDGATE_JOB": job.key,
                // GitLab would fill in what looks like a variable.
                "SANDGATE_PATHS": { "value": paths.join("\n"), "expand": false },
            },
            "script": [jobs.run],
            // Without rules a job is left out of pipelines of merge requests.
            "rules": [{ "when": "on_success" }],
        });
        if job.after.len() <= NEEDS {
            let after: Vec<String> = job.after.iter().map(|key| name(key)).collect();
            value["needs"] = json!(after);
        }
        all.insert(name(&job.key), value);
    }
    if all.is_empty() {
        // A pipeline without a job is an error.
        let nothing = json!({
            "stage": stage(0),
            "variables": { "GIT_STRATEGY": "none" },
            "script": ["echo 'nothing to build'"],
            "rules": [{ "when": "on_success" }],
        });
        all.insert(name("nothing to build"), nothing);
    }
    if let Some(image) = &jobs.image {
        for job in all.values_mut() {
            job["image"] = json!(image);
        }
    }
    let stages = (0..plan.waves.len().max(1)).map(stage).collect();
    Ok(pretty(&Pipeline { stages, jobs: all }))
}
