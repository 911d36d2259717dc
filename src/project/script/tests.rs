use proptest::prelude::*;

use super::{
    model::{Connector, Script},
    parse, plain,
};

/// One line a command: connector, flags, words (`?raw` where not literal), redirections.
fn show(text: &str) -> Vec<String> {
    parse(text)
        .commands
        .iter()
        .map(|command| {
            let mut line = match command.connector {
                Connector::Sequence => String::new(),
                Connector::And => "&& ".into(),
                Connector::Or => "|| ".into(),
                Connector::Pipe => "| ".into(),
            };
            for (name, value) in &command.assignments {
                line += &[name, "=", value.literal.as_deref().unwrap_or("?"), " "].concat();
            }
            let words: Vec<_> = command
                .words
                .iter()
                .map(|w| w.literal.clone().unwrap_or_else(|| format!("?{}", w.raw).into()))
                .collect();
            line += &words.join("_");
            for redirect in &command.redirects {
                line += &[" ", redirect.operator, &redirect.target.raw].concat();
            }
            let place = &command.place;
            for (on, mark) in [
                (command.background, " &"),
                (command.negated, " not"),
                (place.conditional, " maybe"),
                (place.condition, " cond"),
                (place.in_loop, " loop"),
                (place.awaited, " awaited"),
                (place.subshell, " sub"),
            ] {
                if on {
                    line += mark;
                }
            }
            if let Some(name) = &place.function {
                line += &[" in:", name].concat();
            }
            line.trim().to_owned()
        })
        .collect()
}

#[test]
fn statements_with_a_fallback() {
    for (text, want) in [
        ("a; b && c", vec![]),
        ("a; b || c || d; e", vec![2]),
        ("a || { b; }; c", vec![1]),
        ("a; b && c || (d); e", vec![2]),
        ("{ a; } || b; ( c ) || { d; }", vec![1, 2]),
        ("a; if b || c; then d; fi; x=$(e || { f; })", vec![2, 3]),
        ("a <<EOF || { b; }\nc\nEOF\nd", vec![1]),
    ] {
        assert_eq!(parse(text).with_fallback, want, "{text}");
        assert_eq!(parse::by_grammar(text).with_fallback, want, "{text}");
    }
}

