//! A zip, record by record: nothing in it depends on time, owner, machine or thread count.
//!
//! Sizes and checksums stand in the local headers, since strict readers want them there. Every time
//! is 1980-01-01 00:00, the earliest that the format knows. There are no extra fields but zip64's,
//! and those only where a size, an offset or the number of entries needs them. Layout and numbers:
//! PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

use super::{
    digest::{self, Hash},
    plan::Kind,
};

/// Writes a zip and hashes what it writes.
pub(super) struct Writer<'a> {
    out: &'a mut (dyn Write + Send),
    hash: Sha256,
    offset: u64,
    entries: u64,
    directory: Vec<u8>,
}

/// What a header says of an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    pub(super) kind: Kind,
    /// Whether the data is deflated; else it is stored.
    pub(super) deflated: bool,
    pub(super) crc: u32,
    /// Bytes of the data as it stands in the archive.
    pub(super) packed: u64,
    /// Bytes of the content.
    pub(super) size: u64,
}

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END64: u32 = 0x0606_4b50;
const LOCATOR64: u32 = 0x0706_4b50;
const ZIP64_EXTRA: u16 = 1;
/// Made on Unix, by version 2.0 of the format.
const MADE_BY: u16 = 0x0314;
const NEEDS: u16 = 20;
const NEEDS_ZIP64: u16 = 45;
/// Names are UTF-8.
const UTF8: u16 = 1 << 11;
const DATE: u16 = 0b0000_0000_0010_0001;
const REGULAR: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;
const LINK: u32 = 0o120_000;
/// The directory bit of MS-DOS.
const DOS_DIRECTORY: u32 = 0x10;

impl<'a> Writer<'a> {
    pub(super) fn new(out: &'a mut (dyn Write + Send)) -> Self {
        Self { out, hash: Sha256::new(), offset: 0, entries: 0, directory: Vec::new() }
    }

