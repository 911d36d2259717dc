//! Which commands install dependencies, and from which files.

use std::collections::BTreeMap;

use super::runs::{Run, RunCommand};
use crate::project::{
    dockerfile::{Dockerfile, Kind, Stages},
    path::absolute,
    script::Connector,
    source::Span,
};

/// A package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manager {
    /// npm.
    Npm,
    /// Yarn, classic or berry.
    Yarn,
    /// pnpm.
    Pnpm,
    /// Bun.
    Bun,
    /// pip, and `uv pip`.
    Pip,
    /// uv.
    Uv,
    /// Poetry.
    Poetry,
    /// Pipenv.
    Pipenv,
    /// PDM.
    Pdm,
    /// Go modules.
    Go,
    /// Cargo.
    Cargo,
    /// Bundler.
    Bundler,
    /// Composer.
    Composer,
    /// Maven.
    Maven,
    /// Gradle.
    Gradle,
    /// .NET.
    Dotnet,
    /// Mix, of Elixir.
    Mix,
    /// Deno.
    Deno,
}

impl Manager {
    /// What it installs for; managers of one ecosystem do each other's work.
    pub fn ecosystem(self) -> &'static str {
        match self {
            Self::Npm | Self::Yarn | Self::Pnpm | Self::Bun => "Node",
            Self::Pip | Self::Uv | Self::Poetry | Self::Pipenv | Self::Pdm => "Python",
            Self::Go => "Go",
            Self::Cargo => "Rust",
            Self::Bundler => "Ruby",
            Self::Composer => "PHP",
            Self::Maven | Self::Gradle => "Java",
            Self::Dotnet => ".NET",
            Self::Mix => "Elixir",
            Self::Deno => "Deno",
        }
    }

    /// The file that names the dependencies: one of these has to be there.
    fn main_files(self) -> &'static [&'static str] {
        match self {
            Self::Npm | Self::Yarn | Self::Pnpm | Self::Bun => &["package.json"],
            // the command names it
            Self::Pip => &[],
            Self::Uv | Self::Poetry | Self::Pdm => &["pyproject.toml"],
            Self::Pipenv => &["Pipfile"],
            Self::Go => &["go.mod"],
            Self::Cargo => &["Cargo.toml"],
            Self::Bundler => &["Gemfile"],
            Self::Composer => &["composer.json"],
            Self::Maven => &["pom.xml"],
            Self::Gradle => &["build.gradle", "build.gradle.kts"],
            Self::Dotnet => &[],
            Self::Mix => &["mix.exs"],
            Self::Deno => &["deno.json", "deno.jsonc", "package.json"],
        }
    }

    /// Files beside it that the installation reads where they are there.
    fn other_files(self) -> &'static [&'static str] {
        match self {
            Self::Npm => &["package-lock.json", "npm-shrinkwrap.json", ".npmrc"],
            Self::Yarn => &["yarn.lock", ".yarnrc", ".yarnrc.yml", ".npmrc"],
            Self::Pnpm => &["pnpm-lock.yaml", "pnpm-workspace.yaml", ".pnpmfile.cjs", ".npmrc"],
            Self::Bun => &["bun.lock", "bun.lockb", "bunfig.toml", ".npmrc"],
            Self::Pip | Self::Dotnet => &[],
            Self::Uv => &["uv.lock", "uv.toml", ".python-version"],
            Self::Poetry => &["poetry.lock", "poetry.toml"],
            Self::Pipenv => &["Pipfile.lock"],
            Self::Pdm => &["pdm.lock", "pdm.toml"],
            Self::Go => &["go.sum"],
            Self::Cargo => &["Cargo.lock"],
            Self::Bundler => &["Gemfile.lock", ".ruby-version"],
            Self::Composer => &["composer.lock"],
            Self::Maven => &[],
            Self::Gradle => &["settings.gradle", "settings.gradle.kts", "gradle.properties"],
            Self::Mix => &["mix.lock"],
            Self::Deno => &["deno.lock", "import_map.json", ".npmrc"],
        }
    }
}

