//! The archive, in a file without a name.

use std::time::Instant;

use super::{build_args, build_args::BuildArgs, keep_out::keep_out};
use crate::{
    commands::pack::{failed, planned},
    error::Error,
    exit::Exit,
    gate,
    lint::Options,
    pack::{self, Extra, Plan},
    project::Project,
    record::Record,
    report::context::bytes,
    shell::Shell,
    ship::blaxel::Archive,
};

/// What goes into the archive, the caller's build arguments and logins among it.
pub(super) fn plan(
    opened: &mut Project,
    options: &Options,
    given: &BuildArgs,
    logins: Option<Extra>,
    shell: &mut Shell,
) -> Result<Plan, Error> {
    let mut extras = build_args::extras(opened, given)?;
    if !extras.is_empty() {
        keep_out(opened, options, gate::BUILD_ARGS, "build arguments")?;
    }
    if let Some(logins) = logins {
        keep_out(opened, options, gate::LOGINS, "logins for registries")?;
        extras.push(logins);
    }
    planned(opened, extras, shell)
}

/// Packs what was planned. The record says what was packed.
pub(super) fn pack(
    opened: &Project,
    plan: &Plan,
    shell: &mut Shell,
    record: &mut Record,
) -> Result<Archive, Error> {
    let clock = Instant::now();
    let mut file = tempfile::tempfile().map_err(|err| {
        Error::new(Exit::Usage, "the archive cannot be written")
            .because(err.to_string())
            .help("make room in the temporary folder, or set TMPDIR to another")
    })?;
    let packed = pack::write(plan, 0, &mut file).map_err(|err| failed(opened, &err))?;
    record.timings.push(("pack", clock.elapsed()));
    record.entries = Some(packed.entries);
    record.content_bytes = Some(packed.content_bytes);
    record.archive_bytes = Some(packed.archive_bytes);
    shell.status(
        "Packed",
        &format!(
            "{} entries, {}, as {}",
            packed.entries,
            bytes(packed.content_bytes),
            bytes(packed.archive_bytes)
        ),
    );
    shell.detail(&packed.digest);
    record.context_digest = Some(packed.digest);
    Ok(Archive { file, bytes: packed.archive_bytes })
}
