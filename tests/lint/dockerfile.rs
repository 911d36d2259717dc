//! The Dockerfile front end over the files in `tests/dockerfiles` and over texts that try it.

use std::{collections::BTreeMap, fs, ops::Range, path::PathBuf};

use parse_dockerfile::Instruction as Other;
use proptest::prelude::*;

use sandgate::project::{
    dockerfile::{Command, Dockerfile, Kind, parse, resolve},
    path::ContextPath,
    source::Source,
};

fn read(text: &str) -> Dockerfile {
    parse(Source::new(ContextPath::new("Dockerfile"), text.as_bytes().to_vec()))
}

fn errors(text: &str) -> Vec<String> {
    let file = read(text);
    let stages = resolve(&file, &BTreeMap::new());
    file.errors.iter().chain(&stages.errors).map(|error| error.message.clone()).collect()
}

#[test]
fn what_docker_accepts_has_no_error() {
    for text in [
        "FROM a\n",
        "\u{feff}FROM a",
        "# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nRUN x `\n y\n",
        "# c\n# escape=`\nFROM a\n",
        "from a as b\nFROM B\n",
        "ARG A=1\nARG B\nFROM a:${A}\n",
        "FROM a\nRUN x \\\n\n  # c\n y\n",
        "FROM a\nRUN x \\",
        "FROM a\nRUN <<EOF\na\nEOF\nRUN y\n",
        "FROM a\nRUN cat <<A > x && cat <<-'B'\na\nA\n\tb\n\tB\nRUN y\n",
        "FROM a\nRUN 3<<EOF\nEOF\n",
        "FROM a\nCOPY <<EOF /x\n$a\nEOF\n",
        "FROM a\nCOPY --from=b [\"a b\", \"c\"]\n",
        "FROM a\nENTRYPOINT []\nCMD []\n",
        "FROM a\nENTRYPOINT ['a', 'b']\n",
        "FROM a\nENV a b c\nENV a=b c=\"d e\" f=g\\ h\nLABEL x y\n",
        "FROM a\nENV a=${b:-c}${d:+e}${f#g}\n",
        "FROM a\nHEALTHCHECK NONE\nHEALTHCHECK --interval=1s CMD [\"a\"]\n",
        "FROM a\nONBUILD RUN <<EOF\na\nEOF\nRUN b\n",
        "FROM a\nARG a=b c\nEXPOSE 80/tcp 8000-8010 $P\nSTOPSIGNAL 9\nSHELL [\"a\"]\nVOLUME a b\n",
        "FROM a\nRUN --mount=type=secret,id=a,env=B --mount=type=cache,target=/x --network=none y\n",
        "FROM a\nADD --checksum=sha256:a --keep-git-dir --unpack=false b c\n",
        "FROM a\nRUN [[ -f x ]] && y\n",
        "FROM a\r\nRUN x \\\r\n y\r\n",
    ] {
        assert_eq!(errors(text), Vec::<String>::new(), "{text:?}");
    }
}

#[test]
fn what_docker_refuses_has_one() {
    for text in [
        "",
        "# only a comment\n",
        "RUN a\nFROM b\n",
        "FROM\n",
        "FROM a b\n",
        "FROM a AS 1b\n",
        "FROM a\nRNU b\n",
        "FROM a\nCOPY --fro=b c d\n",
        "FROM a\nCOPY b\n",
        "FROM a\nENV a\n",
        "FROM a\nENV a=b c\n",
        "FROM a\nRUN <<EOF\nb\n",
        "FROM a\nCMD [[\"b\"]]\n",
        "FROM a\nSHELL b\n",
        "FROM a\nHEALTHCHECK\n",
        "FROM a\nONBUILD FROM b\n",
        "FROM a\nUSER\n",
        "# escape=x\nFROM a\n",
        "# escape=`\n# escape=`\nFROM a\n",
        "FROM ${a:x}\n",
    ] {
        assert_eq!(errors(text).len(), 1, "{text:?}: {:?}", errors(text));
    }
}

#[test]
fn a_broken_line_costs_that_line() {
    let file = read("FROM a\nCOPY\nRUN b\n");
    assert_eq!(file.instructions.len(), 3);
    assert!(matches!(file.instructions[2].kind, Kind::Run(_)));
}

