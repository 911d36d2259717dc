//! The user's logins, as Docker keeps them.

use std::{fmt, io::Write as _, path::Path, process::Stdio, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use tokio::{io::AsyncReadExt as _, io::AsyncWriteExt as _, time::timeout};

use super::{Surroundings, endpoint::Endpoint};

/// A keychain may ask its owner; nobody waits for that here.
const HELPER: Duration = Duration::from_secs(2);
/// Longest configuration or answer of a helper, in bytes.
const LONGEST: u64 = 1 << 20;

/// A login. Shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Login {
    /// User and password.
    Password(String, String),
    /// A refresh token for the token server.
    Identity(String),
}

impl Login {
    /// The part that must not be shown.
    pub(super) fn secret(&self) -> &str {
        match self {
            Self::Password(_, secret) | Self::Identity(secret) => secret,
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

/// What there is for a registry.
pub(super) type Found = Result<Option<Login>, String>;

/// The login for a registry; the error is a clause that holds no credential.
pub(super) async fn find(surroundings: &Surroundings, endpoint: &Endpoint) -> Found {
    let Some(dir) = &surroundings.docker_config else { return Ok(None) };
    // It would be taken from where the run stands: in a project.
    if !dir.is_absolute() {
        return Err("the folder of Docker's configuration is no absolute path".into());
    }
    let Some(bytes) = read(&dir.join("config.json"))? else { return Ok(None) };
    let config: Value =
        serde_json::from_slice(&bytes).map_err(|_| "Docker's config.json is no JSON".to_owned())?;
    let keys = endpoint.keys();
    let of_host = keys.iter().find_map(|key| config["credHelpers"].get(*key)?.as_str());
    let helper = of_host.or_else(|| config["credsStore"].as_str()).filter(|name| !name.is_empty());
    if let Some(name) = helper {
        for key in &keys {
            if let Some(login) = ask(surroundings, name, key).await? {
                return Ok(Some(login));
            }
        }
    }
    Ok(keys.iter().find_map(|key| {
        let auths = config["auths"].as_object()?;
        let entry = auths.get(*key).or_else(|| {
            auths.iter().find(|(other, _)| host_of(other) == *key).map(|(_, entry)| entry)
        })?;
        of_entry(entry)
    }))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, String> {
    use std::io::Read as _;
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(format!("Docker's config.json cannot be read: {err}")),
    };
    let mut bytes = Vec::new();
    file.take(LONGEST)
        .read_to_end(&mut bytes)
        .map_err(|err| format!("Docker's config.json cannot be read: {err}"))?;
    Ok(Some(bytes))
}

/// `https://host/v2/` is an old form of `host`.
pub(super) fn host_of(key: &str) -> &str {
    let key = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    key.split('/').next().unwrap_or(key)
}

/// One entry of `auths`.
pub(super) fn of_entry(entry: &Value) -> Option<Login> {
    let text = |name: &str| entry[name].as_str().filter(|text| !text.is_empty());
    if let Some(token) = text("identitytoken") {
        return Some(Login::Identity(token.to_owned()));
    }
    if let (Some(user), Some(password)) = (text("username"), text("password")) {
        return Some(Login::Password(user.to_owned(), password.to_owned()));
    }
    let bytes = STANDARD.decode(text("auth")?.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.trim_end_matches('\0').split_once(':')?;
    Some(Login::Password(user.to_owned(), password.to_owned()))
}

/// Asks `docker-credential-NAME get`; `None` where it has nothing.
async fn ask(surroundings: &Surroundings, name: &str, key: &str) -> Found {
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) {
        return Err("Docker's config.json names a credential helper that has no plain name".into());
    }
    let program = format!("docker-credential-{name}{}", std::env::consts::EXE_SUFFIX);
    // Folders that are not absolute would be taken from the project.
    let Some(path) =
        surroundings.programs.iter().map(|dir| dir.join(&program)).find(|path| path.is_file())
    else {
        return Err(format!("`{program}` is not on PATH"));
    };
    let failed = |err: &dyn fmt::Display| format!("`{program}` cannot be run: {err}");
    let mut child = tokio::process::Command::new(path)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|err| failed(&err))?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let talk = async {
        if let Some(mut stdin) = stdin {
            // One that reads nothing may still answer.
            let _ = stdin.write_all(format!("{key}\n").as_bytes()).await;
        }
        let mut out = Vec::new();
        if let Some(stdout) = stdout {
            stdout.take(LONGEST).read_to_end(&mut out).await?;
        }
        Ok::<_, std::io::Error>((child.wait().await?, out))
    };
    let (status, out) = match timeout(HELPER, talk).await {
        Err(_) => return Err(format!("`{program}` gave no answer in time")),
        Ok(done) => done.map_err(|err| failed(&err))?,
    };
    if !status.success() {
        return Ok(None);
    }
    let answer: Value = serde_json::from_slice(&out)
        .map_err(|_| format!("the answer of `{program}` is no JSON"))?;
    let (user, secret) = (answer["Username"].as_str(), answer["Secret"].as_str());
    Ok(match (user, secret) {
        (_, None | Some("")) => None,
        (Some("<token>"), Some(token)) => Some(Login::Identity(token.to_owned())),
        (user, Some(secret)) => {
            Some(Login::Password(user.unwrap_or_default().to_owned(), secret.to_owned()))
        }
    })
}

/// `Basic` and the login in base64.
pub(super) fn basic(user: &str, password: &str) -> String {
    let mut plain = Vec::new();
    // Writing to memory cannot fail.
    let _ = write!(plain, "{user}:{password}");
    format!("Basic {}", STANDARD.encode(plain))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_an_entry_is_read() {
        let login = |user: &str, word: &str| Some(Login::Password(user.into(), word.into()));
        let both = STANDARD.encode("me:a:b");
        for (entry, want) in [
            (json!({ "auth": both }), login("me", "a:b")),
            (json!({ "username": "me", "password": "w" }), login("me", "w")),
            (json!({ "auth": both, "identitytoken": "t" }), Some(Login::Identity("t".into()))),
            (json!({ "auth": "???" }), None),
            (json!({}), None),
            (json!(3), None),
        ] {
            assert_eq!(of_entry(&entry), want);
        }
        assert_eq!(format!("{:?}", login("me", "w")), "Some(****)");
    }

    #[test]
    fn old_keys_mean_their_host() {
        assert_eq!(host_of("https://r.example:5000/v2/"), "r.example:5000");
        assert_eq!(host_of("r.example"), "r.example");
    }
}
