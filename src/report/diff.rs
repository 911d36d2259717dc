//! What fixes would change, as a unified diff.

use std::io::{self, Write};

use super::Section;
use crate::{
    escape,
    lint::{self, fix::Changes},
};

/// Writes the changes of one project. Secrets in the lines around them are masked.
pub fn write(section: &Section<'_>, changes: &Changes, out: &mut dyn Write) -> io::Result<()> {
    let values = section.values();
    let shown = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        lint::without(&text, &values).unwrap_or(text)
    };
    for (path, change) in &changes.files {
        let path = escape::terminal(&section.path(path), false).into_owned();
        if let Some(after) = &change.after {
            let before = change.before.as_deref().map_or_else(String::new, shown);
            let after = shown(after);
            let old =
                if change.before.is_some() { format!("a/{path}") } else { "/dev/null".into() };
            let diff = similar::TextDiff::from_lines(&before, &after);
            let text = diff
                .unified_diff()
                .context_radius(3)
                .header(&old, &format!("b/{path}"))
                .to_string();
            // A CR at the end of a line is what some fixes remove, so it has to be seen.
            write!(out, "{}", escape::terminal(&text, true))?;
        }
        if change.executable {
            writeln!(out, "mode change 100644 => 100755 {path}")?;
        }
    }
    Ok(())
}
