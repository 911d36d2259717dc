//! A recorded exchange: what was asked and answered, in order, with every secret removed.

use std::{
    collections::BTreeSet,
    io::{self, Write as _},
    path::Path,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of the format.
const VERSION: u32 = 1;
/// What stands in the place of a secret.
pub(super) const REMOVED: &str = "[removed]";
/// Shorter values are not looked for in other texts: they would be found everywhere.
const TELLING: usize = 6;
/// Parts of the names of values that are never written down.
const SECRET: &[&str] = &[
    "apikey",
    "api_key",
    "authorization",
    "credential",
    "device_code",
    "dockerconfig",
    "password",
    "secret",
    "token",
    "user_code",
    "verification_uri",
];
/// Parts of the names of values that tell of people.
const PERSONAL: &[&str] = &["email", "createdby", "updatedby", "sharedby"];

/// A recorded exchange.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Tape {
    version: u32,
    /// The program that recorded it.
    recorder: String,
    pub(super) exchanges: Vec<Exchange>,
}

/// A call and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Exchange {
    pub(super) method: String,
    /// Without the base of the API; `/_sim/upload/N` for the N-th upload URL. With the part of the query that is
    /// harmless.
    pub(super) path: String,
    /// `Blaxel-Version`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) version: String,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(super) sent: Value,
    /// 0 where the platform could not be reached.
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    /// A text where it is not JSON.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(super) body: Value,
    /// Milliseconds since the recording began.
    #[serde(default)]
    pub(super) at: u64,
}

impl Exchange {
    /// Its path without query.
    pub(super) fn place(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }
}

/// Finds credentials in a text by their look, and gives the text without them.
pub type Mask = fn(&str) -> String;

/// What may not be written down.
pub(super) struct Redaction {
    mask: Mask,
    /// Values that were seen in places where secrets stand.
    known: BTreeSet<String>,
}

impl Redaction {
    pub(super) fn new(mask: Mask) -> Self {
        Self { mask, known: BTreeSet::new() }
    }

    /// Remembers a secret, so that it is found wherever else it stands.
    pub(super) fn learn(&mut self, secret: &str) {
        if secret.len() < TELLING || secret == REMOVED {
            return;
        }
        self.known.insert(secret.to_owned());
        if let Ok(Ok(decoded)) = BASE64_STANDARD.decode(secret).map(String::from_utf8) {
            let parts = decoded.split(':').filter(|part| part.len() >= TELLING);
            self.known.extend(parts.map(str::to_owned));
            self.known.insert(decoded);
        }
    }

    /// Removes what its place says is secret, and remembers it.
    pub(super) fn places(&mut self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.places(item)),
            Value::Object(map) => {
                for (name, value) in map {
                    let name = name.to_ascii_lowercase();
                    let within = |list: &[&str]| list.iter().any(|part| name.contains(part));
                    if name == "envs" {
                        self.values(value, true);
                    } else if matches!(name.as_str(), "requestheaders" | "responseheaders") {
                        self.values(value, false);
                    } else if value.is_string() && (within(SECRET) || within(PERSONAL)) {
                        self.remove(value);
                    } else {
                        self.places(value);
                    }
                }
            }
            _ => {}
        }
    }

    /// Removes every text below, but the names of variables.
    fn values(&mut self, value: &mut Value, variables: bool) {
        match value {
            Value::String(_) => self.remove(value),
            Value::Array(items) => items.iter_mut().for_each(|item| self.values(item, variables)),
            Value::Object(map) => {
                for (name, value) in map {
                    if !(variables && name == "name") {
                        self.values(value, variables);
                    }
                }
            }
            _ => {}
        }
    }

    fn remove(&mut self, value: &mut Value) {
        let Some(text) = value.as_str().filter(|text| !text.is_empty()) else { return };
        self.learn(text);
        // A text in JSON, as the credentials of registries are sent.
        if let Ok(inner) = serde_json::from_str::<Value>(text) {
            self.learn_all(&inner);
        }
        *value = Value::String(REMOVED.to_owned());
    }

    fn learn_all(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.learn(text),
            Value::Array(items) => items.iter().for_each(|item| self.learn_all(item)),
            Value::Object(map) => map.values().for_each(|value| self.learn_all(value)),
            _ => {}
        }
    }

    /// A text without what is known to be secret, what looks like it, and what stands in URLs beside their place.
    pub(super) fn text(&self, text: &str) -> String {
        let mut out = text.to_owned();
        // The longest first, so that no part of one is left.
        let mut known: Vec<&String> = self.known.iter().collect();
        known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        for secret in known {
            if out.contains(secret.as_str()) {
                out = out.replace(secret.as_str(), REMOVED);
            }
        }
        (self.mask)(&bare_urls(&out))
    }

    fn texts(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.texts(item)),
            Value::Object(map) => map.values_mut().for_each(|value| self.texts(value)),
            _ => {}
        }
    }
}

