//! Configurations as supervisord reads them: by Python's `RawConfigParser`, with comments behind
//! values.

use std::{collections::HashMap, ops::Range};

/// A section; what is written below the same header elsewhere in the file belongs to it.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub name: String,
    settings: Vec<Setting>,
}

/// One option of a section.
#[derive(Debug)]
pub(super) struct Setting {
    name: String,
    /// The lines of its value, without the comments.
    pub value: String,
    /// Where it stands in the text, its name included.
    pub range: Range<usize>,
}

impl Section {
    /// The setting in effect; `name` in lower case.
    pub(super) fn get(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().rfind(|setting| setting.name == name)
    }
}

/// The sections in the order of their first headers. A line that supervisord refuses is left out.
pub(super) fn parse(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut current = None;
    // whether a value may go on, and how far its option is indented
    let (mut goes_on, mut indent) = (false, 0);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let kept = without_comment(line);
        let value = kept.trim();
        if value.is_empty() {
            continue;
        }
        let depth = kept.len() - kept.trim_start().len();
        let span = start + depth..start + depth + value.len();
        let settings = current.map(|number: usize| &mut sections[number].settings);
        let last = settings.and_then(|settings| settings.last_mut());
        if let Some(setting) = last.filter(|_| goes_on && depth > indent) {
            setting.value.push('\n');
            setting.value.push_str(value);
            setting.range.end = span.end;
            continue;
        }
        indent = depth;
        if let Some(header) = value.strip_prefix('[').and_then(|rest| rest.rsplit_once(']')) {
            let name = header.0;
            let number = *numbers.entry(name).or_insert(sections.len());
            if number == sections.len() {
                sections.push(Section { name: name.to_owned(), settings: Vec::new() });
            }
            current = Some(number);
            goes_on = false;
        } else if let (Some(number), Some(sign)) = (current, value.find(['=', ':'])) {
            let (name, rest) = value.split_at(sign);
            sections[number].settings.push(Setting {
                name: name.trim_end().to_lowercase(),
                value: rest[1..].trim().to_owned(),
                range: span,
            });
            goes_on = true;
        }
    }
    sections
}

/// A line up to its comment: a `;` or `#` at its start or behind a blank.
fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        if matches!(c, ';' | '#') && before.is_whitespace() {
            return &line[..at];
        }
        before = c;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[section] name=value, …` of each section; every value is in its range.
    fn read(text: &str) -> String {
        let show = |section: &Section| {
            let settings = section.settings.iter().map(|setting| {
                let first = setting.value.lines().next().unwrap_or("");
                assert!(text[setting.range.clone()].contains(first), "{text:?}");
                format!(" {}={}", setting.name, setting.value)
            });
            format!("[{}]{}", section.name, settings.collect::<String>())
        };
        parse(text).iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn files_are_read_as_python_reads_them() {
        for (text, want) in [
            ("[a]\nx=1\ny = 2\nz:3\nw : 4 = 5\n", "[a] x=1 y=2 z=3 w=4 = 5"),
            ("[a:b]\nAutoStart=Yes\n", "[a:b] autostart=Yes"),
            ("[a] ; note\nx=1\n", "[a] x=1"),
            ("[a]\nx=a#b\ny=a #b\nz=a;b\nw=a\t;b\n", "[a] x=a#b y=a z=a;b w=a"),
            ("[a]\nx=sh -c 'a ; b'\n", "[a] x=sh -c 'a"),
            ("; x\n[a]\n#y=1\n  # z=1\nx=1\n", "[a] x=1"),
            ("[a]\nx=\n  node a.js\n", "[a] x=\nnode a.js"),
            ("[a]\nx = node a.js\n  # c\n\n\t--b=1\ny=2\n", "[a] x=node a.js\n--b=1 y=2"),
            ("[a]\n  x=1\n  y=2\n", "[a] x=1 y=2"),
            ("[a]\n  x=1\n    y=2\n", "[a] x=1\ny=2"),
            ("[a]\nx=1\n  [b]\ny=2\n", "[a] x=1\n[b] y=2"),
            ("  [a]\nx=1\n", "[a] x=1"),
            ("[a]\n  x=1\n[b]\n  y=2\n", "[a] x=1 [b] y=2"),
            ("[a]\nx=1\n[b]\ny=2\n[a]\nx=3", "[a] x=1 x=3 [b] y=2"),
            ("x=1\n[a]\nflag\ny=2\r\n", "[a] y=2"),
            ("", ""),
        ] {
            assert_eq!(read(text), want, "{text:?}");
        }
        let sections = parse("[a]\nx=1\n[a]\nX=3\n");
        assert_eq!(sections[0].get("x").map(|setting| &*setting.value), Some("3"));
    }
}
