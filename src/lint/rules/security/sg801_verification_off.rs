//! Certificates or signatures are not checked.

use crate::{
    lint::{
        diagnostic::Severity,
        facts::{Facts, Run},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Assignment, Kind},
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG801",
    name: "verification-off",
    family: Family::Security,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG801.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.needed() {
        for index in facts.stages.stages[stage].body.clone() {
            match &facts.instruction(index).kind {
                Kind::Env(pairs) | Kind::Arg(pairs) => variables(facts, pairs, sink),
                Kind::Run(_) | Kind::Onbuild(_) => {
                    if let Some(run) = facts.runs.get(&index) {
                        commands(facts, run, sink);
                        host_keys(facts, run, sink);
                    }
                }
                _ => (),
            }
        }
    }
}

fn commands(facts: &Facts<'_>, run: &Run, sink: &mut Sink<'_>) {
    for held in &run.commands {
        for (key, value) in &held.command.assignments {
            if value.literal.as_deref().is_some_and(|value| disables(key, value)) {
                report(facts, sink, run.place(value), &format!("`{key}`"));
            }
        }
        let options = held.program().map(options_of).unwrap_or_default();
        if options.is_empty() && held.program() != Some("git") {
            continue;
        }
        let Some((name, args)) = held.call() else { continue };
        let args = args.as_slice();
        let off = args
            .iter()
            .filter(|arg| arg.starts_with('-'))
            .find(|arg| options.iter().any(|option| is(arg, option)));
        let config = matches!(args, ["config", "set", key, "false"] if matches!((name, *key), ("npm" | "yarn" | "pnpm", "strict-ssl")))
            || name == "git"
                && args.contains(&"config")
                && args.windows(2).any(|pair| {
                    pair == ["http.sslVerify", "false"] || pair == ["http.sslverify", "false"]
                });
        if (off.is_some() || config) && is_local(args) {
            continue;
        }
        if let Some(option) = off {
            report(facts, sink, held.span, &format!("`{name} {option}`"));
        } else if config {
            report(facts, sink, held.span, &format!("this `{name} config`"));
        }
    }
}

/// `ssh -o StrictHostKeyChecking=no`, or the same line written into a configuration.
fn host_keys(facts: &Facts<'_>, run: &Run, sink: &mut Sink<'_>) {
    const SETTING: &str = "StrictHostKeyChecking";
    let text = run.text.text.as_str();
    // The letter of it that few texts have.
    let mut rare = memchr::memchr_iter(b'K', text.as_bytes());
    let found = rare.find_map(|at| {
        let start = at.checked_sub("StrictHost".len())?;
        let behind = text.get(start..)?.strip_prefix(SETTING)?;
        is_off(behind).then_some(start)
    });
    if let Some(at) = found {
        let span = run.text.span(at..at + SETTING.len());
        sink.report(
            facts.at(span),
            format!("`{SETTING}` is turned off"),
            "whoever sits between the builder and the server decides what every sandbox runs",
        )
        .help(
            "write the server's key into `known_hosts` (the host publishes it) and keep the check",
        );
    }
}

/// Whether a setting's value is no.
fn is_off(rest: &str) -> bool {
    let value = rest.trim_start_matches([' ', '=', '\t', '"', '\'']);
    value.len() < rest.len()
        && ["no", "off"].iter().any(|off| {
            let behind = value.strip_prefix(off);
            behind.is_some_and(|next| !next.starts_with(|c: char| c.is_ascii_alphanumeric()))
        })
}

/// A server on the same machine has no certificate to speak of.
fn is_local(args: &[&str]) -> bool {
    args.iter().any(|arg| arg.contains("://localhost") || arg.contains("://127.0.0.1"))
}

/// The options of a program that turn a check off; `-k` also inside `-fsSLk`.
fn options_of(program: &str) -> &'static [&'static str] {
    match program {
        "curl" => &["-k", "--insecure", "--proxy-insecure"],
        "wget" => &["--no-check-certificate"],
        "apt-get" | "apt" => {
            &["--allow-unauthenticated", "--allow-insecure-repositories", "--force-yes"]
        }
        "apk" => &["--allow-untrusted"],
        "dnf" | "yum" | "microdnf" | "tdnf" => &["--nogpgcheck", "--no-gpgchecks"],
        "rpm" => &["--nosignature", "--nodigest"],
        "zypper" => &["--no-gpg-checks", "--allow-unsigned-rpm"],
        "pip" | "pip3" => &["--trusted-host"],
        "npm" | "yarn" | "pnpm" => &["--strict-ssl=false", "--no-strict-ssl"],
        "conda" | "mamba" => &["--insecure", "-k"],
        _ => &[],
    }
}

/// Whether an option of a call is this one.
fn is(arg: &str, option: &str) -> bool {
    let short = option.len() == 2 && !arg.starts_with("--");
    arg == option
        || arg.split_once('=').is_some_and(|(name, _)| name == option)
        || short && arg[1..].bytes().all(|b| b.is_ascii_alphabetic()) && arg.ends_with(&option[1..])
}

fn variables(facts: &Facts<'_>, pairs: &[Assignment], sink: &mut Sink<'_>) {
    for pair in pairs {
        let Some(value) = &pair.value else { continue };
        let text = value.raw.trim_matches(['"', '\'']);
        if disables(&pair.name.raw, text) {
            report(facts, sink, pair.span, &format!("`{}`", pair.name.raw));
        }
    }
}

/// Variables that turn a check off for every program in the image.
fn disables(name: &str, value: &str) -> bool {
    match name {
        "NODE_TLS_REJECT_UNAUTHORIZED" | "PYTHONHTTPSVERIFY" => value == "0",
        "GIT_SSL_NO_VERIFY" => matches!(value, "1" | "true"),
        "NPM_CONFIG_STRICT_SSL" | "npm_config_strict_ssl" | "YARN_STRICT_SSL" => value == "false",
        "GONOSUMCHECK" | "GONOSUMDB" | "GOINSECURE" => value == "*",
        "GOSUMDB" => value == "off",
        "PIP_TRUSTED_HOST" => !value.is_empty(),
        _ => false,
    }
}

fn report(facts: &Facts<'_>, sink: &mut Sink<'_>, span: Span, what: &str) {
    sink.report(
        facts.at(span),
        format!("{what} turns a check of certificates or signatures off"),
        "whoever sits between the builder and the server decides what every sandbox runs",
    )
    .help("install the missing certificate or key (`ca-certificates`, `update-ca-certificates`) and keep the check");
}
