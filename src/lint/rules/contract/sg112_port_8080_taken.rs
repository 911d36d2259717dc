//! Something else listens on the port of sandbox-api.

use crate::{
    lint::{
        diagnostic::{Location, Severity},
        facts::{Facts, StartCommand},
        rule::{Family, Rule, Sink},
    },
    project::{dockerfile::Kind, script::ShellCommand},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG112",
    name: "port-8080-taken",
    family: Family::Contract,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG112.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(api) = facts.start.api() else { return };
    if api.port.as_deref().is_some_and(|port| port != "8080") {
        return;
    }
    from_environment(facts, sink, &api.location);
    for item in &facts.start.commands {
        let name = item.command.base_name();
        let quiet = matches!(
            name,
            None | Some(
                "nc" | "curl"
                    | "wget"
                    | "echo"
                    | "printf"
                    | "sandbox-api"
                    | "sh"
                    | "bash"
                    | "wait"
                    | "export"
                    | "["
                    | "test"
                    | "ss"
                    | "netstat"
                    | "lsof"
                    | "socat"
                    | "ssh"
                    | "iptables"
                    | "cloudflared"
                    | "timeout"
            )
        ) || item.command.args().any(|arg| arg.contains("sandbox-api"));
        let called =
            facts.start.commands.iter().any(|other| other.place.function.as_deref() == name);
        if !quiet && !called && listens(&item.command) {
            let program = match name {
                Some("exec" | "nohup") => item.command.args().next(),
                name => name,
            };
            sink.report(
                item.location.clone(),
                format!(
                    "`{}` listens on port 8080, which belongs to `sandbox-api`",
                    program.unwrap_or("it")
                ),
                "the second of the two that comes up fails with \"address already in use\"",
            )
            .help("give it another port, such as 3000")
            .related(api.location.clone(), "listens on 8080");
        }
    }
}

/// Reports `ENV PORT=8080` where the script starts a program that takes its port from there.
fn from_environment(facts: &Facts<'_>, sink: &mut Sink<'_>, api: &Location) {
    let Some(stage) = facts.stages.last() else { return };
    let commands = &facts.start.commands;
    if facts.stages.scope_after(stage.index).env.get("PORT").is_none_or(|port| port != "8080") {
        return;
    }
    let sets_port = |item: &StartCommand| {
        item.command.assignments.iter().any(|(name, _)| name == "PORT")
            || item.command.args().any(|arg| {
                arg.starts_with("PORT=")
                    || matches!(arg, "PORT" | "--port" | "-p")
                    || arg.starts_with("--port=")
            })
    };
    let server = commands.iter().find(|item| {
        let name = item.command.base_name();
        let mut words = item.command.words.iter().filter_map(|word| word.literal.as_deref());
        let first = words.find(|word| !matches!(*word, "exec" | "nohup")).unwrap_or_default();
        let mut args = words;
        !matches!(name, Some("export"))
            && match first {
                "node" => args.next().is_some_and(|file| {
                    [".js", ".mjs", ".cjs"].iter().any(|end| file.ends_with(end))
                }),
                "npm" | "pnpm" | "yarn" | "bun" => {
                    matches!(
                        (args.next(), args.next()),
                        (Some("start"), _) | (Some("run"), Some("start" | "dev"))
                    )
                }
                "next" => matches!(args.next(), Some("start" | "dev")),
                _ => false,
            }
    });
    let Some(server) = server.filter(|_| !commands.iter().any(sets_port)) else { return };
    let pair =
        facts.final_instructions().filter_map(|index| match &facts.instruction(index).kind {
            Kind::Env(pairs) => pairs.iter().rev().find(|pair| pair.name.raw == "PORT"),
            _ => None,
        });
    let Some(pair) = pair.last() else { return };
    sink.report(
        facts.at(pair.span),
        "`PORT` is 8080, the port of `sandbox-api`, and the start runs a server that may take it from there",
        "the second of the two that comes up fails with \"address already in use\"",
    )
    .help("give it another port, such as 3000")
    .related(server.location.clone(), "the server")
    .related(api.clone(), "listens on 8080");
}

/// Whether a command is told to listen on 8080.
fn listens(command: &ShellCommand) -> bool {
    if command
        .assignments
        .iter()
        .any(|(name, value)| name == "PORT" && value.literal.as_deref() == Some("8080"))
    {
        return true;
    }
    let args: Vec<_> = command.args().collect();
    let behind = args.windows(2).any(|pair| {
        matches!(pair[0], "--port" | "-p" | "-port" | "--listen" | "-l" | "--http-port")
            && pair[1] == "8080"
    });
    behind
        || args.iter().any(|arg| {
            matches!(
                *arg,
                "--port=8080"
                    | "--server.port=8080"
                    | "-Dserver.port=8080"
                    | "--listen=8080"
                    | "-p8080"
                    | "0.0.0.0:8080"
                    | ":8080"
                    | "--bind=0.0.0.0:8080"
            )
        })
        || args.windows(3).any(|words| words == ["-m", "http.server", "8080"])
}
