//! CMD, ENTRYPOINT and HEALTHCHECK in shell form, each parsed once.

use std::collections::BTreeMap;

use crate::project::{
    dockerfile::{Command, Dockerfile, Kind},
    script::{self, Script},
};

/// Parses them all, also those in ONBUILD, by index of the instruction.
pub(super) fn all(file: &Dockerfile) -> BTreeMap<usize, Script> {
    let instructions = file.instructions.iter().enumerate();
    instructions
        .filter_map(|(index, instruction)| {
            let kind = match &instruction.kind {
                Kind::Onbuild(inner) => &inner.kind,
                kind => kind,
            };
            let (Kind::Cmd(command)
            | Kind::Entrypoint(command)
            | Kind::Healthcheck(Some(command))) = kind
            else {
                return None;
            };
            match command {
                Command::Shell { script, .. } => Some((index, script::parse(&script.text))),
                Command::Exec(_) => None,
            }
        })
        .collect()
}
