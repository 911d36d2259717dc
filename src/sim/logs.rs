//! `GET /observability/logs`: newest first, a little late.

use axum::extract::{Request, State};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::{Map, Value, json};

use super::{
    Sim,
    access::Caller,
    clock::Behind,
    refusals::{self, Call},
    scenario::Scenario,
    wire::{Refusal, Reply, error, instant, json_answer},
};

const PAGE: usize = 1000;

/// Lines of the resource that `workloadIds` names. Its key is missing from the answer while there are none.
pub(super) async fn read(State(sim): State<Sim>, request: Request) -> Reply {
    let (parts, _) = request.into_parts();
    let caller = sim.enter(&parts)?;
    let behind = parts.extensions.get::<Behind>().map_or(SignedDuration::ZERO, |clock| clock.0);
    let bad = |message: &str| error(400, "Bad Request", message);
    let name = caller
        .query
        .get("workloadIds")
        .filter(|name| !name.is_empty())
        .ok_or_else(|| bad("workloadIds is missing"))?;
    let kind = caller.query.get("resourceType").map(String::as_str);
    if !matches!(kind, Some("sandboxes" | "agents" | "functions" | "jobs")) {
        return Err(bad("resourceType must be one of sandboxes, agents, functions, jobs"));
    }
    let start = bound(&caller, "start", behind)?;
    // A bound without a fraction means its whole second.
    let end = bound(&caller, "end", behind)?
        .and_then(|end| end.checked_add(SignedDuration::from_nanos(999_999_999)).ok());
    let count = |parameter: &str, default: usize| match caller.query.get(parameter) {
        None => Ok(default),
        Some(text) if text.is_empty() => Ok(default),
        Some(text) => text.parse().map_err(|_| bad(&format!("{parameter} is not a number"))),
    };
    let (limit, offset) = (count("limit", PAGE)?, count("offset", 0)?);
    if limit == 0 || limit > PAGE {
        return Err(bad("limit must be between 1 and 1000"));
    }
    let key = caller.key(name)?;
    let (mut world, now) = sim.world();
    let scenario = caller
        .asked
        .or_else(|| world.sandboxes.get(&key).map(|sandbox| sandbox.scenario))
        .unwrap_or(sim.config.scenario);
    refusals::before(&mut world, scenario, &key, Call::Logs)?;
    let mut lines: Vec<_> = world
        .logs
        .get(&key)
        .into_iter()
        .flatten()
        .filter(|line| line.visible <= now)
        .filter(|line| start.is_none_or(|start| line.at >= start))
        .filter(|line| end.is_none_or(|end| line.at <= end))
        .collect();
    let mut answer = Map::new();
    if kind == Some("sandboxes") && !lines.is_empty() {
        lines.sort_by_key(|line| std::cmp::Reverse(line.at));
        if scenario == Scenario::DuplicateLogs {
            lines = lines.into_iter().flat_map(|line| [line, line]).collect();
        }
        let total = lines.len();
        let lines: Vec<Value> = lines
            .into_iter()
            .skip(offset)
            .take(limit)
            .map(|line| {
                json!({
                    "timestamp": instant(line.at),
                    "message": line.message,
                    "severity": line.severity,
                    "trace_id": "",
                })
            })
            .collect();
        answer.insert(name.clone(), json!({"logs": lines, "totalCount": total}));
    }
    Ok(json_answer(200, &Value::Object(answer)))
}

/// `YYYY-MM-DDTHH:MM:SS`, in UTC and without a zone, by a clock that is so far behind.
fn bound(
    caller: &Caller,
    name: &str,
    behind: SignedDuration,
) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = caller.query.get(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let bad = || error(400, "Bad Request", &format!("{name} must be YYYY-MM-DDTHH:MM:SS in UTC"));
    if text.len() != 19 {
        return Err(bad());
    }
    let time: DateTime = text.parse().map_err(|_| bad())?;
    let time = time.to_zoned(TimeZone::UTC).map_err(|_| bad())?.timestamp();
    Ok(Some(time.checked_add(behind).unwrap_or(time)))
}
