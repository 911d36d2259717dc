//! The lists of scenarios and faults.

use crate::{
    error::Error,
    exit::Exit,
    shell::Shell,
    sim::{Kind, Scenario},
};

/// Prints what there is to choose from.
pub(super) fn print(shell: &mut Shell, text: &str) -> Result<Exit, Error> {
    let printed = shell.out().write_all(text.as_bytes()).and_then(|()| shell.out().flush());
    crate::commands::written(printed)
}

/// Names and what they mean, in two columns.
fn table<'a>(rows: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    rows.map(|(name, told)| format!("  {name:<21} {told}\n")).collect()
}

/// Every scenario.
pub(super) fn scenarios() -> String {
    table(Scenario::all().map(|scenario| (scenario.name(), scenario.describe())))
}

/// How faults are written, and every kind.
pub(super) fn faults() -> String {
    let kinds = table(Kind::named());
    format!(
        "A fault is METHOD PATH[#WHICH]=KIND, such as `POST /sandboxes#1=reset-after`.\n\
         PATH is without /v0 and query; * stands for one part of it, or for any method; uploads go to PUT /store/*.\n\
         GitHub's calls are below /api/v3 and GitLab's below /api/v4, such as `POST /api/v3/repos/*/*/issues/*/comments#1=502-html`.\n\
         WHICH counts the calls that match, from 1: 2, 2-4, 2+; without it every one meets the fault.\n\
         KIND is one of\n{kinds}  \
         STATUS                an error such as 500; 504-html answers a page, 500-after takes effect, 429-retry says\n                        \
         when to come again\n"
    )
}

/// What is said of a scenario that there is not: the list of those there are.
pub(in crate::commands) fn unknown(name: &str) -> Error {
    Error::new(Exit::Usage, format!("no scenario is called `{name}`"))
        .help(format!("there are\n{}", scenarios().trim_end()))
}
