//! The Dockerfile front end over the files in `tests/dockerfiles` and over texts that try it.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

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
