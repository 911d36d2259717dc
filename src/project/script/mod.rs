//! What a RUN, a CMD or an entrypoint script does, as commands. Pure.

mod expand;
mod flow;
mod model;
mod parse;
mod plain;
#[cfg(test)]
mod tests;

pub use expand::{Value, expand, word_value};
pub use flow::{Step, steps};
pub use model::{Connector, Place, Redirect, Script, ShellCommand, ShellWord, base};
pub use parse::parse;
