//! A naive reading of Dockerfiles, of the simulator's own.
//!
//! It knows less than the linter's front end on purpose and shares nothing with it, so that a mistake in one is seen by the
//! other. What it does not understand it lets pass.

use std::collections::BTreeSet;

/// An instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    /// First line, from 1.
    pub(super) line: usize,
    /// Last line, from 1, with here-documents.
    pub(super) last: usize,
    /// Upper case.
    pub(super) keyword: String,
    /// Everything behind the keyword, lines joined.
    pub(super) rest: String,
    /// Number of its stage; of an `ARG` before the first `FROM`, 0.
    pub(super) stage: usize,
}

/// Every keyword of a Dockerfile.
const KEYWORDS: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// The instructions, or the words of a builder that refuses the file.
pub(super) fn read(text: &str) -> Result<Vec<Instruction>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<&str> = text.lines().collect();
    let escape = escape(&lines);
    let (mut out, mut at, mut stages) = (Vec::<Instruction>::new(), 0, 0_usize);
    while at < lines.len() {
        let first = at;
        let mut joined = String::new();
        while at < lines.len() {
            let line = lines[at];
            at += 1;
            if line.trim_start().starts_with('#') || (line.trim().is_empty() && !joined.is_empty())
            {
                // Comments and empty lines do not end a continuation.
                if joined.is_empty() {
                    break;
                }
                continue;
            }
            match line.trim_end().strip_suffix(escape) {
                Some(start) => joined.push_str(start),
                None => {
                    joined.push_str(line);
                    break;
                }
            }
        }
        let joined = joined.trim();
        if joined.is_empty() {
            continue;
        }
        let (keyword, rest) = joined.split_once(char::is_whitespace).unwrap_or((joined, ""));
        let keyword = keyword.to_ascii_uppercase();
        if !KEYWORDS.contains(&keyword.as_str()) {
            let word = joined.split_whitespace().next().unwrap_or_default();
            return Err(format!(
                "dockerfile parse error on line {}: unknown instruction: {word}",
                first + 1
            ));
        }
        if matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") {
            for (word, tabs) in heredocs(rest) {
                while at < lines.len() {
                    let line = lines[at];
                    at += 1;
                    if (if tabs { line.trim_start_matches('\t') } else { line }) == word {
                        break;
                    }
                }
            }
        }
        if keyword == "FROM" {
            stages += 1;
        } else if stages == 0 && keyword != "ARG" {
            return Err(format!(
                "dockerfile parse error on line {}: no build stage in current context",
                first + 1
            ));
        }
        out.push(Instruction {
            line: first + 1,
            last: at,
            keyword,
            rest: rest.trim().to_owned(),
            stage: stages.saturating_sub(1),
        });
    }
    match (out.is_empty(), stages) {
        (true, _) => Err("the Dockerfile cannot be empty".to_owned()),
        (_, 0) => Err("dockerfile parse error: no build stage in current context".to_owned()),
        _ => Ok(out),
    }
}

/// The line-continuation character: `\` unless a directive at the top says otherwise.
fn escape(lines: &[&str]) -> char {
    for line in lines {
        let Some(comment) = line.trim().strip_prefix('#') else { break };
        let Some((name, value)) = comment.split_once('=') else { break };
        if name.trim().eq_ignore_ascii_case("escape") && value.trim() == "`" {
            return '`';
        }
    }
    '\\'
}

/// The here-documents that a line opens: their end words, and whether leading tabs are dropped.
fn heredocs(rest: &str) -> Vec<(String, bool)> {
    let mut out = Vec::new();
    for piece in rest.split("<<").skip(1) {
        if piece.starts_with('<') {
            continue;
        }
        let (tabs, piece) = piece.strip_prefix('-').map_or((false, piece), |piece| (true, piece));
        let word: String = piece
            .trim_start_matches(['"', '\''])
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '.')
            .collect();
        if word.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_') {
            out.push((word, tabs));
        }
    }
    out
}

