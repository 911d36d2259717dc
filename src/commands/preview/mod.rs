//! `sandgate preview`.

pub(super) mod create;
pub(super) mod delete;
mod name;
mod project;
mod sandbox;
mod token;

use crate::{
    cli::Preview,
    error::Error,
    exit::Exit,
    shell::Shell,
    ship::blaxel::{Fault, Sandbox, SandboxName},
};

/// Marks a sandbox that a preview made: only such a one is changed or deleted again.
const MARK: &str = "sandgate-preview";

pub(super) fn run(args: &Preview, shell: &mut Shell) -> Result<Exit, Error> {
    match args {
        Preview::Create(args) => create::run(args, shell),
        Preview::Delete(args) => delete::run(args, shell),
    }
}

/// Refuses to touch a sandbox that no preview made.
fn ours(name: &SandboxName, known: &Sandbox) -> Result<(), Fault> {
    if known.labels.contains_key(MARK) {
        return Ok(());
    }
    Err(Fault::Usage {
        what: format!("the sandbox `{name}` was not made as a preview"),
        help: format!(
            "choose another --name; where it may go, `sandgate sandbox delete {name}` first"
        ),
    })
}
