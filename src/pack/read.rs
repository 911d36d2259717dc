//! The single pass: every file is read once, on every core.

use std::{
    cell::RefCell,
    fs::File,
    io::{self, Read, Seek as _, SeekFrom, Write},
    path::Path,
};

use flate2::write::DeflateEncoder;
use libdeflater::{CompressionLvl, Compressor};
use rayon::prelude::*;

use super::{
    PackError,
    digest::{self, Hash, LEAF},
    plan::{Content, Kind, Plan, Planned},
    zip::{self, Record, Writer},
};
use crate::project::context::walk;

/// What is in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The context digest: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// Number of entries.
    pub entries: usize,
    /// Bytes of all files before compression.
    pub content_bytes: u64,
    /// The largest files with their bytes, largest first; at most five.
    pub largest: Vec<(String, u64)>,
}

/// A written archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The context digest: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// Number of entries.
    pub entries: usize,
    /// Bytes of all files before compression.
    pub content_bytes: u64,
    /// The largest files with their bytes, largest first; at most five.
    pub largest: Vec<(String, u64)>,
    /// Bytes of the archive.
    pub archive_bytes: u64,
    /// SHA-256 of the archive: `sha256:` and 64 hexadecimal digits. No identity: it changes with
    /// the compressor.
    pub archive_sha256: String,
}

/// Sees each file with all its bytes while they are in memory; files larger than 16 MiB are not
/// shown. Called from several threads, in no order.
pub type Inspect<'a> = &'a (dyn Fn(&Planned, &[u8]) + Sync);

/// Larger files are streamed. Changing it changes the bytes of archives.
const WHOLE: u64 = 16 << 20;
/// So many bytes of files are in memory at a time, twice: one batch is written while the next is
/// read.
const BATCH: u64 = 32 << 20;
const BATCH_ENTRIES: usize = 2048;
/// zlib's default level: libdeflate is faster at equal size.
const LEVEL: i32 = 6;

/// Writes the archive to `out`, from where it stands. `threads` is their number, 0 for one a core;
/// the bytes do not depend on it.
pub fn write(plan: &Plan, threads: usize, out: &mut File) -> Result<Packed, PackError> {
    write_inspected(plan, threads, out, None)
}

/// [`write()`], and shows the bytes of each file to `inspect` on the way.
pub fn write_inspected(
    plan: &Plan,
    threads: usize,
    out: &mut File,
    inspect: Option<Inspect<'_>>,
) -> Result<Packed, PackError> {
    pool(threads)?.install(|| {
        let mut out = io::BufWriter::with_capacity(256 * 1024, out);
        let mut archive = Writer::new(&mut out);
        let mut context = digest::Context::new();
        let mut ready: Vec<(&Planned, Piece)> = Vec::new();
        for batch in batches(&plan.entries) {
            let (written, read) = rayon::join(
                || put(&mut archive, &mut context, &ready),
                || -> Result<Vec<_>, PackError> {
                    batch.par_iter().map(|entry| Ok((entry, piece(entry, inspect)?))).collect()
                },
            );
            written?;
            ready = read?;
        }
        put(&mut archive, &mut context, &ready)?;
        let (archive_bytes, hash) = archive.finish().map_err(PackError::Write)?;
        let Contents { digest, entries, content_bytes, largest } = contents(plan, context);
        let archive_sha256 = zip::text(&hash);
        Ok(Packed { digest, entries, content_bytes, largest, archive_bytes, archive_sha256 })
    })
}

/// Sees the bytes of one entry on their way to the digest, piece by piece and in order.
pub trait Beside: Send {
    /// Takes the next piece.
    fn take(&mut self, bytes: &[u8]);
}

impl Beside for () {
    fn take(&mut self, _: &[u8]) {}
}

/// The context digest alone: reads everything, compresses and writes nothing.
pub fn digest(plan: &Plan, threads: usize) -> Result<Contents, PackError> {
    pool(threads)?.install(|| digest_beside(plan, |_| ())).map(|(contents, _)| contents)
}

/// [`digest`], on the threads of whoever calls, and what `begin` makes of each entry, in their order,
/// once it has seen all its bytes.
pub fn digest_beside<B: Beside>(
    plan: &Plan,
    begin: impl Fn(&Planned) -> B + Sync,
) -> Result<(Contents, Vec<B>), PackError> {
    let read: Vec<(Hash, B)> = plan
        .entries
        .par_iter()
        .map(|entry| {
            let mut beside = begin(entry);
            if entry.size > WHOLE {
                let hash = stream(entry, &mut |leaf| {
                    beside.take(leaf);
                    Ok(())
                })?;
                return Ok((hash, beside));
            }
            let mut hash = None;
            with_bytes(entry, |bytes| {
                beside.take(bytes);
                hash = Some(digest::content(bytes));
            })?;
            Ok((hash.unwrap_or_else(|| digest::content(&[])), beside))
        })
        .collect::<Result<_, PackError>>()?;
    let mut context = digest::Context::new();
    let mut seen = Vec::with_capacity(read.len());
    for (entry, (hash, beside)) in plan.entries.iter().zip(read) {
        add(&mut context, entry, &hash);
        seen.push(beside);
    }
    Ok((contents(plan, context), seen))
}

