//! Command line and environment, settled into what a command needs. Nobody else reads either.

use std::env;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{error::Error, exit::Exit};

/// Today, for rules that know dates: `--today`, else `SOURCE_DATE_EPOCH`, else the clock (UTC).
pub(crate) fn today(given: Option<&str>) -> Result<Date, Error> {
    if let Some(given) = given {
        return given.parse().map_err(|_| {
            Error::new(Exit::Usage, format!("`{given}` is not a date"))
                .at("--today")
                .help("write it as YYYY-MM-DD")
        });
    }
    let now = match env::var("SOURCE_DATE_EPOCH") {
        Ok(epoch) => epoch
            .trim()
            .parse()
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .ok_or_else(|| {
                Error::new(Exit::Usage, "SOURCE_DATE_EPOCH is not a number of seconds")
                    .at("environment")
                    .help("unset it, or set it to seconds since 1970-01-01 UTC")
            })?,
        Err(_) => Timestamp::now(),
    };
    Ok(now.to_zoned(TimeZone::UTC).date())
}

/// Whether to draw progress: a terminal, and no CI.
#[cfg(feature = "remote")]
pub(crate) fn interactive() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stderr()) && env::var_os("CI").is_none()
}

/// Whether somebody is there to be asked: a terminal to read from and to write to, and no CI.
#[cfg(feature = "remote")]
pub(crate) fn can_ask() -> bool {
    interactive() && std::io::IsTerminal::is_terminal(&std::io::stdin())
}

/// A variable that the caller names, to be passed on. It may be a secret: it is never shown.
#[cfg(feature = "remote")]
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// The variable that holds logins for registries, one `REG=USER:PASS` a line.
#[cfg(feature = "remote")]
pub(crate) const REGISTRY_CRED: &str = "SANDGATE_REGISTRY_CRED";

/// What the environment says of the platform. Credentials are in here: it is never shown.
#[cfg(feature = "remote")]
pub(crate) struct Platform {
    /// `BL_API_KEY`.
    pub(crate) key: Option<String>,
    /// `BL_CLIENT_CREDENTIALS`.
    pub(crate) client_credentials: Option<String>,
    /// `BL_API_URL`.
    pub(crate) api_url: Option<String>,
    /// `BL_ENV`.
    pub(crate) environment: Option<String>,
    /// `BL_API_VERSION`.
    pub(crate) api_version: Option<String>,
    /// Where the official client keeps logins; `None` where there is no home.
    pub(crate) login: Option<std::path::PathBuf>,
}

/// `SANDGATE_TARGET_API_KEY`: the key for the workspaces that an image is promoted to. It is never shown.
#[cfg(feature = "remote")]
pub(crate) fn target_key() -> Option<String> {
    env::var("SANDGATE_TARGET_API_KEY")
        .ok()
        .map(|key| key.trim().to_owned())
        .filter(|key| !key.is_empty())
}

