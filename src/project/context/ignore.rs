//! `.dockerignore`, read as Docker's `ignorefile` reads it and matched as its `patternmatcher`
//! matches.
//!
//! Docker and `BuildKit` walk the tree and ask with `MatchesUsingParentResults`. A pattern that
//! could not change the result for a directory is not tried there, and then counts for what lies
//! below only where it matches that itself: behind `*.d/*`, the line `!x.d` does not send `x.d/y`.
//! `.blaxelignore` is asked path by path (`MatchesOrParentMatches`), where it would.

use super::pattern::Pattern;

/// The patterns of an ignore file, in order. The last one that matches a path, or a directory
/// above it, decides.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    rules: Vec<Rule>,
    /// Every pattern is tried on every directory (`MatchesOrParentMatches`).
    tries_all: bool,
}

/// One line of an ignore file.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Line, from 1.
    pub line: usize,
    /// The pattern as written, trimmed, with its `!`.
    pub written: String,
    /// It starts with `!`: what it matches is sent again.
    pub negated: bool,
    pattern: Pattern,
}

impl Rule {
    /// Whether the pattern matches `path` or a directory above it, whatever the other lines say.
    pub fn covers(&self, path: &str) -> bool {
        prefixes(path).any(|prefix| self.pattern.matches(prefix))
    }
}

/// A line that matches a path.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The line.
    pub rule: &'a Rule,
    /// What it matches: the path itself or a directory above it.
    pub matched: &'a str,
}

/// Which patterns match a directory or one above it, by position.
#[derive(Debug, Clone, Default)]
pub(super) struct Hits(Vec<bool>);

/// Longer lines stop Docker's reader.
const LONGEST_LINE: usize = 64 * 1024;

impl Rules {
    /// Reads an ignore file: the patterns, and the lines that Docker refuses (`(line from 1, why)`;
    /// the build fails, here they are passed over).
    pub fn read(bytes: &[u8]) -> (Self, Vec<(usize, String)>) {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut rules = Self::default();
        let mut bad = Vec::new();
        for (index, line) in bytes.split(|b| *b == b'\n').enumerate() {
            if line.len() >= LONGEST_LINE {
                bad.push((index + 1, "the line is longer than 64 KiB".to_owned()));
                continue;
            }
            let line = String::from_utf8_lossy(line);
            if line.starts_with('#') {
                continue;
            }
            if let Err(why) = rules.add(index + 1, line.trim(), |pattern| {
                let pattern = clean(pattern);
                match pattern.strip_prefix('/') {
                    Some(rest) if !rest.is_empty() => rest.to_owned(),
                    _ => pattern,
                }
            }) {
                bad.push((index + 1, why));
            }
        }
        (rules, bad)
    }

    /// No patterns yet; each is tried on every directory.
    pub(super) fn asked_path_by_path() -> Self {
        Self { rules: Vec::new(), tries_all: true }
    }

    /// Adds one trimmed line; `normalize` prepares what stands behind its `!`.
    pub(super) fn add(
        &mut self,
        line: usize,
        written: &str,
        normalize: impl Fn(&str) -> String,
    ) -> Result<(), String> {
        if written.is_empty() {
            return Ok(());
        }
        let (negated, pattern) = match written.strip_prefix('!') {
            Some(rest) => (true, rest.trim()),
            None => (false, written),
        };
        let pattern = if pattern.is_empty() { String::new() } else { normalize(pattern) };
        // The matcher cleans once more, with the `!` in front.
        let whole = clean(&format!("{}{pattern}", if negated { "!" } else { "" }));
        let (negated, pattern) = match whole.strip_prefix('!') {
            Some("") => return Err("illegal exclusion pattern: \"!\"".into()),
            Some(rest) => (true, rest),
            None => (false, whole.as_str()),
        };
        let pattern = Pattern::new(pattern)?;
        self.rules.push(Rule { line, written: written.to_owned(), negated, pattern });
        Ok(())
    }

    /// Whether there is no pattern at all.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The lines, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// The line that decides over `path`: the last one that matches it or a directory above it.
    /// The path is not sent when that line is not negated.
    pub fn decide(&self, path: &str) -> Option<&Rule> {
        let above = self.above(path);
        self.decide_below(path, &above).map(|(_, rule)| rule)
    }