    /// Adds an entry whose data is read from `data`: exactly `record.packed` bytes.
    pub(super) fn entry(
        &mut self,
        path: &str,
        record: Record,
        data: &mut dyn Read,
    ) -> io::Result<()> {
        let at = self.offset;
        let slash = if record.kind == Kind::Dir { "/" } else { "" };
        let name = format!("{path}{slash}");
        let name_length =
            u16::try_from(name.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        let flags = if name.is_ascii() { 0 } else { UTF8 };
        let method: u16 = if record.deflated { 8 } else { 0 };
        let large = too_large(record.packed) || too_large(record.size);

        let mut header = Fields::default();
        header.u32(LOCAL);
        header.u16(if large { NEEDS_ZIP64 } else { NEEDS });
        header.u16(flags);
        header.u16(method);
        header.u16(0);
        header.u16(DATE);
        header.u32(record.crc);
        // A local header gives both sizes in the extra field, or none.
        header.u32(if large { u32::MAX } else { short(record.packed) });
        header.u32(if large { u32::MAX } else { short(record.size) });
        header.u16(name_length);
        let mut extra = Fields::default();
        if large {
            extra.u16(ZIP64_EXTRA);
            extra.u16(16);
            extra.u64(record.size);
            extra.u64(record.packed);
        }
        header.u16(extra.length());
        self.put(&header.0)?;
        self.put(name.as_bytes())?;
        self.put(&extra.0)?;
        self.copy(data, record.packed)?;

        let mut extra = Fields::default();
        for value in [record.size, record.packed, at] {
            if too_large(value) {
                extra.u64(value);
            }
        }
        let mut entry = Fields::default();
        entry.u32(CENTRAL);
        entry.u16(MADE_BY);
        entry.u16(if extra.0.is_empty() { NEEDS } else { NEEDS_ZIP64 });
        entry.u16(flags);
        entry.u16(method);
        entry.u16(0);
        entry.u16(DATE);
        entry.u32(record.crc);
        entry.u32(short(record.packed));
        entry.u32(short(record.size));
        entry.u16(name_length);
        entry.u16(if extra.0.is_empty() { 0 } else { extra.length() + 4 });
        // No comment, first disk, no internal attributes.
        entry.u16(0);
        entry.u16(0);
        entry.u16(0);
        entry.u32(attributes(record.kind));
        entry.u32(short(at));
        self.directory.extend_from_slice(&entry.0);
        self.directory.extend_from_slice(name.as_bytes());
        if !extra.0.is_empty() {
            let mut head = Fields::default();
            head.u16(ZIP64_EXTRA);
            head.u16(extra.length());
            self.directory.extend_from_slice(&head.0);
            self.directory.extend_from_slice(&extra.0);
        }
        self.entries += 1;
        Ok(())
    }

    /// Writes the directory; returns the length of the archive and its SHA-256.
    pub(super) fn finish(mut self) -> io::Result<(u64, Hash)> {
        let at = self.offset;
        let directory = std::mem::take(&mut self.directory);
        self.put(&directory)?;
        let length = directory.len() as u64;
        if self.entries >= u64::from(u16::MAX) || too_large(at) || too_large(length) {
            let end = self.offset;
            let mut tail = Fields::default();
            tail.u32(END64);
            tail.u64(44);
            tail.u16(MADE_BY);
            tail.u16(NEEDS_ZIP64);
            tail.u32(0);
            tail.u32(0);
            tail.u64(self.entries);
            tail.u64(self.entries);
            tail.u64(length);
            tail.u64(at);
            tail.u32(LOCATOR64);
            tail.u32(0);
            tail.u64(end);
            tail.u32(1);
            self.put(&tail.0)?;
        }
        let count = u16::try_from(self.entries).unwrap_or(u16::MAX);
        let mut tail = Fields::default();
        tail.u32(END);
        tail.u16(0);
        tail.u16(0);
        tail.u16(count);
        tail.u16(count);
        tail.u32(short(length));
        tail.u32(short(at));
        tail.u16(0);
        self.put(&tail.0)?;
        self.out.flush()?;
        Ok((self.offset, self.hash.finalize().into()))
    }

    fn copy(&mut self, data: &mut dyn Read, length: u64) -> io::Result<()> {
        let mut buffer = vec![0; 64 * 1024];
        let mut left = length;
        while left > 0 {
            let want = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            data.read_exact(&mut buffer[..want])?;
            self.put(&buffer[..want])?;
            left -= want as u64;
        }
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.out.write_all(bytes)?;
        self.offset += bytes.len() as u64;
        Ok(())
    }
}

/// The text of a hash of the archive.
pub(super) fn text(hash: &Hash) -> String {
    digest::text(hash)
}

fn too_large(value: u64) -> bool {
    value >= u64::from(u32::MAX)
}

/// The value, or the mark that says it stands in the zip64 field.
fn short(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn attributes(kind: Kind) -> u32 {
    let (file_type, dos) = match kind {
        Kind::File { .. } => (REGULAR, 0),
        Kind::Dir => (DIRECTORY, DOS_DIRECTORY),
        Kind::Link => (LINK, 0),
    };
    (file_type | kind.mode()) << 16 | dos
}

/// Little-endian numbers in a row.
#[derive(Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn u16(&mut self, value: u16) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// At most 28 bytes are ever in an extra field.
    fn length(&self) -> u16 {
        u16::try_from(self.0.len()).unwrap_or(u16::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(size: u64) -> Record {
        Record {
            kind: Kind::File { executable: false },
            deflated: false,
            crc: 0,
            packed: size,
            size,
        }
    }

    #[test]
    fn more_entries_than_the_format_held_need_zip64() {
        for (count, zip64) in [(65_534, false), (65_535, true), (65_536, true)] {
            let mut bytes = Vec::new();
            let mut writer = Writer::new(&mut bytes);
            for at in 0..count {
                writer.entry(&format!("{at:05}"), record(0), &mut io::empty()).unwrap();
            }
            writer.finish().unwrap();
            let has = bytes.windows(4).rev().take(200).any(|four| four == END64.to_le_bytes());
            assert_eq!(has, zip64, "{count}");
            let read = ::zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
            assert_eq!(read.len(), count);
        }
    }

    #[test]
    fn files_of_four_gib_and_what_lies_behind_them_need_zip64() {
        struct Sparse {
            kept: Vec<u8>,
            length: u64,
        }
        impl Write for Sparse {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.length += bytes.len() as u64;
                // The zeros of the large file are not kept.
                if bytes.len() < 1024 {
                    self.kept.extend_from_slice(bytes);
                }
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        // Too slow to hash 4 GiB in a test: an entry whose header alone is checked.
        let size = u64::from(u32::MAX);
        let mut out = Sparse { kept: Vec::new(), length: 0 };
        let mut writer = Writer::new(&mut out);
        let large = Record { packed: 0, size, ..record(0) };
        writer.entry("large", large, &mut io::empty()).unwrap();
        writer.offset += size;
        writer.entry("behind", record(0), &mut io::empty()).unwrap();
        writer.finish().unwrap();
        let kept = out.kept;
        let local = 30 + "large".len();
        assert_eq!(kept[18..26], [0xff; 8], "both sizes point to the extra field");
        assert_eq!(kept[local..local + 4], [1, 0, 16, 0]);
        assert_eq!(kept[local + 4..local + 12], size.to_le_bytes());
        assert_eq!(kept[local + 12..local + 20], 0_u64.to_le_bytes());
        let central: Vec<usize> =
            (0..kept.len() - 4).filter(|at| kept[*at..at + 4] == CENTRAL.to_le_bytes()).collect();
        let extra = |at: usize, name: &str| &kept[at + 46 + name.len()..];
        assert_eq!(
            extra(central[0], "large")[..12],
            [&[1, 0, 8, 0][..], &size.to_le_bytes()].concat()
        );
        let offset = size + local as u64 + 20;
        assert_eq!(
            extra(central[1], "behind")[..12],
            [&[1, 0, 8, 0][..], &offset.to_le_bytes()].concat()
        );
    }
}
