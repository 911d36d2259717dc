//! What a promotion did, and what one would expose.

use std::fmt::Write as _;

use serde::Serialize;

use super::{super::table::Table, Form, lines};
use crate::{
    escape,
    record::promotion::{Action, Promotion, State, Target},
    ship::promote::{Audited, Exposure, Standing},
};

/// A promotion: its record as JSON, or what became of each target.
pub fn promotion(form: Form, record: &Promotion) -> String {
    if form.json {
        return record.to_json();
    }
    let mut table = Table::new(&["TARGET", "SHARE", "TAG SEEN", "NOTE"]);
    for target in &record.targets {
        let seen = match (target.verified, target.state) {
            (Some(true), _) => Some("yes"),
            (Some(false), _) => Some("no"),
            (None, State::Shared | State::Already) => Some("not verified"),
            _ => None,
        };
        table.row([
            Some(named(target)),
            Some(state(target.state).to_owned()),
            seen.map(str::to_owned),
            note(target),
        ]);
    }
    if record.targets.is_empty() {
        return String::new();
    }
    let mut out = table.show("");
    let pins = record
        .targets
        .iter()
        .any(|target| matches!(target.state, State::Shared | State::Already | State::Waiting));
    if record.action != Action::Undo && pins {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "\nuse       {}", escape::terminal(&record.reference(), false));
        if let Some(previous) = &record.previous {
            let _ = writeln!(
                out,
                "before    {}",
                escape::terminal(&format!("{}:{previous}", record.image), false)
            );
        }
    }
    out
}

fn named(target: &Target) -> String {
    match &target.account {
        Some(account) => format!("{account}/{}", target.workspace),
        None => target.workspace.clone(),
    }
}

fn state(state: State) -> &'static str {
    match state {
        State::Shared => "shared",
        State::Already => "was shared",
        State::Waiting => "waits for approval",
        State::Unshared => "ended",
        State::Refused => "kept",
        State::Failed => "failed",
    }
}

fn note(target: &Target) -> Option<String> {
    let until = target.expires.as_ref().map(|at| format!("until {at}"));
    let id = target.pending.as_ref().map(|id| format!("share {id}"));
    let parts: Vec<String> = [target.why.clone(), id, until].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What promoting would expose.
pub fn exposures(form: Form, reference: &str, tags: usize, exposures: &[Exposure]) -> String {
    #[derive(Serialize)]
    struct Row<'a> {
        workspace: &'a str,
        account: Option<&'a str>,
        share: &'static str,
        sandboxes: Option<&'a [String]>,
    }
    #[derive(Serialize)]
    struct Data<'a> {
        reference: &'a str,
        tags_exposed: usize,
        targets: Vec<Row<'a>>,
    }
    let share = |exposure: &Exposure| match &exposure.share {
        None => "none",
        Some(share) if share.is_pending() => "pending",
        Some(_) => "active",
    };
    let rows = exposures.iter().map(|exposure| Row {
        workspace: exposure.target.workspace.as_str(),
        account: exposure.target.account.as_deref(),
        share: share(exposure),
        sandboxes: exposure.users.as_deref(),
    });
    let data = Data { reference, tags_exposed: tags, targets: rows.collect() };
    form.write(data, || {
        let mut table = Table::new(&["TARGET", "SHARE NOW", "PROMOTING", "SANDBOXES THERE"]);
        for exposure in exposures {
            let (now, does) = match share(exposure) {
                "none" => ("none", format!("exposes all {tags} tags, and later ones")),
                "pending" => {
                    ("waits for approval", "changes nothing until it is approved".to_owned())
                }
                _ => ("active", "changes nothing: every tag is seen there".to_owned()),
            };
            table.row([
                Some(exposure.target.to_string()),
                Some(now.to_owned()),
                Some(does),
                exposure.users.as_ref().map(|users| users.join(", ")),
            ]);
        }
        let pinned = lines(&[("use", Some(reference.to_owned()))]);
        format!("{}\n{pinned}", table.show("there is no target"))
    })
}

/// What is shared where, against what is declared.
pub fn audited(form: Form, rows: &[Audited]) -> String {
    #[derive(Serialize)]
    struct Row<'a> {
        image: String,
        workspace: Option<&'a str>,
        standing: &'static str,
        detail: Option<&'a str>,
    }
    #[derive(Serialize)]
    struct Data<'a> {
        shares: Vec<Row<'a>>,
    }
    let all = rows.iter().map(|row| Row {
        image: row.image.to_string(),
        workspace: row.workspace.as_deref(),
        standing: match row.standing {
            Standing::Kept => "kept",
            Standing::Waiting => "waiting",
            Standing::Missing => "missing",
            Standing::Undeclared => "undeclared",
            Standing::NoImage => "no-image",
            Standing::Unreadable => "unreadable",
        },
        detail: row.detail.as_deref(),
    });
    form.write(Data { shares: all.collect() }, || {
        let mut table = Table::new(&["IMAGE", "WORKSPACE", "STANDING", "NOTE"]);
        for row in rows {
            let standing = match row.standing {
                Standing::Kept => "as declared",
                Standing::Waiting => "declared, waits for approval",
                Standing::Missing => "declared, not shared",
                Standing::Undeclared => "shared, not declared",
                Standing::NoImage => "declared, no such image",
                Standing::Unreadable => "cannot be read",
            };
            table.row([
                Some(row.image.to_string()),
                row.workspace.clone(),
                Some(standing.to_owned()),
                row.detail.clone(),
            ]);
        }
        table.show("nothing is shared, and nothing is declared")
    })
}
