//! Files that tell what was found and done. They are feedback: one that cannot be written is told, and fails nothing.

use std::{io, path::Path};

use super::{Done, tell};
use crate::{
    cli,
    report::{self, Format, Report},
    shell::Shell,
};

/// Writes what was found, where that is asked for.
pub(super) fn found(args: &cli::Ci, report: &Report<'_>, done: &mut Done, shell: &mut Shell) {
    let feedback = &args.feedback;
    let given = |path: &Option<std::path::PathBuf>| {
        path.clone().filter(|path| !path.as_os_str().is_empty())
    };
    let mut save = |path: &Path, format| {
        args.dry_run || written(path, |out| report::write(report, format, out), shell)
    };
    done.sarif = given(&feedback.sarif_file).filter(|path| save(path, Format::Sarif));
    if let Some(path) = given(&feedback.code_quality) {
        save(&path, Format::Gitlab);
    }
}

/// Writes a file, in a folder that is made where it is not there; false where that cannot be.
pub(super) fn written(
    path: &Path,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    shell: &mut Shell,
) -> bool {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        // Where that fails, so does the file.
        let _ = std::fs::create_dir_all(folder);
    }
    match crate::commands::save(path, write) {
        Ok(()) => true,
        Err(error) => {
            let why = error.causes.join(": ");
            tell::warning(shell, &format!("`{}` cannot be written: {why}", path.display()));
            false
        }
    }
}
