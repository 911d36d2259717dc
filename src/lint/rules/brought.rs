//! Which commands the final image has, from its base and from what is installed.

use crate::{
    lint::facts::{Facts, ImageFs, Root},
    project::image::{
        ImageRef,
        commands::{self, Commands},
    },
};

/// The official image below the final one, and the commands it brings; `None` where nobody knows.
pub(in crate::lint::rules) fn known<'a>(facts: &'a Facts<'_>) -> Option<(&'a str, Commands)> {
    let Root::Official(image) = &facts.images.last()?.root else { return None };
    Some((image, commands::commands(&ImageRef::parse(image)?)?))
}

/// Whether the final image surely lacks a command. `known` is what its base brings.
pub(in crate::lint::rules) fn lacks(facts: &Facts<'_>, known: &Commands, command: &str) -> bool {
    let Some(fs) = facts.images.last() else { return false };
    // a virtual environment brings its own Python, and is put into PATH
    let environment = command == "python3"
        && facts
            .stages
            .last()
            .is_some_and(|stage| facts.stages.scope_after(stage.index).env.contains_key("PATH"));
    known.has(command) == Some(false) && !environment && !is_brought(fs, command)
}

/// Whether a RUN or a COPY may have brought it.
fn is_brought(fs: &ImageFs, command: &str) -> bool {
    let package = |name: &String| {
        let name = name.as_str();
        name == "*"
            || match command {
                "nc" => {
                    ["netcat", "ncat", "nmap", "busybox"].iter().any(|part| name.contains(part))
                }
                "python3" => name.starts_with("python"),
                other => {
                    let rest = name.strip_prefix(other);
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['=', '-']))
                }
            }
    };
    let bin = |path: &String| {
        let name = path.strip_suffix(command).and_then(|dir| dir.strip_suffix('/'));
        name.is_some() && path.contains("/bin/")
    };
    let filled = |dir: &String| dir == "/" || dir.starts_with("/usr") || dir.starts_with("/bin");
    fs.opaque
        || fs.packages.iter().any(package)
        || fs.paths.keys().any(bin)
        || fs.filled.iter().any(filled)
}

/// The package that brings a command.
pub(in crate::lint::rules) fn package(manager: &str, command: &str) -> String {
    match (manager, command) {
        ("microdnf", "nc") => "nmap-ncat".to_owned(),
        (_, "nc") => "netcat-openbsd".to_owned(),
        (_, other) => other.to_owned(),
    }
}

/// The line that installs it; `None` for an unknown package manager.
pub(in crate::lint::rules) fn install(manager: &str, command: &str) -> Option<String> {
    let package = package(manager, command);
    match manager {
        "apt" => Some(format!(
            "RUN apt-get update && apt-get install -y --no-install-recommends {package} && rm -rf /var/lib/apt/lists/*"
        )),
        "apk" => Some(format!("RUN apk add --no-cache {package}")),
        "microdnf" => Some(format!("RUN microdnf install -y {package} && microdnf clean all")),
        _ => None,
    }
}