#[test]
fn commands_of_every_construct() {
    for (text, want) in [
        ("a b 'c d' \"e f\"", vec!["a_b_c d_e f"]),
        ("a && b || c; d", vec!["a", "&& b", "|| c maybe", "d"]),
        ("a | b && c", vec!["a", "| b", "&& c"]),
        ("a && b | c && d", vec!["a", "&& b", "| c", "&& d"]),
        ("a & b", vec!["a &", "b"]),
        ("a && b &\nwait", vec!["a &", "&& b &", "wait"]),
        ("(a; b) & c", vec!["a & sub", "b & sub", "c"]),
        ("{ a; b; } > f", vec!["a >f", "b >f"]),
        ("nohup a >/dev/null 2>&1 &", vec!["nohup_a >/dev/null >&1 &"]),
        ("X=1 Y=\"$Z\" a", vec!["X=1 Y=? a"]),
        ("A=1 B=2\nfoo & C=3 D=4 # c\n\nbar", vec!["A=1 B=2", "foo &", "C=3 D=4", "bar"]),
        ("A=1 B=\"$(a\nb)\" \\\n foo", vec!["A=1 B=? foo", "a sub", "b sub"]),
        ("if A=1 B=2\nfoo; then C=1 D=2\nfi", vec!["A=1 B=2  cond", "foo cond", "C=1 D=2  maybe"]),
        ("X=1\nexport Y=2", vec!["X=1", "Y=2 export_Y=2"]),
        ("a \"$@\" $0 ${X:-y}", vec!["a_?\"$@\"_?$0_?${X:-y}"]),
        ("a $(b c) `d`", vec!["a_?$(b c)_?`d`", "b_c sub", "d sub"]),
        ("# a\nb # c", vec!["b"]),
        ("if a; then b; else c; fi", vec!["a cond", "b maybe", "c maybe"]),
        ("if ! a; then b; fi", vec!["a not cond", "b maybe"]),
        ("[ -f x ] && a; b", vec!["[_-f_x_]", "&& a maybe", "b"]),
        (
            "while ! nc -z h 80; do sleep 1; done",
            vec!["nc_-z_h_80 not cond loop awaited", "sleep_1 loop"],
        ),
        ("until nc -z h 80; do :; done", vec!["nc_-z_h_80 cond loop awaited", ":_ loop"]),
        ("while true; do a; done &", vec!["true & cond loop", "a & loop"]),
        ("for i in 1 2; do a $i; done", vec!["a_?$i loop"]),
        ("case $1 in x|y) a;; *) b;; esac", vec!["a maybe", "b maybe"]),
        ("f() { a & }\nf", vec!["a & in:f", "f"]),
        ("function f { a; }\nf b", vec!["a in:f", "f_b"]),
        ("cat > f <<EOF\na\nEOF\nb", vec!["cat >f <<EOF", "b"]),
        ("cat <<'E' > f && b\nx $(y)\nE\nc", vec!["cat <<'E' >f", "&& b", "c"]),
        ("cat <<EOF | tee f\na\nEOF", vec!["cat <<EOF", "| tee_f"]),
        ("a <<< 'x'", vec!["a <<<'x'"]),
        ("a\r\nb &\r\nwait\r\n", vec!["a", "b &", "wait"]),
        ("a \\\r\n  b\r\n", vec!["a_b"]),
        ("echo a\\ b *.txt {a,b}", vec!["echo_a b_?*.txt_?{a,b}"]),
        ("exec \"$@\"", vec!["exec_?\"$@\""]),
        ("trap 'kill 0' TERM", vec!["trap_kill 0_TERM"]),
        ("a <(b)", vec!["a_?<(b)", "b sub"]),
        ("time a", vec!["time_a"]),
        ("\u{feff}#!/bin/sh\na", vec!["a"]),
    ] {
        let want: Vec<_> = want.into_iter().map(|w| w.trim_end_matches('_').to_owned()).collect();
        let got: Vec<_> = show(text).iter().map(|w| w.replace(":_ ", ": ")).collect();
        let want: Vec<_> = want.iter().map(|w| w.replace(":_ ", ": ")).collect();
        assert_eq!(got, want, "{text:?}");
    }
}

#[test]
fn a_broken_part_does_not_hide_the_rest() {
    for text in ["a\nif b; then\nc\n", "a\n)\nc", "a 'unfinished\nc"] {
        let script = parse(text);
        assert!(script.has_errors, "{text:?}");
        assert_eq!(script.commands[0].name(), Some("a"), "{text:?}");
    }
}

#[test]
fn deep_and_long_texts_end() {
    let _ = parse(&"a && ".repeat(3000));
    assert_eq!(parse(&vec!["a"; 3000].join(" && ")).commands.len(), 3000);
    let _ = parse(&"( ".repeat(2000));
    let _ = parse(&"$(".repeat(2000));
    let _ = parse(&"{ a; ".repeat(2000));
    assert!(parse(&"a\n".repeat(1 << 20)).has_errors);
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "[a$({\"'`|&;<>)}\n\\\\ #é=\r]{0,60}") {
        for command in parse(&text).commands {
            prop_assert!(text.get(command.range.clone()).is_some() || text.contains("\r\n"));
            for word in command.words {
                prop_assert!(word.range.end <= text.len());
            }
        }
    }
}

