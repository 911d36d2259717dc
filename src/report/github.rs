//! GitHub workflow commands.
//!
//! A step shows 10 annotations of each level and drops the rest without a word, so the tenth says
//! how many there are more. Escaping follows the runner's own toolkit: `%`, CR and LF in messages,
//! `:` and `,` in properties too.

use std::io::{self, Write};

use super::{Report, Section, each};
use crate::{
    escape,
    lint::{
        diagnostic::{Finding, Safety, Severity},
        fix::{self, Choice},
        import::Imported,
    },
};

/// Annotations of one level that a step shows.
const SHOWN: usize = 10;
/// Lines of a fix that an annotation shows.
const LONGEST: usize = 12;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for (severity, command) in
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "notice")]
    {
        let ours = each(report)
            .filter(|(_, finding)| finding.severity == severity)
            .map(|(section, finding)| one(section, finding, command));
        let theirs = report
            .imported
            .iter()
            .filter(|imported| imported.severity == severity)
            .map(|one| imported(one, command));
        let all: Vec<String> = ours.chain(theirs).collect();
        let shown = if all.len() > SHOWN { SHOWN - 1 } else { all.len() };
        for line in &all[..shown] {
            writeln!(out, "{line}")?;
        }
        if all.len() > shown {
            writeln!(
                out,
                "::{command} title=sandgate::and {} more of this level; the log and the other formats list all",
                all.len() - shown
            )?;
        }
    }
    Ok(())
}

fn one(section: &Section<'_>, finding: &Finding, command: &str) -> String {
    let path = section.path(&finding.location.file);
    let mut line = format!("::{command} file={}", property(&path));
    let mut at = path.clone();
    if let Some(place) = section.place(&finding.location) {
        line.push_str(&format!(",line={},endLine={}", place.start.line, place.end.line));
        // GitHub ignores columns of an annotation over several lines, and refuses some.
        if place.start.line == place.end.line {
            line.push_str(&format!(",col={},endColumn={}", place.start.column, place.end.column));
        }
        at = format!("{path}:{}:{}", place.start.line, place.start.column);
    }
    let mut text = format!("{at}: {}\n{}", finding.message, finding.why);
    if let Some(help) = &finding.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    text.push_str(&suggestion(section, finding));
    let title = property(&format!("{} {}", finding.code, finding.name));
    format!("{line},title={title}::{}", data(&escape::terminal(&text, true)))
}

/// The fix as a diff, where it is short: an annotation shows a few lines.
fn suggestion(section: &Section<'_>, finding: &Finding) -> String {
    let Some(fix) = &finding.fix else { return String::new() };
    let changes = fix::plan(
        section.project,
        std::slice::from_ref(finding),
        Choice { unsafe_too: true, only: None },
    );
    let mut diff = Vec::new();
    // Writing to memory cannot fail.
    let _ = super::diff::write(section, &changes, &mut diff);
    let diff = String::from_utf8_lossy(&diff);
    let lines: Vec<&str> = diff.lines().filter(|line| is_change(line)).collect();
    let how = match fix.safety {
        Safety::Safe => "sandgate lint --fix",
        Safety::Unsafe => "sandgate lint --fix --unsafe",
    };
    let mut text = format!("\nfix: `{how}` can {}", fix.title);
    if (1..=LONGEST).contains(&lines.len()) {
        text.push_str(":\n");
        text.push_str(&lines.join("\n"));
    }
    text
}

fn is_change(line: &str) -> bool {
    (line.starts_with('+') || line.starts_with('-'))
        && !line.starts_with("+++")
        && !line.starts_with("---")
}

/// What another scanner found. Its paths may be those of an image, which GitHub shows nowhere: the
/// message has them too.
fn imported(one: &Imported, command: &str) -> String {
    let mut line = format!("::{command} file={}", property(&one.path));
    if let Some(number) = one.line {
        line.push_str(&format!(",line={number}"));
    }
    let mut text = format!("{}: {}", one.path, one.message);
    if let Some(help) = &one.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    let title = property(&format!("{} {}", one.tool, one.rule));
    format!("{line},title={title}::{}", data(&escape::terminal(&text, true)))
}

/// A remark beside the run.
pub(super) fn notice(text: &str) -> String {
    format!("::notice title=sandgate::{}", data(&escape::terminal(text, true)))
}

/// A warning beside the run.
pub(super) fn warning(text: &str) -> String {
    format!("::warning title=sandgate::{}", data(&escape::terminal(text, true)))
}

/// What fails the run, beside it or at a line.
pub(super) fn failure(at: Option<(&str, usize)>, text: &str) -> String {
    let place = at.map(|(file, line)| format!("file={},line={line},", property(file)));
    let text = data(&escape::terminal(text, true));
    format!("::error {}title=sandgate::{text}", place.unwrap_or_default())
}

/// What is shown nowhere from here on.
pub(super) fn mask(secret: &str) -> String {
    format!("::add-mask::{}", data(secret))
}

fn data(text: &str) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    // The other form of commands, which is looked for anywhere in a line.
    escape::unobeyed(&text, "#\\")
}

fn property(text: &str) -> String {
    data(&escape::terminal(text, true)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn nothing_from_outside_ends_a_command() {
        assert_eq!(data("a%\r\n::error::b"), "a%25%0D%0A::error::b");
        assert_eq!(property("a,b:c\n"), "a%2Cb%3Ac%0A");
    }
}
