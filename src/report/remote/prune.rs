//! What a prune keeps and removes, and why.

use serde::Serialize;

use super::{super::table::Table, Form, at, bytes, size};
use crate::ship::blaxel::prune::{Fate, Row};

#[derive(Serialize)]
struct RowV1<'a> {
    tag: &'a str,
    remove: bool,
    why: String,
    bytes: Option<u64>,
    created: Option<String>,
}

fn why(fate: &Fate) -> String {
    match fate {
        Fate::Newest => "among the newest".to_owned(),
        Fate::Used(users) => format!("used by {}", users.join(", ")),
        Fate::Moving => "names no build of its own".to_owned(),
        Fate::Undated => "its age is not known".to_owned(),
        Fate::Remove => "older, and not used".to_owned(),
    }
}

/// The plan for an image, newest tag first; `dry` says that nothing follows.
pub fn prune(form: Form, image: &str, rows: &[Row], dry: bool) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        image: &'a str,
        dry_run: bool,
        tags: Vec<RowV1<'a>>,
    }
    let all = rows.iter().map(|row| RowV1 {
        tag: &row.tag.name,
        remove: row.fate == Fate::Remove,
        why: why(&row.fate),
        bytes: row.tag.size,
        created: at(row.tag.created),
    });
    form.write(Data { image, dry_run: dry, tags: all.collect() }, || {
        let mut table = Table::new(&["TAG", "", "WHY", ">SIZE", "CREATED"]);
        for row in rows {
            let verdict = if row.fate == Fate::Remove { "remove" } else { "keep" };
            table.row([
                Some(row.tag.name.clone()),
                Some(verdict.to_owned()),
                Some(why(&row.fate)),
                size(row.tag.size),
                at(row.tag.created),
            ]);
        }
        table.show(&format!("`{image}` has no tag yet"))
    })
}

/// `3 tags, 120 MB`: what is removed. The platform may store less, where builds share layers.
pub fn pruned(rows: &[Row]) -> String {
    let removed = || rows.iter().filter(|row| row.fate == Fate::Remove);
    let count = removed().count();
    let total: u64 = removed().filter_map(|row| row.tag.size).sum();
    format!("{count} tag{}, {}", if count == 1 { "" } else { "s" }, bytes(total))
}
