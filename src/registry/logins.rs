//! Logins that the caller gives for this run, and the form in which they are handed on.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    credentials::{Login, host_of, of_entry},
    endpoint::Endpoint,
};

/// Logins by registry, as the caller names it. The first for a registry wins. Shows nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Logins(Vec<(String, Login)>);

impl Logins {
    /// Adds user and password for a registry.
    pub(crate) fn add(&mut self, registry: &str, user: &str, password: &str) {
        let login = Login::Password(user.to_owned(), password.to_owned());
        self.0.push((host_of(registry).to_owned(), login));
    }

    /// Adds what a Docker `config.json` has in `auths`; returns whether it names helpers, which are not asked.
    /// The error is a clause.
    pub(crate) fn read(&mut self, config: &[u8]) -> Result<bool, String> {
        let config: Value =
            serde_json::from_slice(config).map_err(|_| "it is no JSON".to_owned())?;
        for (registry, entry) in config["auths"].as_object().into_iter().flatten() {
            // An empty entry says that a helper has the login.
            if let Some(login) = of_entry(entry) {
                self.0.push((host_of(registry).to_owned(), login));
            }
        }
        Ok(config["credsStore"].is_string() || config["credHelpers"].is_object())
    }

    /// Every word of a login that must not be shown.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, login)| login.secret())
    }

    pub(super) fn of(&self, endpoint: &Endpoint) -> Option<Login> {
        let keys = endpoint.keys();
        let keys: Vec<&str> = keys.iter().map(|key| host_of(key)).collect();
        self.0
            .iter()
            .find(|(host, _)| keys.contains(&host.as_str()))
            .map(|(_, login)| login.clone())
    }
}

/// A login as the text of a Docker `config.json` that holds nothing else.
pub(super) fn docker_config(endpoint: &Endpoint, login: &Login) -> String {
    let entry = match login {
        Login::Password(user, password) => {
            json!({ "auth": STANDARD.encode(format!("{user}:{password}")) })
        }
        Login::Identity(token) => json!({ "identitytoken": token }),
    };
    let key = endpoint.keys().first().copied().unwrap_or(&endpoint.host).to_owned();
    json!({ "auths": { key: entry } }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_entry_of_the_registry_is_handed_on() {
        let mut logins = Logins::default();
        logins.add("ghcr.io", "me", "first:word");
        let both = STANDARD.encode("you:second");
        let config = json!({ "credsStore": "desktop", "auths": {
            "ghcr.io": { "auth": both }, "https://index.docker.io/v1/": { "username": "hub", "password": "w" },
            "r.example:5000": { "identitytoken": "token" }, "empty.example": {},
        }});
        assert_eq!(logins.read(config.to_string().as_bytes()), Ok(true));
        assert!(logins.read(b"no").is_err());
        let text = |reference: &str| {
            let endpoint = Endpoint::of(reference).unwrap();
            logins.of(&endpoint).map(|login| docker_config(&endpoint, &login))
        };
        let auth = |text: &str| STANDARD.encode(text);
        for (reference, want) in [
            ("ghcr.io/a/b", json!({ "ghcr.io": { "auth": auth("me:first:word") } })),
            ("docker.io/a/b", json!({ "https://index.docker.io/v1/": { "auth": auth("hub:w") } })),
            ("r.example:5000/a", json!({ "r.example:5000": { "identitytoken": "token" } })),
        ] {
            assert_eq!(text(reference), Some(json!({ "auths": want }).to_string()), "{reference}");
        }
        for none in ["empty.example/a", "r.example/a", "quay.io/a"] {
            assert_eq!(text(none), None, "{none}");
        }
        assert_eq!(format!("{logins:?}").matches("****").count(), 4);
        assert!(logins.secrets().any(|secret| secret == "first:word"));
    }
}
