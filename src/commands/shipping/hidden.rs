//! What the caller gave and nobody may see again: in logs, errors, records, dry runs.

use super::build_args::BuildArgs;
use crate::{
    commands::vars::{Vars, is_secret},
    ship::blaxel::{Request, Secret},
};

/// The values that have to be taken out of what the platform says.
pub(super) fn values(request: &Request, vars: &Vars, build_args: &BuildArgs) -> Vec<Secret> {
    let envs = request.envs.iter().map(|(name, value)| (name, value));
    let named = envs.chain(build_args).filter(|(name, value)| is_secret(name, value));
    named.map(|(_, value)| value.as_str()).chain(vars.secrets()).map(Secret::new).collect()
}
