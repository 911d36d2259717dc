//! One line a finding: `path:line:column: severity[CODE] message`.

use std::io::{self, Write};

use super::{Report, each};
use crate::escape;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for (section, finding) in each(report) {
        let path = section.path(&finding.location.file);
        write!(out, "{}:", escape::terminal(&path, false))?;
        if let Some(place) = section.place(&finding.location) {
            write!(out, "{}:{}:", place.start.line, place.start.column)?;
        }
        let message = escape::terminal(&finding.message, false);
        writeln!(out, " {}[{}] {message}", finding.severity.name(), finding.code)?;
    }
    for one in &report.imported {
        write!(out, "{}:", escape::terminal(&one.path, false))?;
        if let Some(line) = one.line {
            write!(out, "{line}:")?;
        }
        let rule = escape::terminal(&one.rule, false);
        let message = escape::terminal(&one.message, false);
        writeln!(out, " {}[{rule}] {message}", one.severity.name())?;
    }
    Ok(())
}
