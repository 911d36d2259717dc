//! Records of earlier runs, read within bounds.

use std::{fs, path::Path};

use crate::{error::Error, exit::Exit};

/// A record larger than this is none, in bytes.
const LARGEST: u64 = 1 << 20;

/// Reads the record of an earlier run. `parse` says why it cannot be used.
pub(super) fn read<T>(path: &Path, parse: impl Fn(&str) -> Result<T, String>) -> Result<T, Error> {
    let bad = |why: String| {
        Error::new(Exit::Usage, "the record cannot be used")
            .at(path.display().to_string())
            .because(why)
            .help("give the file that an earlier run wrote with --record")
    };
    // A pipe would be waited for.
    let meta = fs::metadata(path).map_err(|err| bad(err.to_string()))?;
    if !meta.is_file() || meta.len() > LARGEST {
        return Err(bad("it is no file of a few kilobytes".into()));
    }
    let text = fs::read_to_string(path).map_err(|err| bad(err.to_string()))?;
    parse(&text).map_err(bad)
}
