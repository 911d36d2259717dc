//! `sandgate image`.

mod accept;
mod decline;
mod delete;
mod get;
mod list;
mod pending;
mod prune;
mod share;
mod shares;
mod tags;
mod unshare;

use crate::{cli::Image, error::Error, exit::Exit, shell::Shell};

pub(super) fn run(args: &Image, shell: &mut Shell) -> Result<Exit, Error> {
    match args {
        Image::List(call) => list::run(call, shell),
        Image::Get(args) => get::run(args, shell),
        Image::Tags(args) => tags::run(args, shell),
        Image::Delete(args) => delete::run(args, shell),
        Image::Prune(args) => prune::run(args, shell),
        Image::Shares(args) => shares::run(args, shell),
        Image::Share(args) => share::run(args, shell),
        Image::Unshare(args) => unshare::run(args, shell),
        Image::Pending(args) => pending::run(args, shell),
        Image::Accept(args) => accept::run(args, shell),
        Image::Decline(args) => decline::run(args, shell),
    }
}
