//! Which tags of an image go when only some are kept. Pure: it decides, and deletes nothing.

use super::wire::Tag;

/// What becomes of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Kept: it is among the newest.
    Newest,
    /// Kept: these sandboxes use it.
    Used(Vec<String>),
    /// Kept: it moves with the builds, as `latest` does.
    Moving,
    /// Kept: nobody says how old it is.
    Undated,
    /// Removed.
    Remove,
}

/// A tag and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The tag.
    pub tag: Tag,
    /// What becomes of it.
    pub fate: Fate,
}

/// Judges the tags of one image, newest first. `used` are the tags that sandboxes name, with the sandbox. `keep` counts
/// the newest tags that name a build, used or not, and is at least one.
pub fn plan(tags: &[Tag], used: &[(String, String)], keep: usize) -> Vec<Row> {
    let mut tags = tags.to_vec();
    tags.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.name.cmp(&b.name)));
    let mut left = keep.max(1);
    let judge = |tag: Tag| {
        let users: Vec<String> = used
            .iter()
            .filter(|(name, _)| *name == tag.name)
            .map(|(_, sandbox)| sandbox.clone())
            .collect();
        let fate = if !tag.is_fixed() {
            Fate::Moving
        } else if tag.created.is_none() {
            if users.is_empty() { Fate::Undated } else { Fate::Used(users) }
        } else {
            let newest = left > 0;
            left = left.saturating_sub(1);
            match (users.is_empty(), newest) {
                (false, _) => Fate::Used(users),
                (true, true) => Fate::Newest,
                (true, false) => Fate::Remove,
            }
        };
        Row { tag, fate }
    };
    tags.into_iter().map(judge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(name: &str, second: Option<i64>) -> Tag {
        let created = second.map(|second| jiff::Timestamp::from_second(second).unwrap());
        Tag { name: name.to_owned(), created, ..Tag::default() }
    }

    #[test]
    fn the_newest_and_the_used_stay() {
        let tags = [
            tag("a", Some(1)),
            tag("b", Some(2)),
            tag("latest", Some(5)),
            tag("c", Some(3)),
            tag("odd", None),
            tag("d", Some(4)),
        ];
        let used = [("a".to_owned(), "live".to_owned()), ("d".to_owned(), "test".to_owned())];
        let fates = |keep| {
            let rows = plan(&tags, &used, keep);
            rows.into_iter().map(|row| (row.tag.name, row.fate)).collect::<Vec<_>>()
        };
        let by = |name: &str| Fate::Used(vec![name.to_owned()]);
        let row = |name: &str, fate| (name.to_owned(), fate);
        let want = vec![
            row("latest", Fate::Moving),
            row("d", by("test")),
            row("c", Fate::Newest),
            row("b", Fate::Remove),
            row("a", by("live")),
            row("odd", Fate::Undated),
        ];
        assert_eq!(fates(2), want);
        // None is never kept by mistake: the newest stays, whatever is asked for.
        let one = plan(&[tag("a", Some(1)), tag("b", Some(2))], &[], 0);
        assert_eq!((&one[0].fate, &one[1].fate), (&Fate::Newest, &Fate::Remove));
    }
}
