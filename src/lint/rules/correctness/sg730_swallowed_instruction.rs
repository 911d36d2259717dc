//! An instruction that a line end behind `\` makes a part of the command above.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Command, Kind, looks_like_instruction},
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG730",
    name: "swallowed-instruction",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG730.md"),
    check,
};

/// Commands whose arguments may be any text.
const OF_TEXT: &[&str] = &[
    ":", "[", "[[", "awk", "case", "echo", "export", "for", "grep", "mysql", "printf", "psql",
    "sed", "sqlite3", "test",
];

/// Words behind which a command begins.
const OPENERS: &[&str] = &["!", "do", "else", "if", "then", "until", "while", "{"];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for (index, instruction) in facts.file.instructions.iter().enumerate() {
        let (Kind::Run(Command::Shell { .. })
        | Kind::Cmd(Command::Shell { .. })
        | Kind::Entrypoint(Command::Shell { .. })) = &instruction.kind
        else {
            continue;
        };
        let args = &instruction.args;
        let mut shell = Shell::default();
        for number in 1..args.map.len() {
            let place =
                |number: usize| args.map.get(number).map(|(at, file)| (*at as usize, *file));
            let (Some((before, line)), Some((at, next))) = (place(number - 1), place(number))
            else {
                continue;
            };
            shell.read(&args.text[before..at]);
            let end = place(number + 1).map_or(args.text.len(), |(end, _)| end);
            let written = args.text[at..end].trim();
            if shell.takes_arguments() && looks_like_instruction(written) {
                let start = next as usize + args.text[at..end].find(written).unwrap_or(0);
                let span = Span::new(start, start + written.len());
                report(facts, index, line as usize, span, written, sink);
            }
        }
    }
}

fn report(
    facts: &Facts<'_>,
    index: usize,
    above: usize,
    span: Span,
    written: &str,
    sink: &mut Sink<'_>,
) {
    let source = &facts.file.source;
    let keyword = written.split_whitespace().next().unwrap_or_default();
    let holder = source.slice(facts.instruction(index).keyword).to_ascii_uppercase();
    let number = source.line_of(above);
    let line = source.line_span(number);
    let text = source.slice(line).trim_end_matches(['\r', '\n']);
    let kept = text.trim_end().strip_suffix(facts.file.escape).map(str::trim_end);
    // An empty line would not end the instruction.
    let cut = kept.filter(|kept| !kept.trim_start().is_empty()).map(|kept| {
        let start = line.start as usize;
        Span::new(start + kept.len(), start + text.len())
    });
    sink.report(
        facts.at(span),
        format!("this {keyword} belongs to the {holder} above"),
        format!(
            "line {number} ends with `{}`, so the builder takes this for arguments of its command, and no {keyword} is carried out",
            facts.file.escape
        ),
    )
    .help(format!("take the `{}` at the end of line {number} away", facts.file.escape))
    .maybe_fix(cut.map(|span| Fix {
        title: format!("end the {holder} on line {number}"),
        safety: Safety::Unsafe,
        edits: vec![Edit::Replace {
            file: source.path().clone(),
            span,
            text: String::new(),
        }],
    }));
}

/// Where in a shell text one is, as far as words and quotes tell.
#[derive(Default)]
struct Shell {
    quote: Option<char>,
    /// The words of the command that is not at its end yet: the first, and the last.
    first: String,
    last: String,
    /// The last word goes on.
    open: bool,
}

impl Shell {
    fn read(&mut self, text: &str) {
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match self.quote {
                Some(open) if c == open => self.quote = None,
                Some('"') if c == '\\' => {
                    chars.next();
                }
                Some(_) => (),
                None if matches!(c, '&' | '|' | ';' | '(' | ')' | '`') => {
                    *self = Self::default();
                }
                None if c.is_whitespace() => self.open = false,
                None => {
                    if !self.open {
                        self.open = true;
                        self.last.clear();
                    }
                    if matches!(c, '\'' | '"') {
                        self.quote = Some(c);
                    }
                    self.last.push(c);
                    if c == '\\' {
                        self.last.extend(chars.next());
                    }
                    continue;
                }
            }
            self.settle();
        }
        self.settle();
    }

    /// What the first word is, once it is known.
    fn settle(&mut self) {
        if !self.open && self.first.is_empty() && !self.last.is_empty() {
            if OPENERS.contains(&self.last.as_str()) {
                self.last.clear();
            } else {
                self.first.clone_from(&self.last);
            }
        }
    }

    /// Whether what follows is one more argument of a command that takes names and options.
    fn takes_arguments(&self) -> bool {
        self.quote.is_none() && !self.first.is_empty() && !OF_TEXT.contains(&self.first.as_str())
    }
}
