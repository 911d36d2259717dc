//! Instructions that move, and what several rules about their order ask.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety},
        facts::{Facts, Run, Work, work},
    },
    project::source::Span,
};

/// Moves an instruction, with the comment that belongs to it, in front of another one below it.
pub(super) fn above(facts: &Facts<'_>, index: usize, target: usize, title: String) -> Option<Fix> {
    all_above(facts, &[index], target, title)
}

/// Moves an instruction, with the comment that belongs to it, behind another one below it.
pub(super) fn below(facts: &Facts<'_>, index: usize, target: usize, title: String) -> Option<Fix> {
    moved(facts, index, facts.lines(target).end as usize, title)
}

/// Moves instructions, each with its comment and in their order, in front of another one below all of
/// them.
pub(super) fn all_above(
    facts: &Facts<'_>,
    indices: &[usize],
    target: usize,
    title: String,
) -> Option<Fix> {
    let at = facts.lines_with_comments(facts.instruction(target).span).start as usize;
    let source = &facts.file.source;
    let file = source.path();
    let mut blocks: Vec<Span> = Vec::new();
    for index in indices {
        let own = facts.lines_with_comments(facts.instruction(*index).span);
        match blocks.last_mut() {
            Some(last) if own.start <= last.end => *last = last.to(own),
            _ => blocks.push(own),
        }
    }
    if blocks.last().is_none_or(|last| at < last.end as usize) {
        return None;
    }
    let mut edits: Vec<Edit> = blocks
        .iter()
        .map(|block| Edit::Replace {
            file: file.clone(),
            span: cut(facts, *block, at),
            text: String::new(),
        })
        .collect();
    let text = blocks.iter().map(|block| source.slice(*block)).collect();
    edits.push(Edit::Replace { file: file.clone(), span: Span::at(at), text });
    Some(Fix { title, safety: Safety::Safe, edits })
}

fn moved(facts: &Facts<'_>, index: usize, at: usize, title: String) -> Option<Fix> {
    let source = &facts.file.source;
    let own = facts.lines_with_comments(facts.instruction(index).span);
    if at < own.end as usize {
        return None;
    }
    let text = source.slice(own);
    let end = source.line_end();
    // The last line of the file may have no line end.
    let open = at == source.text().len() && !source.text().ends_with('\n');
    let text = if open { format!("{end}{}", text.trim_end()) } else { text.to_owned() };
    let file = source.path().clone();
    Some(Fix {
        title,
        safety: Safety::Safe,
        edits: vec![
            Edit::Replace { file: file.clone(), span: cut(facts, own, at), text: String::new() },
            Edit::Replace { file, span: Span::at(at), text },
        ],
    })
}

/// What goes with the lines: the blank line behind them, where one stands in front of them too.
pub(super) fn cut(facts: &Facts<'_>, own: Span, at: usize) -> Span {
    let source = &facts.file.source;
    let line = source.line_of(own.start as usize);
    let next = source.full_line_span(source.line_of(own.end as usize));
    let is_blank = |span: Span| !span.is_empty() && source.slice(span).trim().is_empty();
    let doubled = line > 1
        && is_blank(source.full_line_span(line - 1))
        && is_blank(next)
        && next.end as usize <= at;
    if doubled { own.to(next) } else { own }
}

/// The places where a text has a word: no letter, digit or underscore stands beside it.
pub(super) fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    memchr::memmem::find_iter(text.as_bytes(), word).filter(move |at| {
        !text[..*at].ends_with(is_part) && !text[*at + word.len()..].starts_with(is_part)
    })
}

/// What a RUN is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// Installations of the system's packages, and files put in their places.
    Packages,
    /// Installations of dependencies and tools, too.
    Installs,
    /// Something else: a build, a script, what nobody can read.
    Other,
}

/// What a RUN is made of; of things that nobody knows it is [`Made::Other`].
pub(super) fn made(run: &Run) -> Made {
    if run.commands.is_empty() || run.script.has_errors {
        return Made::Other;
    }
    let mut out = Made::Packages;
    for held in &run.commands {
        match work(held) {
            Some((Work::Packages, _)) => continue,
            Some((Work::Dependencies, _)) => {
                out = Made::Installs;
                continue;
            }
            Some((Work::Compile, _)) => return Made::Other,
            None => (),
        }
        match held.call() {
            // Assignments alone.
            None if held.command.words.is_empty() => (),
            Some((name, args)) => match name {
                "apt-get"
                | "apt"
                | "apk"
                | "dnf"
                | "microdnf"
                | "yum"
                | "zypper"
                | "rm"
                | "mkdir"
                | "set"
                | "echo"
                | "true"
                | "cd"
                | "ln"
                | "chmod"
                | "chown"
                | "curl"
                | "wget"
                | "tar"
                | "unzip"
                | "printf"
                | "mv"
                | "cp"
                | "touch"
                | "cat"
                | "ls"
                | "sed"
                | "tee"
                | "dpkg"
                | "exit"
                | "gpg"
                | "install"
                | "update-ca-certificates"
                | "groupadd"
                | "useradd"
                | "usermod"
                | "adduser"
                | "addgroup"
                | "locale-gen"
                | "test"
                | "["
                | "export"
                | "sha256sum" => (),
                "." | "source" if args == ["/etc/os-release"] => (),
                "npm" | "pnpm" | "yarn" | "corepack" | "pip" | "pip3" | "poetry" | "uv"
                    if args.iter().any(|arg| {
                        matches!(*arg, "cache" | "config" | "enable" | "prepare" | "store" | "set")
                    }) =>
                {
                    out = Made::Installs;
                }
                _ => return Made::Other,
            },
            None => return Made::Other,
        }
    }
    out
}
