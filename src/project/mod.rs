//! What is on disk, read once into an immutable [`Project`].

pub mod context;
pub mod dockerfile;
pub mod image;
pub mod manifest;
pub mod path;
pub mod script;
mod snapshot;
pub mod source;

pub use snapshot::{IgnoreFile, OpenError, OpenOptions, Project, open};
