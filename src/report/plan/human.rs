//! A table for people.

use crate::{escape, repo::affected::Plan, report::table::Table};

/// The table, what is built first, and the summary.
pub fn human(plan: &Plan) -> String {
    let mut table = Table::new(&["IMAGE", "PATH", "WAVE", "REASON"]);
    let mut rows: Vec<_> = plan.images.iter().collect();
    rows.sort_by_key(|planned| planned.wave.unwrap_or(usize::MAX));
    for planned in rows {
        table.row([
            Some(planned.image.name.clone()),
            Some(planned.image.place()),
            planned.wave.map(|wave| wave.to_string()),
            Some(planned.reason()),
        ]);
    }
    let summary = escape::terminal(&summary(plan), false).into_owned();
    format!("{}\n{summary}\n", table.show("there is no image"))
}

/// How many images are built, and what that rests on, in one line.
pub fn summary(plan: &Plan) -> String {
    let built: usize = plan.waves.iter().map(Vec::len).sum();
    let noun = if plan.images.len() == 1 { "image" } else { "images" };
    let mut out = format!("{built} of {} {noun} to build", plan.images.len());
    if plan.waves.len() > 1 {
        out.push_str(&format!(", in {} waves", plan.waves.len()));
    }
    let base = plan.base.as_ref().map(|base| format!("the working tree was compared with {base}"));
    let records = plan.records.map(|count| {
        format!("with {count} {}", if count == 1 { "earlier build" } else { "earlier builds" })
    });
    match (base, records) {
        (Some(base), Some(records)) => out.push_str(&format!("; {base}, and {records}")),
        (Some(base), None) => out.push_str(&format!("; {base}")),
        (None, Some(records)) => out.push_str(&format!("; the contents were compared {records}")),
        (None, None) => out.push_str("; they were compared with nothing"),
    }
    out
}
