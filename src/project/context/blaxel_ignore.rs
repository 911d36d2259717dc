//! `.blaxelignore`, as the newer official CLI reads it: Docker's matcher with another reader.

use super::ignore::{Rules, clean};

/// Reads a `.blaxelignore`: the patterns, and the lines that the CLI refuses.
///
/// `#` starts a comment anywhere in a line. A literal pattern (no `*`, `?` or `[`) matches at any
/// depth unless it starts with `/` or `./`; a glob is anchored at the root, as in `.dockerignore`.
/// The default excludes that the CLI uses when there is no file are not part of it.
pub(crate) fn read(bytes: &[u8]) -> (Rules, Vec<(usize, String)>) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut rules = Rules::asked_path_by_path();
    let mut bad = Vec::new();
    for (index, line) in bytes.split(|b| *b == b'\n').enumerate() {
        let line = String::from_utf8_lossy(line);
        let written = line.split('#').next().unwrap_or("").trim();
        if let Err(why) = rules.add(index + 1, written, |pattern| {
            let anchored = pattern.starts_with('/') || pattern.starts_with("./");
            let literal = !pattern.contains(['*', '?', '[']);
            let cleaned = clean(pattern);
            let relative = cleaned.trim_start_matches('/');
            if literal && !anchored { format!("**/{relative}") } else { relative.to_owned() }
        }) {
            bad.push((index + 1, why));
        }
    }
    (rules, bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_match_anywhere_and_globs_at_the_root() {
        let (rules, bad) =
            read(b"node_modules # installed anew\n*.log\n/dist\n./out\n!keep\na/b\n");
        assert!(bad.is_empty());
        for (path, want) in [
            ("node_modules", true),
            ("web/node_modules/x.js", true),
            ("a.log", true),
            ("web/a.log", false),
            ("dist/x", true),
            ("web/dist", false),
            ("out", true),
            ("web/out", false),
            ("node_modules/keep", false),
            ("x/a/b/c", true),
            ("#", false),
        ] {
            assert_eq!(rules.is_ignored(path), want, "{path}");
        }
    }

    #[test]
    fn a_line_counts_for_a_directory_that_it_did_not_change() {
        let text = b"*.d/*\n!/x.d\n";
        assert!(!read(text).0.is_ignored("x.d/y"));
        assert!(Rules::read(text).0.is_ignored("x.d/y"));
    }

    #[test]
    fn bad_lines_are_named() {
        let (_, bad) = read(b"ok\n[\n!\n");
        assert_eq!(bad.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3]);
    }
}
