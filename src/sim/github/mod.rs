//! GitHub, as far as a job's feedback meets it: pull requests, comments, statuses, deployments, check runs, at `/api/v3` as
//! on an Enterprise Server.
//!
//! It keeps state, asks for the permissions that GitHub asks for, and counts calls as GitHub does. What a test needs there
//! (repositories, pull requests, comments of others) is made at `/_sim/github`.

mod access;
mod checks;
mod comments;
mod control;
mod deployments;
mod limits;
mod pages;
mod pulls;
mod repositories;
mod state;
mod statuses;
mod wire;

use std::sync::{Arc, MutexGuard, PoisonError};

use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{get, patch, post},
};

use serde_json::{Value, json};

pub(super) use state::Forge;

use super::{Platform, Sim};

/// What its paths begin with.
pub(super) const ROOT: &str = "/api/v3/";

/// What a secondary rate limit says.
const SECONDARY: &str =
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

/// The answer of a secondary rate limit.
pub(super) fn limited() -> Value {
    json!({
        "message": SECONDARY,
        "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
    })
}

impl Platform {
    /// Everything that GitHub knows.
    fn forge(&self) -> MutexGuard<'_, Forge> {
        self.forge.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The API.
pub(super) fn api(sim: &Sim) -> Router<Sim> {
    Router::new()
        .route("/user", get(repositories::user))
        .route("/repos/{owner}/{name}", get(repositories::get))
        .route("/repos/{owner}/{name}/pulls", get(pulls::list))
        .route("/repos/{owner}/{name}/pulls/{number}", get(pulls::get))
        .route("/repos/{owner}/{name}/commits/{sha}/pulls", get(pulls::of_commit))
        .route(
            "/repos/{owner}/{name}/issues/{number}/comments",
            get(comments::list).post(comments::create),
        )
        .route(
            "/repos/{owner}/{name}/issues/comments/{id}",
            get(comments::get).patch(comments::update).delete(comments::delete),
        )
        .route("/repos/{owner}/{name}/statuses/{sha}", post(statuses::create))
        .route("/repos/{owner}/{name}/commits/{sha}/statuses", get(statuses::list))
        .route("/repos/{owner}/{name}/commits/{sha}/status", get(statuses::combined))
        .route(
            "/repos/{owner}/{name}/deployments",
            get(deployments::list).post(deployments::create),
        )
        .route(
            "/repos/{owner}/{name}/deployments/{id}/statuses",
            get(deployments::statuses).post(deployments::set),
        )
        .route("/repos/{owner}/{name}/check-runs", post(checks::create))
        .route("/repos/{owner}/{name}/check-runs/{id}", patch(checks::update).get(checks::get))
        .route("/repos/{owner}/{name}/check-runs/{id}/annotations", get(checks::annotations))
        .route("/repos/{owner}/{name}/commits/{sha}/check-runs", get(checks::list))
        .fallback(wire::not_found)
        .layer(from_fn_with_state(Arc::clone(sim), limits::pass))
}

/// Where a test makes what it needs.
pub(super) fn control() -> Router<Sim> {
    Router::new()
        .route("/", get(control::dump))
        .route("/repositories", post(control::repository))
        .route("/pulls", post(control::pull))
        .route("/comments", post(control::comment))
        .route("/tokens", post(control::token))
        .route("/limits", post(control::limits))
}
