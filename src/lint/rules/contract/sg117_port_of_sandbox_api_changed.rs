//! sandbox-api is told to listen on another port.

use crate::{
    lint::{
        diagnostic::Severity,
        facts::{Facts, StartCommand},
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::Kind,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG117",
    name: "port-of-sandbox-api-changed",
    family: Family::Contract,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG117.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(api) = facts.start.api() else { return };
    let Some(port) = api.port.as_deref().and_then(|port| port.parse::<u16>().ok()) else { return };
    if port == 8080 || api.placed == Some(false) || api.command || may_forward(facts) {
        return;
    }
    sink.report(
        api.location.clone(),
        format!("`sandbox-api` listens on port {port}, and the platform calls it on 8080"),
        "nothing listens on port 8080: every call to the sandbox ends with a 502 and the deploy may \
         time out",
    )
    .help("take the option away: 8080 is the default");
}

/// Whether something of the project speaks of 8080, and may hand it on.
fn may_forward(facts: &Facts<'_>) -> bool {
    let asks = |item: &StartCommand| {
        matches!(
            item.command.base_name(),
            Some("nc" | "curl" | "wget" | "echo" | "printf" | "sandbox-api")
        )
    };
    let by_command =
        facts.start.commands.iter().any(|item| {
            !asks(item) && item.command.words.iter().any(|word| word.raw.contains("8080"))
        });
    let on_the_way = |path| facts.start.scripts.iter().any(|used| used.file.as_ref() == Some(path));
    let in_file = facts.project.files.iter().any(|(path, source)| {
        !on_the_way(path)
            && path != facts.file.source.path()
            && path.name() != "blaxel.toml"
            && source.text().contains("8080")
    });
    let in_image = facts.file.instructions.iter().any(|instruction| {
        matches!(instruction.kind, Kind::Run(_) | Kind::Copy(_))
            && facts.file.source.slice(instruction.span).contains("8080")
    });
    by_command || in_file || in_image
}