/// Reads what the environment says of the platform. Empty is unset.
#[cfg(feature = "remote")]
pub(crate) fn platform() -> Platform {
    let read = |name: &str| {
        env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    Platform {
        key: read("BL_API_KEY"),
        client_credentials: read("BL_CLIENT_CREDENTIALS"),
        api_url: read("BL_API_URL"),
        environment: read("BL_ENV"),
        api_version: read("BL_API_VERSION"),
        // One that is relative would lead into whatever folder the run begins in.
        login: home()
            .filter(|home| home.is_absolute())
            .map(|home| home.join(".blaxel").join("config.yaml")),
    }
}

#[cfg(feature = "remote")]
fn directory(name: &str) -> Option<std::path::PathBuf> {
    env::var_os(name).filter(|dir| !dir.is_empty()).map(Into::into)
}

/// The user's own folder.
#[cfg(feature = "remote")]
fn home() -> Option<std::path::PathBuf> {
    directory("HOME").or_else(|| directory("USERPROFILE"))
}

/// What of this machine has a part in asking registries.
#[cfg(feature = "remote")]
pub(crate) fn registry() -> crate::registry::Surroundings {
    let home = home();
    let under = |part: &str| home.as_ref().map(|home| home.join(part));
    let path = env::var_os("PATH").unwrap_or_default();
    crate::registry::Surroundings {
        logins: crate::registry::Logins::default(),
        docker_config: directory("DOCKER_CONFIG").or_else(|| under(".docker")),
        programs: env::split_paths(&path).filter(|dir| dir.is_absolute()).collect(),
        cache: directory("XDG_CACHE_HOME")
            .or_else(|| directory("LOCALAPPDATA"))
            .or_else(|| under(".cache"))
            .filter(|dir| dir.is_absolute())
            .map(|dir| dir.join("sandgate")),
    }
}

/// The commit, where the CI system names it.
#[cfg(feature = "remote")]
pub(crate) fn commit() -> Option<String> {
    ["GITHUB_SHA", "CI_COMMIT_SHA", "BUILDKITE_COMMIT", "CIRCLE_SHA1", "BITBUCKET_COMMIT"]
        .iter()
        .find_map(|name| env::var(name).ok())
        .filter(|commit| {
            (7..=64).contains(&commit.len()) && commit.bytes().all(|b| b.is_ascii_hexdigit())
        })
}

/// A variable that the CI system sets; empty is unset.
#[cfg(feature = "remote")]
pub(crate) fn of_ci(name: &str) -> Option<String> {
    env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// What GitHub gives a step beside the event.
#[cfg(feature = "remote")]
#[derive(Default)]
pub(crate) struct Github {
    /// The token that feedback is written with. It is never shown.
    pub(crate) token: Option<String>,
    /// `https://api.github.com`, or that of an Enterprise Server.
    pub(crate) api: Option<String>,
    /// `https://github.com`.
    pub(crate) server: Option<String>,
    /// Where outputs are written to.
    pub(crate) output: Option<std::path::PathBuf>,
    /// Where the summary is written to.
    pub(crate) summary: Option<std::path::PathBuf>,
    /// A folder that is emptied after the job.
    pub(crate) temp: Option<std::path::PathBuf>,
    /// The folder of the checkout.
    pub(crate) workspace: Option<std::path::PathBuf>,
}

/// Reads it.
#[cfg(feature = "remote")]
pub(crate) fn github() -> Github {
    Github {
        token: of_ci("SANDGATE_GITHUB_TOKEN").or_else(|| of_ci("GITHUB_TOKEN")),
        api: of_ci("GITHUB_API_URL"),
        server: of_ci("GITHUB_SERVER_URL"),
        output: directory("GITHUB_OUTPUT"),
        summary: directory("GITHUB_STEP_SUMMARY"),
        temp: directory("RUNNER_TEMP"),
        workspace: directory("GITHUB_WORKSPACE"),
    }
}

/// The token that the note of a merge request on GitLab is written with. It is never shown.
#[cfg(feature = "remote")]
pub(crate) fn gitlab_token() -> Option<String> {
    of_ci("SANDGATE_GITLAB_TOKEN").or_else(|| of_ci("GITLAB_TOKEN"))
}

/// Whether GitHub's runner was asked for a log with details.
pub(crate) fn debugs() -> bool {
    env::var_os("RUNNER_DEBUG").is_some_and(|value| value == "1")
}

/// What to do where there are no credentials.
#[cfg(feature = "remote")]
pub(crate) const NO_KEY: &str = "set BL_API_KEY, or BL_CLIENT_CREDENTIALS for a service account, or log in with `bl login`; `--sim` needs none";

/// The words of the command line but for options, as far as they are text.
#[cfg(feature = "remote")]
pub(crate) fn words() -> impl Iterator<Item = String> {
    let words = env::args_os().skip(1).filter_map(|word| word.into_string().ok());
    words.filter(|word| !word.starts_with('-'))
}

/// Whether GitHub reads what is printed.
pub(crate) fn in_github_actions() -> bool {
    env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// Whether the agent of Azure Pipelines reads what is printed.
pub(crate) fn in_azure_pipelines() -> bool {
    env::var_os("TF_BUILD").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The file that takes the outputs of a GitHub step.
pub(crate) fn github_output() -> Option<std::path::PathBuf> {
    env::var_os("GITHUB_OUTPUT").filter(|path| !path.is_empty()).map(Into::into)
}

/// The variable that holds the key of the baseline.
pub(crate) const BASELINE_KEY: &str = "SANDGATE_BASELINE_KEY";

/// The key of the baseline. It is never shown.
pub(crate) fn baseline_key() -> Option<String> {
    env::var(BASELINE_KEY).ok().map(|key| key.trim().to_owned()).filter(|key| !key.is_empty())
}
