//! Checkstyle XML: findings by file.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{Report, each};
use crate::escape::{self, xml};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"8.0\">")?;
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (section, finding) in each(report) {
        let place = section.place(&finding.location);
        let (line, column) = place.map_or((1, 1), |place| (place.start.line, place.start.column));
        let level = finding.severity.name();
        let text = format!("{}: {}", finding.message, finding.why);
        let text = escape::terminal(&text, false);
        files.entry(section.path(&finding.location.file)).or_default().push(format!(
            "    <error line=\"{line}\" column=\"{column}\" severity=\"{level}\" message=\"{}\" source=\"sandgate.{}\"/>",
            xml(&text),
            finding.code
        ));
    }
    for one in &report.imported {
        let line = one.line.unwrap_or(1);
        let (level, text) = (one.severity.name(), escape::terminal(&one.message, false));
        let source = format!("{}.{}", one.tool, one.rule);
        files.entry(one.path.clone()).or_default().push(format!(
            "    <error line=\"{line}\" column=\"1\" severity=\"{level}\" message=\"{}\" source=\"{}\"/>",
            xml(&text),
            xml(&escape::terminal(&source, false))
        ));
    }
    for (path, lines) in files {
        let path = escape::terminal(&path, false);
        writeln!(out, "  <file name=\"{}\">\n{}\n  </file>", xml(&path), lines.join("\n"))?;
    }
    writeln!(out, "</checkstyle>")
}