fn pool(threads: usize) -> Result<rayon::ThreadPool, PackError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|err| PackError::Write(io::Error::other(err)))
}

/// Cuts the entries into runs that fit into memory. A file that is streamed needs little of it, but
/// a temporary file.
fn batches(entries: &[Planned]) -> impl Iterator<Item = &[Planned]> {
    let mut rest = entries;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let mut count = 0;
        for entry in rest.iter().take(BATCH_ENTRIES) {
            let size = if entry.size > WHOLE { BATCH / 8 } else { entry.size };
            if count > 0 && bytes + size > BATCH {
                break;
            }
            bytes += size;
            count += 1;
        }
        let (batch, behind) = rest.split_at(count);
        rest = behind;
        (!batch.is_empty()).then_some(batch)
    })
}

/// An entry that is ready to be written.
struct Piece {
    record: Record,
    hash: Hash,
    data: Data,
}

enum Data {
    Memory(Vec<u8>),
    /// What was streamed, in an unlinked temporary file.
    Spool(File),
}

fn put(
    archive: &mut Writer<'_>,
    context: &mut digest::Context,
    ready: &[(&Planned, Piece)],
) -> Result<(), PackError> {
    for (entry, piece) in ready {
        add(context, entry, &piece.hash);
        match &piece.data {
            Data::Memory(bytes) => archive.entry(&entry.path, piece.record, &mut &bytes[..]),
            Data::Spool(file) => {
                let mut file = file;
                archive.entry(&entry.path, piece.record, &mut file)
            }
        }
        .map_err(PackError::Write)?;
    }
    Ok(())
}

fn add(context: &mut digest::Context, entry: &Planned, hash: &Hash) {
    if !entry.counts {
        return;
    }
    let kind = match entry.kind {
        Kind::File { .. } => b'f',
        Kind::Dir => b'd',
        Kind::Link => b'l',
    };
    context.entry(&entry.path, kind, entry.kind.mode(), entry.size, hash);
}

fn contents(plan: &Plan, context: digest::Context) -> Contents {
    let files = plan.entries.iter().filter(|entry| matches!(entry.kind, Kind::File { .. }));
    let mut largest: Vec<(String, u64)> =
        files.clone().map(|entry| (entry.path.clone(), entry.size)).collect();
    largest.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    largest.truncate(5);
    Contents {
        digest: context.finish(),
        entries: plan.entries.len(),
        content_bytes: files.map(|entry| entry.size).sum(),
        largest,
    }
}

fn piece(entry: &Planned, inspect: Option<Inspect<'_>>) -> Result<Piece, PackError> {
    if entry.size > WHOLE {
        return spooled(entry);
    }
    let mut piece = None;
    with_bytes(entry, |bytes| {
        if let Some(inspect) = inspect
            && matches!(entry.kind, Kind::File { .. })
        {
            inspect(entry, bytes);
        }
        let deflated = if entry.kind == Kind::Link { None } else { deflate(bytes) };
        let record = Record {
            kind: entry.kind,
            deflated: deflated.is_some(),
            crc: libdeflater::crc32(bytes),
            packed: deflated.as_ref().map_or(bytes.len(), Vec::len) as u64,
            size: entry.size,
        };
        let data = Data::Memory(deflated.unwrap_or_else(|| bytes.to_vec()));
        piece = Some(Piece { record, hash: digest::content(bytes), data });
    })?;
    Ok(piece.expect("the bytes were read, or an error was returned"))
}

