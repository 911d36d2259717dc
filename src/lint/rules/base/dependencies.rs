//! What the manifests of a project say of the tools that an installation needs.

use crate::project::source::Source;

/// What one manifest names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// A package of a Git repository: it is fetched with `git`.
    pub(super) by_git: bool,
    /// A package that is published as source alone: a compiler and libraries make it.
    pub(super) compiled: bool,
    /// A package that runs with libraries of the system.
    pub(super) libraries: bool,
}

/// Packages of Python without wheels for Linux.
const PYTHON: &[&str] = &[
    "bjoern",
    "dbus-python",
    "gdal",
    "mysqlclient",
    "netifaces",
    "psycopg2",
    "pyaudio",
    "pycairo",
    "pycups",
    "pycrypto",
    "pygobject",
    "pygraphviz",
    "pyicu",
    "pylibmc",
    "python-ldap",
    "rpy2",
    "sasl",
    "systemd-python",
    "uwsgi",
];

/// Packages of Node that are built where they are installed.
const NODE_COMPILED: &[&str] = &["isolated-vm", "node-gyp", "node-pty", "node-sass", "re2"];

/// Packages of Node that use libraries of the system, or a browser that does.
const NODE_LIBRARIES: &[&str] = &["@prisma/client", "playwright", "prisma", "puppeteer"];

/// Reads a manifest; of other files nothing is named.
pub(super) fn of(source: &Source) -> Named {
    let path = source.path();
    let name = path.name();
    if path.split('/').any(|part| part == "node_modules") {
        return Named::default();
    }
    match name {
        "package.json" => node(source.text()),
        "pyproject.toml" | "Pipfile" => python(source.text()),
        _ if name.contains("requirements") && name.ends_with(".txt") => python(source.text()),
        _ => Named::default(),
    }
}

fn python(text: &str) -> Named {
    let mut named = Named::default();
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        let line = line.split(" #").next().unwrap_or(line);
        named.by_git |= line.contains("git+") || line.contains("git = ");
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        named.compiled |= line
            .split(|c| !is_part(c))
            .any(|word| PYTHON.iter().any(|package| word.eq_ignore_ascii_case(package)));
    }
    named
}

fn node(text: &str) -> Named {
    let manifest: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let mut named = Named::default();
    for group in ["dependencies", "devDependencies", "optionalDependencies"] {
        for (name, version) in
            manifest.get(group).and_then(|group| group.as_object()).into_iter().flatten()
        {
            let version = version.as_str().unwrap_or_default();
            named.by_git |=
                ["git+", "git:", "git@", "github:"].iter().any(|start| version.starts_with(start));
            named.compiled |= NODE_COMPILED.contains(&name.as_str());
            named.libraries |= NODE_LIBRARIES.contains(&name.as_str());
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::path::ContextPath;

    #[test]
    fn manifests_are_read() {
        for (path, text, want) in [
            ("requirements.txt", "psycopg2==2.9", (false, true)),
            ("requirements.txt", "psycopg2-binary\n# uwsgi\nflask # gdal", (false, false)),
            ("requirements-dev.txt", "uWSGI>=2", (false, true)),
            ("requirements.txt", "x @ git+https://git.example.com/x", (true, false)),
            ("pyproject.toml", "dependencies = [\"mysqlclient>=2\"]", (false, true)),
            ("notes.txt", "psycopg2", (false, false)),
            ("package.json", "{\"dependencies\":{\"a\":\"git+https://x/a.git\"}}", (true, false)),
            ("package.json", "{\"repository\":\"git+https://x/a.git\"}", (false, false)),
            ("package.json", "{\"devDependencies\":{\"node-sass\":\"9\"}}", (false, true)),
        ] {
            let named = of(&Source::new(ContextPath::new(path), text.into()));
            assert_eq!((named.by_git, named.compiled), want, "{path} {text}");
        }
    }
}
