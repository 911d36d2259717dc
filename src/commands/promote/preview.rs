//! What a promotion would expose.

use super::{plan::Plan, target};
use crate::{cli, commands::remote, error::Error, exit::Exit, report, shell::Shell, ship::promote};

pub(super) fn run(args: &cli::Promote, plan: &Plan, shell: &mut Shell) -> Result<Exit, Error> {
    let (image, tag, exposures) = remote::run(&args.call, shell, async |client, _| {
        let (image, tag) = promote::pinned(client, &plan.image, plan.tag.as_ref()).await?;
        let of = |target: &promote::Target| target::client(client, target);
        let exposures = promote::look(client, &plan.image, &plan.targets, of).await?;
        Ok((image, tag, exposures))
    })?;
    let tags = image.tags.as_ref().map_or(0, Vec::len);
    let form = remote::form(&args.call);
    let text = report::remote::exposures(form, &plan.image.tagged(tag.as_str()), tags, &exposures);
    remote::print(&args.call, &text, shell)
}
