//! What GitLab reads in a note that GitHub does not: a line that begins with `/` is a command that the author of the note
//! has given, and signs before a word or a number refer to something, written as entities too.

/// Stands before what is not to be read as anything. It is not seen.
const BREAK: char = '\u{200b}';
/// Signs that begin a reference (merge requests, issues, snippets, epics, labels, alerts, iterations, others), as they are
/// written here.
const SIGNS: [&str; 8] = ["&#33;", "&#35;", "&#36;", "&#38;", "&#42;", "&#91;", "&#94;", "&#126;"];

/// The comment as the note of a merge request. Making it again of itself changes nothing.
pub fn note(comment: &str) -> String {
    let mut out = String::with_capacity(comment.len() + 64);
    let mut fence: Option<&str> = None;
    for line in comment.split_inclusive('\n') {
        let text = line.trim_end();
        let code = match fence {
            Some(open) => {
                if text == open {
                    fence = None;
                }
                true
            }
            None => {
                fence = opened(text);
                fence.is_some() || text.starts_with("<!--")
            }
        };
        // Inside of code, too: whether it is inside is not for every version of GitLab the same.
        if line.trim_start().starts_with('/') {
            out.push(BREAK);
        }
        if code { out.push_str(line) } else { unreferenced(line, &mut out) }
    }
    out
}

/// The backquotes that a line opens a block of code with.
fn opened(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('`');
    let ticks = &line[..line.len() - rest.len()];
    (ticks.len() >= 3).then_some(ticks)
}

/// A line whose signs refer to nothing. Code and addresses are left as they are.
fn unreferenced(line: &str, out: &mut String) {
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let whole = [("<code>", "</code>"), ("](", ")")].into_iter().find_map(|(begin, end)| {
            let at = rest.strip_prefix(begin)?.find(end)?;
            Some(begin.len() + at + end.len())
        });
        if let Some(length) = whole {
            out.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
        // `GL-1` is an issue, as `#1` is.
        let issue = rest.get(..3).filter(|word| word.eq_ignore_ascii_case("gl-"));
        let taken = match (sign, issue) {
            (Some(sign), _) => sign.len(),
            (None, Some(_)) => 2,
            _ => c.len_utf8(),
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
        if (sign.is_some() || issue.is_some() || c == '%') && !rest.starts_with(BREAK) {
            out.push(BREAK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::note;
    use crate::escape::{code, markdown};

    #[test]
    fn no_line_is_a_command() {
        for text in
            ["/close", " /close", "a\n/merge\n", "```text\n/close\n```\n", "\u{2003}/label ~x"]
        {
            let made = note(text);
            for line in made.lines() {
                assert!(!line.trim_start().starts_with('/'), "{made:?}");
            }
            assert_eq!(made.replace('\u{200b}', ""), text);
            assert_eq!(note(&made), made);
        }
    }

    #[test]
    fn nothing_is_referred_to() {
        for text in [
            "#1",
            "!1",
            "$1",
            "&1",
            "~bug",
            "%\"x\"",
            "^alert#1",
            "*iteration:1",
            "[epic:1]",
            "GL-1",
            "gl-2",
            "g/p#3",
        ] {
            let made = note(&markdown(text));
            for sign in ["#", "!", "$", "&", "~", "%", "^", "*", "["] {
                let entity = format!("&#{};", u32::from(sign.chars().next().unwrap()));
                for (at, _) in made.match_indices(&entity) {
                    assert!(made[at + entity.len()..].starts_with('\u{200b}'), "{text}: {made}");
                }
            }
            assert!(
                !made.contains("GL-") && !made.contains("gl-") && !made.ends_with("%\"x\""),
                "{made}"
            );
            assert_eq!(note(&made), made);
        }
    }

    #[test]
    fn code_addresses_and_what_is_hidden_stay_as_they_are() {
        for text in [
            code("a#1 50% ~x"),
            "[x](https://x/a%20b#L1)".to_owned(),
            "<!-- state:a/b+c= -->".to_owned(),
            "### ✅ Sandbox images: all 2 are fine".to_owned(),
            "```text\n100% #1\n```".to_owned(),
        ] {
            assert_eq!(note(&text), text);
        }
    }
}
