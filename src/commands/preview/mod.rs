//! `sandgate preview`.

mod build;
pub(super) mod create;
pub(super) mod delete;
mod name;
mod project;
mod sandbox;
mod token;
mod wanted;

use crate::{
    cli::Preview,
    error::Error,
    exit::Exit,
    shell::Shell,
    ship::blaxel::{Fault, Sandbox, SandboxName},
};

/// Marks a sandbox that a preview made: only such a one is changed or deleted again.
const MARK: &str = "sandgate-preview";
/// The mark's value where the image was there before.
const GIVEN: &str = "true";
/// The mark's value where the preview built the image of its name, which goes with it.
const BUILT: &str = "built";

/// Tells whose preview it is: a digest of the repository.
const REPOSITORY: &str = "sandgate-repository";

pub(super) fn run(args: &Preview, shell: &mut Shell) -> Result<Exit, Error> {
    match args {
        Preview::Create(args) => create::run(args, shell),
        Preview::Delete(args) => delete::run(args, shell),
    }
}

/// Whether the image of a sandbox's name was built for its preview.
fn is_built(known: &Sandbox) -> bool {
    known.labels.get(MARK).is_some_and(|mark| mark == BUILT)
}

/// Refuses to touch a sandbox that no preview made, or that is another repository's. One that does not tell whose it is may
/// be anybody's.
fn ours(name: &SandboxName, known: &Sandbox, repository: Option<&str>) -> Result<(), Fault> {
    if !known.labels.contains_key(MARK) {
        return Err(Fault::Usage {
            what: format!("the sandbox `{name}` was not made as a preview"),
            help: format!(
                "choose another --name; where it may go, `sandgate sandbox delete {name}` first"
            ),
        });
    }
    let its = known.labels.get(REPOSITORY);
    if repository.zip(its).is_none_or(|(own, its)| own == its) {
        return Ok(());
    }
    Err(Fault::Refused {
        what: format!("the preview `{name}` is of another repository"),
        why: "a project of that repository has the same name in this workspace, and their pull requests the same number".into(),
        help: format!(
            "give this project another --name, or another `name` in its blaxel.toml; where the repository itself was renamed, `sandgate preview delete --name {name}` first"
        ),
    })
}
