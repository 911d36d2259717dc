//! Answers that the scenario gives in the place of the platform's.

use axum::http::HeaderValue;

use super::{
    access::not_admin,
    scenario::Scenario,
    state::{Key, World},
    wire::{Refusal, error, gateway_error, raw, sandbox_error},
};

/// Kinds of calls: a fault of the first call is met once a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Create,
    Update,
    Read,
    List,
    Delete,
    Logs,
    Workspace,
    Share,
    Preview,
    Place,
}

impl Call {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Read => "read",
            Self::List => "list",
            Self::Delete => "delete",
            Self::Logs => "logs",
            Self::Workspace => "workspace",
            Self::Share => "share",
            Self::Preview => "preview",
            Self::Place => "place",
        }
    }
}

/// Refuses a call before it has any effect.
pub(super) fn before(
    world: &mut World,
    scenario: Scenario,
    key: &Key,
    call: Call,
) -> Result<(), Refusal> {
    let writes = matches!(call, Call::Create | Call::Update);
    match scenario {
        Scenario::Unauthorized => Err(error(401, "Unauthorized", "the key is not known")),
        Scenario::Forbidden => Err(error(
            403,
            "Forbidden",
            &format!("the key has no permission in workspace {:?}", key.0),
        )),
        Scenario::NotAdmin if call == Call::Share => Err(not_admin()),
        Scenario::RateLimited if world.meet(key, call.name()) == 0 => {
            let mut response = raw(
                429,
                "application/json",
                r#"{"code":429,"error":"Too Many Requests","message":"slow down"}"#.to_owned(),
            );
            response.headers_mut().insert("retry-after", HeaderValue::from_static("1"));
            Err(response.into())
        }
        Scenario::RateLimitedBare if world.meet(key, call.name()) == 0 => {
            Err(error(429, "Too Many Requests", "slow down"))
        }
        Scenario::ServerError if world.meet(key, call.name()) < 2 => {
            Err(error(500, "Internal Server Error", "something went wrong"))
        }
        Scenario::CodeAsString if writes => Err(sandbox_error(
            400,
            "QUOTA_EXCEEDED",
            "memory is above the maximum of your tier",
            &key.0,
            &key.1,
        )),
        Scenario::ErrorAsObject if writes => Err(gateway_error(
            402,
            "USAGE_LIMIT_EXCEEDED",
            "the usage limit of the account is reached",
            false,
        )),
        _ => Ok(()),
    }
}

/// Loses the answer of a call that has taken effect.
pub(super) fn after(world: &mut World, scenario: Scenario, key: &Key) -> Result<(), Refusal> {
    if scenario == Scenario::Html504 && world.meet(key, "answer") == 0 {
        let page = "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n<center>\
                    <h1>504 Gateway Time-out</h1></center>\r\n</body>\r\n</html>\r\n";
        return Err(raw(504, "text/html", page.to_owned()).into());
    }
    Ok(())
}