#[test]
fn spans_point_into_the_file_through_continuations() {
    let text = "FROM a\nENV x=1 \\\n  # c\n  longer=two\nCOPY --chmod=755 a b \\\n  /c/\n";
    let file = read(text);
    let Kind::Env(pairs) = &file.instructions[1].kind else { panic!("no ENV") };
    let value = pairs[1].value.as_ref().unwrap();
    assert_eq!(file.source.slice(value.span), "two");
    assert_eq!(file.source.slice(pairs[1].name.span), "longer");
    let Kind::Copy(copy) = &file.instructions[2].kind else { panic!("no COPY") };
    assert_eq!(file.source.slice(copy.dest.span), "/c/");
    assert_eq!(copy.sources.len(), 2);
    assert_eq!(file.comments.len(), 1);
}

#[test]
fn scripts_hold_here_documents() {
    let file = read("FROM a\nRUN <<EOF\nx\ny\nEOF\nRUN cat <<EOF > z\nx\nEOF\n");
    let script = |index: usize| match &file.instructions[index].kind {
        Kind::Run(Command::Shell { script, .. }) => script.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(script(1).text, "x\ny\n");
    assert_eq!(script(2).text, "cat <<EOF > z\nx\nEOF");
    let at = script(1).span(2..3);
    assert_eq!(file.source.slice(at), "y");
    let at = script(2).span(14..15);
    assert_eq!(file.source.slice(at), "x");
}

#[test]
fn stages_inherit() {
    let file = read(
        "ARG V=22\nFROM node:${V} AS Base\nENV A=1 B=$A\nARG V\nWORKDIR /a\nWORKDIR b\nFROM base\nENV A=2\nCOPY --from=0 x y\n\
         ENTRYPOINT [\"x\"]\n",
    );
    let stages = resolve(&file, &BTreeMap::new());
    assert_eq!(stages.stages.len(), 2);
    let scope = stages.scope_after(1);
    assert_eq!(scope.env["A"], "2");
    assert_eq!(scope.args["V"].as_deref(), Some("22"));
    assert_eq!(scope.workdir.as_deref(), Some("/a/b"));
    assert_eq!(stages.lineage(1), [1, 0]);
    assert_eq!(stages.scope_at(3).env["B"], "$A");
}

/// The Dockerfiles of a folder under `tests/dockerfiles`, sorted.
fn files(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/dockerfiles").join(folder);
    let mut out: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "Dockerfile"))
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    out.sort();
    assert!(out.len() > 20, "the files are there");
    out
}

/// `line: message (help)` of each error.
fn report(bytes: &[u8]) -> String {
    let file = parse(Source::new(ContextPath::new("Dockerfile"), bytes.to_vec()));
    let stages = resolve(&file, &BTreeMap::new());
    let mut errors: Vec<_> = file.errors.iter().chain(&stages.errors).collect();
    errors.sort_by_key(|error| error.span.start);
    let lines = errors.iter().map(|error| {
        let line = file.source.line_of(error.span.start as usize);
        let help = error.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{line}: {}{help}\n", error.message)
    });
    lines.collect()
}

#[test]
fn every_form_in_the_files_is_accepted() {
    for (path, bytes) in files("") {
        assert_eq!(report(&bytes), "", "{}", path.display());
        check(bytes);
    }
}

#[test]
fn what_is_refused_says_why() {
    for (path, bytes) in files("refused") {
        let got = report(&bytes);
        assert_ne!(got, "", "{}", path.display());
        let want = path.with_extension("txt");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&want, &got).unwrap();
        }
        assert_eq!(got, fs::read_to_string(&want).unwrap_or_default(), "{}", path.display());
        check(bytes);
    }
}

/// Files that the other parser refuses although BuildKit accepts them, and what it trips over.
const OTHER_REFUSES: &[(&str, &str)] = &[
    ("exec-forms", "an empty list resets ENTRYPOINT and CMD"),
    ("heredoc-behind-continuation", "a here-document may stand behind words"),
    ("heredoc-descriptor", "a here-document may have a file descriptor"),
    ("heredoc-into-command", "a here-document may feed a command"),
    ("heredoc-several", "several here-documents in one line"),
    ("onbuild-forms", "what ONBUILD holds is read when it runs"),
];

/// Files that both accept and read differently, and why ours is what BuildKit does.
const READ_DIFFERENTLY: &[(&str, &str)] = &[
    ("bom", "its offsets leave the byte order mark out"),
    ("escape-doubled", "a doubled escape character at the end continues nothing"),
    ("flags-end", "`--` ends the flags and is none"),
];

