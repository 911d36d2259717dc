//! Text from elsewhere, made harmless for a terminal.

use std::borrow::Cow;

/// Replaces terminal controls and bidirectional marks by visible escapes; keeps tabs.
/// Line ends are replaced too unless `lines` is set.
pub(crate) fn terminal(text: &str, lines: bool) -> Cow<'_, str> {
    let harmful = |c: char| match c {
        '\t' => false,
        '\n' => !lines,
        '\u{200e}'
        | '\u{200f}'
        | '\u{061c}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => true,
        '\u{2028}' | '\u{2029}' | '\u{feff}' => true,
        c => c.is_control(),
    };
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if harmful(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Takes from text what GitHub's runner would obey: a line that begins with `::`, and `##[`
/// wherever it stands. A backslash breaks both.
pub(crate) fn workflow(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##[") {
        return Cow::Borrowed(text);
    }
    let lines = text.split('\n').map(|line| {
        let start = line.len() - line.trim_start().len();
        let (space, rest) = line.split_at(start);
        let mark = if rest.starts_with("::") { "\\" } else { "" };
        format!("{space}{mark}{}", rest.replace("##[", "##\\["))
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::{terminal, workflow};

    #[test]
    fn workflow_commands_are_broken() {
        for (text, want) in [
            ("plain a::b", "plain a::b"),
            ("::error::x", "\\::error::x"),
            ("a\n \t::error::x", "a\n \t\\::error::x"),
            ("\u{2003}::error::x", "\u{2003}\\::error::x"),
            ("a ##[error]x ##[", "a ##\\[error]x ##\\["),
        ] {
            assert_eq!(workflow(text), want);
        }
    }

    #[test]
    fn controls_become_visible() {
        assert_eq!(terminal("a\x1b[31mb\u{202e}\n", false), "a\\u{1b}[31mb\\u{202e}\\n");
        assert_eq!(terminal("a\tb\nc", true), "a\tb\nc");
        assert_eq!(terminal("é", false), "é");
    }
}
