//! What the official client keeps of people who logged in with it: `~/.blaxel/config.yaml`. Read, and never written.

use std::{
    fs::File,
    io::{ErrorKind, Read as _},
    path::Path,
};

use serde::Deserialize;

use super::{client::Credentials, secret::Secret};
use crate::{error::Error, exit::Exit, project::manifest};

/// Longest file that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// The credentials of one workspace.
#[derive(Debug)]
pub struct Login {
    /// The workspace.
    pub workspace: String,
    /// The platform's environment that it belongs to, where it says so.
    pub environment: Option<String>,
    /// What the caller proves who they are with.
    pub credentials: Credentials,
}

/// A login in the browser.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) workspace: String,
    pub(super) access: Option<Secret>,
    pub(super) refresh: Option<Secret>,
    pub(super) device: Option<Secret>,
}

impl Session {
    pub(super) fn redact(&self, text: &str) -> String {
        let all = [&self.access, &self.refresh, &self.device];
        all.into_iter().flatten().fold(text.to_owned(), |text, secret| secret.redact(&text))
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Config {
    context: Option<Context>,
    workspaces: Option<Vec<Entry>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Context {
    workspace: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    name: Option<String>,
    env: Option<String>,
    credentials: Option<Keys>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Keys {
    #[serde(rename = "apiKey")]
    key: Option<String>,
    access_token: Option<String>,
    refresh_token: Option<String>,
    device_code: Option<String>,
    /// One client writes the first spelling, the others read the second.
    client_credentials: Option<String>,
    #[serde(rename = "clientCredentials")]
    client_credentials_camel: Option<String>,
}

impl Keys {
    fn credentials(self, workspace: &str) -> Option<Credentials> {
        let secret = |text: Option<String>| {
            text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).map(Secret::new)
        };
        if let Some(key) = secret(self.key) {
            return Some(Credentials::Key(key));
        }
        let client = secret(self.client_credentials);
        if let Some(client) = client.or_else(|| secret(self.client_credentials_camel)) {
            return Some(Credentials::Client(client));
        }
        let session = Session {
            workspace: workspace.to_owned(),
            access: secret(self.access_token),
            refresh: secret(self.refresh_token),
            device: secret(self.device_code),
        };
        let any = session.access.is_some() || session.refresh.is_some();
        any.then_some(Credentials::Login(session))
    }
}

/// The login of a workspace, or of the one that the file names as current; `None` where there is no file.
///
/// # Errors
/// The file cannot be read, others may read it, or it knows no such login. Nothing of its content is told but names.
pub fn read(path: &Path, workspace: Option<&str>) -> Result<Option<Login>, Error> {
    let shown = path.display().to_string();
    let Some(text) = text(path).map_err(|why| {
        Error::new(Exit::Usage, "the login of `bl` cannot be read").at(shown.clone()).because(why).help(
            "log in again with `bl login`, or set BL_API_KEY (or BL_CLIENT_CREDENTIALS) and BL_WORKSPACE instead",
        )
    })?
    else {
        return Ok(None);
    };
    choose(&text, workspace).map(Some).map_err(|error| error.at(shown))
}

/// The text of the file; `None` where there is none.
fn text(path: &Path) -> Result<Option<String>, String> {
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(err) if matches!(err.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(err) => return Err(err.to_string()),
    };
    if !meta.is_file() {
        return Err("it is no file".to_owned());
    }
    if meta.len() > LONGEST {
        return Err("it is larger than 1 MiB".to_owned());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = meta.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(format!(
                "others may read or change it (mode {mode:o}), and it holds credentials: `chmod 600` it"
            ));
        }
    }
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(LONGEST).read_to_string(&mut text))
        .map_err(|err| err.to_string())?;
    Ok(Some(text))
}

fn choose(text: &str, wanted: Option<&str>) -> Result<Login, Error> {
    let config: Option<Config> = serde_saphyr::from_str(text).map_err(|err| {
        // What the parser says may repeat what stands there.
        let place = err.location().map(|place| format!(" (line {})", place.line()));
        Error::new(
            Exit::Usage,
            format!("the login of `bl` cannot be read{}", place.unwrap_or_default()),
        )
        .because("it is not the YAML that `bl login` writes")
        .help("log in again with `bl login`, or set BL_API_KEY and BL_WORKSPACE instead")
    })?;
    let config = config.unwrap_or_default();
    let entries = config.workspaces.unwrap_or_default();
    let names: Vec<String> = entries.iter().filter_map(|entry| entry.name.clone()).collect();
    let current = config.context.and_then(|context| context.workspace);
    let only = || names.first().filter(|_| names.len() == 1).cloned();
    let Some(workspace) =
        wanted.map(str::to_owned).or(current).filter(|name| !name.is_empty()).or_else(only)
    else {
        return Err(if names.is_empty() {
            Error::new(Exit::Auth, "nobody is logged in with `bl`")
                .help("`bl login WORKSPACE`, or set BL_API_KEY and BL_WORKSPACE")
        } else {
            Error::new(Exit::Usage, "no workspace is named")
                .because(format!("there are logins for {}", names.join(", ")))
                .help("set BL_WORKSPACE, or give --workspace")
        });
    };
    let entry = entries.into_iter().find(|entry| entry.name.as_ref() == Some(&workspace));
    let environment = entry.as_ref().and_then(|entry| entry.env.clone());
    let keys = entry.and_then(|entry| entry.credentials);
    let Some(credentials) = keys.and_then(|keys| keys.credentials(&workspace)) else {
        let near = manifest::closest(&workspace, names.iter().map(String::as_str));
        let near = near.filter(|near| *near != workspace);
        let hint = near.map(|near| format!("did you mean `{near}`? Else ")).unwrap_or_default();
        return Err(Error::new(
            Exit::Auth,
            format!("nobody is logged in to the workspace `{workspace}`"),
        )
        .help(format!(
            "{hint}`bl login {workspace}`, or set BL_API_KEY (or BL_CLIENT_CREDENTIALS)"
        )));
    };
    let environment = environment.filter(|environment| !environment.is_empty());
    Ok(Login { workspace, environment, credentials })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
context:
  workspace: two
tracking: true
workspaces:
- name: one
  id: w-1
  env: dev
  credentials:
    apiKey: key-of-one
- name: two
  credentials:
    access_token: access-of-two
    refresh_token: refresh-of-two
    expires_in: 7200
    device_code: device-of-two
- name: three
  credentials:
    client_credentials: aWQ6c2VjcmV0
- name: four
  credentials: {clientCredentials: aWQ6c2VjcmV0}
- name: five
  credentials: null
";

    #[test]
    fn each_kind_of_login_is_found() {
        let login = choose(FILE, None).unwrap();
        assert_eq!((login.workspace.as_str(), login.environment), ("two", None));
        assert!(
            matches!(&login.credentials, Credentials::Login(session) if session.device.is_some())
        );
        let one = choose(FILE, Some("one")).unwrap();
        assert!(one.environment.as_deref() == Some("dev"));
        assert!(matches!(one.credentials, Credentials::Key(_)));
        for name in ["three", "four"] {
            let login = choose(FILE, Some(name)).unwrap();
            assert!(matches!(login.credentials, Credentials::Client(_)), "{name}");
        }
        for (name, help) in [("five", "`bl login five`"), ("tow", "did you mean `two`?")] {
            let error = choose(FILE, Some(name)).unwrap_err();
            assert_eq!(error.exit, Exit::Auth);
            assert!(error.help.clone().unwrap_or_default().contains(help), "{error:?}");
        }
    }

    #[test]
    fn a_broken_file_says_nothing_of_its_content() {
        for text in [
            "workspaces: [secret-text",
            "workspaces: secret-text",
            "workspaces:\n- name: one\n  credentials: secret-text\n",
            "- secret-text\n",
            "context: {workspace: [secret-text]}",
            "secret-text",
            "workspaces:\n\t- secret-text\n",
        ] {
            let error = choose(text, Some("one")).expect_err(text);
            let told = format!("{error:?}");
            assert!(!told.contains("secret-text"), "{told}");
        }
        for empty in ["", "---\n", "{}", "workspaces: []", "context: null"] {
            assert_eq!(choose(empty, None).unwrap_err().exit, Exit::Auth, "{empty}");
        }
    }

    #[test]
    fn without_a_current_workspace_only_one_login_is_clear() {
        let one = "workspaces:\n- name: one\n  credentials: {apiKey: key-of-one}\n";
        assert_eq!(choose(one, None).unwrap().workspace, "one");
        let two = format!("{one}- name: two\n  credentials: {{apiKey: key-of-two}}\n");
        let error = choose(&two, None).unwrap_err();
        assert_eq!((error.exit, error.causes.len()), (Exit::Usage, 1));
    }
}
