//! What an installation reads beside the manifests that are known.

use serde_json::Value;

use super::sg301_install_after_copy::is_sent;
use crate::{
    lint::facts::{Facts, Install, Manager},
    project::{context::EntryKind, path::ContextPath, source::Source},
};

/// Scripts that run during an installation, as the managers of Node name them.
const LIFECYCLE: &[&str] = &[
    "preinstall",
    "install",
    "postinstall",
    "prepublish",
    "preprepare",
    "prepare",
    "postprepare",
    "dependencies",
    "pnpm:devPreinstall",
];

/// Files that `dotnet restore` takes from the directory of the project where they are there.
const OF_DOTNET: &[&str] = &[
    "directory.build.props",
    "directory.build.targets",
    "directory.packages.props",
    "global.json",
    "nuget.config",
    "packages.lock.json",
];

/// Whether files lie there that the installation reads too: the manifests of workspaces, patches,
/// schemas, a package manager in the repository.
pub(super) fn has_other_inputs(facts: &Facts<'_>, install: &Install, dir: &ContextPath) -> bool {
    let node = install.manager.ecosystem() == "Node";
    let tree = &facts.project.tree;
    let nested = |entry: &str| {
        let rest = entry.strip_prefix(dir.as_str()).unwrap_or(entry).trim_start_matches('/');
        let Some((above, name)) = rest.rsplit_once('/') else {
            return match install.manager {
                Manager::Bundler => rest.ends_with(".gemspec"),
                Manager::Dotnet => OF_DOTNET.contains(&rest.to_ascii_lowercase().as_str()),
                // npm compiles what it describes.
                _ => node && rest == "binding.gyp",
            };
        };
        let first = above.split('/').next().unwrap_or_default();
        node && matches!(first, "patches" | "prisma" | ".yarn")
            || install.manager == Manager::Maven && first == ".mvn"
            || install.main_files.iter().any(|main| main == name)
                && install.manager != Manager::Pip
                && !above.split('/').any(|part| part == "node_modules")
    };
    tree.within(dir).filter(|entry| entry.excluded.is_none()).any(|entry| nested(&entry.path))
}

/// Whether a manifest names other files, or cannot be read.
pub(super) fn reads_other_files(facts: &Facts<'_>, install: &Install, dir: &ContextPath) -> bool {
    let marks: &[&str] = match install.manager {
        Manager::Npm | Manager::Yarn | Manager::Pnpm | Manager::Bun => {
            &["\"file:", "\"link:", "\"portal:", "\"patch:", "\"workspace:"]
        }
        Manager::Uv | Manager::Poetry | Manager::Pipenv | Manager::Pdm => {
            &["path =", "path=", "file:", "find-links"]
        }
        Manager::Bundler => &["path", "gemspec", "eval", "require", "File.", "Dir."],
        Manager::Mix => &["path:", "File.", "Code.", "import_file"],
        Manager::Dotnet => &["ProjectReference", "<Import "],
        Manager::Maven => &["<module>", "<relativePath>", "<systemPath>", "${basedir}"],
        _ => &[],
    };
    let names_others = |name: &String| {
        let path = dir.join(name);
        // Of a file that is not held nothing is known; empty ones are not.
        is_sent(facts, &path)
            && !is_empty(facts, &path)
            && facts.project.source(&path).is_none_or(|source| {
                let text = source.text();
                let has = |mark: &&str| {
                    let is_comment = |line: &str| line.trim_start().starts_with(['#', '/']);
                    text.lines().any(|line| line.contains(mark) && !is_comment(line))
                };
                marks.iter().any(has)
                    || install.manager.ecosystem() == "Node" && depends_on_paths(text)
            })
    };
    !marks.is_empty() && install.main_files.iter().any(names_others)
}

/// The parts of `package.json` that say what is installed.
const DEPENDENCIES: &[&str] = &[
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "peerDependencies",
    "overrides",
    "resolutions",
    "patchedDependencies",
    "pnpm",
    "workspaces",
];

/// Whether something that is installed lies at a path of the project. What else has paths (`main`,
/// `exports`, `bin`, `files`) is not read by an installation.
fn depends_on_paths(manifest: &str) -> bool {
    if !manifest.contains("\"./") && !manifest.contains("\"../") {
        return false;
    }
    let Ok(manifest) = serde_json::from_str::<Value>(manifest) else { return true };
    DEPENDENCIES.iter().filter_map(|key| manifest.get(key)).any(holds_path)
}

fn holds_path(value: &Value) -> bool {
    match value {
        Value::String(text) => text.starts_with("./") || text.starts_with("../"),
        Value::Array(values) => values.iter().any(holds_path),
        Value::Object(values) => values.values().any(holds_path),
        _ => false,
    }
}

fn is_empty(facts: &Facts<'_>, path: &str) -> bool {
    let entry = facts.project.tree.get(path);
    entry.is_some_and(|entry| matches!(entry.kind, EntryKind::File { size: 0, .. }))
}

/// The key of a script of the project that an installation of Node runs (`postinstall`), and that is
/// not known to do without the project's files.
pub(super) fn script(
    facts: &Facts<'_>,
    install: &Install,
    dir: &ContextPath,
) -> Option<&'static str> {
    if install.manager.ecosystem() != "Node" || install.what == "pnpm fetch" {
        return None;
    }
    let command = facts.file.source.slice(install.span);
    let settings = facts.project.source(&dir.join(".npmrc")).map_or("", Source::text);
    let is_off = |line: &str| {
        let mut parts = line.split('=').map(str::trim);
        parts.next() == Some("ignore-scripts") && parts.next() == Some("true")
    };
    let skipped = ["--ignore-scripts", "--mode=skip-build"].iter().any(|it| command.contains(it));
    if skipped || settings.lines().any(is_off) {
        return None;
    }
    let manifest = facts.project.source(&dir.join("package.json"))?;
    let manifest: Value = serde_json::from_str(manifest.text()).ok()?;
    let scripts = manifest.get("scripts")?;
    LIFECYCLE.iter().copied().find(|name| {
        let command = scripts.get(name).and_then(Value::as_str);
        command.is_some_and(|command| !is_harmless(command.trim()))
    })
}

/// Whether a script needs nothing of the project: it looks at who installs, or sets git up, which is
/// not there either way.
fn is_harmless(command: &str) -> bool {
    let mut words = command.split_whitespace();
    let first = match words.next() {
        Some("npx") => words.find(|word| !word.starts_with('-')),
        first => first,
    };
    let rest: Vec<&str> = words.collect();
    match first {
        None => true,
        Some("only-allow") => matches!(rest[..], [_]),
        Some("husky") => {
            matches!(rest[..], [] | ["||", "true" | ":"] | ["install", "||", "true" | ":"])
        }
        Some("true" | ":" | "echo") => !command.contains(['&', '|', ';', '<', '>', '`', '$']),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_without_files_are_told_from_others() {
        for (command, want) in [
            ("", true),
            ("husky", true),
            ("husky || true", true),
            ("husky install || true", true),
            ("npx only-allow pnpm", true),
            ("npx -y only-allow pnpm", true),
            ("echo done", true),
            ("husky install", false),
            ("prisma generate", false),
            ("patch-package", false),
            ("node scripts/x.js", false),
            ("only-allow pnpm && node x.js", false),
            ("husky || true && node x.js", false),
            ("echo a && tsc", false),
        ] {
            assert_eq!(is_harmless(command), want, "{command}");
        }
    }
}
