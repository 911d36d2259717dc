//! `sandgate pack`.

use std::{fmt::Write as _, fs, path::Path};

use super::project::{open, shown};
use crate::{
    cli,
    error::Error,
    escape,
    exit::Exit,
    pack::{self, PackError, Plan},
    project::Project,
    shell::Shell,
};

pub(super) fn run(args: &cli::Pack, shell: &mut Shell) -> Result<Exit, Error> {
    let project = open(&args.path, &args.source, shell)?;
    let plan = planned(&project, Vec::new(), shell)?;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = if let Some(output) = &args.output {
        let packed = archive(&project, &plan, output)?;
        let noun = if packed.entries == 1 { "entry" } else { "entries" };
        shell.status("Packed", &format!("{} {noun} into {}", packed.entries, shown(output)));
        writeln!(
            text,
            "digest  {}\nentries {}\nbytes   {}\narchive {}\nsha256  {}",
            packed.digest,
            packed.entries,
            packed.content_bytes,
            packed.archive_bytes,
            packed.archive_sha256.trim_start_matches("sha256:"),
        )
    } else {
        let contents = pack::digest(&plan, 0).map_err(|err| failed(&project, &err))?;
        let (digest, entries, bytes) = (contents.digest, contents.entries, contents.content_bytes);
        writeln!(text, "digest  {digest}\nentries {entries}\nbytes   {bytes}")
    };
    super::written(shell.out().write_all(text.as_bytes()))
}

/// Plans the archive, and warns of what cannot be in it.
pub(super) fn planned(
    project: &Project,
    extras: Vec<pack::Extra>,
    shell: &mut Shell,
) -> Result<Plan, Error> {
    let plan = pack::plan(project, extras).map_err(|err| failed(project, &err))?;
    for (path, unusable) in &plan.left_out {
        shell.warn(&format!("`{}` is not packed: it {unusable}", escape::terminal(path, false)));
    }
    Ok(plan)
}

fn archive(project: &Project, plan: &Plan, output: &Path) -> Result<pack::Packed, Error> {
    let parent = match output.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let written = |err: &dyn std::fmt::Display| {
        Error::new(Exit::Usage, "the archive cannot be written")
            .at(shown(output))
            .because(err.to_string())
            .help("name a file in a folder that exists and may be written")
    };
    let folder = fs::canonicalize(parent).map_err(|err| written(&err))?;
    if output.is_dir() || output.file_name().is_none() {
        return Err(written(&"it is a folder"));
    }
    // An archive is written by seeking, which a pipe or a device cannot do.
    if super::save::Target::of(output).map_err(|err| written(&err))? == super::save::Target::Stream
    {
        return Err(written(&"it is no regular file"));
    }
    refuse_own_context(project, plan, &folder.join(output.file_name().unwrap_or_default()))?;
    let mut temporary = tempfile::Builder::new()
        .prefix(".sandgate-")
        .suffix(".zip")
        .tempfile_in(&folder)
        .map_err(|err| written(&err))?;
    let packed =
        pack::write(plan, 0, temporary.as_file_mut()).map_err(|err| failed(project, &err))?;
    open_up(temporary.as_file()).map_err(|err| written(&err))?;
    temporary.persist(output).map_err(|err| written(&err.error))?;
    Ok(packed)
}

/// An archive that belongs to the context would be in the next one, and change its digest.
fn refuse_own_context(project: &Project, plan: &Plan, output: &Path) -> Result<(), Error> {
    let Ok(root) = fs::canonicalize(&project.root) else { return Ok(()) };
    let Some(inside) = output.strip_prefix(&root).ok().and_then(Path::to_str) else {
        return Ok(());
    };
    let inside = inside.replace(std::path::MAIN_SEPARATOR, "/");
    let sent = match project.tree.get(&inside) {
        Some(entry) => entry.excluded.is_none(),
        None => project.exclusion_of(&inside, false).is_none(),
    };
    let planned = plan.entries.iter().any(|entry| entry.path == inside);
    if !sent && !planned {
        return Ok(());
    }
    Err(Error::new(Exit::Usage, "the archive would become a part of what it packs")
        .at(inside.clone())
        .help(format!("write it outside of the project, or add `{inside}` to .dockerignore")))
}

/// Temporary files are private; an archive is an ordinary file.
#[cfg(unix)]
fn open_up(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn open_up(_: &fs::File) -> std::io::Result<()> {
    Ok(())
}

/// Says why a project cannot be packed.
pub(super) fn failed(project: &Project, err: &PackError) -> Error {
    let error = |exit| Error::new(exit, err.to_string()).at(shown(&project.root));
    match err {
        PackError::IgnoreFile { file, line, why } => Error::new(Exit::Usage, err.to_string())
            .at(format!("{file}:{line}"))
            .because(why.clone())
            .help("correct the line, or remove it: the build fails on it"),
        PackError::Unreadable { why, .. } => error(Exit::Usage)
            .because(why.clone())
            .help("make it readable, or list it in .dockerignore"),
        PackError::Changed { .. } | PackError::Vanished { .. } => {
            error(Exit::Usage).help("wait until nothing writes to the project, then run again")
        }
        PackError::Taken { .. } => error(Exit::Usage).help("rename the directory"),
        PackError::NameTooLong { .. } => error(Exit::Usage).help("shorten the path"),
        PackError::Write(source) => Error::new(Exit::Platform, err.to_string())
            .because(source.to_string())
            .help("check the space that is left, also in the folder for temporary files"),
    }
}
