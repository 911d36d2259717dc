//! Why a project cannot be packed.

use std::io;

/// Why a project cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// An ignore file holds a line that no builder accepts, so what belongs to the context is
    /// unknown.
    #[error("`{file}` has a line that is no pattern")]
    IgnoreFile {
        /// The ignore file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A file or directory of the context cannot be read.
    #[error("`{path}` cannot be read")]
    Unreadable {
        /// Its path in the project.
        path: String,
        /// The system's message.
        why: String,
    },
    /// A file changed while it was read.
    #[error("`{path}` changed while it was packed")]
    Changed {
        /// Its path in the project.
        path: String,
    },
    /// A file went away before it was read.
    #[error("`{path}` went away while the project was packed")]
    Vanished {
        /// Its path in the project.
        path: String,
    },
    /// The Dockerfile lies elsewhere and is uploaded as `Dockerfile`, but that is a directory.
    #[error("`{path}` is a directory, but the Dockerfile is uploaded under that name")]
    Taken {
        /// The name.
        path: String,
    },
    /// A name is too long for a zip.
    #[error("`{path}` is longer than a zip can hold")]
    NameTooLong {
        /// The name.
        path: String,
    },
    /// The archive cannot be written.
    #[error("the archive cannot be written")]
    Write(#[source] io::Error),
}
