//! Answers kept by their digest. What a digest names never changes, and it is checked on the way
//! back: a broken file is no answer. Which digest a tag names is never kept.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::SystemTime,
};

use sha2::{Digest as _, Sha256};

use super::endpoint::is_sha256;

/// Answers that are kept.
const ENTRIES: usize = 2_000;
/// Bytes of them together.
const BYTES: u64 = 16 << 20;
/// How a file begins that is still written.
const PART: &str = ".part-";

/// `sha256:` and the digest of the bytes.
pub(super) fn digest_of(bytes: &[u8]) -> String {
    let mut out = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        out.push_str(&format!("{byte:02x}"));
    }
    out
}

/// The folder. What grew too large is trimmed when a run that wrote to it ends.
#[derive(Debug)]
pub(super) struct Cache {
    dir: Option<PathBuf>,
    wrote: AtomicBool,
}

impl Cache {
    /// A cache in this folder, or none.
    pub(super) fn at(root: Option<&Path>) -> Self {
        Self { dir: root.map(|root| root.join("registry")), wrote: AtomicBool::new(false) }
    }

    fn path(&self, digest: &str) -> Option<PathBuf> {
        let hex = digest.strip_prefix("sha256:").filter(|_| is_sha256(digest))?;
        Some(self.dir.as_ref()?.join(hex))
    }

    /// What is kept under a digest.
    pub(super) fn get(&self, digest: &str, longest: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = fs::File::open(self.path(digest)?).ok()?;
        file.take(longest as u64 + 1).read_to_end(&mut bytes).ok()?;
        (digest_of(&bytes) == digest).then_some(bytes)
    }

    /// Keeps an answer, where that is possible; a run does not depend on it.
    pub(super) fn put(&self, digest: &str, bytes: &[u8]) {
        let Some(path) = self.path(digest) else { return };
        let Some(dir) = path.parent() else { return };
        let keep = || -> std::io::Result<()> {
            make(dir)?;
            // Such a file is its owner's alone: an image may be, too.
            let mut file = tempfile::Builder::new().prefix(PART).tempfile_in(dir)?;
            file.write_all(bytes)?;
            file.persist(&path)?;
            Ok(())
        };
        if keep().is_ok() {
            self.wrote.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        if *self.wrote.get_mut()
            && let Some(dir) = &self.dir
        {
            trim(dir, ENTRIES, BYTES);
        }
    }
}

/// Makes a folder that nobody else looks into.
fn make(dir: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir)
}

/// Removes the oldest answers where there are too many, down to three quarters: the next runs
/// have nothing to do then. Files that are not of here stay.
fn trim(dir: &Path, entries: usize, bytes: u64) {
    let Ok(listed) = fs::read_dir(dir) else { return };
    let mut kept: Vec<(SystemTime, u64, PathBuf)> = listed
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let name = name.to_str()?;
            if !name.starts_with(PART) && !is_sha256(&format!("sha256:{name}")) {
                return None;
            }
            let meta = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((meta.modified().ok()?, meta.len(), entry.path()))
        })
        .collect();
    let mut count = kept.len();
    let mut sum = kept.iter().fold(0_u64, |sum, (_, size, _)| sum.saturating_add(*size));
    if count <= entries && sum <= bytes {
        return;
    }
    kept.sort();
    for (_, size, path) in kept {
        if count <= entries / 4 * 3 && sum <= bytes / 4 * 3 {
            return;
        }
        if fs::remove_file(path).is_ok() {
            count -= 1;
            sum -= size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_put_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(Some(&dir.path().join("new")));
        let digest = digest_of(b"text");
        assert_eq!(cache.get(&digest, 100), None);
        cache.put(&digest, b"text");
        assert_eq!(cache.get(&digest, 100).as_deref(), Some(&b"text"[..]));
        assert_eq!(cache.get(&digest, 2), None);
        for broken in [&b"other"[..], b"te", b""] {
            fs::write(cache.path(&digest).unwrap(), broken).unwrap();
            assert_eq!(cache.get(&digest, 100), None);
            cache.put(&digest, b"text");
            assert_eq!(cache.get(&digest, 100).as_deref(), Some(&b"text"[..]));
        }
        assert_eq!(cache.path("sha256:../x"), None);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(Some(&dir.path().join("new")));
        cache.put(&digest_of(b"text"), b"text");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&dir.path().join("new")), 0o700);
        assert_eq!(mode(&dir.path().join("new/registry")), 0o700);
        assert_eq!(mode(&cache.path(&digest_of(b"text")).unwrap()), 0o600);
    }

    #[test]
    fn the_oldest_go_first() {
        let dir = tempfile::tempdir().unwrap();
        let file = |at: u8| dir.path().join(format!("{at:02x}").repeat(32));
        let fill = || {
            for at in 0..8_u8 {
                fs::write(file(at), [0; 10]).unwrap();
                let opened = fs::File::options().write(true).open(file(at)).unwrap();
                let age = std::time::Duration::from_secs(60 * u64::from(at));
                opened.set_modified(SystemTime::UNIX_EPOCH + age).unwrap();
            }
        };
        let left = || (0..8).filter(|at| file(*at).exists()).collect::<Vec<_>>();
        fs::write(dir.path().join("notes.txt"), [0; 1000]).unwrap();
        fill();
        trim(dir.path(), 8, 80);
        assert_eq!(left().len(), 8, "what fits stays");
        trim(dir.path(), 4, 80);
        assert_eq!(left(), [5, 6, 7]);
        fill();
        trim(dir.path(), 8, 79);
        assert_eq!(left(), [3, 4, 5, 6, 7]);
        assert!(dir.path().join("notes.txt").exists(), "not of here");
    }

    #[test]
    fn a_run_that_wrote_trims() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("registry");
        let count = || fs::read_dir(&folder).unwrap().count();
        make(&folder).unwrap();
        for at in 0..=ENTRIES {
            fs::write(folder.join(format!("{at:064x}")), "").unwrap();
        }
        drop(Cache::at(Some(dir.path())));
        assert_eq!(count(), ENTRIES + 1, "nothing was written");
        let cache = Cache::at(Some(dir.path()));
        cache.put(&digest_of(b"text"), b"text");
        drop(cache);
        assert_eq!(count(), ENTRIES / 4 * 3);
    }
}
