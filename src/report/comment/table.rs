//! The verdict, and the table with a line for each image.

use std::collections::BTreeSet;

use super::{Line, Page, Promotion, Standing, Whole, brief::Brief};
use crate::{
    escape::{code, markdown},
    record::leg::{Leg, Merging},
    report::context::bytes,
};

/// The verdict, in one line.
pub(super) fn heading(whole: &Whole<'_>) -> String {
    let (icon, words) = verdict(whole, code);
    format!("### {icon} Sandbox images: {words}\n")
}

/// The verdict as a sign and in words, with names as they are to be shown.
pub(super) fn verdict(whole: &Whole<'_>, shown: fn(&str) -> String) -> (&'static str, String) {
    // An image may have a line of its check, and one for each workspace.
    let count = |is: &dyn Fn(&Line<'_>) -> bool| {
        let lines = whole.lines.iter().filter(|line| is(line));
        lines.map(|line| line.name.image.as_str()).collect::<BTreeSet<_>>().len()
    };
    let bad = count(&|line| line.cells.standing == Standing::Bad && !line.is_cancelled());
    let cancelled = count(&|line| line.is_cancelled());
    let open = count(&|line| line.cells.standing == Standing::Open);
    let all = count(&|_| true);
    let of = |count: usize| format!("{count} of {all}");
    let promotions = &whole.promotions;
    let targets = |standing| {
        let with = promotions.iter().filter(|one| one.standing == standing);
        let names: BTreeSet<&str> = with.map(Promotion::workspace).collect();
        let names: Vec<String> =
            names.into_iter().filter(|name| !name.is_empty()).map(shown).collect();
        names.join(", ")
    };
    let unpromoted = promotions.iter().any(|one| one.standing == Standing::Bad);
    let waits = promotions.iter().any(|one| one.standing == Standing::Open);
    let (icon, mut words) = match () {
        () if bad > 0 && cancelled > 0 => {
            ("❌", format!("{} failed, {cancelled} cancelled", of(bad)))
        }
        () if bad > 0 => ("❌", format!("{} failed", of(bad))),
        () if unpromoted => (
            "❌",
            match targets(Standing::Bad).as_str() {
                "" => "not promoted".to_owned(),
                names => format!("not promoted to {names}"),
            },
        ),
        () if cancelled > 0 => ("🚫", format!("{} cancelled", of(cancelled))),
        () if open > 0 => ("⏳", format!("{} not decided yet", of(open))),
        () if waits => ("⏳", "waits for approval".to_owned()),
        () if promotions.is_empty()
            && whole.state.idle.is_some()
            && whole.lines.iter().all(Line::is_check) =>
        {
            ("✅", "no image is affected".to_owned())
        }
        () if promotions.is_empty() && all == 0 => ("✅", "nothing to tell".to_owned()),
        () if promotions.is_empty()
            && whole.lines.iter().any(Line::is_removed)
            && whole.lines.iter().all(Line::is_over) =>
        {
            ("🧹", "removed".to_owned())
        }
        () if all == 0 => ("✅", "promoted".to_owned()),
        () if all == 1 => ("✅", "1 is fine".to_owned()),
        () => ("✅", format!("all {all} are fine")),
    };
    let promoted = targets(Standing::Good);
    if promoted.is_empty() {
        words.push_str(&merging(whole, shown));
    } else {
        words.push_str(&format!(" · promoted to {promoted}"));
    }
    (icon, words)
}

/// What merging does, in a few words.
fn merging(whole: &Whole<'_>, shown: fn(&str) -> String) -> String {
    let mut out = String::new();
    for (is_refused, does) in
        [(false, "merging exposes"), (true, "the build of the merge is refused for")]
    {
        let told = |one: &&Merging| (one.share == "refused") == is_refused;
        let legs = whole.lines.iter().filter_map(|line| line.leg);
        let legs: Vec<&Leg> = legs.filter(|leg| leg.merging.iter().any(|one| told(&one))).collect();
        let names = legs.iter().flat_map(|leg| leg.merging.iter().filter(told));
        let names: BTreeSet<&str> = names.map(|one| one.workspace.as_str()).collect();
        if names.is_empty() {
            continue;
        }
        let images: BTreeSet<&str> = legs.iter().map(|leg| leg.image.as_str()).collect();
        let what = match images.len() {
            1 => "1 image".to_owned(),
            count => format!("{count} images"),
        };
        let to = if is_refused { "shared with" } else { "to" };
        let names: Vec<String> = names.into_iter().map(shown).collect();
        out.push_str(&format!(" · {does} {what} {to} {}", names.join(", ")));
    }
    out
}

/// The table.
pub(super) fn write(whole: &Whole<'_>, page: &Page, brief: Brief) -> String {
    let most = brief.images;
    let mut out = String::from(
        "| Image | Status | Image ID | Lint | Size · time | Commit |\n|:--|:--|:--|:--|--:|:--|\n",
    );
    // What failed is seen even where not all are.
    let (bad, rest): (Vec<&Line<'_>>, Vec<&Line<'_>>) =
        whole.lines.iter().partition(|line| line.cells.standing == Standing::Bad);
    let all: Vec<&Line<'_>> = if whole.lines.len() > most {
        bad.into_iter().chain(rest).collect()
    } else {
        whole.lines.iter().collect()
    };
    for line in all.iter().take(most) {
        let title = whole.title(line);
        out.push_str(&if brief.links {
            row(line, &title, Some(page))
        } else {
            row(line, &title, None)
        });
    }
    if all.len() > most {
        let more = all.len() - most;
        out.push_str(&format!("\n… and {more} more images: see the summary of each job.\n"));
    }
    out
}

/// A line of the table; without a page it has no links.
fn row(line: &Line<'_>, title: &str, page: Option<&Page>) -> String {
    let cells = &line.cells;
    let leg = line.leg;
    let commit = match line.row {
        Some(row) => Some(row.sha.as_str()),
        None => leg.and_then(|leg| leg.commit.as_deref()),
    };
    let path = leg.map_or("", |leg| leg.path.as_str());
    let mut image = title.to_owned();
    if let (Some(page), false) = (page, matches!(path, "" | ".")) {
        let path = page.links.file(commit, path, None);
        if let Some((_, target)) = path.strip_prefix('[').and_then(|rest| rest.split_once("](")) {
            image = format!("[{title}]({target}");
        }
    }
    let mut status = format!("{} {}", cells.icon, markdown(&cells.status));
    let url = leg.and_then(|leg| leg.preview_url.as_ref().or(leg.url.as_ref()));
    let open = page.and_then(|page| page.links.page("open", url?));
    let more = page.and_then(|page| page.links.more(line.row?.url.as_ref()?));
    for link in [open, more].into_iter().flatten() {
        status.push_str(&format!(" · {link}"));
    }
    let dash = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    let reference = if cells.reference.is_empty() { String::new() } else { code(&cells.reference) };
    let size = leg.and_then(|leg| leg.bytes).map(bytes);
    let took = (!cells.took.is_empty()).then(|| markdown(&cells.took));
    let parts: Vec<String> = size.into_iter().chain(took).collect();
    format!(
        "| {image} | {status} | {} | {} | {} | {} |\n",
        dash(reference),
        dash(markdown(&cells.lint)),
        dash(parts.join(" · ")),
        dash(page.zip(commit).map(|(page, commit)| page.links.commit(commit)).unwrap_or_default()),
    )
}
