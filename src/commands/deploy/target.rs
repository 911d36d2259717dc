//! Where it goes and who calls: from the command line and the environment alone.

use crate::{
    cli,
    error::Error,
    exit::Exit,
    settings,
    ship::blaxel::{Credentials, Fault, Host, Secret},
    sim::Scenario,
};

/// Where it goes.
pub(super) struct Target {
    pub(super) workspace: String,
    /// The embedded platform's way to behave; `None` for the real one.
    pub(super) scenario: Option<Scenario>,
    settings: settings::Platform,
}

/// Reads where it goes. Nothing of it comes from the repository.
pub(super) fn read(args: &cli::Deploy) -> Result<Target, Error> {
    let settings = settings::platform();
    let workspace = args.workspace.clone().filter(|name| !name.is_empty());
    if args.sim {
        let scenario = Scenario::parse(&args.scenario)
            .map_err(|_| crate::commands::sim::unknown(&args.scenario))?;
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

impl Target {
    /// The platform and the credentials for it. The embedded one gets none of the caller's.
    pub(super) fn host(&self, simulated: Option<&str>) -> Result<(Host, Credentials), Fault> {
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
