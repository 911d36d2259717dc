//! Steps for `buildkite-agent pipeline upload`.

use serde_json::{Value, json};

use super::{
    Jobs,
    carried::{self, Uncarried},
    pretty,
};
use crate::repo::affected::{Plan, Spread};

pub(super) fn pipeline(plan: &Plan, spread: &Spread, jobs: &Jobs) -> Result<String, Uncarried> {
    let key = |key: &str| format!("sandgate-{key}");
    let mut steps: Vec<Value> = Vec::new();
    for (job, paths) in carried::jobs(plan, spread.jobs(), &carried::all)? {
        let after: Vec<String> = job.after.iter().map(|one| key(one)).collect();
        steps.push(json!({
            "label": format!("sandgate: {}", job.key),
            "key": key(&job.key),
            "command": literal(&jobs.run),
            "env": { "SANDGATE_JOB": job.key, "SANDGATE_PATHS": literal(&paths.join("\n")) },
            "depends_on": after,
        }));
    }
    if steps.is_empty() {
        steps.push(json!({ "label": "sandgate: nothing to build", "command": "true" }));
    }
    Ok(pretty(&json!({ "steps": steps })))
}

/// The agent fills in what looks like a variable when it uploads; this is what it makes a `$` of.
fn literal(text: &str) -> String {
    text.replace('$', "$$")
}