/// A command that installs what the project's own manifests name.
#[derive(Debug)]
pub struct Install {
    /// Who installs.
    pub manager: Manager,
    /// Index of the RUN.
    pub instruction: usize,
    /// The command.
    pub span: Span,
    /// The program and what it is told to do, without options: `npm ci`.
    pub what: String,
    /// The directory that it runs in; relative to an unknown one where it does not start with `/`.
    pub dir: String,
    /// One of these has to lie in [`Self::dir`].
    pub main_files: Vec<String>,
    /// Files beside it that are read where they are there.
    pub other_files: Vec<String>,
    /// It reads its manifests alone, so that it can run before the sources are there.
    pub manifests_suffice: bool,
    /// Nothing else of weight happens in the RUN.
    pub alone: bool,
}

/// Finds them all, in file order.
pub(super) fn all(file: &Dockerfile, stages: &Stages, runs: &BTreeMap<usize, Run>) -> Vec<Install> {
    let mut out = Vec::new();
    for (index, run) in runs {
        if run.commands.iter().filter_map(RunCommand::program).any(may_install)
            && matches!(file.instructions[*index].kind, Kind::Run(_))
        {
            let workdir = stages.scope_at(*index).workdir.clone().unwrap_or_default();
            of_run(*index, run, workdir, &mut out);
        }
    }
    out
}

fn of_run(index: usize, run: &Run, workdir: String, out: &mut Vec<Install>) {
    let mut dir = Some(workdir);
    let first = out.len();
    let mut alone = true;
    for held in &run.commands {
        let RunCommand { command, span, .. } = held;
        let Some(words) = words(held) else {
            alone = false;
            continue;
        };
        if words.first() == Some(&"cd") && !command.place.subshell {
            dir = match (dir, words.get(1)) {
                (Some(dir), Some(to)) => Some(join(&dir, to)),
                _ => None,
            };
            continue;
        }
        let found = (command.connector != Connector::Pipe).then(|| recognise(&words)).flatten();
        let Some(found) = found else {
            alone &= is_light(&words);
            continue;
        };
        // It compiles as well, and stays where the sources are.
        alone &= found.manifests_suffice || found.manager != Manager::Go;
        // a directory nobody knows may hold anything
        let Some(dir) = &dir else { continue };
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let named = !found.files.is_empty();
        out.push(Install {
            manager: found.manager,
            instruction: index,
            span: *span,
            what: found.what,
            dir: dir.clone(),
            main_files: if named {
                owned(&found.files[..1])
            } else {
                owned(found.manager.main_files())
            },
            other_files: if named {
                owned(&found.files[1..])
            } else {
                owned(found.manager.other_files())
            },
            manifests_suffice: found.manifests_suffice,
            alone: true,
        });
    }
    for install in &mut out[first..] {
        install.alone = alone;
    }
}

/// The words of a command behind `sudo`, `env`, `exec`; `None` where its name is not known.
fn words(held: &RunCommand) -> Option<Vec<&str>> {
    // A word that is not known stands as an option would: it says nothing.
    let behind = held.command.words.get(held.program_at()..)?;
    let mut words: Vec<&str> =
        behind.iter().map(|word| word.literal.as_deref().unwrap_or("-?")).collect();
    // `corepack pnpm install`
    if let ["corepack", verb, ..] = words.as_slice()
        && !matches!(*verb, "enable" | "prepare" | "use" | "install")
    {
        words.remove(0);
    }
    let name = words.first_mut()?;
    if *name == "-?" {
        return None;
    }
    *name = name.rsplit('/').next().unwrap_or(name);
    Some(words)
}

/// Whether a program of this name is one of those that [`recognise`] knows, or may run one.
fn may_install(program: &str) -> bool {
    matches!(
        program,
        "npm"
            | "yarn"
            | "pnpm"
            | "bun"
            | "pip"
            | "pip3"
            | "uv"
            | "poetry"
            | "pipenv"
            | "pdm"
            | "mix"
            | "deno"
            | "go"
            | "cargo"
            | "bundle"
            | "composer"
            | "mvn"
            | "mvnw"
            | "gradle"
            | "gradlew"
            | "dotnet"
            | "corepack"
    ) || program.starts_with("python")
}