fn keyword(instruction: &Other<'_>) -> (&'static str, Range<usize>) {
    match instruction {
        Other::Add(i) => ("ADD", i.add.span.clone()),
        Other::Arg(i) => ("ARG", i.arg.span.clone()),
        Other::Cmd(i) => ("CMD", i.cmd.span.clone()),
        Other::Copy(i) => ("COPY", i.copy.span.clone()),
        Other::Entrypoint(i) => ("ENTRYPOINT", i.entrypoint.span.clone()),
        Other::Env(i) => ("ENV", i.env.span.clone()),
        Other::Expose(i) => ("EXPOSE", i.expose.span.clone()),
        Other::From(i) => ("FROM", i.from.span.clone()),
        Other::Healthcheck(i) => ("HEALTHCHECK", i.healthcheck.span.clone()),
        Other::Label(i) => ("LABEL", i.label.span.clone()),
        Other::Maintainer(i) => ("MAINTAINER", i.maintainer.span.clone()),
        Other::Onbuild(i) => ("ONBUILD", i.onbuild.span.clone()),
        Other::Run(i) => ("RUN", i.run.span.clone()),
        Other::Shell(i) => ("SHELL", i.shell.span.clone()),
        Other::Stopsignal(i) => ("STOPSIGNAL", i.stopsignal.span.clone()),
        Other::User(i) => ("USER", i.user.span.clone()),
        Other::Volume(i) => ("VOLUME", i.volume.span.clone()),
        Other::Workdir(i) => ("WORKDIR", i.workdir.span.clone()),
        other => panic!("unknown to this test: {other:?}"),
    }
}

/// Number of flags, and the here-documents of a RUN as `(expands, content)`.
fn details(instruction: &Other<'_>) -> (usize, Vec<(bool, String)>) {
    match instruction {
        Other::Add(i) => (i.options.len(), Vec::new()),
        Other::Copy(i) => (i.options.len(), Vec::new()),
        Other::From(i) => (i.options.len(), Vec::new()),
        Other::Run(i) => {
            let docs = i.here_docs.iter();
            (i.options.len(), docs.map(|doc| (doc.expand, doc.value.to_string())).collect())
        }
        _ => (0, Vec::new()),
    }
}

#[test]
fn another_parser_agrees() {
    let mut compared = 0;
    let mut surprises = String::new();
    for (path, bytes) in files("") {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let file = parse(Source::new(ContextPath::new("Dockerfile"), bytes.clone()));
        let text = file.source.text();
        let other = parse_dockerfile::parse(text);
        let listed = OTHER_REFUSES.iter().any(|(file, _)| *file == name);
        if other.is_err() != listed {
            surprises += &format!("{name}: refused: {:?}\n", other.as_ref().err());
        }
        let Ok(other) = other else { continue };
        let theirs: Vec<_> = other.instructions.iter().map(|i| (keyword(i), details(i))).collect();
        let ours: Vec<_> = file
            .instructions
            .iter()
            .map(|instruction| {
                let range = instruction.keyword.range();
                let word = text[range.clone()].replace("\\\n", "").to_ascii_uppercase();
                let flags = matches!(word.as_str(), "ADD" | "COPY" | "FROM" | "RUN");
                let docs = instruction.heredocs.iter().filter(|_| word == "RUN");
                let docs = docs.map(|doc| (doc.expand, doc.content.text.clone())).collect();
                ((word, range), (if flags { instruction.flags.len() } else { 0 }, docs))
            })
            .collect();
        let ours: Vec<_> =
            ours.iter().map(|(a, b)| ((a.0.as_str(), a.1.clone()), b.clone())).collect();
        let differs = READ_DIFFERENTLY.iter().any(|(file, _)| *file == name);
        if (ours != theirs) != differs {
            surprises += &format!("{name}:\n  ours   {ours:?}\n  theirs {theirs:?}\n");
        }
        compared += usize::from(!differs);
    }
    assert_eq!(surprises, "");
    assert!(compared >= 25, "{compared} files were compared");
}

