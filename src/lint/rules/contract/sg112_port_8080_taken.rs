//! Something else listens on the port of sandbox-api.

use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::script::ShellCommand,
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
