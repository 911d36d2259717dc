//! `sandgate explain`.

use crate::{cli, error::Error, exit::Exit, lint::rules, shell::Shell};

pub(super) fn run(args: &cli::Explain, shell: &mut Shell) -> Result<Exit, Error> {
    let Some(rule) = rules::find(&args.rule) else {
        let nearest = rules::all()
            .flat_map(|rule| [rule.code, rule.name])
            .map(|known| {
                (
                    strsim::jaro_winkler(
                        &args.rule.to_ascii_lowercase(),
                        &known.to_ascii_lowercase(),
                    ),
                    known,
                )
            })
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let help = match nearest {
            Some((likeness, known)) if likeness > 0.8 => {
                format!("did you mean `{known}`? `sandgate rules` lists all")
            }
            _ => "`sandgate rules` lists all".to_owned(),
        };
        return Err(
            Error::new(Exit::Usage, format!("no rule is called `{}`", args.rule)).help(help)
        );
    };
    super::written(shell.out().write_all(rule.page.as_bytes()))
}
