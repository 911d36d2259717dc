//! The name that git gives to a content, computed here: a `git diff` of the working tree would run filters that the
//! repository's settings name.

use std::{fs::File, io::Read as _, path::Path};

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::{pack::Beside, project::context::walk};

/// How a repository names its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// SHA-1, 40 digits.
    Sha1,
    /// SHA-256, 64 digits.
    Sha256,
}

impl Naming {
    /// The one that made this name.
    pub(super) fn of(id: &str) -> Self {
        if id.len() == 64 { Self::Sha256 } else { Self::Sha1 }
    }

    /// The name of a file with these bytes.
    pub(super) fn name(self, bytes: &[u8]) -> String {
        let mut name = Name::new(self, bytes.len() as u64);
        name.update(bytes);
        name.finish()
    }
}

enum Name {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Name {
    fn new(naming: Naming, size: u64) -> Self {
        let head = format!("blob {size}\0");
        match naming {
            Naming::Sha1 => Self::Sha1(Sha1::new_with_prefix(head)),
            Naming::Sha256 => Self::Sha256(Sha256::new_with_prefix(head)),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hash) => hash.update(bytes),
            Self::Sha256(hash) => hash.update(bytes),
        }
    }

    fn finish(self) -> String {
        match self {
            Self::Sha1(hash) => hex(&hash.finalize()),
            Self::Sha256(hash) => hex(&hash.finalize()),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a file in place of a large one begins with.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";
/// No pointer is longer.
const POINTER_LENGTH: u64 = 1024;

/// Names a content while it is read for the context digest.
pub(super) struct Blob {
    name: Option<Name>,
    size: u64,
    pointer: bool,
}

impl Blob {
    /// Begins with a content of `size` bytes; without a naming it only looks for pointers.
    pub(super) fn begin(naming: Option<Naming>, size: u64) -> Self {
        Self { name: naming.map(|naming| Name::new(naming, size)), size, pointer: false }
    }

    /// Whether it was a pointer of Git LFS, and not the file.
    pub(super) fn is_pointer(&self) -> bool {
        self.pointer
    }

    /// The name, where one was wanted.
    pub(super) fn finish(self) -> Option<String> {
        self.name.map(Name::finish)
    }
}

impl Beside for Blob {
    fn take(&mut self, bytes: &[u8]) {
        if let Some(name) = &mut self.name {
            name.update(bytes);
        }
        // So short a content comes in one piece.
        self.pointer |= self.size <= POINTER_LENGTH && bytes.starts_with(POINTER);
    }
}

/// Files of up to this many bytes are looked at for other line ends.
const TEXT: u64 = 16 << 20;

/// What git can make of a content when it checks it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CheckedOut {
    /// The file that a pointer of Git LFS stands for.
    Large,
    /// The same text with `\r\n`, where attributes or settings want that.
    LineEnds,
}

/// How the file may have been made of the content `id`; `None` where it is another one.
pub(super) fn checked_out(path: &Path, id: &str) -> Option<CheckedOut> {
    let naming = Naming::of(id);
    let (pointer, text) = read(path)?;
    if naming.name(pointer.as_bytes()) == id {
        return Some(CheckedOut::Large);
    }
    (naming.name(&text?) == id).then_some(CheckedOut::LineEnds)
}

/// The pointer that stands for a file, and its text with plain line ends where it has others.
fn read(path: &Path) -> Option<(String, Option<Vec<u8>>)> {
    let mut file = walk::open(path).ok()?;
    let size = file.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
    let mut hash = Sha256::new();
    let mut text = Vec::new();
    let mut total = 0;
    let mut piece = vec![0; 1 << 20];
    while let Some(bytes) = next(&mut file, &mut piece) {
        hash.update(bytes);
        total += bytes.len() as u64;
        if size <= TEXT && total <= size {
            text.extend_from_slice(bytes);
        }
    }
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {total}\n",
        hex(&hash.finalize())
    );
    Some((pointer, plain(&text)))
}

fn next<'a>(file: &mut File, piece: &'a mut [u8]) -> Option<&'a [u8]> {
    let read = file.read(piece).ok().filter(|read| *read > 0)?;
    piece.get(..read)
}

fn plain(text: &[u8]) -> Option<Vec<u8>> {
    memchr::memmem::find(text, b"\r\n")?;
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, b"\r\n") {
        let (before, behind) = rest.split_at(at);
        out.extend_from_slice(before);
        rest = behind.get(1..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_named_as_git_names_them() {
        // `printf 'hello\n' | git hash-object --stdin`, and with --object-format=sha256.
        assert_eq!(Naming::Sha1.name(b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(
            Naming::Sha256.name(b"hello\n"),
            "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4"
        );
        let mut blob = Blob::begin(Some(Naming::Sha1), 6);
        blob.take(b"hel");
        blob.take(b"lo\n");
        assert!(!blob.is_pointer());
        assert_eq!(blob.finish().unwrap(), "ce013625030ba8dba906f756967f9e9ca394464a");
    }

    #[test]
    fn other_line_ends_and_large_files_are_known_again() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a");
        std::fs::write(&file, "hello\r\n").unwrap();
        let hello = "ce013625030ba8dba906f756967f9e9ca394464a";
        assert_eq!(checked_out(&file, hello), Some(CheckedOut::LineEnds));
        std::fs::write(&file, "hello!\r\n").unwrap();
        assert_eq!(checked_out(&file, hello), None);
        std::fs::write(&file, "large").unwrap();
        let sum = hex(&Sha256::digest("large"));
        let pointer =
            format!("version https://git-lfs.github.com/spec/v1\noid sha256:{sum}\nsize 5\n");
        let large = checked_out(&file, &Naming::Sha1.name(pointer.as_bytes()));
        assert_eq!(large, Some(CheckedOut::Large));
        let mut blob = Blob::begin(None, pointer.len() as u64);
        blob.take(pointer.as_bytes());
        assert!(blob.is_pointer() && blob.finish().is_none());
    }
}
