//! Programs that only run another, and programs that never do.

use super::{
    super::{
        images::{Lookup, Origin, Root},
        runs::base,
    },
    Arg, Chain,
};
use crate::project::{
    dockerfile::{Instruction, Kind},
    image::{ImageRef, commands::commands},
    script::ShellCommand,
};

/// Options of wrappers that take a value as the next word.
const VALUED: &[&str] = &[
    "-p",
    "-e",
    "-u",
    "-g",
    "-n",
    "-s",
    "-k",
    "-c",
    "-a",
    "-f",
    "--signal",
    "--kill-after",
    "--user",
    "-S",
    "--server-args",
    "-w",
];

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

    /// Takes off a program that only runs another; whether there was one.
    pub(super) fn unwrap(&self, argv: &mut Vec<Arg>) -> bool {
        let Some(Some(program)) = argv.first() else { return false };
        let name = base(program).to_owned();
        let operands = match name.as_str() {
            "tini" | "tini-static" | "dumb-init" | "catatonit" | "docker-init" | "exec"
            | "nohup" | "setsid" | "command" | "stdbuf" | "nice" | "ionice" | "time"
            | "catchsegv" | "xvfb-run" | "sudo" | "env" | "doas" | "unbuffer" | "setpriv"
            | "numactl" | "builtin" | "dbus-run-session" | "eatmydata" | "chpst"
            | "with-contenv" => 0,
            "gosu" | "su-exec" | "timeout" | "s6-setuidgid" | "setuidgid" | "taskset" => 1,
            _ => return false,
        };
        if name == "command" && only_asks(argv.iter().skip(1).map(Option::as_deref)) {
            return false;
        }
        if let Lookup::Placed(placed) = self.resolve(program).1
            && matches!(placed.origin, Origin::Context(_) | Origin::Heredoc(..))
        {
            return false;
        }
        argv.remove(0);
        while let Some(Some(arg)) = argv.first() {
            if arg == "--" {
                argv.remove(0);
                break;
            }
            let assigns = matches!(name.as_str(), "env" | "sudo")
                && arg.split_once('=').is_some_and(|(key, _)| !key.contains('/'));
            if !arg.starts_with('-') && !assigns {
                break;
            }
            // `tini -s`, `-g` and `-v`, and `sudo -E`, take none
            let flag = matches!(
                name.as_str(),
                "tini" | "tini-static" | "dumb-init" | "catatonit" | "xvfb-run" | "setsid" | "exec"
            ) && !matches!(arg.as_str(), "-p" | "-e" | "-a" | "-n" | "-f");
            // `chpst` gives most of its options a value
            let rewrites = name == "dumb-init" && matches!(arg.as_str(), "-r" | "--rewrite");
            let changes =
                name == "chpst" && !matches!(arg.as_str(), "-v" | "-P" | "-0" | "-1" | "-2");
            let flag = flag || name == "env" && arg != "-u" || name == "xvfb-run" && arg == "-a";
            let valued = VALUED.contains(&arg.as_str()) && !flag || rewrites || changes;
            argv.remove(0);
            if valued && !argv.is_empty() {
                argv.remove(0);
            }
        }
        for _ in 0..operands {
            if !argv.is_empty() {
                argv.remove(0);
            }
        }
        true
    }
}

/// The options of sandbox-api and their values, as Go's `flag` reads them; the first other word ends
/// them. An option that is not known takes no value.
pub(super) fn options<'a>(words: &[&'a str]) -> Vec<(&'a str, Option<&'a str>)> {
    let mut out = Vec::new();
    let mut words = words.iter();
    while let Some(option) = words.next().and_then(|word| word.strip_prefix('-')) {
        let option = option.strip_prefix('-').unwrap_or(option);
        if option.is_empty() {
            break;
        }
        out.push(match option.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None if matches!(option, "port" | "p" | "command" | "c" | "user") => {
                (option, words.next().copied())
            }
            None => (option, None),
        });
    }
    out
}

/// Whether the options of `command` say that it only tells where a program is: `-v`, `-V`.
pub(super) fn only_asks<'a>(mut args: impl Iterator<Item = Option<&'a str>>) -> bool {
    args.next().flatten().and_then(|first| first.strip_prefix('-')).is_some_and(|letters| {
        letters.contains(['v', 'V']) && letters.chars().all(|c| matches!(c, 'p' | 'v' | 'V'))
    })
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
