//! Until when a runtime or a distribution gets security fixes.

use jiff::civil::Date;

use super::table::{Table, shorter};
use crate::project::bytes::split_once;

static TABLE: Table = Table::new(include_str!("data/eol.tsv"));

/// The day the table was taken.
pub const TABLE_DATE: &str = "2026-08-22";

/// How long a release lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// The release line: `18`, `3.12`.
    pub cycle: String,
    /// Last day of regular support; `None` where it is over and the day is not known.
    pub regular: Option<Date>,
    /// Last day of any support that costs nothing, long-term support included; `None` as above.
    pub last: Option<Date>,
}

/// The life of the release of `product` that `version` belongs to; `None` where it is not known or
/// has no end yet.
pub fn of(product: &str, version: &str) -> Option<Life> {
    shorter(version).filter(|version| !version.is_empty()).find_map(|cycle| {
        let row = TABLE.lookup(&[product, " ", cycle])?;
        let (regular, last) = split_once(row, b'\t')?;
        Some(Life { cycle: cycle.to_owned(), regular: day(regular), last: day(last) })
    })
}

/// A day as the table writes it, which is one of many ways that the parser of the crate knows.
fn day(text: &str) -> Option<Date> {
    let (year, rest) = split_once(text, b'-')?;
    let (month, day) = split_once(rest, b'-')?;
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_row_is_whole() {
        assert!(TABLE.rows().is_sorted_by(|(a, _), (b, _)| a < b));
        for (name, dates) in TABLE.rows() {
            let (product, cycle) = name.split_once(' ').unwrap();
            assert!(of(product, cycle).is_some(), "{name}");
            for date in dates.split('\t') {
                assert!(date == "true" || date.parse::<Date>().is_ok(), "{name}");
                assert_eq!(day(date), date.parse().ok(), "{name}");
            }
            assert_eq!(dates.split('\t').count(), 2, "{name}");
        }
    }

    #[test]
    fn a_version_belongs_to_its_release_line() {
        for (product, version, cycle, last) in [
            ("node", "22.11.0", "22", "2027-04-30"),
            ("python", "3.8.19", "3.8", "2024-10-07"),
            ("debian", "12.5", "12", "2028-06-30"),
            ("ubuntu", "20.04", "20.04", "2025-05-31"),
            ("alpine", "3.18.4", "3.18", "2025-05-09"),
        ] {
            let life = of(product, version).unwrap();
            assert_eq!(life.cycle, cycle);
            assert_eq!(life.last.unwrap().to_string(), last, "{product} {version}");
        }
        assert_eq!(of("debian", "12").unwrap().regular.unwrap().to_string(), "2026-07-11");
        for (product, version) in [("python", "3"), ("node", ""), ("go", "1.99"), ("none", "1")] {
            assert_eq!(of(product, version), None, "{product} {version}");
        }
        assert_eq!(of("node", "2").unwrap().last, None);
    }
}
