//! Who calls, and what the token may do.

use axum::{
    extract::State,
    http::{HeaderMap, header, request::Parts},
    response::Response,
};
use serde_json::json;

use super::{
    state::Gitlab,
    wire::{answer, denied, missing, refused, user_of},
};
use crate::sim::{
    Platform, Sim,
    wire::{Refusal, Reply},
};

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// `read_api`.
    Read,
    /// `api`.
    Write,
}

/// Whose token it is, and what it may do.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) scope: Scope,
    /// Whether it can write notes in the project: not with a role that is too low.
    pub(super) reporter: bool,
}

impl User {
    /// A user that may write. The same name is the same user.
    pub(super) fn new(name: &str) -> Self {
        let id = name.bytes().fold(1, |id: u64, byte| (id * 31 + u64::from(byte)) % 100_000_000);
        Self { id, name: name.to_owned(), scope: Scope::Write, reporter: true }
    }

    /// What the text of a token says by itself: `glpat-NAME` is of the user NAME, `glpat-read…` may only read, and everything
    /// else is the access token of a project. The token of a job, `glcbt-…`, is none of the API's.
    fn of(token: &str) -> Option<Self> {
        let own = Self::new("project_5_bot_2f1d");
        match token.split_once('-') {
            Some(("glcbt", _)) => None,
            Some(("glpat", name)) if name.starts_with("read") => {
                Some(Self { scope: Scope::Read, ..own })
            }
            Some(("glpat", name)) if !name.is_empty() => Some(Self::new(name)),
            _ => Some(own),
        }
    }

    pub(super) fn is_bot(&self) -> bool {
        self.name.starts_with("project_")
    }
}

/// The token of a call.
fn token(headers: &HeaderMap) -> Option<&str> {
    let private = headers.get("private-token").and_then(|token| token.to_str().ok());
    let bearer = || {
        let sent = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = sent.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    };
    private.or_else(bearer).map(str::trim).filter(|token| !token.is_empty())
}

impl Gitlab {
    pub(super) fn user(&self, token: &str) -> Option<User> {
        self.tokens.get(token).cloned().or_else(|| User::of(token))
    }
}

impl Platform {
    /// Whose call it is.
    fn whose(&self, parts: &Parts) -> Result<User, Refusal> {
        let user = token(&parts.headers).and_then(|token| self.gitlab().user(token));
        user.ok_or_else(|| refused(401, "401 Unauthorized"))
    }

    /// Lets a call of a project in, or refuses it. Gives the number of the project.
    pub(super) fn visit(
        &self,
        parts: &Parts,
        project: &str,
        scope: Scope,
    ) -> Result<(User, u64), Refusal> {
        let user = self.whose(parts)?;
        if user.scope < scope {
            return Err(denied());
        }
        let number = self.gitlab().project(project).ok_or_else(|| missing("Project "))?;
        if scope == Scope::Write && !user.reporter {
            return Err(refused(403, "403 Forbidden"));
        }
        Ok((user, number))
    }
}

/// `GET /user`.
pub(super) async fn user(State(sim): State<Sim>, parts: Parts) -> Reply {
    let user = sim.whose(&parts)?;
    Ok(told(&sim, &user))
}

fn told(sim: &Platform, user: &User) -> Response {
    let mut body = user_of(sim, user);
    body["bot"] = json!(user.is_bot());
    body["two_factor_enabled"] = json!(false);
    answer(200, &body)
}
