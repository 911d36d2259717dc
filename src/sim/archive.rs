//! What was uploaded: the records of a zip archive, and the reasons to refuse it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
};

use sha2::{Digest as _, Sha256};

use super::sign::hex;

/// A Dockerfile larger than this is not read.
const DOCKERFILE_LIMIT: u64 = 1024 * 1024;
/// Bytes that are unpacked to check their sums; beyond, an archive is refused.
const UNPACKED_LIMIT: u64 = 32 * 1024 * 1024 * 1024;

/// An archive that can be built.
pub(super) struct Archive {
    /// Every entry but `.`; folders without their final slash.
    pub(super) entries: BTreeMap<String, Entry>,
    /// Text of the files that the builder reads itself.
    pub(super) dockerfile: String,
    /// `Dockerfile.dockerignore`, else `.dockerignore`.
    pub(super) ignore: Option<String>,
    /// Bytes of all files, unpacked.
    pub(super) unpacked: u64,
    /// SHA-256 over names, modes and sums: two archives with equal content have equal digests.
    pub(super) digest: String,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    File,
    Folder,
    Link,
}

/// Reads an archive, or says why the platform refuses it.
pub(super) fn read(file: &mut File) -> Result<Archive, String> {
    let names =
        names(file).map_err(|reason| format!("the upload is not a zip archive: {reason}"))?;
    let mut seen = BTreeSet::new();
    for name in &names {
        check_name(name)?;
        let plain = name.trim_end_matches('/');
        if !seen.insert(plain) {
            return Err(format!("the archive has two entries called {plain:?}"));
        }
    }
    let mut zip = zip::ZipArchive::new(&mut *file)
        .map_err(|err| format!("the upload is not a zip archive: {err}"))?;
    let (mut entries, mut unpacked, mut texts) = (BTreeMap::new(), 0_u64, BTreeMap::new());
    let mut content = BTreeMap::new();
    for index in 0..zip.len() {
        let mut entry =
            zip.by_index(index).map_err(|err| format!("entry {index} cannot be read: {err}"))?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let plain = name.trim_end_matches('/').to_owned();
        let kind = if name.ends_with('/') {
            Entry::Folder
        } else if entry.is_symlink() {
            Entry::Link
        } else {
            Entry::File
        };
        unpacked = unpacked.saturating_add(entry.size());
        if unpacked > UNPACKED_LIMIT {
            return Err("the archive unpacks to more than 32 GiB".to_owned());
        }
        let wanted =
            matches!(plain.as_str(), "Dockerfile" | "Dockerfile.dockerignore" | ".dockerignore");
        // Reading to the end checks the sum of the content. An entry may not unpack to more than it says.
        let size = entry.size();
        let mut read = 0;
        let damaged = |err: io::Error| format!("entry {plain:?} is damaged: {err}");
        if wanted && kind == Entry::File {
            let mut text = Vec::new();
            entry.by_ref().take(DOCKERFILE_LIMIT).read_to_end(&mut text).map_err(damaged)?;
            read = text.len() as u64;
            texts.insert(plain.clone(), String::from_utf8_lossy(&text).into_owned());
        }
        let rest = size.saturating_sub(read).saturating_add(1);
        read += io::copy(&mut entry.by_ref().take(rest), &mut io::sink()).map_err(damaged)?;
        if read != size {
            return Err(format!("entry {plain:?} is damaged: it says {size} bytes and has others"));
        }
        content.insert(
            plain.clone(),
            format!("{:o} {:08x} {}", entry.unix_mode().unwrap_or(0), entry.crc32(), entry.size()),
        );
        if plain != "." {
            entries.insert(plain, kind);
        }
    }
    let Some(dockerfile) = texts.remove("Dockerfile") else {
        return Err(
            "failed to read dockerfile: open Dockerfile: no such file or directory".to_owned()
        );
    };
    let mut digest = Sha256::new();
    for (name, state) in &content {
        digest.update(format!("{}:{name}{state}\n", name.len()));
    }
    Ok(Archive {
        entries,
        dockerfile,
        ignore: texts.remove("Dockerfile.dockerignore").or_else(|| texts.remove(".dockerignore")),
        unpacked,
        digest: hex(&digest.finalize()),
    })
}

fn check_name(name: &str) -> Result<(), String> {
    let drive = name.as_bytes().get(1) == Some(&b':');
    if name.is_empty() {
        return Err("the archive has an entry without a name".to_owned());
    }
    if name.starts_with('/') || drive {
        return Err(format!("the archive has an absolute name: {name:?}"));
    }
    if name.contains('\\') {
        return Err(format!("the archive has a name with a backslash: {name:?}"));
    }
    if name.contains('\0') {
        return Err(format!("the archive has a name with a zero byte: {name:?}"));
    }
    if name.trim_end_matches('/').split('/').any(|part| part == ".." || part.is_empty()) {
        return Err(format!("the archive has a name that leaves or repeats its folder: {name:?}"));
    }
    Ok(())
}

