//! Markdown, for job summaries and comments: a table, and the details folded.
//!
//! Names and texts come from the project: nothing of them is read as Markdown, HTML, a mention or a
//! link.

use std::io::{self, Write};

use super::{Counts, Report, Section, diff};
use crate::{
    escape::{code, markdown},
    lint::{
        diagnostic::{Finding, Safety, Severity},
        fix::{self, Choice},
        import::Imported,
    },
};

/// What a summary can hold is limited; what goes beyond is counted.
const MOST: usize = 200;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let counts = Counts::of_report(report);
    let mark = match () {
        () if counts.errors > 0 => "❌",
        () if counts.warnings > 0 => "⚠️",
        () => "✅",
    };
    writeln!(out, "### {mark} sandgate: {}\n", counts.words())?;
    let mut left = MOST;
    for section in &report.sections {
        let findings = &section.outcome.findings;
        if findings.is_empty() {
            continue;
        }
        if report.sections.len() > 1 {
            let root = if section.root.is_empty() { "." } else { &section.root };
            writeln!(out, "#### {}\n", code(root))?;
        }
        let shown = &findings[..findings.len().min(left)];
        left -= shown.len();
        table(section, shown, out)?;
        for finding in shown {
            details(section, finding, out)?;
        }
        if shown.len() < findings.len() {
            writeln!(out, "… and {} more findings.\n", findings.len() - shown.len())?;
        }
    }
    imported(&report.imported, left, out)?;
    if counts.suppressed > 0 {
        writeln!(out, "{} suppressed by comments.", counts.suppressed)?;
    }
    if counts.accepted > 0 {
        writeln!(out, "{} accepted by the baseline.", counts.accepted)?;
    }
    Ok(())
}

fn table(section: &Section<'_>, findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "| | Rule | Where | What |\n| --- | --- | --- | --- |")?;
    for finding in findings {
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            icon(finding.severity),
            finding.code,
            code(&at(section, finding)),
            markdown(&finding.message)
        )?;
    }
    writeln!(out)
}

fn imported(all: &[Imported], left: usize, out: &mut dyn Write) -> io::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "#### Other scanners\n\n| | Rule | Where | What |\n| --- | --- | --- | --- |")?;
    for one in all.iter().take(left) {
        let at = one.line.map_or_else(|| one.path.clone(), |line| format!("{}:{line}", one.path));
        let rule = format!("{} {}", one.tool, one.rule);
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            icon(one.severity),
            markdown(&rule),
            code(&at),
            markdown(&one.message)
        )?;
    }
    writeln!(out)?;
    if all.len() > left {
        writeln!(out, "… and {} more findings.\n", all.len() - left)?;
    }
    Ok(())
}

fn details(section: &Section<'_>, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<details><summary>{} {}: {}</summary>\n",
        finding.code,
        finding.name,
        code(&at(section, finding))
    )?;
    writeln!(out, "**Why:** {}\n", markdown(&finding.why))?;
    if let Some(help) = &finding.help {
        writeln!(out, "**Help:** {}\n", markdown(help))?;
    }
    if let Some(fix) = &finding.fix {
        let how = match fix.safety {
            Safety::Safe => "sandgate lint --fix",
            Safety::Unsafe => "sandgate lint --fix --unsafe",
        };
        let changes = fix::plan(
            section.project,
            std::slice::from_ref(finding),
            Choice { unsafe_too: true, only: None },
        );
        let mut text = Vec::new();
        diff::write(section, &changes, &mut text)?;
        let text = String::from_utf8_lossy(&text);
        let fence = fence(&text);
        writeln!(
            out,
            "`{how}` can {}:\n\n{fence}diff\n{}\n{fence}\n",
            markdown(&fix.title),
            text.trim_end()
        )?;
    }
    writeln!(out, "</details>\n")
}

fn at(section: &Section<'_>, finding: &Finding) -> String {
    let path = section.path(&finding.location.file);
    match section.place(&finding.location) {
        Some(place) => format!("{path}:{}", place.start.line),
        None => path,
    }
}

fn icon(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "❌ error",
        Severity::Warning => "⚠️ warning",
        Severity::Info => "ℹ️ info",
    }
}

/// Longer than any row of backquotes in the text, so that none ends the block.
pub(super) fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}
