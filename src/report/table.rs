//! A table for people: a header, aligned columns, `-` for what is not known.

use crate::escape;

/// A table under construction.
pub(in crate::report) struct Table {
    header: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Columns; those whose name begins with `>` are aligned to the right.
    pub(in crate::report) fn new(header: &[&'static str]) -> Self {
        Self { header: header.to_vec(), rows: Vec::new() }
    }

    /// Adds a row. Texts come from elsewhere: they are escaped.
    pub(in crate::report) fn row<const N: usize>(&mut self, cells: [Option<String>; N]) {
        let shown = |cell: Option<String>| match cell.filter(|cell| !cell.is_empty()) {
            Some(cell) => escape::terminal(&cell, false).into_owned(),
            None => "-".to_owned(),
        };
        self.rows.push(cells.into_iter().map(shown).collect());
    }

    /// The table as text; where it has no rows, `empty`.
    pub(in crate::report) fn show(&self, empty: &str) -> String {
        if self.rows.is_empty() {
            return format!("{empty}\n");
        }
        let names: Vec<String> =
            self.header.iter().map(|name| name.trim_start_matches('>').to_owned()).collect();
        let widths: Vec<usize> = (0..names.len())
            .map(|column| {
                let cells = std::iter::once(&names).chain(&self.rows);
                cells.filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
            })
            .map(Option::unwrap_or_default)
            .collect();
        let mut out = String::new();
        for row in std::iter::once(&names).chain(&self.rows) {
            let mut line = String::new();
            for ((cell, width), name) in row.iter().zip(&widths).zip(&self.header) {
                let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
                if name.starts_with('>') {
                    line.push_str(&pad);
                    line.push_str(cell);
                } else {
                    line.push_str(cell);
                    line.push_str(&pad);
                }
                line.push_str("  ");
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_are_aligned_and_harmless() {
        let mut table = Table::new(&["NAME", ">SIZE", "NOTE"]);
        assert_eq!(table.show("nothing is there"), "nothing is there\n");
        let text = |text: &str| Some(text.to_owned());
        table.row([text("a"), text("12 MB"), None]);
        table.row([text("longer\u{1b}[31m"), text("1 B"), text("x")]);
        let want = "\
NAME               SIZE  NOTE
a                 12 MB  -
longer\\u{1b}[31m    1 B  x
";
        assert_eq!(table.show(""), want);
    }
}
