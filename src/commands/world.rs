//! The embedded platform of a run.

use std::{io, sync::OnceLock};

use crate::{
    error::Error,
    exit::Exit,
    sim::{self, Config, Running, Scenario},
};

/// That of a run which calls it more than once.
static SHARED: OnceLock<Running> = OnceLock::new();

/// One that is up as long as this is.
pub(super) struct World {
    base_url: String,
    _own: Option<Running>,
}

impl World {
    /// What `BL_API_URL` is set to.
    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }
}

/// The one that the run shares, else a new one, which may begin with a small world of a workspace.
pub(super) fn enter(scenario: Scenario, furnished: Option<String>) -> Result<World, Error> {
    if let Some(running) = SHARED.get() {
        return Ok(World { base_url: running.base_url.clone(), _own: None });
    }
    let running = sim::start(Config { scenario, furnished, ..Config::default() });
    let running = running.map_err(|err| not_set_up(&err))?;
    Ok(World { base_url: running.base_url.clone(), _own: Some(running) })
}

/// Makes all calls of this run meet in one, which begins empty: what one of them leaves is there for the next.
pub(super) fn share(scenario: Scenario) -> Result<(), Error> {
    if SHARED.get().is_none() {
        let running = sim::start(Config { scenario, ..Config::default() });
        // Of two that are started at once, one goes.
        let _ = SHARED.set(running.map_err(|err| not_set_up(&err))?);
    }
    Ok(())
}

/// What is said where this machine does not let it begin.
pub(in crate::commands) fn not_set_up(err: &io::Error) -> Error {
    Error::new(Exit::Platform, "the run cannot be set up").because(err.to_string())
}
