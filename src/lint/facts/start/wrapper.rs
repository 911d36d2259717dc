//! Programs that only run another, and programs that never do.

use super::{
    super::{
        images::{Lookup, Origin, Root},
        runs::base,
        wrappers::{Behind, assigns, shell_of, wrapper},
    },
    Arg, Chain,
};
use crate::project::{
    dockerfile::{Instruction, Kind},
    image::{ImageRef, commands::commands},
    script::ShellCommand,
};

/// Programs that start others and that no distribution has from the start.
pub const INSTALLED: [&str; 5] = ["tini", "dumb-init", "gosu", "su-exec", "supervisord"];

impl Chain<'_> {
    /// Whether the image surely lacks a program that has to be installed: its base is known, and
    /// no instruction speaks of it or may bring it.
    pub(super) fn lacks(&self, program: &str) -> bool {
        let name = base(program);
        let Root::Official(image) = &self.fs.root else { return false };
        if !INSTALLED.contains(&name) || self.fs.opaque {
            return false;
        }
        // databases start with `gosu`
        let known = ImageRef::parse(image).is_some_and(|image| {
            commands(&image).is_some()
                && !image.official().is_some_and(|name| {
                    matches!(name, "postgres" | "redis" | "mysql" | "mongo" | "mariadb")
                })
        });
        let package = if name == "supervisord" { "supervisor" } else { name };
        let python = |text: &str| {
            name == "supervisord"
                && ["pip", "uv ", "poetry", "pdm", "conda"].iter().any(|tool| text.contains(tool))
        };
        let may_bring = |instruction: &Instruction| {
            let text = self.project.dockerfile.source.slice(instruction.span);
            matches!(instruction.kind, Kind::Run(_)) && (text.contains(package) || python(text))
        };
        let usual = |dir: &String| {
            dir == "/"
                || ["/usr", "/bin", "/sbin"].iter().any(|from| dir.starts_with(from))
                || program.starts_with(dir.as_str())
        };
        known
            && !self.fs.packages.iter().any(|given| given == "*" || given.contains(package))
            && !self.scope.env.contains_key("PATH")
            && !self.fs.filled.iter().any(usual)
            && !self.fs.paths.keys().any(|path| base(path) == name)
            && !self.project.dockerfile.instructions.iter().any(may_bring)
    }

    /// Takes off a program that only runs another; whether there was one. Of one that only tells
    /// something nothing is left.
    pub(super) fn unwrap(&self, argv: &mut Vec<Arg>) -> bool {
        let Some(Some(program)) = argv.first() else { return false };
        let name = base(program).to_owned();
        let known = wrapper(&name);
        if known.is_none() && name != "su" {
            return false;
        }
        if let Lookup::Placed(placed) = self.resolve(program).1
            && matches!(placed.origin, Origin::Context(_) | Origin::Heredoc(..))
        {
            return false;
        }
        if name == "env" {
            split(argv);
        }
        let word = |at: usize| argv[at].as_deref().unwrap_or("");
        match known.map_or(Behind::Itself, |known| known.behind(1, argv.len(), word)) {
            Behind::Program(at) => {
                argv.drain(..at);
            }
            Behind::Nothing => argv.clear(),
            Behind::Itself => {
                let Some(shell) = shell_of(argv) else { return false };
                *argv = shell;
            }
        }
        true
    }
}

/// `env -S 'A=1 program'`: the words of its text, as far as blanks part them.
fn split(argv: &mut Vec<Arg>) {
    let mut at = 1;
    // only the words of env itself are looked at: there may be many others, and more of env
    let (end, text) = loop {
        let Some(Some(option)) = argv.get(at) else { return };
        let rest = match split_text(option) {
            Some(rest) => rest,
            None if option.starts_with('-') || assigns(option) => {
                at += 1;
                continue;
            }
            None => return,
        };
        if !rest.is_empty() {
            break (at + 1, rest.to_owned());
        }
        let Some(Some(text)) = argv.get(at + 1) else { return };
        break (at + 2, text.clone());
    };
    let known = |word: &str| (!word.contains(['$', '"', '\'', '\\'])).then(|| word.to_owned());
    let words: Vec<Arg> = text.split_whitespace().map(known).collect();
    argv.splice(at..end, words);
}

