//! What a RUN, a CMD or an entrypoint script does, as commands. Pure.

mod bash;
mod expand;
mod flow;
mod model;
mod neutral;
mod parse;
mod plain;
#[cfg(test)]
mod tests;

pub use bash::{BashOnly, Effect, Sh, has_braces};
pub use expand::{Value, expand, word_value};
pub use flow::{Step, steps};
pub use model::{Connector, Place, Redirect, Script, ShellCommand, ShellWord, base};
pub use parse::parse;
