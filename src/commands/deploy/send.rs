//! Everything of a deploy that needs the network.

use std::time::Duration;

use super::{progress::Progress, target::Target};
use crate::{
    commands::stop::Stop,
    error::Error,
    exit::Exit,
    shell::Shell,
    ship::blaxel::{Archive, Client, Deployed, Fault, Request, deploy},
    sim,
};

/// Why nothing was deployed.
pub(super) enum Ended {
    /// The platform, or the way to it.
    Fault(Fault),
    /// This machine, or a signal.
    Error(Error),
}

/// Everything that needs the network, on a runtime of its own.
pub(super) fn send(
    target: &Target,
    request: &Request,
    archive: &Archive,
    timeout: Duration,
    shell: &mut Shell,
) -> Result<Deployed, Ended> {
    let system = |err: std::io::Error| {
        Ended::Error(
            Error::new(Exit::Platform, "the run cannot be set up").because(err.to_string()),
        )
    };
    let simulator = match target.scenario {
        Some(scenario) => {
            Some(sim::start(sim::Config { scenario, ..sim::Config::default() }).map_err(system)?)
        }
        None => None,
    };
    let (host, credentials) = target
        .host(simulator.as_ref().map(|running| running.base_url.as_str()))
        .map_err(Ended::Fault)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system)?;
    let shown = host.shown();
    let mut progress = Progress::new(shell, archive.bytes);
    let ended = runtime.block_on(async {
        let mut stop = Stop::new().map_err(system)?;
        let deadline = tokio::time::Instant::now() + timeout;
        let client =
            Client::new(host, credentials, &target.workspace, deadline).map_err(Ended::Fault)?;
        progress.begin(&shown, timeout);
        tokio::select! {
            ended = deploy(&client, request, archive, &mut progress) => ended.map_err(Ended::Fault),
            signal = stop.wait() => Err(Ended::Error(cancelled(signal, &request.name))),
        }
    });
    progress.end();
    // A read of the archive that still runs has nobody to read for.
    runtime.shutdown_background();
    ended
}

fn cancelled(exit: Exit, name: &str) -> Error {
    let what = if exit == Exit::Interrupted { "interrupted" } else { "terminated" };
    Error::new(exit, what).help(format!(
        "what was uploaded goes on by itself: the sandbox `{name}` may still be built and deployed on the platform"
    ))
}
