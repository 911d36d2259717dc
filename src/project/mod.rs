//! What is on disk, read once into an immutable [`Project`].

pub mod bytes;
pub mod context;
mod copied;
pub mod dockerfile;
pub mod history;
pub mod image;
pub mod manifest;
mod named;
pub mod path;
pub mod script;
mod snapshot;
pub mod source;
mod upper;

pub use upper::Upper;

pub use snapshot::{
    IgnoreFile, OpenError, OpenOptions, Project, Replacement, Top, Trees, open, open_with,
    read_manifest,
};
