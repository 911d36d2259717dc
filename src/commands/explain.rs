//! `sandgate explain`.

use crate::{
    cli,
    error::Error,
    exit::Exit,
    lint::{nearest, rules},
    shell::Shell,
};

pub(super) fn run(args: &cli::Explain, shell: &mut Shell) -> Result<Exit, Error> {
    let Some(rule) = rules::find(&args.rule) else {
        let help = match nearest(&args.rule) {
            Some(known) => format!("did you mean `{known}`? `sandgate rules` lists all"),
            None => "`sandgate rules` lists all".to_owned(),
        };
        return Err(
            Error::new(Exit::Usage, format!("no rule is called `{}`", args.rule)).help(help)
        );
    };
    super::written(shell.out().write_all(rule.page.as_bytes()))
}