/// Pieces that commands are made of, those that the short way leaves to the grammar among them.
fn pieces() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("apt-get"),
        Just("install"),
        Just("-y"),
        Just("--no-cache"),
        Just("/var/lib/apt/lists/*"),
        Just("a=b"),
        Just("--opt=v,w"),
        Just("'q w'"),
        Just("\"d $X ${Y}\""),
        Just("$HOME/bin"),
        Just("${A}b"),
        Just("echo"),
        Just("x:y@z"),
        Just("1.2"),
        Just("42"),
        Just("50%"),
        Just("if"),
        Just("test"),
        Just("export"),
        Just("[a]"),
        Just("*"),
        Just("a*b"),
        Just("~/x"),
        Just("\"\""),
        Just("''"),
        Just("it's"),
        Just("a\"b\""),
        Just("$1"),
        Just("$(id)"),
        Just("`id`"),
        Just("x\\ y"),
        Just("#c"),
        Just("a#b"),
        Just("!"),
        Just("{"),
        Just("."),
        Just(":"),
        Just("é"),
        Just("'é'"),
        Just("-"),
        Just("+x"),
        Just("in"),
        Just("2>&1"),
        Just(">f"),
        Just("=a"),
        Just("\"it's\""),
        Just("A=b"),
        Just("B="),
        Just("C=\"$D\""),
        Just("E=$F/g"),
        Just("export"),
        Just("H"),
        Just("2>&1"),
        Just("> f"),
        Just(">>\"$f\""),
        Just("2>/dev/null"),
        Just("< g"),
        Just("&> h"),
        Just("if"),
        Just("then"),
        Just("else"),
        Just("elif"),
        Just("fi"),
        Just("for"),
        Just("i in a b; do"),
        Just("while"),
        Just("until"),
        Just("do"),
        Just("done"),
        Just("! "),
        Just("[ -f x ]"),
        Just("[ \"$X\" = y ]"),
        Just("[ ! -d $X/y ]"),
        Just("[ $# -gt 0 ]"),
        Just("\"$@\""),
        Just("$1"),
        Just("${P:-/q}"),
        Just("--o=\"v w\""),
        Just("a'b'c"),
        Just("\"x\\\"y\""),
        Just("\"$X\"/y"),
        Just("exec"),
        Just("wait"),
        Just("\"é\""),
    ];
    let gap = prop_oneof![
        6 => Just(" "), 2 => Just(" && "), 1 => Just(" || "), 1 => Just("; "), 1 => Just("\n"), 2 => Just(" \\\n  "),
        1 => Just("&&"), 1 => Just(";"), 1 => Just(" && \\\n"), 1 => Just(" &&\n"), 1 => Just("\\\n"), 1 => Just(" | "),
        1 => Just(" & "), 1 => Just("\t"), 1 => Just(" ;; "), 1 => Just("\n\n"), 1 => Just(" \\\n\n"), 1 => Just("  "), 1 => Just(" \n# c\n"),
    ];
    proptest::collection::vec((word, gap), 1..9)
        .prop_map(|parts| parts.iter().map(|(word, gap)| [*word, *gap].concat()).collect())
}

/// A script without that in which the two may differ: the grammar counts comments as statements,
/// and hangs a redirection behind a list on all of its commands.
fn same(mut script: Script) -> String {
    let commands = &mut script.commands;
    let mut statements: Vec<usize> = commands.iter().map(|command| command.statement).collect();
    statements.dedup();
    let rank = |number: usize| statements.iter().position(|one| *one == number).unwrap_or(0);
    for number in &mut script.with_fallback {
        *number = rank(*number);
    }
    for command in commands.iter_mut() {
        command.statement = rank(command.statement);
        if !command.redirects.is_empty() {
            let values = command.assignments.iter().map(|(_, value)| value);
            let words = command.words.iter().chain(values).map(|word| word.range.end);
            command.range.end = words.max().unwrap_or(0);
        }
    }
    // Where several commands of a list have the same one, it stands behind the last.
    let mut seen = Vec::new();
    for command in commands.iter_mut().rev() {
        command.redirects.retain(|one| !seen.contains(one));
        seen.extend(command.redirects.iter().cloned());
    }
    format!("{script:#?}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_short_way_says_what_the_grammar_says(text in pieces(), lead in "[ \n]{0,2}") {
        let text = format!("{lead}{text}");
        if let Some(plain) = plain::parse(&text) {
            let full = parse::by_grammar(&text);
            prop_assert_eq!(same(plain), same(full), "{:?}", text);
        }
    }
}

#[test]
fn the_short_way_is_taken_by_what_most_files_hold() {
    for text in [
        "apt-get update && apt-get install -y --no-install-recommends \\\n    curl \\\n    git \\\n && rm -rf /var/lib/apt/lists/*",
        "npm ci --omit=dev && npm cache clean --force",
        "mkdir -p \"$HOME/.config\" /data; chmod 755 /entrypoint.sh",
        "pip install --no-cache-dir -r requirements.txt",
        "useradd -m -u 1001 app || true",
    ] {
        assert_eq!(plain::parse(text).map(same), Some(same(parse::by_grammar(text))), "{text}");
    }
}
