//! Places and edits that several rules of the family share.

use crate::{
    lint::{
        diagnostic::{Edit, Location},
        facts::{Facts, Origin, Placed, Root, is_api_image},
    },
    project::{
        dockerfile::{Base, Command, Instruction, Kind},
        image::family,
        source::Span,
    },
};

/// Where sandbox-api lies in everybody's image.
pub(super) const USUAL: &str = "/usr/local/bin/sandbox-api";

/// The ENTRYPOINT, else the CMD in effect.
pub(super) fn start_of(facts: &Facts<'_>) -> Option<Location> {
    facts.start.instruction.map(|index| facts.at(facts.instruction(index).span))
}

/// Inserts a line before an instruction and the comment that belongs to it, indented as it is.
pub(super) fn line_before(facts: &Facts<'_>, index: usize, line: &str) -> Edit {
    let source = &facts.file.source;
    let start = facts.lines_with_comments(facts.instruction(index).span).range().start;
    Edit::Replace {
        file: source.path().clone(),
        span: Span::at(start),
        text: format!("{}{line}{}", facts.indent(index), source.line_end()),
    }
}

/// Whether a here-document does not end, so that the lines below it are no instructions.
pub(super) fn is_cut_off(facts: &Facts<'_>) -> bool {
    let open = |instruction: &Instruction| {
        instruction.heredocs.iter().any(|heredoc| heredoc.terminator.is_none())
    };
    facts.file.instructions.last().is_some_and(open)
}

/// Adds a line at the end of the Dockerfile; `None` where it would belong to something that does not
/// end: a here-document, a continued line.
pub(super) fn last_line(facts: &Facts<'_>, line: &str) -> Option<Edit> {
    let source = &facts.file.source;
    let open = is_cut_off(facts);
    let behind = facts.file.instructions.last().map_or(0, |last| last.span.end);
    let goes_on = source.text().trim_end().ends_with(facts.file.escape)
        || facts.file.comments.last().is_some_and(|last| last.inside && last.span.end >= behind);
    if open || goes_on {
        return None;
    }
    let end = source.line_end();
    let before = if source.text().ends_with('\n') { "" } else { end };
    let indent = facts.file.instructions.len().checked_sub(1).map_or("", |at| facts.indent(at));
    Some(Edit::Replace {
        file: source.path().clone(),
        span: Span::at(source.text().len()),
        text: format!("{before}{indent}{line}{end}"),
    })
}

/// Inserts a line before the ENTRYPOINT or CMD of the final stage, else at the end.
pub(super) fn line_before_start(facts: &Facts<'_>, line: &str) -> Option<Edit> {
    let mut body = facts.stages.last().map_or(0..0, |stage| stage.body.clone());
    let first = body
        .find(|index| matches!(facts.instruction(*index).kind, Kind::Entrypoint(_) | Kind::Cmd(_)));
    match first {
        Some(index) => Some(line_before(facts, index, line)),
        None => last_line(facts, line),
    }
}

/// The COPY that brings sandbox-api, from a stage that already holds it where there is one.
pub(super) fn copy_line(facts: &Facts<'_>) -> String {
    let last = facts.stages.last().map_or(0, |stage| stage.index);
    let stage = facts.stages.stages[..last].iter().find(|stage| {
        matches!(&stage.base, Base::Image(image) | Base::Unknown(image) if is_api_image(image))
    });
    let from = stage.map_or_else(
        || "ghcr.io/blaxel-ai/sandbox:latest".to_owned(),
        |stage| stage.name.clone().unwrap_or_else(|| stage.index.to_string()),
    );
    format!("COPY --from={from} /sandbox-api {USUAL}")
}

/// Whether the final image has something to run commands with: a shell from a base or a COPY.
pub(super) fn has_shell(facts: &Facts<'_>) -> bool {
    let Some(fs) = facts.images.last() else { return true };
    !matches!(fs.root, Root::Scratch | Root::Api(_))
        && !facts.final_reference().is_some_and(family::has_no_shell)
        || fs.opaque
        || fs.filled.iter().any(|dir| matches!(dir.as_str(), "/" | "/bin" | "/usr" | "/usr/bin"))
        || fs
            .paths
            .keys()
            .any(|path| matches!(path.rsplit('/').next(), Some("sh" | "bash" | "busybox")))
}

/// Whether the final image is one of Windows: nothing else that could be said of it helps.
pub(super) fn is_windows(facts: &Facts<'_>) -> bool {
    facts.final_reference().is_some_and(family::is_windows)
}

/// Whether ENTRYPOINT or CMD in effect is a list that is no JSON: another rule says so.
pub(super) fn is_broken_list(instruction: &Instruction) -> bool {
    let (Kind::Entrypoint(command) | Kind::Cmd(command)) = &instruction.kind else { return false };
    matches!(command, Command::Shell { broken_json: true, .. })
}

/// Whether the start in effect is such a list.
pub(super) fn starts_with_broken_list(facts: &Facts<'_>) -> bool {
    facts.start.instruction.is_some_and(|index| is_broken_list(facts.instruction(index)))
}

/// The path at which sandbox-api lies, or will.
pub(super) fn api_path(facts: &Facts<'_>) -> String {
    let paths = facts.images.last().map(|fs| fs.api_paths()).unwrap_or_default();
    let usual = paths.iter().find(|path| **path == USUAL).or(paths.first());
    usual.map_or(USUAL, |path| path).to_owned()
}

/// Whether the place is a part of a file that an edit can aim at, not a whole instruction.
pub(super) fn is_exact(facts: &Facts<'_>, location: &Location) -> bool {
    let Some(span) = location.span else { return false };
    location.file != *facts.file.source.path()
        || facts.file.instructions.iter().all(|instruction| instruction.span != span)
}

/// Whether one COPY, ADD of one file put it there, so that a flag of it means this file alone.
pub(super) fn is_alone(facts: &Facts<'_>, placed: &Placed) -> bool {
    let instruction = facts.instruction(placed.instruction);
    let (Kind::Copy(transfer) | Kind::Add(transfer)) = &instruction.kind else { return false };
    let count = transfer.sources.len() + instruction.heredocs.len();
    let named = |name: &str| transfer.sources.iter().any(|word| word.raw.ends_with(name));
    count == 1
        && match &placed.origin {
            Origin::Context(path) => named(path.name()),
            Origin::Heredoc(..) | Origin::Url(_) => true,
            _ => false,
        }
}

/// The remedy where the shell of a RUN replaces variables in a script of the start that a
/// here-document of it holds.
pub(super) fn quote_document(facts: &Facts<'_>) -> Option<&'static str> {
    let replaced = facts.start.scripts.iter().any(|script| {
        let Origin::Run(Some(text)) = &script.placed.origin else { return false };
        let run = facts.file.source.slice(facts.instruction(script.placed.instruction).span);
        run.contains("<<")
            && run
                .lines()
                .skip(1)
                .any(|line| line.replace("\\$", "").contains('$') && !text.contains(line.trim()))
    });
    replaced.then_some(
        "quote the word of the here-document, as in `<<'EOF'`: the shell of the RUN replaces the \
         variables in its text",
    )
}
