//! The archive, in a file without a name.

use std::time::Instant;

use super::{build_args, build_args::BuildArgs, result::size};
use crate::{
    commands::pack::{failed, planned},
    error::Error,
    exit::Exit,
    lint::Options,
    pack,
    project::Project,
    record::Record,
    shell::Shell,
    ship::blaxel::Archive,
};

/// Packs a project with the caller's build arguments. The record says what was packed.
pub(super) fn pack(
    opened: &mut Project,
    options: &Options,
    given: &BuildArgs,
    shell: &mut Shell,
    record: &mut Record,
) -> Result<Archive, Error> {
    let clock = Instant::now();
    let extras = build_args::extras(opened, given)?;
    if !extras.is_empty() {
        build_args::keep_out(opened, options)?;
    }
    let plan = planned(opened, extras, shell)?;
    let mut file = tempfile::tempfile().map_err(|err| {
        Error::new(Exit::Usage, "the archive cannot be written")
            .because(err.to_string())
            .help("make room in the temporary folder, or set TMPDIR to another")
    })?;
    let packed = pack::write(&plan, 0, &mut file).map_err(|err| failed(opened, &err))?;
    record.timings.push(("pack", clock.elapsed()));
    record.entries = Some(packed.entries);
    record.content_bytes = Some(packed.content_bytes);
    record.archive_bytes = Some(packed.archive_bytes);
    shell.status(
        "Packed",
        &format!(
            "{} entries, {}, as {}",
            packed.entries,
            size(packed.content_bytes),
            size(packed.archive_bytes)
        ),
    );
    shell.detail(&packed.digest);
    record.context_digest = Some(packed.digest);
    Ok(Archive { file, bytes: packed.archive_bytes })
}