thread_local! {
    /// A compressor holds tables of some hundred KiB, a buffer what the largest file needed.
    static COMPRESSOR: RefCell<Compressor> =
        RefCell::new(Compressor::new(CompressionLvl::new(LEVEL).expect("libdeflate has this level")));
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The deflated bytes, where they are fewer.
fn deflate(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.is_empty() {
        return None;
    }
    COMPRESSOR.with_borrow_mut(|compressor| {
        // No room for a result that is not smaller: it is not wanted.
        let mut out = vec![0; bytes.len() - 1];
        let length = compressor.deflate_compress(bytes, &mut out).ok()?;
        out.truncate(length);
        out.shrink_to_fit();
        Some(out)
    })
}

/// Gives `take` all the bytes of an entry of at most [`WHOLE`] bytes.
fn with_bytes(entry: &Planned, take: impl FnOnce(&[u8])) -> Result<(), PackError> {
    let path = match &entry.content {
        Content::Held(bytes) => {
            take(bytes);
            return Ok(());
        }
        Content::Disk(path) => path,
    };
    let file = open(entry, path)?;
    // Taken out, not borrowed: while a long file is hashed on every core, this thread may be given
    // another file to read.
    let mut buffer = BUFFER.take();
    buffer.clear();
    // One byte more than expected, so that growth is seen.
    file.take(entry.size + 1).read_to_end(&mut buffer).map_err(|err| failed(entry, &err))?;
    if buffer.len() as u64 != entry.size {
        return Err(PackError::Changed { path: entry.path.clone() });
    }
    take(&buffer);
    BUFFER.set(buffer);
    Ok(())
}

fn open(entry: &Planned, path: &Path) -> Result<File, PackError> {
    let file = walk::open(path).map_err(|err| failed(entry, &err))?;
    match file.metadata() {
        Ok(meta) if meta.is_file() && meta.len() == entry.size => Ok(file),
        Ok(_) => Err(PackError::Changed { path: entry.path.clone() }),
        Err(err) => Err(failed(entry, &err)),
    }
}

fn failed(entry: &Planned, err: &io::Error) -> PackError {
    let path = entry.path.clone();
    match err.kind() {
        io::ErrorKind::NotFound => PackError::Vanished { path },
        _ if walk::is_loop(err) => PackError::Changed { path },
        _ => PackError::Unreadable { path, why: walk::message(err) },
    }
}

/// Reads a large file leaf by leaf; each leaf is hashed while `take` gets it.
fn stream(
    entry: &Planned,
    take: &mut (dyn FnMut(&[u8]) -> Result<(), PackError> + Send),
) -> Result<Hash, PackError> {
    let mut hash = digest::Content::new();
    let mut leaf_done = |leaf: &[u8]| -> Result<(), PackError> {
        let (hashed, taken) = rayon::join(|| digest::hash(leaf), || take(leaf));
        taken?;
        hash.leaf(&hashed);
        Ok(())
    };
    match &entry.content {
        Content::Held(bytes) => bytes.chunks(LEAF).try_for_each(leaf_done)?,
        Content::Disk(path) => {
            let mut file = open(entry, path)?;
            let mut buffer = Vec::with_capacity(LEAF);
            let mut total = 0;
            loop {
                buffer.clear();
                let read = (&mut file)
                    .take(LEAF as u64)
                    .read_to_end(&mut buffer)
                    .map_err(|err| failed(entry, &err))?;
                if read == 0 {
                    break;
                }
                total += read as u64;
                if total > entry.size {
                    break;
                }
                leaf_done(&buffer)?;
            }
            if total != entry.size {
                return Err(PackError::Changed { path: entry.path.clone() });
            }
        }
    }
    Ok(hash.finish())
}

/// Packs a file that is too large to be held. Its first leaf decides whether it is deflated.
fn spooled(entry: &Planned) -> Result<Piece, PackError> {
    enum Spool {
        Deflate(DeflateEncoder<io::BufWriter<File>>),
        Store(io::BufWriter<File>),
    }
    let mut spool = None;
    let mut crc = libdeflater::Crc::new();
    let hash = stream(entry, &mut |leaf| {
        crc.update(leaf);
        if spool.is_none() {
            let file = io::BufWriter::new(tempfile::tempfile().map_err(PackError::Write)?);
            spool = Some(if deflate(leaf).is_some() {
                let level = flate2::Compression::new(LEVEL.unsigned_abs());
                Spool::Deflate(DeflateEncoder::new(file, level))
            } else {
                Spool::Store(file)
            });
        }
        match spool.as_mut().expect("it was set above") {
            Spool::Deflate(encoder) => encoder.write_all(leaf),
            Spool::Store(file) => file.write_all(leaf),
        }
        .map_err(PackError::Write)
    })?;
    let finish = |spool| {
        let (deflated, writer) = match spool {
            Spool::Deflate(encoder) => (true, encoder.finish()?),
            Spool::Store(writer) => (false, writer),
        };
        let mut file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        let packed = file.stream_position()?;
        file.seek(SeekFrom::Start(0))?;
        Ok((deflated, packed, file))
    };
    let spool = spool.expect("a file this large has a first leaf");
    let (deflated, packed, file) = finish(spool).map_err(PackError::Write)?;
    let record = Record { kind: entry.kind, deflated, crc: crc.sum(), packed, size: entry.size };
    Ok(Piece { record, hash, data: Data::Spool(file) })
}
