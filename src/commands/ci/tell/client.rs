//! The client of the forge, and what it may do.

use std::time::Duration;

use super::super::scene::Scene;
use crate::ship::{
    blaxel::Secret,
    ci::Event,
    forge::github::{Client, Fault, Pace, Settings},
};

/// The pace for a forge on this machine: the simulator.
pub(super) const NEAR: Pace = Pace {
    retry: Duration::from_millis(20),
    answer: Duration::from_secs(10),
    settle: Duration::from_millis(20),
    apart: Duration::from_millis(5),
    second: 1.0,
};

/// A runtime for some calls.
pub(in crate::commands::ci) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// A client, where there is a token and a repository; `None` says that nothing can be written.
pub(in crate::commands::ci) fn client(
    scene: &Scene,
    patience: Duration,
) -> Option<Result<Client, Fault>> {
    let token = scene.github.token.as_ref()?;
    let api = scene.github.api.as_deref().unwrap_or("https://api.github.com");
    let repository = scene.here.repository.name.as_deref()?;
    let deadline = tokio::time::Instant::now() + patience;
    let settings = Settings::new(api, repository, Secret::new(token), deadline);
    // Unencrypted is only what runs on this machine.
    let near = api.starts_with("http://");
    let settings = settings.map(|one| if near { one.paced(NEAR) } else { one });
    Some(settings.and_then(Client::new))
}

/// Whether it is known before the first call that nothing can be written.
pub(super) fn is_read_only(scene: &Scene) -> bool {
    matches!(&scene.here.event, Event::PullRequest(pull) if pull.is_from_fork() && !pull.target)
}
