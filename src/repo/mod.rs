//! The repository around the projects: which projects there are, and the files that say how they are
//! judged, in the folder or in another commit.

pub mod affected;
mod files;
mod git;
mod gone;
mod history;
mod near;
mod targets;

use std::{
    env, fs,
    io::Read as _,
    path::{Path, PathBuf},
};

pub use self::{
    files::{Files, Found, ReadError},
    history::Histories,
    near::{Kind, Near},
    targets::{Search, Target, find, inside, is_sandbox, of_file},
};

/// No settings file is larger, in bytes.
const LARGEST: u64 = 16 << 20;

/// The top of the repository that holds a folder, whose links are resolved; the working directory,
/// or the folder itself, where there is none.
fn top(real: &Path) -> PathBuf {
    if let Some(top) = real.ancestors().find(|dir| dir.join(".git").exists()) {
        return top.to_owned();
    }
    here().filter(|here| real.starts_with(here)).unwrap_or_else(|| real.to_owned())
}

/// The working directory, links resolved.
fn here() -> Option<PathBuf> {
    env::current_dir().and_then(fs::canonicalize).ok()
}

/// The full hash of a commit of the repository of the working directory; `None` where it is not in the checkout.
pub fn commit(name: &str) -> Option<String> {
    git::commit(name)
}

/// Whether a commit is on a branch of the remote `origin`, as far as the checkout knows it; `None` where it does not say.
pub fn is_on(id: &str, branch: &str) -> Option<bool> {
    git::is_on(id, branch)
}

/// Why the commit of the working directory cannot be seen, and what to do; `None` where it can.
pub fn unseen() -> Option<(String, String)> {
    let said = match git::is_shallow(Path::new(".")).err()? {
        git::Trouble::Foreign => {
            let dir = around().or_else(here).unwrap_or_default();
            return Some((
                "git does not read the checkout: it belongs to another user".to_owned(),
                format!(
                    "run `git config --global --add safe.directory '{}'` before",
                    dir.display()
                ),
            ));
        }
        git::Trouble::Absent(why) => format!("git cannot be started: {why}"),
        git::Trouble::Other(said) => said,
    };
    Some((
        format!("git does not read the checkout: {said}"),
        "check out with git, and have it installed where this runs".to_owned(),
    ))
}

/// The top of the repository that holds the working directory, its links resolved.
pub fn around() -> Option<PathBuf> {
    Near::default().repository(&here()?)
}

/// `path` below `dir`, whose links are resolved; `/` between the names, "" for `dir` itself.
pub fn relative(dir: &Path, path: &Path) -> Option<String> {
    let real = fs::canonicalize(path).ok()?;
    let below = real.strip_prefix(dir).ok()?;
    let names: Vec<String> =
        below.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    Some(names.join("/"))
}

/// Reads a settings file. Never blocks on a FIFO or device.
pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    read_up_to(path, LARGEST)
}

/// Reads a file of at most `limit` bytes. Never blocks on a FIFO or device.
pub fn read_up_to(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let meta = fs::metadata(path).map_err(|err| err.to_string())?;
    if !meta.is_file() {
        return Err("it is not a regular file".into());
    }
    let file = fs::File::open(path).map_err(|err| err.to_string())?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|err| err.to_string())?;
    if bytes.len() as u64 > limit {
        return Err(format!("it is larger than {} MiB", limit >> 20));
    }
    Ok(bytes)
}
