//! Checkstyle XML: findings by file.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{Report, each};
use crate::{
    escape::{self, xml},
    lint::diagnostic::Severity,
};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"8.0\">")?;
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (section, finding) in each(report) {
        let place = section.place(&finding.location);
        let (line, column) = place.map_or((1, 1), |place| (place.start.line, place.start.column));
        let level = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        let text = format!("{}: {}", finding.message, finding.why);
        let text = escape::terminal(&text, false);
        files.entry(section.path(&finding.location.file)).or_default().push(format!(
            "    <error line=\"{line}\" column=\"{column}\" severity=\"{level}\" message=\"{}\" source=\"sandgate.{}\"/>",
            xml(&text),
            finding.code
        ));
    }
    for (path, lines) in files {
        let path = escape::terminal(&path, false);
        writeln!(out, "  <file name=\"{}\">\n{}\n  </file>", xml(&path), lines.join("\n"))?;
    }
    writeln!(out, "</checkstyle>")
}
