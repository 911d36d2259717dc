//! Files that the user names with `-o`.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{error::Error, exit::Exit};

/// What an output path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A regular file, there or not: replaced in one step. Links are resolved.
    File(PathBuf),
    /// A pipe, a terminal, a device: written into, never replaced. Whoever runs as root could
    /// otherwise rename a file over `/dev/null`.
    Stream,
}

impl Target {
    /// Looks at `path`; fails for a folder.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        // `/dev/stdout` may well lead to a regular file, which somebody else has open.
        if ["/dev", "/proc"].iter().any(|dir| path.starts_with(dir)) {
            return Ok(Self::Stream);
        }
        match fs::metadata(path) {
            Ok(meta) if meta.is_file() => Ok(Self::File(fs::canonicalize(path)?)),
            Ok(meta) if meta.is_dir() => Err(io::Error::other("it is a folder")),
            Ok(_) => Ok(Self::Stream),
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(Self::File(path.to_owned())),
            Err(err) => Err(err),
        }
    }
}

/// Writes what was asked for into the file that `-o` names: what is there stays until the new one
/// is complete.
pub(super) fn save(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    attempt(path, write).map_err(|err| {
        Error::new(Exit::Usage, "the output file cannot be written")
            .at(path.display().to_string())
            .because(err.to_string())
            .help("name a file in a folder that exists and may be written")
    })
}

fn attempt(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let file = match Target::of(path)? {
        Target::File(file) => file,
        Target::Stream => {
            let mut stream = io::BufWriter::new(fs::OpenOptions::new().append(true).open(path)?);
            let written = write(&mut stream).and_then(|()| stream.flush());
            return match written {
                Err(err) if err.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                written => written,
            };
        }
    };
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sandgate-");
    // A report is for others to read: the umask decides, as for any new file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let temp = builder.tempfile_in(dir.unwrap_or_else(|| Path::new(".")));
    // The name of that file says nothing to anybody.
    let mut temp = temp.map_err(|err| match err.kind() {
        io::ErrorKind::NotFound => io::Error::other("its folder is not there"),
        kind => kind.into(),
    })?;
    if let Ok(meta) = fs::metadata(&file) {
        temp.as_file().set_permissions(meta.permissions())?;
    }
    let mut buffer = io::BufWriter::new(temp.as_file_mut());
    write(&mut buffer)?;
    buffer.flush()?;
    drop(buffer);
    temp.persist(&file).map_err(|err| err.error)?;
    Ok(())
}
