//! Everything of it that needs the network.

use std::time::Duration;

use super::{Shipped, Work, guarded::Guard, progress::Progress};
use crate::{
    commands::platform::{Ended, Target},
    shell::Shell,
    ship::blaxel::{Archive, Request},
};

/// Ships it and waits until it has come to its end.
pub(super) fn send<W: Work>(
    work: &W,
    target: &Target,
    request: &Request,
    archive: Option<&Archive>,
    guard: &Guard,
    timeout: Duration,
    shell: &mut Shell,
) -> Result<Shipped, Ended> {
    let mut progress = Progress::new(shell, archive.map_or(0, |archive| archive.bytes));
    let ended = target.run(
        timeout,
        async |client| {
            guard.pass(client, &request.name, &mut progress).await?;
            progress.begin(&client.shown(), timeout);
            work.ship(client, request, archive, &mut progress).await
        },
        |error| {
            let goes_on = W::GOES_ON.replace("{}", &request.name);
            error.help(format!("what was uploaded goes on by itself: {goes_on}"))
        },
    );
    progress.end();
    ended
}