/// Commands that may stand beside an installation and move with it.
fn is_light(words: &[&str]) -> bool {
    match words {
        ["set" | "cd" | "true" | ":" | "echo" | "corepack", ..] => true,
        ["npm" | "pnpm" | "yarn", "cache" | "config" | "store", ..] => true,
        ["mix", "local.hex" | "local.rebar", ..] => true,
        ["rm", "-rf" | "-fr" | "-r", paths @ ..] => {
            paths.iter().all(|path| path.contains("cache") || path.starts_with("/tmp/"))
        }
        ["npm", "install" | "i", rest @ ..] => rest.iter().any(|w| matches!(*w, "-g" | "--global")),
        ["pip" | "pip3", "install", rest @ ..] => {
            !rest.iter().any(|word| word.starts_with(['.', '/']) || *word == "-e")
        }
        _ => false,
    }
}

struct Found<'a> {
    manager: Manager,
    /// The program and what it is told to do.
    what: String,
    /// Files that the command names.
    files: Vec<&'a str>,
    manifests_suffice: bool,
}

fn recognise<'a>(words: &[&'a str]) -> Option<Found<'a>> {
    let (&name, args) = words.split_first()?;
    if !may_install(name) {
        return None;
    }
    let has = |option: &str| args.contains(&option);
    // a directory of its own, or for the whole system: not the project that was copied
    let elsewhere = args.iter().any(|arg| {
        matches!(*arg, "-g" | "--global" | "--prefix" | "-C" | "--cwd" | "--dir" | "--directory")
            || ["--prefix=", "--cwd=", "--dir=", "--directory=", "--location=", "--project"]
                .iter()
                .any(|option| arg.starts_with(option))
    });
    let plain: Vec<&str> = args.iter().copied().filter(|arg| !arg.starts_with('-')).collect();
    let named = |manager, what, manifests_suffice| {
        Some(Found { manager, what, files: Vec::new(), manifests_suffice })
    };
    let partly = |manager, shown: usize, manifests_suffice| {
        let words: Vec<&str> =
            [name].into_iter().chain(plain.iter().copied()).take(shown).collect();
        named(manager, words.join(" "), manifests_suffice)
    };
    let found = |manager, shown| partly(manager, shown, true);
    // It needs the sources, and downloads only where this file is.
    let lean = |manager, what: &str, file| {
        Some(Found { manager, what: what.to_owned(), files: vec![file], manifests_suffice: false })
    };
    // It reads a recipe that was made of the manifests, whatever its options are.
    if name == "cargo" && plain.starts_with(&["chef", "cook"]) {
        return partly(Manager::Cargo, 3, false);
    }
    if args.contains(&"-?")
        || elsewhere
        || has("--help")
        || has("--version")
        || has("-v") && args.len() == 1
    {
        return None;
    }
    match name {
        "npm" => match plain[..] {
            ["ci" | "clean-install" | "install" | "i"] => found(Manager::Npm, 2),
            _ => None,
        },
        "yarn" => match plain[..] {
            [] | ["install"] => found(Manager::Yarn, 1 + plain.len()),
            _ => None,
        },
        "pnpm" => match plain[..] {
            ["install" | "i" | "fetch"] => found(Manager::Pnpm, 2),
            _ => None,
        },
        "bun" => match plain[..] {
            ["install" | "i"] => found(Manager::Bun, 2),
            _ => None,
        },
        "pip" | "pip3" => requirements(name, args),
        _ if name.starts_with("python") && args.starts_with(&["-m", "pip"]) => {
            requirements(&format!("{name} -m pip"), &args[2..])
        }
        "uv" => match plain[..] {
            ["sync", ..] => partly(Manager::Uv, 2, has("--no-install-project")),
            ["pip", "install" | "sync", ..] => {
                let at = args.iter().position(|arg| *arg == "pip")? + 1;
                requirements("uv pip", &args[at..])
            }
            _ => None,
        },
        "poetry" => match plain[..] {
            ["install", ..] => partly(Manager::Poetry, 2, has("--no-root")),
            _ => None,
        },
        "pipenv" => match plain[..] {
            ["install" | "sync"] => found(Manager::Pipenv, 2),
            _ => None,
        },
        "pdm" => match plain[..] {
            ["install" | "sync", ..] if !has("-p") => {
                partly(Manager::Pdm, 2, has("--no-self") || has("--no-project"))
            }
            _ => None,
        },
        "mix" => match plain[..] {
            ["deps.get", ..] => found(Manager::Mix, 2),
            ["do", first, ..] if first.trim_end_matches(',') == "deps.get" => {
                named(Manager::Mix, "mix deps.get".to_owned(), false)
            }
            _ => None,
        },
        "deno" => match plain[..] {
            ["install"] => found(Manager::Deno, 2),
            // Both follow the imports of a file, and the lock file says that there are any.
            ["cache", _] => lean(Manager::Deno, "deno cache", "deno.lock"),
            ["install", _] if has("--entrypoint") || has("-e") => {
                lean(Manager::Deno, "deno install", "deno.lock")
            }
            _ => None,
        },
        "go" => match plain[..] {
            ["mod", "download"] => found(Manager::Go, 3),
            // Without requirements there are no sums, and nothing is downloaded.
            ["build", ..] if !has("-mod=vendor") => lean(Manager::Go, "go build", "go.sum"),
            _ => None,
        },
        "cargo" => match plain[..] {
            ["build" | "b" | "fetch", ..] => partly(Manager::Cargo, 2, false),
            _ => None,
        },
        "bundle" => match plain[..] {
            [] | ["install", ..] => found(Manager::Bundler, 1 + plain.len().min(1)),
            _ => None,
        },
        "composer" => match plain[..] {
            ["install"] => {
                partly(Manager::Composer, 2, has("--no-scripts") && has("--no-autoloader"))
            }
            _ => None,
        },
        "mvn" | "mvnw" => {
            let goal = plain.iter().find(|goal| {
                goal.starts_with("dependency:")
                    || matches!(**goal, "package" | "install" | "verify" | "compile" | "deploy")
            })?;
            let fetches = name == "mvn" && goal.starts_with("dependency:");
            named(Manager::Maven, format!("{name} {goal}"), fetches)
        }
        "gradle" | "gradlew" => {
            let task = plain.iter().find(|task| {
                matches!(
                    task.rsplit(':').next().unwrap_or(task),
                    "build"
                        | "assemble"
                        | "bootJar"
                        | "jar"
                        | "shadowJar"
                        | "installDist"
                        | "dependencies"
                )
            })?;
            named(Manager::Gradle, format!("{name} {task}"), false)
        }
        "dotnet" => {
            let ["restore", rest @ ..] = &plain[..] else { return None };
            if rest.is_empty() {
                // the one project or solution in the directory
                return partly(Manager::Dotnet, 2, false);
            }
            let [project] = rest else { return None };
            let project = project.trim_start_matches("./");
            Some(Found {
                manager: Manager::Dotnet,
                what: "dotnet restore".to_owned(),
                files: vec![project],
                manifests_suffice: project.ends_with("proj") && !project.contains('/'),
            })
        }
        _ => None,
    }
}