/// What holds for the tree of any bytes.
fn check(bytes: Vec<u8>) {
    let file = parse(Source::new(ContextPath::new("Dockerfile"), bytes));
    let stages = resolve(&file, &BTreeMap::new());
    let text = file.source.text();
    let inside = |span: sandgate::project::source::Span| {
        assert!(text.get(span.range()).is_some(), "{span:?} splits a character of {text:?}");
    };
    let mut behind = 0;
    for (index, instruction) in file.instructions.iter().enumerate() {
        inside(instruction.span);
        inside(instruction.keyword);
        assert!(instruction.span.start >= behind, "in order");
        assert!(instruction.keyword.start >= instruction.span.start, "the keyword is inside");
        behind = instruction.span.end;
        instruction.flags.iter().for_each(|flag| inside(flag.span));
        let args = &instruction.args;
        for (at, c) in args.text.char_indices() {
            let there = args.offset(at);
            assert!(text[there..].starts_with(c), "byte {at} of {:?} in {text:?}", args.text);
            assert_eq!(args.position(there), at, "round trip");
        }
        for doc in &instruction.heredocs {
            inside(doc.word);
            inside(doc.body);
        }
        stages.scope_at(index);
    }
    for error in file.errors.iter().chain(&stages.errors) {
        inside(error.span);
    }
    for stage in 0..stages.stages.len() {
        stages.lineage(stage);
        stages.scope_after(stage);
    }
    let spans: Vec<_> = file
        .instructions
        .iter()
        .map(|instruction| instruction.span)
        .chain(file.comments.iter().map(|comment| comment.span))
        .chain(file.directives.iter().map(|directive| directive.span))
        .chain(file.empty_continuations.iter().copied())
        .collect();
    for line in 1..=file.source.line_count() {
        let span = file.source.line_span(line);
        let blank = file.source.slice(span).trim_start_matches('\u{feff}').trim().is_empty();
        assert!(
            blank || spans.iter().any(|known| known.overlaps(span)),
            "line {line} of {text:?} is in nothing"
        );
    }
}

/// Pieces that mean something to Docker, put together at random.
fn soup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "FROM ",
        "a",
        " AS b",
        "\n",
        "\n",
        "\nRUN ",
        "\nCOPY ",
        "\nENV ",
        "\nARG ",
        "\nONBUILD ",
        "\nCMD ",
        "\nHEALTHCHECK ",
        "\nEXPOSE ",
        "\nSHELL ",
        "\nVOLUME ",
        "--from=",
        "--mount=type=bind,from=b",
        "--",
        "<<EOF",
        "<<-'E F'",
        "3<<X",
        "\nEOF\n",
        "\nX\n",
        "\\\n",
        "\\",
        "`",
        "`\n",
        "# c\n",
        "# escape=`\n",
        "\r\n",
        " ",
        "\t",
        "[",
        "]",
        "\"",
        "'",
        "\"a\"",
        ", ",
        "=",
        "a=b",
        "${a:-",
        "${a",
        "$a",
        "}",
        "é",
        "\u{feff}",
        "\u{a0}",
        "NONE",
        "0",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(bytes);
    }

    #[test]
    fn any_soup_is_read(text in soup()) {
        check(text.into_bytes());
    }
}

#[test]
fn large_and_hostile_files_are_read_in_linear_time() {
    // Each of these takes minutes, or all memory, where anything is quadratic.
    let n = 100_000;
    for text in [
        format!("FROM a\nRUN {}", "--mount=type=bind ".repeat(n)),
        format!("FROM a\nCOPY {}", "--x ".repeat(n)),
        format!("FROM a\nRUN {}", "x \\\n".repeat(n)),
        format!("FROM a\nCOPY {} /x", "<<a ".repeat(n)),
        format!("FROM a\n{}", "\"".repeat(n)),
        format!("FROM a\nCMD [{}", "[".repeat(n)),
        format!("FROM a\nENV {}", "a=b ".repeat(n)),
        "FROM a AS b\n".repeat(n),
        format!(
            "FROM a\n{}",
            (0..n / 10).fold(String::new(), |all, i| all + &format!("ENV v{i}=1\n"))
        ),
        format!("FROM a\nENV a=0123456789\n{}", "ENV a=$a$a$a$a\n".repeat(100)),
        format!("FROM a\nENV a={}\nENV b=${{a//a*b/c}}\n", "a".repeat(n)),
        format!("FROM a\nENV a={}\n", "${a:-".repeat(n)),
    ] {
        let file = read(&text);
        let stages = resolve(&file, &BTreeMap::new());
        assert!(!stages.stages.is_empty());
    }
}
