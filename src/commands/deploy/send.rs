//! Everything of a deploy that needs the network.

use std::time::Duration;

use super::progress::Progress;
use crate::{
    commands::platform::{Ended, Target},
    shell::Shell,
    ship::blaxel::{Archive, Deployed, Request, deploy},
};

/// Uploads an archive and waits until its sandbox runs.
pub(super) fn send(
    target: &Target,
    request: &Request,
    archive: &Archive,
    timeout: Duration,
    shell: &mut Shell,
) -> Result<Deployed, Ended> {
    let mut progress = Progress::new(shell, archive.bytes);
    let ended = target.run(
        timeout,
        async |client| {
            progress.begin(&client.shown(), timeout);
            deploy(client, request, archive, &mut progress).await
        },
        |error| {
            error.help(format!(
                "what was uploaded goes on by itself: the sandbox `{}` may still be built and deployed on the platform",
                request.name
            ))
        },
    );
    progress.end();
    ended
}
