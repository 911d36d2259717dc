//! Who calls, and what the token may do.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header, request::Parts};

use super::{
    state::{At, Forge, Place},
    wire::{denied, refused},
};
use crate::sim::{Platform, wire::Refusal};

/// What a token may do with a kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    None,
    Read,
    Write,
}

/// Whose token it is.
#[derive(Clone, Debug)]
pub(super) struct Actor {
    pub(super) login: String,
    /// The token of a job or an app, not of a person.
    pub(super) app: bool,
    /// By kind: `pull_requests`, `issues`, `statuses`, `deployments`, `checks`. Kinds that are not named have `rest`.
    pub(super) permissions: BTreeMap<String, Level>,
    pub(super) rest: Level,
}

impl Actor {
    /// An actor that may do everything.
    pub(super) fn new(login: &str, app: bool) -> Self {
        Self { login: login.to_owned(), app, permissions: BTreeMap::new(), rest: Level::Write }
    }

    /// What the text of a token says by itself: `ghp_NAME` is a person's, `ghs_app_NAME` an app's, `ghs_read…` a job's that
    /// may only read, and everything else a job's.
    fn of(token: &str) -> Self {
        let name = |rest: &str| match rest.split('_').next() {
            None | Some("") => "octocat".to_owned(),
            Some(name) => name.to_owned(),
        };
        if let Some(rest) = token.strip_prefix("ghp_") {
            return Self::new(&name(rest), false);
        }
        if let Some(rest) = token.strip_prefix("ghs_app_") {
            return Self::new(&format!("{}[bot]", name(rest)), true);
        }
        let job = Self::new("github-actions[bot]", true);
        if token.starts_with("ghs_read") { Self { rest: Level::Read, ..job } } else { job }
    }

    fn may(&self, kinds: &[&str], level: Level) -> bool {
        kinds.iter().any(|kind| *self.permissions.get(*kind).unwrap_or(&self.rest) >= level)
    }
}

/// The token of a call.
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    let sent = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = sent.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    Some(token.trim()).filter(|token| known && !token.is_empty())
}

impl Forge {
    pub(super) fn actor(&self, token: &str) -> Actor {
        self.tokens.get(token).cloned().unwrap_or_else(|| Actor::of(token))
    }
}

impl Platform {
    /// Lets a call in that takes one of these permissions, or refuses it.
    pub(super) fn admit(
        &self,
        parts: &Parts,
        place: &Place,
        kinds: &[&str],
        level: Level,
    ) -> Result<Actor, Refusal> {
        let actor = self.caller(parts)?;
        self.forge().at(place)?;
        if !actor.may(kinds, level) {
            return Err(denied(&actor, kinds, level));
        }
        Ok(actor)
    }

    /// The same for what a path names in a repository, taken apart.
    pub(super) fn admit_to(
        &self,
        parts: &Parts,
        (owner, name, of): At,
        kinds: &[&str],
        level: Level,
    ) -> Result<(Place, String, Actor), Refusal> {
        let place = (owner, name);
        let actor = self.admit(parts, &place, kinds, level)?;
        Ok((place, of, actor))
    }

    /// Whose call it is.
    pub(super) fn caller(&self, parts: &Parts) -> Result<Actor, Refusal> {
        let token = token(&parts.headers).ok_or_else(|| refused(401, "Requires authentication"))?;
        Ok(self.forge().actor(token))
    }
}
