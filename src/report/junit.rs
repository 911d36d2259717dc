//! JUnit XML: a suite for each project, a failed case for each error and warning. Advice is a case
//! that passes, with its text; a project without findings is one case that passes.

use std::io::{self, Write};

use super::{Report, Section};
use crate::{
    escape::{self, xml},
    lint::{
        diagnostic::{Finding, Severity},
        import::Imported,
    },
};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let failures = |section: &Section<'_>| {
        let fails = |finding: &&Finding| finding.severity > Severity::Info;
        section.outcome.findings.iter().filter(fails).count()
    };
    let cases = |section: &Section<'_>| section.outcome.findings.len().max(1);
    writeln!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"sandgate\" tests=\"{}\" failures=\"{}\">",
        report.sections.iter().map(cases).sum::<usize>() + report.imported.len(),
        report.sections.iter().map(failures).sum::<usize>() + failed(&report.imported),
    )?;
    for section in &report.sections {
        let root = if section.root.is_empty() { "." } else { &section.root };
        let root = escape::terminal(root, false);
        writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">",
            xml(&root),
            cases(section),
            failures(section)
        )?;
        for finding in &section.outcome.findings {
            one(section, finding, out)?;
        }
        if section.outcome.findings.is_empty() {
            writeln!(out, "    <testcase name=\"lint\" classname=\"{}\"/>", xml(&root))?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    if !report.imported.is_empty() {
        writeln!(
            out,
            "  <testsuite name=\"other scanners\" tests=\"{}\" failures=\"{}\">",
            report.imported.len(),
            failed(&report.imported)
        )?;
        for one in &report.imported {
            imported(one, out)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn failed(imported: &[Imported]) -> usize {
    imported.iter().filter(|one| one.severity > Severity::Info).count()
}

fn imported(one: &Imported, out: &mut dyn Write) -> io::Result<()> {
    let name = format!("{} {}", one.tool, one.rule);
    let (name, path) = (escape::terminal(&name, false), escape::terminal(&one.path, false));
    let message = escape::terminal(&one.message, false);
    writeln!(out, "    <testcase name=\"{}\" classname=\"{}\">", xml(&name), xml(&path))?;
    let help = escape::terminal(one.help.as_deref().unwrap_or_default(), false);
    if one.severity == Severity::Info {
        writeln!(out, "      <system-out>{}\n{}</system-out>", xml(&message), xml(&help))?;
    } else {
        writeln!(
            out,
            "      <failure type=\"{}\" message=\"{}\">{}</failure>",
            one.severity.name(),
            xml(&message),
            xml(&help)
        )?;
    }
    writeln!(out, "    </testcase>")
}

fn one(section: &Section<'_>, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let path = section.path(&finding.location.file);
    let path = escape::terminal(&path, false);
    let line = section.place(&finding.location).map(|place| place.start.line);
    let at = line.map_or_else(|| path.clone().into_owned(), |line| format!("{path}:{line}"));
    let message = escape::terminal(&finding.message, false);
    let mut text = format!("{at}: {}", escape::terminal(&finding.why, false));
    if let Some(help) = &finding.help {
        text.push_str("\nhelp: ");
        text.push_str(&escape::terminal(help, true));
    }
    let line = line.map_or_else(String::new, |line| format!(" line=\"{line}\""));
    writeln!(
        out,
        "    <testcase name=\"{} {}\" classname=\"{}\" file=\"{}\"{line}>",
        finding.code,
        finding.name,
        xml(&at),
        xml(&path),
    )?;
    if finding.severity == Severity::Info {
        writeln!(out, "      <system-out>{}\n{}</system-out>", xml(&message), xml(&text))?;
    } else {
        writeln!(
            out,
            "      <failure type=\"{}\" message=\"{}\">{}</failure>",
            finding.severity.name(),
            xml(&message),
            xml(&text)
        )?;
    }
    writeln!(out, "    </testcase>")
}
