//! A login or a private key is made in the build, and its file stays in the image.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    made_keys::{self, KeyKind},
    removed::covers,
    written::{self, Written, gives},
};
use crate::{
    lint::{
        diagnostic::Severity,
        facts::{Facts, Run, RunCommand},
        rule::{Family, Rule, Sink},
    },
    secrets,
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
    report_written(facts, sink);
    report_keys(facts, sink);
    let leaking: BTreeSet<usize> = facts.leaks.iter().filter_map(|leak| leak.instruction).collect();
    // Where each login of a RUN is taken back last.
    let mut undoing: BTreeMap<(usize, &str, &str), Option<usize>> = BTreeMap::new();
    for (index, run, held) in facts.final_commands() {
        if !held.program().is_some_and(may_log_in) {
            continue;
        }
        let Some((name, args)) = held.call() else { continue };
        let raw: Vec<&str> = held.command.words.iter().map(|word| word.raw.as_str()).collect();
        let Some(login) = login(name, &args, &raw) else { continue };
        // The value itself was found, and that is the worse news.
        if leaking.contains(&index) {
            sink.give_way(facts.at(held.span));
            continue;
        }
        let last = undoing.entry((index, name, login.leaves)).or_insert_with(|| {
            let undo = run.commands.iter().filter(|other| undoes(other, name, &login));
            undo.map(|other| other.command.range.start).max()
        });
        let undone = *last > Some(held.command.range.start);
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

/// Whether a command takes a login back that a program has made.
fn undoes(held: &RunCommand, name: &str, login: &Login) -> bool {
    held.call().is_some_and(|(program, args)| {
        let removes = program == "rm" && args.iter().any(|arg| covers(arg, login.leaves));
        removes || program == name && args.iter().any(|arg| login.undone_by.contains(arg))
    })
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

fn report_written(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for index in facts.final_instructions() {
        let Some(run) = facts.runs.get(&index) else { continue };
        let Some(written) = written(facts, index, run) else { continue };
        sink.report(
            facts.at(written.held.span),
            format!("this leaves a mounted secret in `{}`", written.file),
            "the file stays in the layer, so that whoever gets the image, and every process of the sandbox, has the credential",
        )
        .help(format!(
            "mount the file itself where it is needed, as `RUN {}`, or remove it in the same RUN",
            written.mount()
        ));
    }
}

fn report_keys(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for key in made_keys::all(facts) {
        let (why, help) = match key.kind {
            KeyKind::Host => (
                "whoever gets the image, and every process of a sandbox, can pose as each of them",
                "run it in the start script, or remove the keys in the same RUN and make them there",
            ),
            KeyKind::Tls => (
                "it is the same in every sandbox: whoever gets the image can pose as each of them, or sign in its name",
                "make it in the start script, so that each sandbox has its own, or give it to the sandbox when it is created",
            ),
            KeyKind::User => (
                "whoever gets the image, and every process of the sandbox, has the key",
                "make it when the sandbox starts; a step of the build that needs a key gets one with `RUN --mount=type=ssh`",
            ),
        };
        let message = match key.kind {
            KeyKind::Host => {
                "the host keys of SSH are made in the image, the same for every sandbox".to_owned()
            }
            _ => format!("this leaves a private key in the image, as `{}`", key.file),
        };
        let draft = sink.report(facts.at(key.held.span), message, why).help(help);
        if let Some(copied) = key.copied {
            draft.related(facts.at(copied), "copied into the image here");
        }
    }
}

/// The file that a RUN writes a mounted secret into.
fn written<'a>(facts: &Facts<'_>, index: usize, run: &'a Run) -> Option<Written<'a>> {
    let mut variables: Vec<&str> = Vec::new();
    let mut files: Vec<String> = Vec::new();
    for flag in facts.instruction(index).flags_named("mount") {
        let raw = flag.value.as_ref().map_or("", |value| value.raw.as_str());
        if !raw.split(',').any(|part| part == "type=secret") {
            continue;
        }
        let value = |names: &[&str]| {
            raw.split(',').filter_map(|part| part.split_once('=')).find_map(|(key, value)| {
                (names.contains(&key) && !value.is_empty()).then_some(value)
            })
        };
        variables.extend(value(&["env"]));
        match (value(&["target", "dst", "destination"]), value(&["id"]), value(&["env"])) {
            (Some(target), ..) => files.push(target.to_owned()),
            (None, Some(id), None) => files.push(format!("/run/secrets/{id}")),
            _ => (),
        }
    }
    if variables.is_empty() && files.is_empty() {
        return None;
    }
    let names = |word: &str| files.iter().any(|file| file == word);
    let sourced = run.commands.iter().any(|held| {
        matches!(held.program(), Some("." | "source"))
            && held.command.words.iter().any(|word| names(&word.raw))
    });
    let scope = facts.stages.scope_at(index);
    // Of a file that is sourced, the variables: those that promise a credential, or any that goes to
    // a file that is made for one.
    let sources = |text: &str, any: bool| {
        text.split('$').skip(1).any(|rest| {
            let rest = rest.trim_start_matches('{');
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let name = &rest[..end.unwrap_or(rest.len())];
            (any && !name.is_empty() || secrets::promises_secret(name))
                && scope.lookup(name).is_none()
                && gives(text, name)
        })
    };
    let holds = |text: &str| {
        variables.iter().any(|name| gives(text, name))
            || files.iter().any(|file| {
                text.contains(&format!("$(cat {file})")) || text.contains(&format!("$(<{file})"))
            })
            || sourced && sources(text, false)
    };
    written::first(facts, index, run, holds, names).or_else(|| {
        let any = |text: &str| sources(text, true);
        let written = sourced.then(|| written::first(facts, index, run, any, names)).flatten();
        written.filter(|written| secrets::credential_file(written.name()).is_some())
    })
}

/// Whether a program of this name is one of those that [`login`] knows.
fn may_log_in(program: &str) -> bool {
    matches!(
        program,
        "docker"
            | "podman"
            | "crane"
            | "skopeo"
            | "aws"
            | "gcloud"
            | "az"
            | "gh"
            | "npm"
            | "pnpm"
            | "yarn"
            | "pip"
            | "pip3"
            | "poetry"
            | "bundle"
            | "bundler"
            | "composer"
            | "huggingface-cli"
            | "hf"
            | "git"
            | "cargo"
            | "flyctl"
            | "fly"
            | "heroku"
            | "vercel"
            | "netlify"
            | "wrangler"
            | "doctl"
    )
}

/// `args` as far as they are known, `raw` the words of the command as written: `KEY=$VALUE` is not
/// known, but names its key.
fn login(name: &str, args: &[&str], raw: &[&str]) -> Option<Login> {
    let has = |word: &str| args.contains(&word);
    let key = |part: &str| raw.iter().any(|word| word.contains(part));
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
                // what is written so is read when npm starts
                && !args.iter().any(|arg| arg.contains("${"))
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
