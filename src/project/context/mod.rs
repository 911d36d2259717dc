//! The build context: what lies in the project, and what of it is sent.

mod always;
pub(crate) mod blaxel_ignore;
mod glob;
mod ignore;
pub(crate) mod judge;
mod machine;
mod pattern;
mod tree;
pub(crate) mod walk;

pub use always::is_shared_env;
pub use glob::{BadPattern, copy_takes};
pub use ignore::{Rule, Rules, Step};
pub use tree::{Entry, EntryKind, Exclusion, Glob, Tree, Unusable};
