//! Which platform is called, and as whom: from the command line and the environment alone.

use std::time::Duration;

use super::{
    stop::Stop,
    world::{self, World},
};
use crate::{
    cli,
    error::Error,
    exit::Exit,
    settings,
    ship::blaxel::{Client, Credentials, Fault, Host, Secret, login},
    sim::Scenario,
};

/// The key of the embedded platform, which takes any. It is a word that stands in no answer: there it would be masked.
const SIMULATED: &str = "key-of-the-embedded-platform";

/// Why something that needs the platform did not come to its end.
pub(super) enum Ended {
    /// The platform, or the way to it.
    Fault(Fault),
    /// This machine, or a signal.
    Error(Error),
}

impl Ended {
    /// As it is told.
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Fault(fault) => fault.into_error(),
            Self::Error(error) => error,
        }
    }
}

/// Where it goes.
pub(super) struct Target {
    pub(super) workspace: String,
    /// The embedded platform's way to behave; `None` for the real one.
    pub(super) scenario: Option<Scenario>,
    credentials: Credentials,
    /// The environment that the login belongs to.
    environment: Option<String>,
    settings: settings::Platform,
    /// The embedded platform begins with a small world.
    furnished: bool,
}

/// Reads where it goes. Nothing of it comes from the repository: the environment, else the
/// login of the official client.
pub(super) fn target(args: &cli::Platform) -> Result<Target, Error> {
    let settings = settings::platform();
    let workspace = args.workspace.clone().filter(|name| !name.is_empty());
    if args.sim {
        let scenario =
            Scenario::parse(&args.scenario).map_err(|_| super::sim::unknown(&args.scenario))?;
        let workspace = workspace.unwrap_or_else(|| "sim".to_owned());
        let key = Credentials::Key(Secret::new(SIMULATED));
        return Ok(Target { scenario: Some(scenario), ..Target::new(workspace, key, settings) });
    }
    let own = match (&settings.key, &settings.client_credentials) {
        (Some(key), _) => Some(Credentials::Key(Secret::new(key))),
        (None, Some(client)) => Some(Credentials::Client(Secret::new(client))),
        (None, None) => None,
    };
    if let Some(credentials) = own {
        let workspace = workspace.ok_or_else(|| {
            Error::new(Exit::Usage, "no workspace is named")
                .help("set BL_WORKSPACE, or give --workspace")
        })?;
        return Ok(Target::new(workspace, credentials, settings));
    }
    let login = match &settings.login {
        Some(file) => login::read(file, workspace.as_deref())?,
        None => None,
    };
    let Some(login) = login else {
        let what = "there are no credentials for the platform";
        return Err(Error::new(Exit::Auth, what).help(settings::NO_KEY));
    };
    let environment = login.environment;
    Ok(Target { environment, ..Target::new(login.workspace, login.credentials, settings) })
}

/// Where it would go: nobody is called, so that credentials are not needed.
pub(super) fn planned(args: &cli::Platform) -> Result<Target, Error> {
    match (target(args), args.workspace.clone().filter(|name| !name.is_empty())) {
        (Err(error), Some(workspace)) if error.exit == Exit::Auth => {
            let nobody = Credentials::Key(Secret::new(""));
            Ok(Target::new(workspace, nobody, settings::platform()))
        }
        (ended, _) => ended,
    }
}

impl Target {
    fn new(workspace: String, credentials: Credentials, settings: settings::Platform) -> Self {
        let (scenario, environment, furnished) = (None, None, false);
        Self { workspace, scenario, credentials, environment, settings, furnished }
    }

    /// The platform that would be called; that of this machine is not started for it.
    pub(super) fn planned_host(&self) -> Result<Host, Error> {
        self.host(self.scenario.map(|_| "http://127.0.0.1/v0")).map_err(Fault::into_error)
    }

    /// The same where the embedded platform is not empty.
    pub(super) fn furnished(self) -> Self {
        Self { furnished: true, ..self }
    }

    /// Runs what needs the platform, on a runtime of its own and with the embedded platform where it is meant. A signal
    /// ends it; `cancelled` adds what that leaves behind.
    pub(super) fn run<T>(
        &self,
        timeout: Duration,
        work: impl AsyncFnOnce(&Client) -> Result<T, Fault>,
        cancelled: impl FnOnce(Error) -> Error,
    ) -> Result<T, Ended> {
        let system = |err: std::io::Error| Ended::Error(world::not_set_up(&err));
        let furnished = self.furnished.then(|| self.workspace.clone());
        let world = self.scenario.map(|scenario| world::enter(scenario, furnished));
        let world = world.transpose().map_err(Ended::Error)?;
        let host = self.host(world.as_ref().map(World::base_url)).map_err(Ended::Fault)?;
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system)?;
        let ended = runtime.block_on(async {
            let mut stop = Stop::new().map_err(system)?;
            let deadline = tokio::time::Instant::now() + timeout;
            let client = Client::new(host, self.credentials.clone(), &self.workspace, deadline)
                .map_err(Ended::Fault)?;
            let mut client = client.telling(super::mask::telling());
            if let Some(version) = &self.settings.api_version {
                client = client.versioned(version).map_err(Ended::Fault)?;
            }
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

    /// The platform. What the environment says of it counts before what the login does.
    fn host(&self, simulated: Option<&str>) -> Result<Host, Fault> {
        if simulated.is_some() {
            return Host::new(simulated, None);
        }
        let environment = self.settings.environment.as_ref().or(self.environment.as_ref());
        Host::new(self.settings.api_url.as_deref(), environment.map(String::as_str))
    }
}
