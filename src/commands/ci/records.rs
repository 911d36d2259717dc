//! Records of jobs, from files and folders that anybody may have filled.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    error::Error,
    exit::Exit,
    record::leg::{self, Leg},
    repo,
    shell::Shell,
};

/// Records that are larger are none, in bytes; and the most of them.
const LARGEST: u64 = 8 << 20;
const MOST: usize = 1000;
/// The most jobs that are told of, and the most bytes that are read for them.
const LEGS: usize = 600;
const BYTES: usize = 32 << 20;

/// Every record of files and folders, in the order of their names. One that cannot be read is told, and hides no other.
pub(super) fn gather(paths: &[PathBuf], shell: &mut Shell) -> Result<Vec<Leg>, Error> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files, 0);
    }
    files.sort();
    let mut legs = Vec::new();
    let mut bytes = 0;
    for file in files.iter().take(MOST) {
        let read = repo::read_up_to(file, LARGEST)
            .and_then(|bytes| String::from_utf8(bytes).map_err(|err| err.to_string()))
            .and_then(|text| {
                bytes += text.len();
                leg::read_all(&text)
            });
        if legs.len() >= LEGS || bytes > BYTES {
            shell.warn(&format!("only the first {LEGS} records are told of"));
            break;
        }
        match read {
            Ok(read) => legs.extend(read),
            Err(why) => shell.warn(&format!("{}: {why}", file.display())),
        }
    }
    legs.truncate(LEGS);
    if legs.is_empty() {
        return Err(Error::new(Exit::Usage, "there is no record of a job")
            .at(paths.first().map(|path| path.display().to_string()).unwrap_or_default())
            .help(
                "give files that `sandgate ci` wrote (output `report-path`), or a folder with them",
            ));
    }
    Ok(legs)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>, depth: usize) {
    // No link is followed: what an artifact holds stays inside it.
    let Ok(meta) = fs::symlink_metadata(path) else { return files.push(path.to_owned()) };
    if meta.is_file() && (depth == 0 || path.extension().is_some_and(|ext| ext == "json")) {
        files.push(path.to_owned());
    } else if meta.is_dir() && depth < 4 {
        let entries = fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
        for entry in entries.take(MOST) {
            collect(&entry.path(), files, depth + 1);
        }
    }
}
