//! `sandgate explain`.

use crate::{
    cli,
    error::Error,
    exit::Exit,
    lint::{meant, rules},
    shell::Shell,
};

pub(super) fn run(args: &cli::Explain, shell: &mut Shell) -> Result<Exit, Error> {
    let Some(rule) = rules::find(&args.rule) else {
        let what = format!("no rule is called `{}`", args.rule);
        return Err(Error::new(Exit::Usage, what).help(meant(&args.rule)));
    };
    super::written(shell.out().write_all(rule.page.as_bytes()))
}
