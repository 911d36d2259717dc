//! The Dockerfile front end over any bytes: no panic, every place inside the file, instructions in the
//! order of the file and apart from each other, and the same answer twice.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use sandgate::project::{
    dockerfile::{self, Dockerfile},
    path::ContextPath,
    source::{Source, Span},
};

fn parse(data: &[u8]) -> Dockerfile {
    dockerfile::parse(Source::new(ContextPath::new("Dockerfile"), data.to_vec()))
}

fuzz_target!(|data: &[u8]| {
    let file = parse(data);
    let text = file.source.text();
    let check = |what: &str, span: Span| {
        let (start, end) = (span.start as usize, span.end as usize);
        assert!(start <= end && end <= text.len(), "{what} at {span:?} of {}", text.len());
        assert!(text.is_char_boundary(start) && text.is_char_boundary(end), "{what} at {span:?}");
    };
    let mut before = 0;
    for instruction in &file.instructions {
        check("an instruction", instruction.span);
        check("a keyword", instruction.keyword);
        assert!(instruction.span.start >= before, "an instruction begins inside another");
        before = instruction.span.end;
        for flag in &instruction.flags {
            check("a flag", flag.span);
        }
        for heredoc in &instruction.heredocs {
            check("a here-document", heredoc.body);
            check("a here-document's mark", heredoc.word);
        }
        if !instruction.args.text.is_empty() {
            check("arguments", instruction.args.span(0..instruction.args.text.len()));
        }
    }
    for error in &file.errors {
        check("an error", error.span);
    }
    for comment in &file.comments {
        check("a comment", comment.span);
    }
    let stages = dockerfile::resolve(&file, &BTreeMap::new());
    for stage in &stages.stages {
        assert!(stage.body.end <= file.instructions.len());
        if let dockerfile::Base::Stage(parent) = stage.base {
            assert!(parent < stage.index, "a stage starts from itself or a later one");
        }
    }
    let again = parse(data);
    assert_eq!(file.instructions.len(), again.instructions.len());
    assert_eq!(file.errors.len(), again.errors.len());
});