/// What stands in the word behind `-S`, `-vS` or `--split-string`; `None` for another option.
fn split_text(option: &str) -> Option<&str> {
    if let Some(rest) = option.strip_prefix("--split-string") {
        return Some(rest.strip_prefix('=').unwrap_or(rest));
    }
    let letters = option.strip_prefix('-').filter(|letters| !letters.starts_with('-'))?;
    // behind another of these the rest is its value
    let valued = letters.find(['a', 'C', 'S', 'u'])?;
    letters[valued..].strip_prefix('S')
}

/// Whether a command is a server, or a sleep, that does not return by itself.
pub(super) fn never_returns(command: &ShellCommand) -> bool {
    let known: Option<Vec<&str>> =
        command.words.iter().map(|word| word.literal.as_deref()).collect();
    let Some(known) = known else { return false };
    let mut words = known.as_slice();
    while let ["npx" | "bunx" | "nohup", rest @ ..]
    | ["uv" | "poetry" | "pipenv" | "pdm", "run", rest @ ..]
    | ["bundle", "exec", rest @ ..] = words
    {
        words = rest;
    }
    let Some((program, args)) = words.split_first() else { return false };
    let has = |options: &[&str]| args.iter().any(|arg| options.contains(arg));
    if has(&["-h", "--help", "-v", "-V", "--version"]) {
        return false;
    }
    match (base(program), args) {
        ("npm" | "pnpm" | "yarn" | "bun", ["run", "dev" | "start" | "serve" | "preview", ..])
        | ("npm" | "pnpm" | "yarn", ["start", ..])
        | ("pnpm" | "yarn", ["dev", ..])
        | ("next", ["dev" | "start", ..])
        | ("vite", [] | ["dev" | "preview" | "serve", ..])
        | ("flask" | "streamlit", ["run", ..])
        | ("fastapi", ["run" | "dev", ..])
        | ("python" | "python3", ["-m", "http.server", ..] | [_, "runserver", ..])
        | ("sleep", ["infinity" | "inf"])
        | ("tail", ["-f" | "-F", ..])
        | ("uvicorn" | "hypercorn", [_, ..])
        | ("dockerd" | "apache2-foreground", _) => true,
        ("jupyter", ["lab" | "notebook" | "server", rest @ ..]) => {
            rest.iter().all(|arg| arg.starts_with('-')) && !has(&["--generate-config"])
        }
        ("gunicorn", [_, ..]) => !has(&["-D", "--daemon", "--check-config", "--print-config"]),
        ("nginx", _) => args.iter().any(|arg| arg.contains("daemon off")),
        ("sshd", _) => has(&["-D"]),
        ("supervisord", _) => has(&["-n", "--nodaemon"]),
        _ => false,
    }
}

/// Programs that people start instead of sandbox-api, and that do not start it unless told.
pub(super) fn is_runtime(name: &str) -> bool {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    matches!(
        stem,
        "node"
            | "npm"
            | "npx"
            | "yarn"
            | "pnpm"
            | "bun"
            | "bunx"
            | "deno"
            | "tsx"
            | "ts-node"
            | "next"
            | "vite"
            | "python"
            | "pip"
            | "uv"
            | "uvicorn"
            | "gunicorn"
            | "hypercorn"
            | "flask"
            | "fastapi"
            | "poetry"
            | "jupyter"
            | "jupyter-lab"
            | "streamlit"
            | "celery"
            | "ruby"
            | "bundle"
            | "rails"
            | "puma"
            | "php"
            | "php-fpm"
            | "apache"
            | "httpd"
            | "nginx"
            | "caddy"
            | "java"
            | "go"
            | "cargo"
            | "dotnet"
            | "sleep"
            | "tail"
            | "cat"
            | "true"
            | "pm"
            | "redis-server"
            | "postgres"
            | "sshd"
            | "serve"
            | "code-server"
            | "chromium"
            | "chromium-browser"
            | "cron"
            | "crond"
            | "dockerd"
            | "google-chrome"
            | "mongod"
            | "mysqld"
            | "openvscode-server"
            | "pg_isready"
            | "pg_ctl"
            | "psql"
            | "redis-cli"
            | "socat"
            | "startxfce"
            | "tailscale"
            | "tailscaled"
            | "websockify"
            | "x11vnc"
            | "Xvfb"
    )
}