/// URLs in a text without user-info and query.
fn bare_urls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`');
        let (url, next) = after.split_at(after.find(ends).unwrap_or(after.len()));
        let place = url.split(['?', '#']).next().unwrap_or_default();
        let (host, path) = place.split_at(place.find('/').unwrap_or(place.len()));
        out.push_str(host.rsplit('@').next().unwrap_or_default());
        out.push_str(path);
        rest = next;
    }
    out.push_str(rest);
    out
}

impl Tape {
    /// An empty one.
    pub(super) fn new() -> Self {
        Self {
            version: VERSION,
            recorder: concat!("sandgate ", env!("CARGO_PKG_VERSION")).to_owned(),
            exchanges: Vec::new(),
        }
    }

    /// Reads a recording.
    pub(super) fn load(file: &Path) -> io::Result<Self> {
        let invalid = |told: String| io::Error::new(io::ErrorKind::InvalidData, told);
        let text = std::fs::read(file)?;
        let tape: Self = serde_json::from_slice(&text).map_err(|err| invalid(err.to_string()))?;
        if tape.version != VERSION {
            return Err(invalid(format!("it is of version {}, not {VERSION}", tape.version)));
        }
        Ok(tape)
    }

    /// Writes it as a whole, in the place of what was there. What was learnt late is removed from what came early.
    pub(super) fn save(&mut self, file: &Path, redaction: &Redaction) -> io::Result<()> {
        for exchange in &mut self.exchanges {
            redaction.texts(&mut exchange.sent);
            redaction.texts(&mut exchange.body);
            exchange.path = redaction.text(&exchange.path);
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut new = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        serde_json::to_writer_pretty(&mut new, self)?;
        new.write_all(b"\n")?;
        new.persist(file)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_removed_where_they_stand_and_wherever_else() {
        let mut redaction = Redaction::new(str::to_owned);
        let auth = BASE64_STANDARD.encode("robot:c4nary-registry");
        let config = json!({"auths": {"ghcr.io": {"auth": auth}}}).to_string();
        let mut value = json!({
            "metadata": {"name": "box", "createdBy": "jane.doe"},
            "spec": {"runtime": {
                "dockerConfig": config,
                "envs": [{"name": "MODE", "value": "c4nary-env", "secret": true}],
            }},
            "access_token": "c4nary-token",
        });
        redaction.places(&mut value);
        let mut later = json!({"message": format!("saw c4nary-env, {auth}, c4nary-registry and c4nary-token by jane.doe")});
        redaction.texts(&mut later);
        let all = format!("{value} {later}");
        assert!(!all.contains("c4nary") && !all.contains("jane") && !all.contains(&auth), "{all}");
        assert_eq!(
            value["spec"]["runtime"]["envs"][0],
            json!({"name": "MODE", "value": REMOVED, "secret": true})
        );
        assert_eq!(value["metadata"]["name"], "box");
    }

    #[test]
    fn urls_lose_user_and_query() {
        assert_eq!(
            bare_urls("see https://u:p@x.example/a?sig=1#f and http://y/b, \"https://z?q\""),
            "see https://x.example/a and http://y/b, \"https://z\""
        );
    }
}