/// `pip install -r FILE`, `uv pip sync FILE`; not where it also installs the sources.
fn requirements<'a>(program: &str, args: &[&'a str]) -> Option<Found<'a>> {
    let verb = *args.first()?;
    let is_sync = verb == "sync";
    if !is_sync && verb != "install" {
        return None;
    }
    let mut files = Vec::new();
    let mut rest = args[1..].iter().copied();
    while let Some(arg) = rest.next() {
        match arg {
            "-r" | "--requirement" | "-c" | "--constraint" => files.push(rest.next()?),
            "-e" | "--editable" | "-t" | "--target" => return None,
            _ if arg.starts_with("--requirement=") || arg.starts_with("--constraint=") => {
                files.push(arg.split_once('=')?.1);
            }
            _ if arg.starts_with("-r") => files.push(&arg[2..]),
            _ if is_sync && !arg.starts_with('-') => files.push(arg),
            // a path is the sources themselves, or a package among them
            _ if arg.starts_with(['.', '/']) => return None,
            _ => (),
        }
    }
    let known = files.iter().all(|file| {
        !file.is_empty() && !file.starts_with(['/', '-']) && !file.contains([':', '$'])
    });
    if files.is_empty() || !known {
        return None;
    }
    for file in &mut files {
        *file = file.trim_start_matches("./");
    }
    let manifests_suffice = files.iter().all(|file| !file.contains('/'));
    let what = format!("{program} {verb}");
    Some(Found { manager: Manager::Pip, what, files, manifests_suffice })
}

