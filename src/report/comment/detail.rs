//! What belongs to the table: failures open, the rest folded, less of it where there is no room.

use std::collections::BTreeSet;

use super::{Line, Page, Promotion, Standing, Whole, brief::Brief, state::State};
use crate::{
    escape::{self, code, markdown},
    record::leg::Leg,
};

/// The sections that there is something to say in. What the state has not kept at this level is not told.
pub(super) fn sections(whole: &Whole<'_>, page: &Page, level: usize) -> Vec<String> {
    let brief = Brief::of(level);
    let mut out = promoted(whole, page, brief.promotions);
    out.extend(failures(whole, page));
    out.extend(findings(whole, page));
    if brief.merging {
        out.extend(merging(whole));
    }
    out.extend(past(whole.state, page));
    if level > 0 {
        out.push("_Not everything fits here: the summary of each job has it all._\n".to_owned());
    }
    out
}

/// What became of promotions, and of what a closed pull request left.
fn promoted(whole: &Whole<'_>, page: &Page, most: usize) -> Vec<String> {
    let mut all: Vec<&Promotion> = whole.promotions.iter().collect();
    // What is bad is seen even where not all is.
    all.sort_by_key(|one| one.standing != Standing::Bad);
    let mut out: Vec<String> = all.iter().take(most).map(|one| one.line(&page.links)).collect();
    if all.len() > most {
        let more = all.len() - most;
        out.push(format!("… and {more} more promotions: see the summary of each job.\n"));
    }
    // What is the same for many is told once.
    let help: BTreeSet<&String> =
        all.iter().take(most).filter_map(|one| one.help.as_ref()).collect();
    out.extend(help.into_iter().map(|help| format!("**What to do:** {}\n", markdown(help))));
    let mut removed = whole.lines.iter().filter(|line| line.is_removed()).peekable();
    if removed.peek().is_some() {
        let bad = removed.any(|line| line.cells.standing == Standing::Bad);
        if bad {
            let text =
                "❌ Not everything that the pull request left could be removed: see the log.\n";
            out.push(text.to_owned());
        } else if whole.lines.iter().all(Line::is_over) {
            out.push("🧹 The previews of this pull request are removed.\n".to_owned());
        }
    }
    out
}

fn failures(whole: &Whole<'_>, page: &Page) -> Vec<String> {
    let bad = whole.lines.iter().filter(|line| line.cells.standing == Standing::Bad);
    let with = bad.filter_map(|line| {
        let leg = line.leg?;
        Some((whole.title(line), leg, leg.failure.as_ref()?))
    });
    let (told, left): (Vec<_>, Vec<_>) = with.partition(|(_, _, failure)| failure.is_told());
    let mut out: Vec<String> = told
        .into_iter()
        .map(|(title, leg, failure)| {
            let what =
                failure.step.as_ref().map_or_else(|| markdown(&failure.cause), |step| code(step));
            let run = leg.run.url.as_ref().and_then(|url| page.links.page("log", url));
            let mut out = format!("<details open><summary><b>{title}</b>: {what}</summary>\n\n");
            if failure.step.is_some() {
                out.push_str(&format!("{}\n\n", markdown(&failure.cause)));
            }
            if let Some(line) = failure.line {
                let file = leg.dockerfile();
                out.push_str(&page.links.file(leg.commit.as_deref(), &file, Some(line)));
                out.push_str("\n\n");
            }
            if let Some(help) = &failure.help {
                out.push_str(&format!("**What to do:** {}\n\n", markdown(help)));
            }
            out.push_str(&log(&failure.log_tail));
            if let Some(run) = run {
                out.push_str(&format!("{run}\n\n"));
            }
            out.push_str("</details>\n");
            out
        })
        .collect();
    match left.len() {
        0 => (),
        1 => out.push("… and 1 more failure: see the summary of its job.\n".to_owned()),
        more => out.push(format!("… and {more} more failures: see the summary of each job.\n")),
    }
    out
}

/// The last lines of a log, as text alone.
fn log(lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let text: Vec<String> =
        lines.iter().map(|line| escape::terminal(line, false).into_owned()).collect();
    let text = text.join("\n");
    let fence = super::super::markdown::fence(&text);
    format!("{fence}text\n{text}\n{fence}\n\n")
}

