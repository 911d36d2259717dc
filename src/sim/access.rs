//! Who calls, for which workspace, in which version of the API.

use std::collections::BTreeMap;

use axum::{
    body::{Body, to_bytes},
    extract::Query,
    http::{HeaderMap, header, request::Parts},
};
use serde_json::{Value, json};

use super::{
    Platform,
    keys::{Credential, Role},
    scenario::Scenario,
    state::Key,
    wire::{BODY_LIMIT, Refusal, error, gateway_error, json_answer},
};

/// Versions of the API, ascending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    /// Lists are bare arrays, images carry their tags.
    V20260416,
    /// Lists of sandboxes are pages.
    V20260428,
    /// Lists of images are pages too; tags have an endpoint of their own.
    V20260922,
}

/// Parameters that are true or false.
const FLAGS: &[&str] = &[
    "countResources",
    "createIfNotExist",
    "force",
    "showTerminated",
    "show_secrets",
    "skip-build",
    "upload",
];

/// Who calls.
#[derive(Debug)]
pub(super) struct Caller {
    workspace: Option<String>,
    role: Role,
    pub(super) version: Version,
    pub(super) query: BTreeMap<String, String>,
    /// What the call itself says about the scenario.
    pub(super) asked: Option<Scenario>,
}

impl Caller {
    /// The workspace of the call.
    pub(super) fn workspace(&self) -> Result<&str, Refusal> {
        self.workspace.as_deref().ok_or_else(|| {
            error(400, "Bad Request", "the workspace is missing: send X-Blaxel-Workspace")
        })
    }

    /// A resource of the workspace.
    pub(super) fn key(&self, name: &str) -> Result<Key, Refusal> {
        Ok((self.workspace()?.to_owned(), name.to_owned()))
    }

    /// Whether a query parameter is true.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.query.get(name).is_some_and(|value| value == "true")
    }

    /// Lets admins of the workspace pass alone.
    pub(super) fn admin(&self) -> Result<(), Refusal> {
        match self.role {
            Role::Admin => Ok(()),
            Role::Member => Err(not_admin()),
        }
    }
}

/// The refusal of what takes an admin.
pub(super) fn not_admin() -> Refusal {
    error(403, "Forbidden", "the role admin is needed for shares of images")
}

impl Platform {
    /// Lets a call in, or refuses it.
    pub(super) fn enter(&self, parts: &Parts) -> Result<Caller, Refusal> {
        let asked = match text(&parts.headers, "x-sandgate-scenario") {
            None => None,
            Some(name) => Some(
                Scenario::parse(name)
                    .map_err(|err| error(400, "unknown_scenario", &err.to_string()))?,
            ),
        };
        let credential = self.credential(&parts.headers)?;
        let version = match text(&parts.headers, "blaxel-version") {
            None | Some("2026-04-16") => Version::V20260416,
            Some("2026-04-28") => Version::V20260428,
            Some("2026-09-22") => Version::V20260922,
            Some(_) => {
                return Err(json_answer(
                    400,
                    &json!({
                        "error": "invalid_api_version",
                        "message": "Blaxel-Version must be one of 2026-04-16, 2026-04-28, 2026-09-22",
                    }),
                )
                .into());
            }
        };
        let Query(query) = Query::<BTreeMap<String, String>>::try_from_uri(&parts.uri)
            .map_err(|_| error(400, "Bad Request", "the query cannot be read"))?;
        let is_flag = |value: &String| matches!(value.as_str(), "true" | "false");
        if let Some(name) =
            FLAGS.iter().find(|name| query.get(**name).is_some_and(|value| !is_flag(value)))
        {
            return Err(error(400, "Bad Request", &format!("{name} must be true or false")));
        }
        let workspace = text(&parts.headers, "x-blaxel-workspace")
            .map(str::to_owned)
            .or_else(|| query.get("workspace").cloned())
            .filter(|name| !name.is_empty());
        if let Some(name) = &workspace {
            self.open(name, &credential)?;
            self.world().0.workspaces.insert(name.clone());
        }
        Ok(Caller { workspace, role: credential.role, version, query, asked })
    }

    /// Refuses a workspace that there is not, or that the key does not open.
    pub(super) fn open(&self, workspace: &str, credential: &Credential) -> Result<(), Refusal> {
        if !self.has_workspace(workspace) {
            let told = format!("there is no workspace {workspace:?}");
            return Err(gateway_error(404, "WORKSPACE_NOT_FOUND", &told, false));
        }
        if !credential.opens(workspace) {
            let told = format!("the key is not for the workspace {workspace:?}");
            return Err(error(403, "Forbidden", &told));
        }
        Ok(())
    }

    /// Whose call it is.
    pub(super) fn credential(&self, headers: &HeaderMap) -> Result<Credential, Refusal> {
        let refused = |message| Err(error(401, "Unauthorized", message));
        let Some(sent) = text(headers, "x-blaxel-authorization")
            .or_else(|| text(headers, header::AUTHORIZATION.as_str()))
        else {
            return refused("no credentials: send Authorization: Bearer KEY");
        };
        let token = match sent.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => return refused("the credentials are not of the form Bearer KEY"),
        };
        if token.is_empty() {
            return refused("the key is empty");
        }
        let (world, now) = self.world();
        match world.tokens.access(token, now) {
            Some(Ok(credential)) => return Ok(credential),
            Some(Err(())) => return refused("the access token has expired"),
            None => {}
        }
        self.known(token).ok_or_else(|| error(401, "Unauthorized", "the key is not known"))
    }

    /// The key as the platform knows it.
    pub(super) fn known(&self, key: &str) -> Option<Credential> {
        let config = &self.config;
        let listed = config.credentials.iter().find(|known| known.key == key).cloned();
        listed.or_else(|| {
            let open = config.key.as_ref().is_none_or(|known| known == key);
            open.then(|| Credential::new(key, Role::Admin))
        })
    }
}

/// A header, if it is there and is text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A JSON body, within its limit.
pub(super) async fn json_body(body: Body) -> Result<Value, Refusal> {
    let bytes = to_bytes(body, BODY_LIMIT)
        .await
        .map_err(|_| error(413, "Request Entity Too Large", "the body is larger than 1 MiB"))?;
    serde_json::from_slice(&bytes)
        .map_err(|err| error(400, "Bad Request", &format!("the body is not JSON: {err}")))
}
