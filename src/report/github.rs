//! GitHub workflow commands.
//!
//! A step shows 10 annotations of each level and drops the rest without a word, so the tenth says
//! how many there are more. Escaping follows the runner's own toolkit: `%`, CR and LF in messages,
//! `:` and `,` in properties too.

use std::io::{self, Write};

use super::{Report, Section, each};
use crate::{
    escape,
    lint::diagnostic::{Finding, Severity},
};

/// Annotations of one level that a step shows.
const SHOWN: usize = 10;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for (severity, command) in
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "notice")]
    {
        let all: Vec<(&Section<'_>, &Finding)> =
            each(report).filter(|(_, finding)| finding.severity == severity).collect();
        let shown = if all.len() > SHOWN { SHOWN - 1 } else { all.len() };
        for (section, finding) in &all[..shown] {
            one(section, finding, command, out)?;
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

fn one(
    section: &Section<'_>,
    finding: &Finding,
    command: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let path = section.path(&finding.location.file);
    write!(out, "::{command} file={}", property(&path))?;
    let mut at = path.clone();
    if let Some(place) = section.place(&finding.location) {
        write!(out, ",line={},endLine={}", place.start.line, place.end.line)?;
        // GitHub ignores columns of an annotation over several lines, and refuses some.
        if place.start.line == place.end.line {
            write!(out, ",col={},endColumn={}", place.start.column, place.end.column)?;
        }
        at = format!("{path}:{}:{}", place.start.line, place.start.column);
    }
    let mut text = format!("{at}: {}\n{}", finding.message, finding.why);
    if let Some(help) = &finding.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    writeln!(
        out,
        ",title={}::{}",
        property(&format!("{} {}", finding.code, finding.name)),
        data(&escape::terminal(&text, true))
    )
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
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
