//! The audit, into the log and the summary.

use super::{Done, approval, given, rehearsal};
use crate::{
    cli,
    commands::audit,
    error::Error,
    exit::Exit,
    shell::Shell,
    ship::{blaxel::ImageName, promote::Declared},
};

pub(super) fn run(args: &cli::Ci, done: &mut Done, shell: &mut Shell) -> Result<Exit, Error> {
    let asked =
        cli::Audit { paths: given::paths(&args.paths), policy_from: None, call: super::call(args) };
    if args.dry_run {
        shell.status("Would", "compare what is shared with what sandgate.toml declares");
        let declared = audit::declared(&asked, shell)?;
        let images: Vec<ImageName> =
            declared.into_iter().map(|Declared { image, .. }| image).collect();
        done.audit = Some("(what is shared, against what sandgate.toml declares)".to_owned());
        return rehearsal::audit(args, &images, shell).map(|()| Exit::Done);
    }
    let ended = audit::carry_out(&asked, shell)?;
    shell.report(&ended.text);
    approval::declared(&ended.waiting, shell);
    done.audit = Some(ended.text);
    Ok(ended.exit)
}
