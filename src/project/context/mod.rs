//! The build context: what lies in the project, and what of it is sent.

mod tree;

pub use tree::{Entry, EntryKind, Exclusion, Glob, Tree, Unusable};
