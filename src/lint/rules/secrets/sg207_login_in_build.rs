//! A login is made in the build, and its file stays in the image.

use crate::lint::{
    diagnostic::Severity,
    facts::Facts,
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG207",
    name: "login-in-build",
    family: Family::Secrets,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG207.md"),
    check,
};

/// A way to log in: what it leaves, and how to say it in words.
struct Login {
    /// What is left, for the message.
    leaves: &'static str,
    /// Words that take it back in the same RUN.
    undone_by: &'static [&'static str],
}

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for (index, run, held) in facts.final_commands() {
        let Some((name, args)) = held.call() else { continue };
        let Some(login) = login(name, &args) else { continue };
        // The value itself was found, and that is the worse news.
        if facts.leaks.iter().any(|leak| leak.instruction == Some(index)) {
            continue;
        }
        let undone = run.commands.iter().any(|other| {
            other.command.range.start > held.command.range.start
                && other.call().is_some_and(|(program, args)| {
                    let removes =
                        program == "rm" && args.iter().any(|arg| covers(arg, login.leaves));
                    removes
                        || program == name && args.iter().any(|arg| login.undone_by.contains(arg))
                })
        });
        if undone {
            continue;
        }
        sink.report(
            facts.at(held.span),
            format!("this login leaves `{}` in the image", login.leaves),
            "whoever gets the image, and every process of the sandbox, is logged in as you",
        )
        .help(help(facts, index, &login));
    }
}

/// A mount knows no `~`, and is a file.
fn help(facts: &Facts<'_>, index: usize, login: &Login) -> String {
    let user = facts.stages.scope_at(index).user.as_deref().unwrap_or_default();
    let user = user.split(':').next().unwrap_or(user);
    let (home, mode) = match user {
        "" | "root" | "0" => ("/root".to_owned(), ""),
        // it belongs to root
        _ if user.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            (format!("/home/{user}"), ",mode=0444")
        }
        _ => ("…".to_owned(), ",mode=0444"),
    };
    match login.leaves.strip_prefix("~/") {
        None => "give the command its token for as long as it runs: \
                 `RUN --mount=type=secret,id=login,env=…`, or log out in the same RUN"
            .to_owned(),
        Some(".config/gcloud" | ".azure") => {
            format!("take it back in the same RUN: `rm -rf {}`", login.leaves)
        }
        Some(file) => format!(
            "mount the file for as long as it is needed: \
             `RUN --mount=type=secret,id=login,target={home}/{file}{mode}`, or take it back in the \
             same RUN"
        ),
    }
}

/// Whether `rm path` removes what is left.
fn covers(path: &str, left: &str) -> bool {
    let plain = |path: &str| {
        path.replace("${HOME}", "~")
            .replace("$HOME", "~")
            .replace("/root/", "~/")
            .trim_end_matches('/')
            .to_owned()
    };
    let (path, left) = (plain(path), plain(left));
    left == path || left.starts_with(&format!("{path}/")) || path == "?"
}

fn login(name: &str, args: &[&str]) -> Option<Login> {
    let has = |word: &str| args.contains(&word);
    let key = |part: &str| args.iter().any(|arg| arg.contains(part));
    let first = args.first().copied().unwrap_or_default();
    let set = |leaves, undone_by| Some(Login { leaves, undone_by });
    match name {
        "docker" | "podman" | "crane" | "skopeo" if has("login") => {
            set("~/.docker/config.json", &["logout"])
        }
        "aws" if first == "configure" && has("set") && (key("secret") || key("session_token")) => {
            set("~/.aws/credentials", &[])
        }
        "gcloud" if first == "auth" && has("activate-service-account") => {
            set("~/.config/gcloud", &["revoke"])
        }
        "az" if first == "login" && !has("--identity") => set("~/.azure", &["logout"]),
        "gh" if first == "auth" && has("login") => set("~/.config/gh/hosts.yml", &["logout"]),
        "npm" | "pnpm"
            if matches!(first, "config" | "set")
                && (key("_authToken") || key("_auth") || key("_password")) =>
        {
            set("~/.npmrc", &["delete", "logout"])
        }
        "yarn" if first == "config" && key("npmAuth") => set("~/.yarnrc.yml", &["unset"]),
        "pip" | "pip3"
            if first == "config" && has("set") && args.iter().any(|arg| has_user(arg)) =>
        {
            set("~/.config/pip/pip.conf", &["unset"])
        }
        "poetry" if first == "config" && (key("http-basic") || key("pypi-token")) => {
            set("~/.config/pypoetry/auth.toml", &["--unset"])
        }
        "bundle" | "bundler"
            if first == "config"
                && args.iter().any(|arg| arg.contains(':') && !arg.contains("://"))
                && args.len() > 2 =>
        {
            set("~/.bundle/config", &["unset", "--delete"])
        }
        "composer"
            if first == "config" && (key("http-basic") || key("github-oauth") || key("bearer")) =>
        {
            set("~/.composer/auth.json", &["--unset"])
        }
        "huggingface-cli" | "hf" if has("login") => set("~/.cache/huggingface/token", &["logout"]),
        "git" if first == "config" && key("insteadOf") && args.iter().any(|arg| has_user(arg)) => {
            set("~/.gitconfig", &["--unset", "--unset-all", "--remove-section"])
        }
        "cargo" if first == "login" => set("~/.cargo/credentials.toml", &["logout"]),
        "flyctl" | "fly" | "heroku" | "vercel" | "netlify" | "wrangler" | "doctl"
            if first == "login" || first == "auth" =>
        {
            set("its credentials", &["logout"])
        }
        _ => None,
    }
}

/// Whether a URL holds a user, or a word that nobody knows stands in its place.
fn has_user(arg: &str) -> bool {
    arg == "?"
        || arg
            .split_once("://")
            .is_some_and(|(_, rest)| rest.split('/').next().unwrap_or("").contains('@'))
}
