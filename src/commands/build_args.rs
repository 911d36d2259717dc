//! Build arguments as the platform's builder takes them: a file of the archive.

use std::collections::BTreeMap;

use crate::{
    error::Error,
    exit::Exit,
    gate,
    pack::Extra,
    project::{Project, path::ContextPath},
};

/// `[build.args]`, then the caller's.
pub(super) fn extras(
    project: &Project,
    given: &BTreeMap<String, String>,
) -> Result<Vec<Extra>, Error> {
    let mut all: BTreeMap<String, String> = project
        .manifest
        .iter()
        .flat_map(|file| &file.build_args)
        .map(|arg| (arg.key.value.clone(), arg.value.value.clone()))
        .collect();
    all.extend(given.clone());
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let mut text = String::new();
    for (name, value) in all {
        if value.contains(['\n', '\r']) {
            return Err(Error::new(
                Exit::Usage,
                format!("the build argument `{name}` has a line end in its value"),
            )
            .help("the platform reads build arguments line by line: encode the value"));
        }
        text.push_str(&format!("{name}={value}\n"));
    }
    Ok(vec![Extra {
        path: ContextPath::new(gate::BUILD_ARGS),
        bytes: text.into_bytes(),
        counts: true,
    }])
}
