//! What fixes would change, as a unified diff.

use std::io::{self, Write};

use similar::{
    Algorithm, ChangeTag, capture_diff_slices, group_diff_ops, udiff::UnifiedHunkHeader,
};

use super::Section;
use crate::{
    escape,
    lint::{
        self, MASK,
        fix::{Change, Changes},
    },
    project::{path::ContextPath, source::Span},
};

/// Lines that are shown round a change.
const CONTEXT: usize = 3;

/// Writes the changes of one project. Secrets are masked, in the lines around a change too; a line
/// that changes inside a secret is shown as a change that cannot be seen.
pub fn write(section: &Section<'_>, changes: &Changes, out: &mut dyn Write) -> io::Result<()> {
    let values = section.values();
    for (file, change) in &changes.files {
        let path = escape::terminal(&section.path(file), false).into_owned();
        if let Some(after) = &change.after {
            text(section, file, &path, change, after, &values, out)?;
        }
        if change.executable {
            writeln!(out, "mode change 100644 => 100755 {path}")?;
        }
    }
    Ok(())
}

fn text(
    section: &Section<'_>,
    file: &ContextPath,
    path: &str,
    change: &Change,
    after: &[u8],
    values: &[&str],
    out: &mut dyn Write,
) -> io::Result<()> {
    let masks = section.outcome.masks.get(file).map_or(&[][..], Vec::as_slice);
    let before = change.before.as_deref().unwrap_or_default();
    let moved: Vec<Span> = masks.iter().map(|mask| change.moved(*mask)).collect();
    let (old, new) = (Lines::new(before, masks), Lines::new(after, &moved));
    let ops = capture_diff_slices(Algorithm::Myers, &old.lines, &new.lines);
    match &change.before {
        Some(_) => writeln!(out, "--- a/{path}\n+++ b/{path}")?,
        None => writeln!(out, "--- /dev/null\n+++ b/{path}")?,
    }
    for hunk in group_diff_ops(ops, CONTEXT) {
        writeln!(out, "{}", UnifiedHunkHeader::new(&hunk))?;
        for line in hunk.iter().flat_map(|op| op.iter_changes(&old.lines, &new.lines)) {
            let (sign, shown) = match (line.tag(), line.old_index(), line.new_index()) {
                (ChangeTag::Delete, Some(index), _) => ('-', old.shown(index)),
                (ChangeTag::Insert, _, Some(index)) => ('+', new.shown(index)),
                (_, Some(index), _) => (' ', old.shown(index)),
                _ => continue,
            };
            let shown = lint::without(&shown, values).unwrap_or(shown);
            let end = shown.ends_with('\n');
            // A CR at the end of a line is what some fixes remove, so it has to be seen.
            let shown = escape::terminal(shown.trim_end_matches('\n'), false);
            writeln!(out, "{sign}{shown}")?;
            if !end {
                writeln!(out, "\\ No newline at end of file")?;
            }
        }
    }
    Ok(())
}

/// The lines of a text, each with its line end, and the secrets in them.
struct Lines<'a> {
    lines: Vec<&'a [u8]>,
    starts: Vec<usize>,
    masks: &'a [Span],
}

impl<'a> Lines<'a> {
    fn new(text: &'a [u8], masks: &'a [Span]) -> Self {
        let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
        let starts = lines
            .iter()
            .scan(0, |at, line| {
                let start = *at;
                *at += line.len();
                Some(start)
            })
            .collect();
        Self { lines, starts, masks }
    }

    /// A line, with its line end and without its secrets.
    fn shown(&self, index: usize) -> String {
        let (line, start) = (self.lines[index], self.starts[index]);
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let stop = start + content.len();
        let mut out = String::with_capacity(line.len());
        let mut at = start;
        for mask in self.masks {
            let from = (mask.start as usize).clamp(at, stop);
            let to = (mask.end as usize).clamp(from, stop);
            if from < to {
                out.push_str(&String::from_utf8_lossy(&content[at - start..from - start]));
                out.push_str(MASK);
                at = to;
            }
        }
        out.push_str(&String::from_utf8_lossy(&content[at - start..]));
        if content.len() < line.len() {
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_any_length_and_over_lines_are_masked() {
        let text = b"a=1234 b\nkey\nrest of it\nend";
        let masks = [Span::new(2, 6), Span::new(9, 17)];
        let lines = Lines::new(text, &masks);
        let shown: Vec<String> = (0..4).map(|index| lines.shown(index)).collect();
        assert_eq!(shown, ["a=**** b\n", "****\n", "**** of it\n", "end"]);
    }
}
