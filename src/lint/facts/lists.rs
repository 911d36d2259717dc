//! Lists of words that are no JSON where Docker takes one.

use std::collections::BTreeMap;

use crate::project::{
    dockerfile::{Command, Dockerfile, Instruction, Kind},
    source::Span,
};

/// Such a list.
#[derive(Debug)]
pub struct BrokenList {
    /// Its text.
    pub span: Span,
    /// It as JSON, with what people get wrong put right; `None` where it still is no list of strings.
    pub repaired: Option<String>,
}

/// Finds them all, by index of the instruction.
pub(super) fn all(file: &Dockerfile) -> BTreeMap<usize, BrokenList> {
    let instructions = file.instructions.iter().enumerate();
    instructions.filter_map(|(index, instruction)| Some((index, of(instruction)?))).collect()
}

/// RUN, VOLUME and HEALTHCHECK may well begin with a bracket: `RUN [ "$A" = b ]`.
fn of(instruction: &Instruction) -> Option<BrokenList> {
    let (text, is_start) = match &instruction.kind {
        Kind::Entrypoint(Command::Shell { broken_json: true, .. })
        | Kind::Cmd(Command::Shell { broken_json: true, .. }) => (&instruction.args, true),
        Kind::Run(Command::Shell { script, broken_json: true })
            if instruction.heredocs.is_empty() =>
        {
            (script, false)
        }
        Kind::Healthcheck(Some(Command::Shell { script, broken_json: true })) => (script, false),
        Kind::Volume(words) if words.first().is_some_and(|word| word.raw.starts_with('[')) => {
            (&instruction.args, false)
        }
        _ => return None,
    };
    let repaired = repaired(&text.text);
    let is_meant = is_start
        || repaired.is_some()
        || ["[\"", "['"].iter().any(|start| text.text.starts_with(start));
    is_meant.then(|| BrokenList { span: text.span(0..text.text.len()), repaired })
}

fn repaired(text: &str) -> Option<String> {
    let mut text = text.trim().to_owned();
    if !text.contains('"') {
        text = text.replace('\'', "\"");
    }
    if let Some(head) = text.strip_suffix(']')
        && let Some(head) = head.trim_end().strip_suffix(',')
    {
        text = format!("{head}]");
    }
    serde_json::from_str::<Vec<String>>(&text).ok().map(|_| text)
}