    /// Whether the patterns leave `path` out.
    pub fn is_ignored(&self, path: &str) -> bool {
        self.decide(path).is_some_and(|rule| !rule.negated)
    }

    /// Whether the patterns leave `path` out, were it not for one line.
    pub fn is_ignored_without(&self, path: &str, line: usize) -> bool {
        let (mut above, mut last) = (Hits::default(), None);
        for prefix in prefixes(path) {
            let mut hits = vec![false; self.rules.len()];
            last = None;
            self.each_hit(prefix, &above, Some(line), |at| {
                hits[at] = true;
                last = Some(at);
            });
            above = Hits(hits);
        }
        last.is_some_and(|at| !self.rules[at].negated)
    }

    /// Every line that matches `path` or a directory above it, in order; the last one decides.
    pub fn explain<'a>(&'a self, path: &'a str) -> Vec<Step<'a>> {
        let mut matched: Vec<Option<&str>> = vec![None; self.rules.len()];
        let mut above = Hits::default();
        for prefix in prefixes(path) {
            above = self.hits(prefix, &above);
            for (first, hit) in matched.iter_mut().zip(&above.0) {
                *first = first.or(hit.then_some(prefix));
            }
        }
        self.rules
            .iter()
            .zip(matched)
            .filter_map(|(rule, matched)| Some(Step { rule, matched: matched? }))
            .collect()
    }

    /// What matches the directory `dir`, given what matches the one that holds it.
    pub(super) fn hits(&self, dir: &str, parent: &Hits) -> Hits {
        let mut hits = vec![false; self.rules.len()];
        self.each_hit(dir, parent, None, |at| hits[at] = true);
        Hits(hits)
    }

    /// [`Self::decide`] for an entry of the directory that `parent` belongs to.
    pub(super) fn decide_below(&self, path: &str, parent: &Hits) -> Option<(usize, &Rule)> {
        let mut last = None;
        self.each_hit(path, parent, None, |at| last = Some(at));
        last.map(|at| (at, &self.rules[at]))
    }

    fn each_hit(
        &self,
        path: &str,
        parent: &Hits,
        without: Option<usize>,
        mut hit: impl FnMut(usize),
    ) {
        let mut ignored = false;
        let rules = self.rules.iter().enumerate();
        for (at, rule) in rules.filter(|(_, rule)| Some(rule.line) != without) {
            let tried = self.tries_all || rule.negated == ignored;
            if parent.has(at) || tried && rule.pattern.matches(path) {
                hit(at);
                ignored = !rule.negated;
            }
        }
    }

    fn above(&self, path: &str) -> Hits {
        let mut above = Hits::default();
        for (at, _) in path.match_indices('/') {
            above = self.hits(&path[..at], &above);
        }
        above
    }

    /// Whether a `!` line behind the line `decided` could bring back something below `dir`.
    pub(super) fn may_bring_back(&self, dir: &str, decided: usize) -> bool {
        self.rules[decided + 1..]
            .iter()
            .any(|rule| rule.negated && rule.pattern.may_match_below(dir))
    }

    /// Whether any line could match `dir` or something below it.
    pub(super) fn may_concern(&self, dir: &str) -> bool {
        self.rules.iter().any(|rule| rule.pattern.matches(dir) || rule.pattern.may_match_below(dir))
    }
}

impl Hits {
    fn has(&self, at: usize) -> bool {
        self.0.get(at).copied().unwrap_or(false)
    }
}

/// `a`, `a/b`, `a/b/c` for `a/b/c`.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at]).chain([path])
}

/// Go's `filepath.Clean` on Unix.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => (),
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => (),
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".into(),
        (false, false) => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_left_aside() {
        for (text, path, line, ignored) in [
            ("a\nb\n", "a", 1, false),
            ("a\nb\n", "a", 2, true),
            ("a\n*\n", "a", 1, true),
            ("d\n!d/x\n", "d/x", 1, false),
            ("d\n!d/x\n", "d/x", 2, true),
            ("d/x\nd\n", "d/x", 1, true),
        ] {
            let (rules, _) = Rules::read(text.as_bytes());
            assert_eq!(rules.is_ignored_without(path, line), ignored, "{text:?} {path} {line}");
        }
    }
}
