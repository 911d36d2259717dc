//! The ignore file against a second matcher: one that backtracks over the characters, written from the
//! documented rules alone. The input is the file, a zero byte, and paths by lines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sandgate::project::context::Rules;

struct Line {
    negated: bool,
    pattern: Vec<char>,
}

/// Reads a line as Docker's `ignorefile` does; `None` for one without a pattern.
fn line(text: &str) -> Option<Line> {
    if text.starts_with('#') {
        return None;
    }
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let (mark, rest) = match text.strip_prefix('!') {
        Some(rest) => ("!", rest.trim()),
        None => ("", text),
    };
    let mut pattern = clean(rest);
    if pattern.len() > 1 && pattern.starts_with('/') {
        pattern.remove(0);
    }
    // The matcher reads the line anew, mark and all: `/!a` has become an exception by now.
    let whole = clean(&format!("{mark}{pattern}"));
    let (negated, pattern) = match whole.strip_prefix('!') {
        Some(rest) => (true, rest.to_owned()),
        None => (false, whole),
    };
    Some(Line { negated, pattern: pattern.chars().collect() })
}

/// `filepath.Clean`: no doubled `/`, no `.`, `..` taken back.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut out: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part != ".." {
            out.push(part);
        } else if out.last().is_some_and(|last| *last != "..") {
            out.pop();
        } else if !rooted {
            out.push("..");
        }
    }
    match (rooted, out.is_empty()) {
        (true, _) => format!("/{}", out.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => out.join("/"),
    }
}

fn matches(pattern: &[char], path: &[char]) -> bool {
    match pattern {
        [] => path.is_empty(),
        ['*', '*', rest @ ..] => {
            let rest = match rest {
                ['/', rest @ ..] => rest,
                rest => rest,
            };
            // At the end: everything. Else nothing, or anything that ends with a `/`.
            rest.is_empty()
                || matches(rest, path)
                || (0..path.len()).any(|at| path[at] == '/' && matches(rest, &path[at + 1..]))
        }
        ['*', rest @ ..] => {
            let most = path.iter().position(|c| *c == '/').unwrap_or(path.len());
            (0..=most).any(|at| matches(rest, &path[at..]))
        }
        ['?', rest @ ..] => {
            matches!(path, [first, tail @ ..] if *first != '/' && matches(rest, tail))
        }
        ['\\', escaped, rest @ ..] => {
            matches!(path, [first, tail @ ..] if first == escaped && matches(rest, tail))
        }
        [own, rest @ ..] => {
            matches!(path, [first, tail @ ..] if first == own && matches(rest, tail))
        }
    }
}

/// `**` in front of nothing special compares the end of the path as text: `**b` takes `ab`.
fn takes(pattern: &[char], path: &[char]) -> bool {
    match pattern {
        ['*', '*', rest @ ..] if !rest.is_empty() && !rest.iter().any(|c| "*?\\".contains(*c)) => {
            path.ends_with(rest) || rest[0] == '/' && path == &rest[1..]
        }
        pattern => matches(pattern, path),
    }
}

/// Whether the file leaves the path out, asked directory by directory from the root.
fn ignored(lines: &[Line], path: &str) -> bool {
    let mut above = vec![false; lines.len()];
    let mut left_out = false;
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    for end in ends {
        let prefix: Vec<char> = path[..end].chars().collect();
        left_out = false;
        for (line, hit) in lines.iter().zip(&mut above) {
            if !*hit && line.negated == left_out {
                *hit = takes(&line.pattern, &prefix);
            }
            if *hit {
                left_out = !line.negated;
            }
        }
    }
    left_out
}

fuzz_target!(|data: &[u8]| {
    let (file, paths) = match data.iter().position(|byte| *byte == 0) {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &b"a\na/b\na/b/c\n.env\nx.d/y"[..]),
    };
    let (rules, bad) = Rules::read(file);
    let (Ok(text), Ok(paths)) = (std::str::from_utf8(file), std::str::from_utf8(paths)) else {
        return;
    };
    // Docker hands patterns to Go's regular expressions and escapes `.` and `$` alone: what else is
    // special there, and behind a backslash (`\b`), is a language of its own. `..` leads out, and stars
    // without end take forever here.
    let escaped =
        text.as_bytes().windows(2).any(|pair| pair[0] == b'\\' && pair[1].is_ascii_alphanumeric());
    let odd = escaped
        || text.contains(['[', ']', '^', '+', '(', ')', '{', '}', '|', '\u{feff}', '\r'])
        || text.contains("..")
        || text.ends_with('\\')
        || text.contains("\\\n")
        || text.contains("\\ ")
        || text.matches('*').count() > 12
        || text.len() > 400;
    if odd || !bad.is_empty() {
        return;
    }
    let lines: Vec<Line> = text.split('\n').filter_map(line).collect();
    for path in paths.lines().take(8) {
        let plain = !path.is_empty()
            && path.len() < 60
            && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        if plain {
            assert_eq!(rules.is_ignored(path), ignored(&lines, path), "{path:?} of {text:?}");
        }
    }
});
