//! GitLab, as far as the note of a merge request meets it: whose token it is, notes, and which merge request a commit is of,
//! at `/api/v4`.
//!
//! It keeps state, and it obeys the commands of notes as GitLab does: what it was told to do is to be seen. What a test needs
//! there (projects, merge requests, notes of others, tokens) is made at `/_sim/gitlab`.

mod access;
mod commands;
mod control;
mod notes;
mod pages;
mod requests;
mod state;
mod wire;

use std::sync::{MutexGuard, PoisonError};

use axum::{
    Router,
    routing::{get, post},
};

pub(super) use state::Gitlab;
pub(super) use wire::limited;

use super::{Platform, Sim};

/// What its paths begin with.
pub(super) const ROOT: &str = "/api/v4/";

impl Platform {
    /// Everything that GitLab knows.
    fn gitlab(&self) -> MutexGuard<'_, Gitlab> {
        self.gitlab.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The API.
pub(super) fn api() -> Router<Sim> {
    Router::new()
        .route("/user", get(access::user))
        .route(
            "/projects/{project}/merge_requests/{number}/notes",
            get(notes::list).post(notes::create),
        )
        .route(
            "/projects/{project}/merge_requests/{number}/notes/{id}",
            get(notes::get).put(notes::update).delete(notes::delete),
        )
        .route(
            "/projects/{project}/repository/commits/{sha}/merge_requests",
            get(requests::of_commit),
        )
        .fallback(wire::not_found)
}

/// Where a test makes what it needs.
pub(super) fn control() -> Router<Sim> {
    Router::new()
        .route("/", get(control::dump))
        .route("/requests", post(control::request))
        .route("/notes", post(control::note))
        .route("/tokens", post(control::token))
}
