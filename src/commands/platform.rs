//! Which platform is called, and as whom: from the command line and the environment alone.

use std::time::Duration;

use super::stop::Stop;
use crate::{
    cli,
    error::Error,
    exit::Exit,
    settings,
    ship::blaxel::{Client, Credentials, Fault, Host, Secret},
    sim::{self, Scenario},
};

/// Why something that needs the platform did not come to its end.
pub(super) enum Ended {
    /// The platform, or the way to it.
    Fault(Fault),
    /// This machine, or a signal.
    Error(Error),
}

/// Where it goes.
pub(super) struct Target {
    pub(super) workspace: String,
    /// The embedded platform's way to behave; `None` for the real one.
    pub(super) scenario: Option<Scenario>,
    settings: settings::Platform,
}

/// Reads where it goes. Nothing of it comes from the repository.
pub(super) fn target(args: &cli::Platform) -> Result<Target, Error> {
    let settings = settings::platform();
    let workspace = args.workspace.clone().filter(|name| !name.is_empty());
    if args.sim {
        let scenario =
            Scenario::parse(&args.scenario).map_err(|_| super::sim::unknown(&args.scenario))?;
        let workspace = workspace.unwrap_or_else(|| "sim".to_owned());
        return Ok(Target { workspace, scenario: Some(scenario), settings });
    }
    if settings.key.is_none() && settings.client_credentials.is_none() {
        return Err(Error::new(Exit::Auth, "there are no credentials for the platform").help(
            "set BL_API_KEY, or BL_CLIENT_CREDENTIALS for a service account; `--sim` needs none",
        ));
    }
    let workspace = workspace.ok_or_else(|| {
        Error::new(Exit::Usage, "no workspace is named")
            .help("set BL_WORKSPACE, or give --workspace")
    })?;
    Ok(Target { workspace, scenario: None, settings })
}

/// Where it would go: nobody is called, so that credentials are not needed.
pub(super) fn planned(args: &cli::Platform) -> Result<Target, Error> {
    let workspace = args.workspace.clone().filter(|name| !name.is_empty());
    if args.sim || workspace.is_none() {
        return target(args);
    }
    let workspace = workspace.unwrap_or_default();
    Ok(Target { workspace, scenario: None, settings: settings::platform() })
}

impl Target {
    /// The platform that would be called; that of this machine is not started for it.
    pub(super) fn planned_host(&self) -> Result<Host, Error> {
        let host = match self.scenario {
            Some(_) => Host::new(Some("http://127.0.0.1/v0"), None),
            None => {
                Host::new(self.settings.api_url.as_deref(), self.settings.environment.as_deref())
            }
        };
        host.map_err(Fault::into_error)
    }

    /// Runs what needs the platform, on a runtime of its own and with the embedded platform where it is meant. A signal
    /// ends it; `cancelled` adds what that leaves behind.
    pub(super) fn run<T>(
        &self,
        timeout: Duration,
        work: impl AsyncFnOnce(&Client) -> Result<T, Fault>,
        cancelled: impl FnOnce(Error) -> Error,
    ) -> Result<T, Ended> {
        let system = |err: std::io::Error| {
            Ended::Error(
                Error::new(Exit::Platform, "the run cannot be set up").because(err.to_string()),
            )
        };
        let simulator = match self.scenario {
            Some(scenario) => Some(
                sim::start(sim::Config { scenario, ..sim::Config::default() }).map_err(system)?,
            ),
            None => None,
        };
        let (host, credentials) = self
            .host(simulator.as_ref().map(|running| running.base_url.as_str()))
            .map_err(Ended::Fault)?;
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system)?;
        let ended = runtime.block_on(async {
            let mut stop = Stop::new().map_err(system)?;
            let deadline = tokio::time::Instant::now() + timeout;
            let client =
                Client::new(host, credentials, &self.workspace, deadline).map_err(Ended::Fault)?;
            tokio::select! {
                ended = work(&client) => ended.map_err(Ended::Fault),
                exit = stop.wait() => {
                    let what = if exit == Exit::Interrupted { "interrupted" } else { "terminated" };
                    Err(Ended::Error(cancelled(Error::new(exit, what))))
                }
            }
        });
        // A read that still runs has nobody to read for.
        runtime.shutdown_background();
        ended
    }

    /// The platform and the credentials for it. The embedded one gets none of the caller's.
    fn host(&self, simulated: Option<&str>) -> Result<(Host, Credentials), Fault> {
        if let Some(url) = simulated {
            return Ok((Host::new(Some(url), None)?, Credentials::Key(Secret::new("simulated"))));
        }
        let host =
            Host::new(self.settings.api_url.as_deref(), self.settings.environment.as_deref())?;
        let credentials = match (&self.settings.key, &self.settings.client_credentials) {
            (None, Some(client)) => Credentials::Client(Secret::new(client)),
            (key, _) => Credentials::Key(Secret::new(key.as_deref().unwrap_or_default())),
        };
        Ok((host, credentials))
    }
}