fn findings(whole: &Whole<'_>, page: &Page) -> Option<String> {
    let legs = || whole.lines.iter().filter_map(|line| line.leg);
    let all: usize = legs().map(|leg| leg.lint.errors + leg.lint.warnings + leg.lint.infos).sum();
    let added: Vec<&String> = legs().flat_map(|leg| &leg.lint.added).collect();
    let shown: Vec<(&Leg, &crate::record::leg::Finding)> = legs()
        .flat_map(|leg| leg.lint.findings.iter().map(move |finding| (leg, finding)))
        .collect();
    if shown.is_empty() && added.is_empty() {
        return None;
    }
    let words = if all == 1 { "1 finding".to_owned() } else { format!("{all} findings") };
    let mut out = format!("<details><summary>Lint: {words}</summary>\n\n");
    if !shown.is_empty() {
        out.push_str("| Where | Rule | Finding | What to do |\n|:--|:--|:--|:--|\n");
    }
    for (leg, finding) in &shown {
        let icon = match finding.severity.as_str() {
            "error" => "❌",
            "warning" => "⚠️",
            _ => "ℹ️",
        };
        let fix = if finding.fixable { "<code>sandgate lint --fix</code>" } else { "" };
        let help = finding.help.as_ref().map(|help| markdown(help)).unwrap_or_default();
        let between = if help.is_empty() || fix.is_empty() { "" } else { " · " };
        out.push_str(&format!(
            "| {} | {icon} {} | {} | {help}{between}{fix} |\n",
            page.links.file(leg.commit.as_deref(), &finding.path, finding.line),
            code(&finding.code),
            markdown(&finding.message),
        ));
    }
    if all > shown.len() {
        out.push_str(&format!(
            "\n… and {} more: see the summary of each job.\n",
            all - shown.len()
        ));
    }
    for one in &added {
        out.push_str(&format!("\nNew in this change: {}\n", markdown(one)));
    }
    out.push_str("\n</details>\n");
    Some(out)
}

fn merging(whole: &Whole<'_>) -> Option<String> {
    let lines = || whole.lines.iter().filter_map(|line| Some((line, line.leg?)));
    if lines().all(|(_, leg)| leg.merging.is_empty()) {
        return None;
    }
    let mut out = String::from(
        "<details><summary>What merging does</summary>\n\n| Image | Workspace | Promoted now | After merging |\n|:--|:--|:--|:--|\n",
    );
    for (line, leg) in lines() {
        for one in &leg.merging {
            let after = match one.share.as_str() {
                "active" => {
                    "shared already: it sees the build of the merge as soon as it is pushed"
                }
                "unasked" => "shared with it, where it is not yet (a rehearsal does not ask)",
                "refused" => {
                    "shared with it, and protected: the build of the merge is refused, and nothing changes"
                }
                "pending" => "its share still waits for an approval",
                "none" => {
                    "shared for the first time: it sees every tag of the image, and needs an admin's key"
                }
                _ => "nobody could read how it is shared",
            };
            let now = one.now.as_ref().map_or_else(|| "–".to_owned(), |tag| code(tag));
            out.push_str(&format!(
                "| {} | {} | {now} | {after} |\n",
                whole.title(line),
                code(&one.workspace)
            ));
        }
    }
    out.push_str("\n</details>\n");
    Some(out)
}

fn past(state: &State, page: &Page) -> Option<String> {
    if state.past.is_empty() {
        return None;
    }
    let one = |past: &super::state::Past| {
        let icon = if past.bad > 0 { "❌" } else { "✅" };
        format!(
            "{} {icon} {}/{}",
            page.links.commit(&past.commit),
            past.all.saturating_sub(past.bad),
            past.all
        )
    };
    let all: Vec<String> = state.past.iter().map(one).collect();
    Some(format!(
        "<details><summary>Earlier commits ({})</summary>\n\n{}\n\n</details>\n",
        all.len(),
        all.join(" · ")
    ))
}

/// Which run it was, and by which version.
pub(super) fn footer(state: &State, page: &Page) -> String {
    let legs = state.legs.iter().map(|leg| (&leg.run, &leg.finished));
    let idle = state.idle.iter().map(|idle| (&idle.run, &idle.finished));
    let newest = legs.chain(idle).max_by_key(|(run, finished)| (run.id, run.attempt, *finished));
    let mut parts = Vec::new();
    if let Some((run, finished)) = newest {
        if let Some(link) = run.url.as_ref().and_then(|url| page.links.page("Run", url)) {
            let attempt = run.attempt;
            parts.push(if attempt > 1 { format!("{link}, attempt {attempt}") } else { link });
        }
        if let Some(minute) = finished.get(..16) {
            parts.push(format!("{} UTC", markdown(&minute.replace('T', " "))));
        }
    }
    parts.push(format!("sandgate {}", env!("CARGO_PKG_VERSION")));
    format!("<sub>{}</sub>\n", parts.join(" · "))
}
