//! The context digest, version 1: the identity of what is built.
//!
//! Compressed bytes are no identity, since they change with the compressor. The digest is
//!
//! ```text
//! SHA-256( "sandgate-ctx-v1"            15 bytes of ASCII
//!          entry*                       in the order of the bytes of their paths )
//!
//! entry    = length of path   u64, little endian
//!            path             UTF-8, `/` between the names, no `/` at the end
//!            kind             one byte: `f` file, `d` empty directory, `l` symbolic link
//!            mode             u32, little endian: 0o644 or 0o755 for a file, 0o755, 0o777
//!            size             u64, little endian: bytes of content
//!            content          32 bytes: SHA-256( SHA-256(leaf)* )
//! ```
//!
//! where the leaves are the content cut every 4 MiB, so that a large file is hashed on every core;
//! an empty file or directory has no leaf. The content of a link is the text of its target.
//! Directories that are not empty are no entries, and credentials that the caller gives for the build are none. Times, owners and the other mode bits do not count.

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

/// What the digest starts with; changes whenever the same project would get another digest.
pub const VERSION: &str = "sandgate-ctx-v1";

/// Length of a leaf in bytes.
pub const LEAF: usize = 4 << 20;

/// SHA-256.
pub(super) type Hash = [u8; 32];

/// The digest, entry by entry.
pub(super) struct Context(Sha256);

impl Context {
    pub(super) fn new() -> Self {
        Self(Sha256::new_with_prefix(VERSION))
    }

    pub(super) fn entry(&mut self, path: &str, kind: u8, mode: u32, size: u64, content: &Hash) {
        self.0.update((path.len() as u64).to_le_bytes());
        self.0.update(path);
        self.0.update([kind]);
        self.0.update(mode.to_le_bytes());
        self.0.update(size.to_le_bytes());
        self.0.update(content);
    }

    pub(super) fn finish(self) -> String {
        text(&self.0.finalize().into())
    }
}

/// The content hash of a file, leaf by leaf.
pub(super) struct Content(Sha256);

impl Content {
    pub(super) fn new() -> Self {
        Self(Sha256::new())
    }

    /// Adds the hash of the next leaf.
    pub(super) fn leaf(&mut self, leaf: &Hash) {
        self.0.update(leaf);
    }

    /// Adds whole leaves, hashed side by side; only the last call may end within a leaf.
    pub(super) fn leaves(&mut self, bytes: &[u8]) {
        let hashes: Vec<Hash> = bytes.par_chunks(LEAF).map(hash).collect();
        for leaf in &hashes {
            self.leaf(leaf);
        }
    }

    pub(super) fn finish(self) -> Hash {
        self.0.finalize().into()
    }
}

/// The content hash of bytes that are all there.
pub(super) fn content(bytes: &[u8]) -> Hash {
    let mut content = Content::new();
    if bytes.len() <= LEAF {
        if !bytes.is_empty() {
            content.leaf(&hash(bytes));
        }
    } else {
        content.leaves(bytes);
    }
    content.finish()
}

/// SHA-256 of some bytes.
pub(super) fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// `sha256:` and lower-case hexadecimal digits.
pub(super) fn text(hash: &Hash) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(71);
    text.push_str("sha256:");
    for byte in hash {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The framing, written out by hand.
    #[test]
    fn digest_is_framed_as_documented() {
        let mut plain = Vec::from(*b"sandgate-ctx-v1");
        plain.extend(b"\x01\0\0\0\0\0\0\0af\xa4\x01\0\0\x02\0\0\0\0\0\0\0");
        plain.extend(hash(&hash(b"hi")));
        plain.extend(b"\x03\0\0\0\0\0\0\0b/cd\xed\x01\0\0\0\0\0\0\0\0\0\0");
        plain.extend(hash(b""));
        let mut context = Context::new();
        context.entry("a", b'f', 0o644, 2, &content(b"hi"));
        context.entry("b/c", b'd', 0o755, 0, &content(b""));
        assert_eq!(context.finish(), text(&hash(&plain)));
    }

    #[test]
    fn large_content_is_the_hash_of_its_leaves() {
        let bytes = vec![7; 2 * LEAF + 5];
        let mut leaves = Vec::new();
        for leaf in bytes.chunks(LEAF) {
            leaves.extend(hash(leaf));
        }
        assert_eq!(leaves.len(), 96);
        assert_eq!(content(&bytes), hash(&leaves));
    }
}
