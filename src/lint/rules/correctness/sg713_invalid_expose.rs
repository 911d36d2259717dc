//! An EXPOSE that names no port.

use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::Kind,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG713",
    name: "invalid-expose",
    family: Family::Correctness,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG713.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for (index, instruction) in facts.file.instructions.iter().enumerate() {
        let Kind::Expose(words) = &instruction.kind else { continue };
        for word in words {
            let expanded = facts.stages.scope_at(index).expand(word, facts.file.escape);
            let Some(text) = expanded.known() else { continue };
            let Some((problem, severity)) = problem(text) else { continue };
            sink.report(
                facts.at(word.span),
                format!("`{text}` {problem}"),
                if severity == Severity::Error {
                    "the build stops at this instruction"
                } else {
                    "an image cannot say on which address or port of the host it is reached: builders ignore that part today and announce to refuse it"
                },
            )
            .severity(severity)
            .help("write a port (`3000`), with a protocol (`3000/udp`), or a range (`8000-8010`)");
        }
    }
}

fn problem(text: &str) -> Option<(&'static str, Severity)> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let lower = protocol.to_ascii_lowercase();
    if !matches!(lower.as_str(), "tcp" | "udp" | "sctp") {
        return Some(("has a protocol that is not tcp, udp or sctp", Severity::Error));
    }
    let (container, published) = match ports.rsplit_once(':') {
        Some((_, container)) => (container, true),
        None => (ports, false),
    };
    let number =
        |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let (from, to) = container.split_once('-').unwrap_or((container, container));
    let (Some(from), Some(to)) = (number(from), number(to)) else {
        return Some(("is no port", Severity::Error));
    };
    if from > 65535 || to > 65535 {
        return Some(("is above 65535, the last port", Severity::Error));
    }
    if from > to {
        return Some(("is a range that ends before it starts", Severity::Error));
    }
    published.then_some(("names an address or port of the host", Severity::Warning))
}