/// `path` seen from `dir`, without `.` and `..`; absolute where one of them is.
pub(crate) fn join(dir: &str, path: &str) -> String {
    let mut whole = absolute(dir, path);
    if !path.starts_with('/') && !dir.starts_with('/') {
        whole.remove(0);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installs_from_manifests_are_told_from_others() {
        for (line, want) in [
            ("npm ci", Some((Manager::Npm, "npm ci"))),
            ("npm install --omit=dev", Some((Manager::Npm, "npm install"))),
            ("npm install -g pnpm", None),
            ("npm install express", None),
            ("npm run build", None),
            ("yarn", Some((Manager::Yarn, "yarn"))),
            ("yarn install --immutable", Some((Manager::Yarn, "yarn install"))),
            ("yarn build", None),
            ("yarn --version", None),
            ("npm --loglevel=error ci", Some((Manager::Npm, "npm ci"))),
            ("pnpm i --frozen-lockfile", Some((Manager::Pnpm, "pnpm i"))),
            ("bun install", Some((Manager::Bun, "bun install"))),
            ("pip install -r requirements.txt", Some((Manager::Pip, "pip install"))),
            (
                "python3 -m pip install --no-cache-dir -rreq.txt",
                Some((Manager::Pip, "python3 -m pip install")),
            ),
            ("pip install .", None),
            ("pip install -e .", None),
            ("pip install -r requirements.txt .", None),
            ("pip install flask", None),
            ("uv sync --frozen", Some((Manager::Uv, "uv sync"))),
            ("uv pip install --system -r requirements.txt", Some((Manager::Pip, "uv pip install"))),
            ("uv pip install ruff", None),
            ("poetry install --no-root", Some((Manager::Poetry, "poetry install"))),
            ("pipenv sync", Some((Manager::Pipenv, "pipenv sync"))),
            ("go mod download", Some((Manager::Go, "go mod download"))),
            ("go build ./...", Some((Manager::Go, "go build"))),
            ("go build -mod=vendor .", None),
            ("pdm sync --prod", Some((Manager::Pdm, "pdm sync"))),
            ("mix do deps.get, compile", Some((Manager::Mix, "mix deps.get"))),
            ("deno install", Some((Manager::Deno, "deno install"))),
            ("deno install -g npm:x", None),
            ("cargo build --release", Some((Manager::Cargo, "cargo build"))),
            ("cargo chef cook --release -?", Some((Manager::Cargo, "cargo chef cook"))),
            ("cargo chef prepare", None),
            ("bundle install --jobs 4", Some((Manager::Bundler, "bundle install"))),
            ("composer install --no-scripts", Some((Manager::Composer, "composer install"))),
            ("mvn -B dependency:go-offline", Some((Manager::Maven, "mvn dependency:go-offline"))),
            ("mvn -q -DskipTests clean package", Some((Manager::Maven, "mvn package"))),
            ("gradle --no-daemon :app:build", Some((Manager::Gradle, "gradle :app:build"))),
            ("gradlew bootJar", Some((Manager::Gradle, "gradlew bootJar"))),
            ("dotnet restore App.csproj", Some((Manager::Dotnet, "dotnet restore"))),
            ("dotnet restore", Some((Manager::Dotnet, "dotnet restore"))),
            ("ls", None),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let got = recognise(&words);
            let got = got.as_ref().map(|found| (found.manager, found.what.as_str()));
            assert_eq!(got, want, "{line}");
        }
    }

    #[test]
    fn paths_join() {
        for (dir, path, want) in [
            ("/app", ".", "/app"),
            ("", ".", ""),
            ("", "web/", "web"),
            ("/a", "../b", "/b"),
            ("x", "/y", "/y"),
        ] {
            assert_eq!(join(dir, path), want, "{dir} {path}");
        }
    }
}
