//! What a RUN, a CMD or an entrypoint script does, as commands. Pure.

mod model;
mod parse;

pub use model::{Connector, Place, Redirect, Script, ShellCommand, ShellWord};
pub use parse::parse;
