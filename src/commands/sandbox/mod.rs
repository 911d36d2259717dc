//! `sandgate sandbox`.

mod create;
mod delete;
mod get;
mod list;
mod logs;

use crate::{cli::Sandbox, error::Error, exit::Exit, shell::Shell};

pub(super) fn run(args: &Sandbox, shell: &mut Shell) -> Result<Exit, Error> {
    match args {
        Sandbox::Create(args) => create::run(args, shell),
        Sandbox::List(call) => list::run(call, shell),
        Sandbox::Get(args) => get::run(args, shell),
        Sandbox::Delete(args) => delete::run(args, shell),
        Sandbox::Logs(args) => logs::run(args, shell),
    }
}
