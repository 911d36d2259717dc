//! `sandgate image pending`.

use crate::{
    cli,
    commands::remote,
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::blaxel::pending::{self, Direction},
};

pub(super) fn run(args: &cli::Pending, shell: &mut Shell) -> Result<Exit, Error> {
    let (incoming, outgoing) = remote::run(&args.call, shell, async |client, _| {
        let mut sides = (Vec::new(), Vec::new());
        if !args.outgoing {
            sides.0 = pending::list(client, Direction::Incoming).await?;
        }
        if !args.incoming {
            sides.1 = pending::list(client, Direction::Outgoing).await?;
        }
        Ok(sides)
    })?;
    let text = report::remote::pending(remote::form(&args.call), &incoming, &outgoing);
    remote::print(&args.call, &text, shell)
}
