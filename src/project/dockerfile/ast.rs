//! What a Dockerfile says, with the place of every part.
//!
//! Every span is a byte range of the file. Texts that a continuation breaks over lines are joined
//! as Docker joins them ([`Text`]), and remember where each of their bytes came from.

use std::ops::Range;

use crate::project::source::{Source, Span};

/// A parsed Dockerfile. Parsing never fails: what could not be understood is in [`Self::errors`],
/// and the rest of the file is there.
#[derive(Debug)]
pub struct Dockerfile {
    /// The file.
    pub source: Source,
    /// The escape character: `\`, or a backtick by directive.
    pub escape: char,
    /// `# syntax=`, `# escape=`, `# check=`, in order.
    pub directives: Vec<Directive>,
    /// Every whole-line comment, also those inside a continued instruction; directives excluded.
    pub comments: Vec<Comment>,
    /// The instructions in file order, broken ones included.
    pub instructions: Vec<Instruction>,
    /// Blank lines inside a continued instruction (with their line end): Docker warns of them.
    pub empty_continuations: Vec<Span>,
    /// What Docker would refuse, in file order.
    pub errors: Vec<SyntaxError>,
}

/// A parser directive.
#[derive(Debug, Clone)]
pub struct Directive {
    /// The line, without its line end.
    pub span: Span,
    /// Lower-case name: `syntax`, `escape` or `check`.
    pub name: String,
    /// The value, trimmed.
    pub value: String,
    /// Where the value stands.
    pub value_span: Span,
}

/// A comment line.
#[derive(Debug, Clone, Copy)]
pub struct Comment {
    /// From the `#` to the end of the line, line end excluded.
    pub span: Span,
    /// Whether it stands inside a continued instruction.
    pub inside: bool,
}

/// Something that Docker refuses.
#[derive(Debug, Clone)]
pub struct SyntaxError {
    /// Where.
    pub span: Span,
    /// What is wrong: lower case, no final period.
    pub message: String,
    /// What to do, where there is one thing to do.
    pub help: Option<String>,
    /// What was certainly meant, to be written instead of the span.
    pub correction: Option<String>,
}

/// Joined text that knows where it came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// The text as Docker sees it: continuations joined, comment lines inside them dropped.
    pub text: String,
    /// `(offset in text, offset in file)`, ascending; each entry holds until the next.
    pub map: Vec<(u32, u32)>,
}

impl Text {
    /// Text that stands in the file as it is, from `start` on.
    pub fn contiguous(text: &str, start: usize) -> Self {
        Self { text: text.to_owned(), map: vec![(0, Span::at(start).start)] }
    }

    /// Where in the file the byte at `offset` of the text stands.
    pub fn offset(&self, offset: usize) -> usize {
        let index = self.map.partition_point(|(at, _)| *at as usize <= offset);
        let Some((at, file)) = index.checked_sub(1).and_then(|i| self.map.get(i)) else { return 0 };
        *file as usize + (offset - *at as usize)
    }

    /// Where in the text the byte at `offset` of the file stands; the nearest one before it where
    /// it is no part of the text.
    pub fn position(&self, offset: usize) -> usize {
        let index = self.map.partition_point(|(_, file)| *file as usize <= offset);
        let Some((at, file)) = index.checked_sub(1).and_then(|i| self.map.get(i)) else { return 0 };
        (*at as usize + (offset - *file as usize)).min(self.text.len())
    }

    /// The span in the file of a range of the text, from its first to behind its last byte.
    pub fn span(&self, range: Range<usize>) -> Span {
        let start = self.offset(range.start);
        if range.is_empty() {
            return Span::at(start);
        }
        Span::new(start, self.offset(range.end - 1) + 1)
    }

    /// A part of the text, which keeps its places.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let first = self.map.partition_point(|(at, _)| *at as usize <= range.start);
        let behind = self.map[first..].partition_point(|(at, _)| (*at as usize) < range.end);
        let inside = &self.map[first..first + behind];
        let mut map = Vec::with_capacity(1 + inside.len());
        map.push((0, Span::at(self.offset(range.start)).start));
        let start = Span::at(range.start).start;
        map.extend(inside.iter().map(|(at, file)| (*at - start, *file)));
        Self { text: self.text[range].to_owned(), map }
    }
}

/// One word as it is written: quotes and variables still in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Word {
    /// Where it stands, quotes included.
    pub span: Span,
    /// The written text, continuations joined. In JSON form: the decoded string.
    pub raw: String,
}

