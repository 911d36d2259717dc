//! `sandgate context`.

use super::project::open_names;
use crate::{
    cli,
    error::Error,
    exit::Exit,
    project::{context::walk, path::ContextPath},
    report::context,
    shell::Shell,
};

pub(super) fn run(args: &cli::Context, shell: &mut Shell) -> Result<Exit, Error> {
    let project = open_names(&args.path, &args.source, shell)?;
    let Some(given) = &args.why else {
        return super::written(context::overview(&project, shell.out()));
    };
    let path = ContextPath::clean(given);
    if path.is_empty() {
        return Err(Error::new(Exit::Usage, format!("`{given}` is the project itself"))
            .at("--why")
            .help("name a file or directory inside, relative to the project"));
    }
    let there = match project.tree.get(&path) {
        Some(_) => None,
        None => walk::look(&project.root, &path),
    };
    super::written(context::why(&project, &path, there, shell.out()))
}
