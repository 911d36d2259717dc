//! Merge requests.

use axum::{
    extract::{Path, State},
    http::request::Parts,
};
use serde_json::json;

use super::{access::Scope, pages, state::Request, wire::missing};
use crate::sim::{Sim, wire::Reply};

/// `GET /projects/ID/repository/commits/SHA/merge_requests`.
pub(super) async fn of_commit(
    State(sim): State<Sim>,
    Path((project, sha)): Path<(String, String)>,
    parts: Parts,
) -> Reply {
    let (_, project) = sim.visit(&parts, &project, Scope::Read)?;
    let gitlab = sim.gitlab();
    let found = gitlab.projects.get(&project).ok_or_else(|| missing("Project "))?;
    let of = |request: &Request| {
        let merged = [&request.merge_commit, &request.squash_commit];
        request.sha == sha || merged.into_iter().flatten().any(|known| *known == sha)
    };
    let rows: Vec<_> = found.requests.iter().filter(|(_, request)| of(request)).collect();
    Ok(pages::page(&sim, &parts, &rows, |(number, request)| {
        json!({
            "id": project * 1000 + **number,
            "iid": number,
            "project_id": project,
            "title": format!("Change {number}"),
            "state": if request.merged { "merged" } else { "opened" },
            "sha": request.sha,
            "merge_commit_sha": request.merge_commit,
            "squash_commit_sha": request.squash_commit,
            "web_url": format!("{}/{}/-/merge_requests/{number}", sim.pages_url(), found.path),
        })
    }))
}