/// One instruction.
#[derive(Debug)]
pub struct Instruction {
    /// From the keyword to the end of the last line (here-documents included), line end excluded.
    pub span: Span,
    /// The keyword.
    pub keyword: Span,
    /// `--name=value` words before the arguments.
    pub flags: Vec<Flag>,
    /// Everything behind the keyword, flags included, here-document bodies excluded, trimmed.
    pub args: Text,
    /// What was meant as a comment behind the arguments: Docker takes it for more of them, and
    /// [`Self::kind`] is without it.
    pub comment: Option<Span>,
    /// Here-documents of RUN, COPY and ADD, in order.
    pub heredocs: Vec<Heredoc>,
    /// What it says.
    pub kind: Kind,
}

impl Instruction {
    /// The flag `name`, the last one where it is given twice.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().rev().find(|flag| flag.name == name)
    }

    /// Every flag `name`, in order.
    pub fn flags_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Flag> {
        self.flags.iter().filter(move |flag| flag.name == name)
    }
}

/// A flag of an instruction.
#[derive(Debug, Clone)]
pub struct Flag {
    /// The whole word.
    pub span: Span,
    /// Name without `--`, as written (Docker compares exactly).
    pub name: String,
    /// The value behind `=`, `None` where there is no `=`.
    pub value: Option<Word>,
}

/// A here-document.
#[derive(Debug, Clone)]
pub struct Heredoc {
    /// `<<EOF`, as it stands in the instruction's line.
    pub word: Span,
    /// The end mark without quotes; COPY names the file by it.
    pub name: String,
    /// File descriptor before `<<`, 0 where there is none.
    pub fd: u32,
    /// `<<-`: leading tabs of the body are dropped.
    pub strip_tabs: bool,
    /// Whether variables in the body expand (no quote anywhere in the end mark).
    pub expand: bool,
    /// The body as it stands in the file, last line end included.
    pub body: Span,
    /// The body as Docker takes it (tabs stripped for `<<-`, a CR before a line end kept).
    pub content: Text,
    /// The line of the end mark, line end excluded, or of what was probably meant as one; `None`
    /// where there is neither.
    pub terminator: Option<Span>,
}

/// What an instruction says.
#[derive(Debug)]
pub enum Kind {
    /// `FROM image AS name`.
    From {
        /// The base, unexpanded.
        image: Word,
        /// The stage name as written.
        alias: Option<Word>,
    },
    /// `RUN`.
    Run(Command),
    /// `CMD`.
    Cmd(Command),
    /// `ENTRYPOINT`.
    Entrypoint(Command),
    /// `SHELL [...]`.
    Shell(Vec<Word>),
    /// `COPY`.
    Copy(Transfer),
    /// `ADD`.
    Add(Transfer),
    /// `ENV`.
    Env(Vec<Assignment>),
    /// `LABEL`.
    Label(Vec<Assignment>),
    /// `ARG`; several in one line are legal.
    Arg(Vec<Assignment>),
    /// `EXPOSE`.
    Expose(Vec<Word>),
    /// `USER`.
    User(Word),
    /// `WORKDIR`.
    Workdir(Word),
    /// `VOLUME`.
    Volume(Vec<Word>),
    /// `STOPSIGNAL`.
    Stopsignal(Word),
    /// `HEALTHCHECK`; `None` for `HEALTHCHECK NONE`.
    Healthcheck(Option<Command>),
    /// `ONBUILD` and what it holds.
    Onbuild(Box<Instruction>),
    /// `MAINTAINER`.
    Maintainer(Word),
    /// A keyword that Docker does not know, or arguments that it refuses; the error is in
    /// [`Dockerfile::errors`].
    Invalid,
}

/// The command of RUN, CMD, ENTRYPOINT or HEALTHCHECK.
#[derive(Debug)]
pub enum Command {
    /// JSON form: run without a shell.
    Exec(Vec<Word>),
    /// Shell form.
    Shell {
        /// What the shell is given: the line, or the body where a RUN is nothing but one
        /// here-document (`RUN <<EOF`); otherwise the line followed by the here-documents as they stand.
        script: Text,
        /// A list that looks like JSON but is not (single quotes, trailing comma, no closing
        /// bracket), so that Docker takes it as shell text.
        broken_json: bool,
    },
}

/// Sources and destination of COPY or ADD.
#[derive(Debug)]
pub struct Transfer {
    /// The sources, here-documents excluded.
    pub sources: Vec<Word>,
    /// The destination.
    pub dest: Word,
    /// Whether it was written as a JSON list.
    pub json: bool,
}

/// `NAME=value`, `NAME value` or a bare `NAME`.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The whole pair.
    pub span: Span,
    /// The name, as written.
    pub name: Word,
    /// The value, `None` where there is no `=`.
    pub value: Option<Word>,
    /// The old form with a blank instead of `=`.
    pub legacy: bool,
}
