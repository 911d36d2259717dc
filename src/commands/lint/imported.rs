//! The reports of other scanners.

use std::path::PathBuf;

use crate::{
    error::Error,
    exit::Exit,
    lint::import::{self, Imported},
    repo,
    shell::Shell,
};

/// Reads them. One that cannot be read is told; the second value says whether there was one.
pub(super) fn read(paths: &[PathBuf], shell: &mut Shell) -> (Vec<Imported>, bool) {
    let mut all = Vec::new();
    let mut failed = false;
    for path in paths {
        let read = repo::read_up_to(path, import::LARGEST)
            .and_then(|bytes| import::parse(&bytes).map_err(|err| err.to_string()));
        match read {
            Ok(found) => all.extend(found),
            Err(why) => {
                failed = true;
                shell.error(
                    &Error::new(Exit::Usage, "the report of the other scanner cannot be read")
                        .at(path.display().to_string())
                        .because(why)
                        .help("write it as SARIF 2.1.0, as in `trivy image --format sarif`"),
                );
            }
        }
    }
    (all, failed)
}
