//! Lines for the ignore file, as fixes.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety},
        facts::Facts,
    },
    project::{
        context::Rules,
        path::ContextPath,
        source::{Source, Span},
    },
};

use super::asked_for::Asked;

/// A fix that adds lines to the ignore file that Docker uses, or creates it.
pub(in crate::lint::rules) fn add(facts: &Facts<'_>, lines: &[String], title: String) -> Fix {
    let edit = match &facts.project.docker_ignore {
        Some(file) => {
            let text = file.source.text();
            let end = file.source.line_end();
            let before = if text.is_empty() || text.ends_with('\n') { "" } else { end };
            let added: String = lines.iter().map(|line| format!("{line}{end}")).collect();
            Edit::Replace {
                file: file.source.path().clone(),
                span: Span::at(file.source.bytes().len()),
                text: format!("{before}{added}"),
            }
        }
        None => Edit::Create {
            file: ContextPath::new(".dockerignore"),
            text: lines.iter().map(|line| format!("{line}\n")).collect(),
        },
    };
    Fix { title, safety: Safety::Safe, edits: vec![edit] }
}

/// The name of the ignore file that Docker uses, or would use.
pub(in crate::lint::rules) fn name(facts: &Facts<'_>) -> String {
    facts
        .project
        .docker_ignore
        .as_ref()
        .map_or_else(|| ".dockerignore".to_owned(), |file| file.source.path().to_string())
}

