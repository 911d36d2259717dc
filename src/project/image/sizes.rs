//! How much of a base image is downloaded: compressed bytes of linux/amd64.

use super::table::{Table, shorter, split_version};
use crate::project::bytes::split_once;

static TABLE: Table = Table::new(include_str!("data/sizes.tsv"));

/// The day of the newest row; each row has a day of its own.
pub const TABLE_DATE: &str = "2026-09-25";

/// A size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Compressed bytes.
    pub bytes: u64,
    /// The day it was recorded, or estimated from records of.
    pub date: &'static str,
    /// Put together from layers of related images, within a few percent.
    pub estimated: bool,
    /// The row is of this tag; otherwise of the shorter one (`22` for `22.11.0`).
    pub exact: bool,
}

impl Size {
    /// Millions of bytes with one decimal: `408.5 MB`.
    pub fn megabytes(&self) -> String {
        let tenths = (self.bytes + 50_000) / 100_000;
        format!("{}.{} MB", tenths / 10, tenths % 10)
    }
}

/// The size of the official image `name:tag`, where it is known.
pub fn of(name: &str, tag: &str) -> Option<Size> {
    let (version, rest) = split_version(tag);
    shorter(version).enumerate().find_map(|(index, version)| {
        let row = TABLE.lookup(&[name, ":", version, rest])?;
        let (bytes, row) = split_once(row, b'\t')?;
        let (date, how) = split_once(row, b'\t')?;
        Some(Size {
            bytes: bytes.parse().ok()?,
            date,
            estimated: how == "estimated",
            exact: index == 0,
        })
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_row_is_whole() {
        assert!(TABLE.rows().is_sorted_by(|(a, _), (b, _)| a < b));
        let mut newest = "";
        for (name, _) in TABLE.rows() {
            let (image, tag) = name.split_once(':').unwrap();
            let size = of(image, tag).unwrap();
            assert!(size.exact && (500_000..2_000_000_000).contains(&size.bytes), "{name}");
            size.date.parse::<Date>().unwrap();
            newest = newest.max(size.date);
        }
        assert_eq!(newest, TABLE_DATE);
    }

    #[test]
    fn recorded_estimated_and_shortened_are_told_apart() {
        let full = of("node", "22").unwrap();
        assert_eq!(
            (full.megabytes().as_str(), full.estimated, full.exact),
            ("408.5 MB", false, true)
        );
        assert!(of("node", "20").unwrap().estimated);
        let patch = of("node", "22.11.0-slim").unwrap();
        assert_eq!((patch.megabytes().as_str(), patch.exact), ("79.9 MB", false));
        assert_eq!(of("node", "22-windowsservercore"), None);
        assert_eq!(of("node", "latest").unwrap().bytes, of("node", "26").unwrap().bytes);
    }
}
