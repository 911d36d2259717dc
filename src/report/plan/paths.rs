//! A path a line, for shell loops. Those that wait for others stand behind them.

use super::carried::{self, Uncarried};
use crate::{
    escape,
    repo::affected::{Plan, spread},
};

pub(super) fn paths(plan: &Plan) -> Result<String, Uncarried> {
    let spread = spread(plan, usize::MAX);
    let obeyed = |path: &str| {
        escape::is_obeyed(path)
            .then_some("holds `##[` or `##vso`, which GitHub's and Azure's runners obey")
    };
    let jobs = carried::jobs(plan, spread.jobs(), &obeyed)?;
    Ok(jobs.into_iter().flat_map(|(_, paths)| paths).map(|path| path + "\n").collect())
}
