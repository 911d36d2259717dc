//! From what is typed to how a project is linted.

use super::project::build_args;
use crate::{
    cli,
    error::Error,
    exit::Exit,
    lint::{Options, Selection, Selector, nearest},
    settings,
};

/// How to lint.
pub(super) fn read(source: &cli::Source, rules: &cli::Rules) -> Result<Options, Error> {
    let select = selectors("--select", &rules.select)?;
    Ok(Options {
        today: settings::today(source.today.as_deref())?,
        build_args: build_args(source)?,
        selection: Selection {
            select: (!rules.select.is_empty()).then_some(select),
            extend: selectors("--extend-select", &rules.extend_select)?,
            ignore: selectors("--ignore", &rules.ignore)?,
        },
    })
}

fn selectors(flag: &str, names: &[String]) -> Result<Vec<Selector>, Error> {
    let one = |name: &String| {
        Selector::parse(name.trim()).ok_or_else(|| {
            let help = nearest(name).map_or_else(
                || "`sandgate rules` lists them all".to_owned(),
                |known| format!("did you mean `{known}`?"),
            );
            Error::new(Exit::Usage, format!("no rule is called `{name}`")).at(flag).help(help)
        })
    };
    names.iter().filter(|name| !name.trim().is_empty()).map(one).collect()
}