/// A path as a line of an ignore file that names exactly it.
pub(in crate::lint::rules) fn line(path: &str) -> String {
    let mut out = String::new();
    let last = path.chars().count().saturating_sub(1);
    let mut before = '\n';
    for (at, c) in path.chars().enumerate() {
        match c {
            // Blanks around a line are taken off, and a line ends it.
            '\n' | '\r' => out.push('?'),
            c if c.is_whitespace() && (at == 0 || at == last) => {
                out.push('[');
                out.push(c);
                out.push(']');
            }
            '*' | '?' | '[' | ']' | '\\' | '^' => out.extend(['\\', c]),
            '!' if at == 0 => out.extend(['\\', c]),
            // Behind a blank, it is read as a comment by people.
            '#' if at == 0 || before.is_whitespace() => out.extend(['\\', c]),
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// What makes the ignore file leave out files that it sends.
pub(in crate::lint::rules) struct Change {
    /// Lines that name such a file to bring it back, from 1, and as they are written.
    removed: Vec<(usize, String)>,
    /// Lines at its end.
    added: Vec<String>,
}

impl Change {
    /// Finds it.
    pub(in crate::lint::rules) fn of(facts: &Facts<'_>, paths: &[&str]) -> Self {
        let lines = paths.iter().map(|path| line(path));
        let Some(file) = &facts.project.docker_ignore else {
            return Self { removed: Vec::new(), added: lines.collect() };
        };
        let mut back: BTreeMap<&str, Vec<(usize, String)>> = BTreeMap::new();
        for rule in file.rules.iter().filter(|rule| rule.negated) {
            let place = (rule.line, rule.written.clone());
            back.entry(rule.written.trim_start_matches('!').trim_start()).or_default().push(place);
        }
        let removed: Vec<(usize, String)> =
            lines.clone().filter_map(|line| back.get(line.as_str())).flatten().cloned().collect();
        if removed.is_empty() {
            return Self { removed, added: lines.collect() };
        }
        let mut change = Self { removed, added: Vec::new() };
        let (rest, _) = Rules::read(&change.rest(&file.source));
        let needs = |(path, line): &(&&str, String)| {
            !back.contains_key(line.as_str()) || !rest.is_ignored(path)
        };
        change.added = paths.iter().zip(lines).filter(needs).map(|(_, line)| line).collect();
        change
    }

    /// The file without the lines that are removed.
    fn rest(&self, source: &Source) -> Vec<u8> {
        let gone = self.gone();
        let lines = source.bytes().split_inclusive(|byte| *byte == b'\n').enumerate();
        let kept = lines.filter(|(at, _)| !gone.contains(&(at + 1)));
        kept.flat_map(|(_, line)| line).copied().collect()
    }

    /// The numbers of the lines that are removed; two paths may have one line.
    fn gone(&self) -> BTreeSet<usize> {
        self.removed.iter().map(|(line, _)| *line).collect()
    }

    /// The spans of the lines that are removed, one for those that follow each other.
    fn cuts(&self, source: &Source) -> Vec<Span> {
        let mut cuts: Vec<Span> = Vec::new();
        for line in self.gone() {
            let span = source.full_line_span(line);
            match cuts.last_mut().filter(|last| last.end == span.start) {
                Some(last) => last.end = span.end,
                None => cuts.push(span),
            }
        }
        cuts
    }

    /// In words.
    pub(in crate::lint::rules) fn told(&self, facts: &Facts<'_>) -> String {
        let name = name(facts);
        let removed: Vec<&str> = self.removed.iter().map(|(_, line)| line.as_str()).collect();
        let added: Vec<&str> = self.added.iter().map(String::as_str).collect();
        match (counted(&removed), counted(&added)) {
            (None, added) => format!("add {} to {name}", added.unwrap_or_default()),
            (Some(removed), None) => format!("remove {removed} from {name}"),
            (Some(removed), Some(added)) => {
                format!("remove {removed} from {name}, and add {added} to it")
            }
        }
    }

    /// As a fix; unsafe where it takes back what somebody wrote.
    pub(in crate::lint::rules) fn fix(&self, facts: &Facts<'_>, safety: Safety) -> Fix {
        let title = self.told(facts);
        let Some(file) = facts.project.docker_ignore.as_ref().filter(|_| !self.removed.is_empty())
        else {
            return Fix { safety, ..add(facts, &self.added, title) };
        };
        let source = &file.source;
        let replace = |span, text| Edit::Replace { file: source.path().clone(), span, text };
        let cuts = self.cuts(source);
        let cut_at_end = cuts.last().is_some_and(|cut| cut.range().end == source.bytes().len());
        let mut edits: Vec<Edit> =
            cuts.into_iter().map(|span| replace(span, String::new())).collect();
        if !self.added.is_empty() {
            let mut lines = add(facts, &self.added, String::new()).edits;
            // Where the last line goes, nothing is left that lacks a line end.
            if let [Edit::Replace { text, .. }] = &mut lines[..]
                && cut_at_end
            {
                *text = text.trim_start().to_owned();
            }
            edits.extend(lines);
        }
        Fix { title, safety: Safety::Unsafe, edits }
    }
}

/// A line, or how many there are.
fn counted(lines: &[&str]) -> Option<String> {
    match lines {
        [] => None,
        [line] => Some(format!("`{line}`")),
        _ => Some(format!("{} lines", lines.len())),
    }
}

/// The lines without those that would keep out what a COPY, a mount or a RUN asks for by name: the
/// build would stop there. A line with `!` goes when nothing in front of it is left to take back.
pub(in crate::lint::rules) fn without_named(asked: &Asked<'_>, lines: &[String]) -> Vec<String> {
    let (rules, _) = Rules::read(lines.join("\n").as_bytes());
    let mut lines = lines.to_vec();
    for path in asked.among(|path| rules.is_ignored(path)) {
        while let Some(line) = decides(&lines, path) {
            lines.remove(line);
        }
    }
    let mut kept: Vec<String> = Vec::with_capacity(lines.len());
    for line in lines {
        if line.strip_prefix('!').is_none_or(|back| decides(&kept, back).is_some()) {
            kept.push(line);
        }
    }
    kept
}

/// The line that keeps a path out.
fn decides(lines: &[String], path: &str) -> Option<usize> {
    let (rules, _) = Rules::read(lines.join("\n").as_bytes());
    rules.decide(path).filter(|rule| !rule.negated).map(|rule| rule.line - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_its_path_and_no_other() {
        for (path, want) in [
            ("a/.env", "a/.env"),
            ("!a", "\\!a"),
            ("#a", "\\#a"),
            ("a #b!", "a \\#b!"),
            (" a", "[ ]a"),
            ("a ", "a[ ]"),
            ("a^b*[c]?\\d", "a\\^b\\*\\[c\\]\\?\\\\d"),
            ("a\nb", "a?b"),
        ] {
            assert_eq!(line(path), want);
            let (rules, bad) = Rules::read(line(path).as_bytes());
            assert!(rules.is_ignored(path) && bad.is_empty(), "{path}");
            assert!(!rules.is_ignored(&format!("{path}x")), "{path}");
        }
    }
}
