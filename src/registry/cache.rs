//! Answers kept by their digest. What a digest names never changes, and it is checked on the way
//! back: a broken file is no answer. Which digest a tag names is never kept.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::PathBuf,
};

use sha2::{Digest as _, Sha256};

use super::endpoint::is_sha256;

/// `sha256:` and the digest of the bytes.
pub(super) fn digest_of(bytes: &[u8]) -> String {
    let mut out = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        out.push_str(&format!("{byte:02x}"));
    }
    out
}

/// The folder.
#[derive(Debug, Clone)]
pub(super) struct Cache(pub(super) Option<PathBuf>);

impl Cache {
    fn path(&self, digest: &str) -> Option<PathBuf> {
        let hex = digest.strip_prefix("sha256:").filter(|_| is_sha256(digest))?;
        Some(self.0.as_ref()?.join("registry").join(hex))
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
            fs::create_dir_all(dir)?;
            let mut file = tempfile::NamedTempFile::new_in(dir)?;
            file.write_all(bytes)?;
            file.persist(&path)?;
            Ok(())
        };
        let _ = keep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_put_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache(Some(dir.path().join("new")));
        let digest = digest_of(b"text");
        assert_eq!(cache.get(&digest, 100), None);
        cache.put(&digest, b"text");
        assert_eq!(cache.get(&digest, 100).as_deref(), Some(&b"text"[..]));
        assert_eq!(cache.get(&digest, 2), None);
        fs::write(cache.path(&digest).unwrap(), b"other").unwrap();
        assert_eq!(cache.get(&digest, 100), None);
        assert_eq!(cache.path("sha256:../x"), None);
    }
}