/// The names of the central directory as they are: a reader of archives hides duplicates.
fn names(file: &mut File) -> Result<Vec<String>, String> {
    let text = |err: io::Error| err.to_string();
    let length = file.seek(SeekFrom::End(0)).map_err(text)?;
    let tail_length = length.min(66_000);
    let mut tail = vec![0; usize::try_from(tail_length).unwrap_or_default()];
    file.seek(SeekFrom::Start(length - tail_length)).map_err(text)?;
    file.read_exact(&mut tail).map_err(text)?;
    let end = tail
        .windows(4)
        .rposition(|bytes| bytes == b"PK\x05\x06")
        .ok_or("it has no end of central directory")?;
    let mut count = number(&tail, end + 10, 2)?;
    let mut size = number(&tail, end + 12, 4)?;
    let mut start = number(&tail, end + 16, 4)?;
    if (count == 0xffff || size == 0xffff_ffff || start == 0xffff_ffff)
        && let Some(locator) = end.checked_sub(20)
        && tail.get(locator..locator + 4) == Some(b"PK\x06\x07")
    {
        let mut record = [0; 56];
        file.seek(SeekFrom::Start(number(&tail, locator + 8, 8)?)).map_err(text)?;
        file.read_exact(&mut record).map_err(text)?;
        count = number(&record, 32, 8)?;
        size = number(&record, 40, 8)?;
        start = number(&record, 48, 8)?;
    }
    if start.checked_add(size).is_none_or(|end| end > length) {
        return Err("its central directory lies outside of it".to_owned());
    }
    let mut directory = vec![0; usize::try_from(size).map_err(|err| err.to_string())?];
    file.seek(SeekFrom::Start(start)).map_err(text)?;
    file.read_exact(&mut directory).map_err(text)?;
    let (mut names, mut at) = (Vec::new(), 0_usize);
    while at < directory.len() {
        if directory.get(at..at + 4) != Some(b"PK\x01\x02") {
            return Err("its central directory is damaged".to_owned());
        }
        let field = |offset| {
            number(&directory, at + offset, 2)
                .and_then(|n| usize::try_from(n).map_err(|e| e.to_string()))
        };
        let (name, extra, comment) = (field(28)?, field(30)?, field(32)?);
        let bytes =
            directory.get(at + 46..at + 46 + name).ok_or("its central directory is cut off")?;
        names.push(String::from_utf8(bytes.to_vec()).map_err(|_| "a name is not UTF-8")?);
        at += 46 + name + extra + comment;
    }
    if usize::try_from(count) != Ok(names.len()) {
        return Err(format!("it says {count} entries and has {}", names.len()));
    }
    file.rewind().map_err(text)?;
    Ok(names)
}

/// A little-endian number of so many bytes.
fn number(bytes: &[u8], at: usize, width: usize) -> Result<u64, String> {
    let bytes = bytes.get(at..at + width).ok_or("it is cut off")?;
    Ok(bytes.iter().rev().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn archive(files: &[(&str, &str)]) -> File {
        let mut writer = zip::ZipWriter::new(tempfile::tempfile().unwrap());
        for (name, text) in files {
            let options = zip::write::SimpleFileOptions::default()
                .compression_method(zip::CompressionMethod::Stored);
            writer.start_file(*name, options).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap()
    }

    /// Renames an entry inside the bytes: a writer refuses bad and duplicate names.
    fn renamed(files: &[(&str, &str)], from: &str, to: &str) -> File {
        let mut file = archive(files);
        file.rewind().unwrap();
        let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
        file.read_exact(&mut bytes).unwrap();
        assert_eq!(from.len(), to.len());
        for at in 0..bytes.len() - from.len() {
            if &bytes[at..at + from.len()] == from.as_bytes() {
                bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
            }
        }
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        file
    }

    #[test]
    fn a_good_archive_is_read() {
        let mut file = archive(&[
            ("Dockerfile", "FROM scratch\n"),
            ("a/b.txt", "b"),
            (".dockerignore", "x\n"),
        ]);
        let read = read(&mut file).unwrap();
        assert_eq!(read.dockerfile, "FROM scratch\n");
        assert_eq!(read.ignore.as_deref(), Some("x\n"));
        assert_eq!(
            read.entries.keys().collect::<Vec<_>>(),
            [".dockerignore", "Dockerfile", "a/b.txt"]
        );
        assert_eq!(read.unpacked, 16);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(noise in proptest::collection::vec(proptest::num::u8::ANY, 0..200), at in 0_usize..400) {
            let mut file = archive(&[("Dockerfile", "FROM scratch\n"), ("a", "b")]);
            file.rewind().unwrap();
            let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
            file.read_exact(&mut bytes).unwrap();
            for (byte, noise) in bytes.iter_mut().skip(at).zip(&noise) {
                *byte ^= noise & 0x11;
            }
            for bytes in [bytes, noise] {
                let mut file = tempfile::tempfile().unwrap();
                file.write_all(&bytes).unwrap();
                let _ = read(&mut file);
            }
        }
    }

    #[test]
    fn the_digest_knows_content_and_not_order() {
        let digest = |files: &[(&str, &str)]| read(&mut archive(files)).unwrap().digest;
        let one = digest(&[("Dockerfile", "FROM a\n"), ("b", "1")]);
        assert_eq!(one, digest(&[("b", "1"), ("Dockerfile", "FROM a\n")]));
        assert_ne!(one, digest(&[("Dockerfile", "FROM a\n"), ("b", "2")]));
        assert_ne!(one, digest(&[("Dockerfile", "FROM a\n"), ("c", "1")]));
    }

    #[test]
    fn bad_archives_are_refused() {
        let good = &[("Dockerfile", "FROM a\n"), ("abcd", "1"), ("abce", "2")];
        let mut text = tempfile::tempfile().unwrap();
        text.write_all(b"hello").unwrap();
        let cases = [
            (text, "not a zip"),
            (tempfile::tempfile().unwrap(), "not a zip"),
            (archive(&[("a", "b")]), "open Dockerfile"),
            (renamed(good, "abce", "abcd"), "two entries"),
            (renamed(good, "abce", "/bce"), "absolute"),
            (renamed(good, "abce", "../e"), "leaves"),
            (renamed(good, "abce", "a\\ce"), "backslash"),
            (renamed(good, "FROM a\n", "FROM b\n"), "damaged"),
        ];
        for (mut file, part) in cases {
            let Err(error) = read(&mut file) else { panic!("{part} was accepted") };
            assert!(error.contains(part), "{error}");
        }
    }
}