impl Instruction {
    /// Flags and words of the instruction: `--from=a`, `b`, `c`.
    pub(super) fn split(&self) -> (Vec<&str>, &str) {
        let (mut flags, mut rest) = (Vec::new(), self.rest.as_str());
        while rest.starts_with("--") {
            let (flag, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            flags.push(flag);
            rest = behind.trim_start();
        }
        (flags, rest)
    }

    /// What a `COPY` or `ADD` takes from the build context; `None` where that is not plainly said.
    pub(super) fn context_sources(&self) -> Option<Vec<String>> {
        if !matches!(self.keyword.as_str(), "COPY" | "ADD") {
            return None;
        }
        let (flags, rest) = self.split();
        let strange = |flag: &&str| {
            !["--chown", "--chmod", "--link", "--from", "--checksum", "--keep-git-dir"]
                .iter()
                .any(|known| flag.starts_with(known))
        };
        if flags.iter().any(|flag| flag.starts_with("--from")) || flags.iter().any(strange) {
            return None;
        }
        if rest.contains(['$', '"', '\'', '\\', '`']) && !rest.starts_with('[') {
            return None;
        }
        let mut words: Vec<String> = if rest.starts_with('[') {
            serde_json::from_str(rest).ok()?
        } else {
            rest.split_whitespace().map(str::to_owned).collect()
        };
        words.pop()?;
        let unknown = |word: &String| {
            word.contains("<<")
                || word.contains("://")
                || word.starts_with("git@")
                || word.contains('$')
        };
        if words.is_empty() || words.iter().any(unknown) {
            return None;
        }
        Some(words)
    }

    /// Name or number of the stage or image that a flag such as `--from=` or `--mount=…,from=` names.
    fn stages_named(&self) -> Vec<String> {
        let (flags, rest) = self.split();
        let mut out = Vec::new();
        match self.keyword.as_str() {
            "FROM" => out.extend(rest.split_whitespace().next().map(str::to_owned)),
            "COPY" | "RUN" | "ADD" => {
                for flag in flags {
                    for part in flag.trim_start_matches("--mount=").split(',') {
                        if let Some(name) = part.trim_start_matches("--").strip_prefix("from=") {
                            out.push(name.to_owned());
                        }
                    }
                }
            }
            _ => {}
        }
        out
    }

    /// Name of the stage that this `FROM` begins.
    pub(super) fn stage_name(&self) -> Option<&str> {
        let words: Vec<&str> = self.split().1.split_whitespace().collect();
        match words[..] {
            [_, as_, name, ..] if as_.eq_ignore_ascii_case("as") => Some(name),
            _ => None,
        }
    }

    /// What this `FROM` starts from.
    pub(super) fn base(&self) -> &str {
        self.split().1.split_whitespace().next().unwrap_or_default()
    }
}

/// The stages that a build of the last stage needs, ascending.
pub(super) fn needed(instructions: &[Instruction]) -> Vec<usize> {
    let names: Vec<Option<&str>> = instructions
        .iter()
        .filter(|one| one.keyword == "FROM")
        .map(Instruction::stage_name)
        .collect();
    let (mut needed, mut todo) = (BTreeSet::new(), vec![names.len().saturating_sub(1)]);
    while let Some(stage) = todo.pop() {
        if !needed.insert(stage) {
            continue;
        }
        for one in instructions.iter().filter(|one| one.stage == stage) {
            for name in one.stages_named() {
                let number = name.parse::<usize>().ok().filter(|_| one.keyword != "FROM");
                let named = names[..stage].iter().rposition(|known| {
                    known.is_some_and(|known| known.eq_ignore_ascii_case(&name))
                });
                todo.extend(named.or(number.filter(|number| *number < stage)));
            }
        }
    }
    needed.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_found_with_their_lines() {
        let text = "# syntax=docker/dockerfile:1\nFROM a AS b\nRUN one \\\n  # why\n\n  two\nRUN <<EOF\nCOPY no /such\nEOF\ncopy x y\n";
        let read = read(text).unwrap();
        let seen: Vec<_> = read
            .iter()
            .map(|one| (one.line, one.last, one.keyword.as_str(), one.rest.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                (2, 2, "FROM", "a AS b"),
                (3, 6, "RUN", "one   two"),
                (7, 9, "RUN", "<<EOF"),
                (10, 10, "COPY", "x y")
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(FROM|COPY|RUN|ADD|ARG|[ \t\n\\\\`#<=\"'$\\[\\]-]|--from=|<<EOF|EOF|as|.){0,40}") {
            let _ = read(&text);
            if let Ok(instructions) = read(&format!("FROM a\n{text}")) {
                let lines = text.lines().count() + 1;
                for one in &instructions {
                    assert!(one.line <= one.last && one.last <= lines, "{one:?}");
                    let _ = one.context_sources();
                }
                assert!(needed(&instructions).is_sorted());
            }
        }
    }

    #[test]
    fn files_that_no_builder_accepts_are_refused() {
        for (text, part) in [
            ("", "cannot be empty"),
            ("# only\n", "cannot be empty"),
            ("FROM a\nRUNN x\n", "line 2: unknown instruction: RUNN"),
            ("ARG A\n", "no build stage"),
            ("RUN x\nFROM a\n", "line 1: no build stage"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(part), "{text:?}: {error}");
        }
    }

    #[test]
    fn plain_sources_are_known_and_others_are_left_alone() {
        let sources = |line: &str| read(&format!("FROM a\n{line}\n")).unwrap()[1].context_sources();
        let list =
            |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(sources("COPY a b /c/"), list(&["a", "b"]));
        assert_eq!(sources("COPY --chown=1:1 --link a /c/"), list(&["a"]));
        assert_eq!(sources("ADD [\"a b\", \"/c\"]"), list(&["a b"]));
        for line in [
            "COPY --from=x a b",
            "COPY $A b",
            "COPY 'a b' c",
            "COPY <<EOF /a\nEOF",
            "ADD https://example.com/x /y",
            "COPY --exclude=x a b",
            "RUN x",
        ] {
            assert_eq!(sources(line), None, "{line}");
        }
    }

    #[test]
    fn only_stages_that_the_last_one_needs_are_built() {
        let text = "FROM a AS one\nFROM b AS two\nFROM one AS three\nFROM c\nRUN --mount=type=bind,from=three,target=/x y\n";
        assert_eq!(needed(&read(text).unwrap()), [0, 2, 3]);
        assert_eq!(needed(&read("FROM a\nFROM b\nCOPY --from=0 x y\n").unwrap()), [0, 1]);
        assert_eq!(needed(&read("FROM a\nFROM b\nCOPY --from=a x y\n").unwrap()), [1]);
    }
}
