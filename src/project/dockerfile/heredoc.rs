//! The here-documents of an instruction.

use super::{
    ast::{Command, Heredoc, Instruction, Kind, Text},
    lex::{Body, Guess, Lexer},
    parse::{Cx, shown},
    words,
};
use crate::project::source::Span;

/// Reads the here-documents of a line that may have some.
pub(super) fn heredocs(
    instruction: &mut Instruction,
    line: &Text,
    lexer: &mut Lexer<'_>,
    cx: &mut Cx<'_>,
) {
    let holder = match &mut instruction.kind {
        Kind::Onbuild(inner) => &mut **inner,
        _ => &mut *instruction,
    };
    let may = match &holder.kind {
        Kind::Run(Command::Shell { .. }) => true,
        Kind::Copy(transfer) | Kind::Add(transfer) => !transfer.json,
        _ => false,
    };
    if !may {
        short_copy(holder, cx);
        return;
    }
    let bytes = line.text.as_bytes();
    if !memchr::memchr_iter(b'<', bytes).any(|at| bytes.get(at + 1) == Some(&b'<')) {
        short_copy(holder, cx);
        return;
    }
    let mut found: Vec<Heredoc> = Vec::new();
    // Here the escape character is a backslash whatever the directive says. A quote that does not
    // close makes the shell's problem of the whole line.
    let (candidates, closed) = words::quoted_checked(line, 0..line.text.len(), '\\');
    for word in candidates.into_iter().filter(|_| closed) {
        let Some((fd, strip_tabs, name, expand)) = heredoc_word(&word.raw) else { continue };
        let Body { span: body, content, terminator, guess } = lexer.heredoc(&name, strip_tabs);
        let end = terminator.unwrap_or(body).end as usize;
        holder.span.end = Span::at(end).start;
        let open = terminator.is_none();
        if open || guess.is_some() {
            cx.error(
                word.span,
                format!("the here-document `{}` does not end", shown(&name)),
                Some(help_to_end(&name, strip_tabs, guess, lexer)),
            );
        }
        found.push(Heredoc {
            word: word.span,
            name,
            fd,
            strip_tabs,
            expand,
            body,
            content,
            terminator,
        });
        if open {
            break;
        }
    }
    let words: Vec<Span> = found.iter().map(|heredoc| heredoc.word).collect();
    match &mut holder.kind {
        Kind::Copy(transfer) | Kind::Add(transfer) => {
            if words.binary_search(&transfer.dest.span).is_ok() {
                cx.error(
                    transfer.dest.span,
                    "a here-document cannot be the destination".into(),
                    Some("name the file or directory to write behind it".into()),
                );
            }
            transfer.sources.retain(|source| words.binary_search(&source.span).is_err());
        }
        Kind::Run(Command::Shell { script, .. }) if !found.is_empty() => {
            *script = shell_text(script, &found);
        }
        _ => (),
    }
    holder.heredocs = found;
    short_copy(holder, cx);
    let end = holder.span.end.max(instruction.span.end);
    instruction.span.end = end;
}

/// How to end a here-document that has no end mark.
fn help_to_end(name: &str, strip_tabs: bool, guess: Option<Guess>, lexer: &Lexer<'_>) -> String {
    let name = shown(name);
    let what = if strip_tabs { "nothing but tabs before it" } else { "nothing before it" };
    match guess {
        Some(Guess::Mark(line)) => format!(
            "line {} looks like its end: write `{name}` there, with {what} and nothing behind it",
            lexer.line_number(line)
        ),
        Some(Guess::Instruction(line)) => format!(
            "put `{name}` alone on a line; it probably ends above line {}, from which on the file is read as instructions",
            lexer.line_number(line)
        ),
        None => format!("put `{name}` alone on the line behind it"),
    }
}

/// COPY and ADD need a source, a here-document at least.
fn short_copy(instruction: &Instruction, cx: &mut Cx<'_>) {
    if let Kind::Copy(transfer) | Kind::Add(transfer) = &instruction.kind
        && transfer.sources.is_empty()
        && instruction.heredocs.is_empty()
    {
        cx.error(
            instruction.keyword,
            "COPY and ADD need at least a source and a destination".into(),
            Some("write `COPY source destination`".into()),
        );
    }
}

/// What the shell gets: the body of a lone here-document, else the line and the documents behind it.
fn shell_text(line: &Text, heredocs: &[Heredoc]) -> Text {
    if let [only] = heredocs
        && heredoc_word(line.text.trim()).is_some()
    {
        return only.content.clone();
    }
    let mut out = line.clone();
    for heredoc in heredocs {
        if !out.text.ends_with('\n') {
            out.map.push((Span::at(out.text.len()).start, heredoc.body.start.saturating_sub(1)));
            out.text.push('\n');
        }
        let base = Span::at(out.text.len()).start;
        out.map.extend(heredoc.content.map.iter().map(|(at, file)| (at + base, *file)));
        out.text.push_str(&heredoc.content.text);
        if let Some(terminator) = heredoc.terminator {
            out.map.push((Span::at(out.text.len()).start, terminator.start));
            out.text.push_str(&heredoc.name);
        }
    }
    out
}

/// `3<<-"EOF"`: descriptor, tabs stripped, name, whether the body expands.
fn heredoc_word(raw: &str) -> Option<(u32, bool, String, bool)> {
    let digits = raw.bytes().take_while(u8::is_ascii_digit).count();
    let rest = raw[digits..].strip_prefix("<<")?;
    let (strip_tabs, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    if rest.is_empty() || rest.contains('<') {
        return None;
    }
    let mut name = String::new();
    let mut quote = None;
    let mut plain = true;
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match quote {
            None if c == '\'' || c == '"' => (quote, plain) = (Some(c), false),
            Some(open) if c == open => quote = None,
            None if c == '\\' => {
                plain = false;
                name.extend(chars.next());
            }
            None if c.is_whitespace() => return None,
            _ => name.push(c),
        }
    }
    if quote.is_some() || name.is_empty() {
        return None;
    }
    Some((raw[..digits].parse().unwrap_or(0), strip_tabs, name, plain))
}
