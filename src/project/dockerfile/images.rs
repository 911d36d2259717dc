//! The images that a file names: those that its stages start from, and those that it takes files from.

use super::{
    ast::{Dockerfile, Word},
    stages::{Base, Stages},
};

/// An image that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The image, or a name with a variable that has no value here.
    pub base: Base,
    /// As it is written, variables not replaced.
    pub written: String,
}

/// The images that the last stage is made of or takes files from, in file order.
pub fn images(file: &Dockerfile, stages: &Stages) -> Vec<Named> {
    let mut out = Vec::new();
    let mut add = |base: Base, written: &str| {
        if matches!(base, Base::Image(_) | Base::Unknown(_)) {
            out.push(Named { base, written: written.to_owned() });
        }
    };
    for index in stages.needed() {
        let Some(stage) = stages.stages.get(index) else { continue };
        if let Some(from) = file.instructions.get(stage.from)
            && let super::Kind::From { image, .. } = &from.kind
        {
            add(stage.base.clone(), &image.raw);
        }
        for at in stage.body.clone() {
            let Some(instruction) = file.instructions.get(at) else { continue };
            if instruction.flags.is_empty() {
                continue;
            }
            let from = instruction.flag("from").and_then(|flag| flag.value.clone());
            let mounts = instruction.flags_named("mount").filter_map(|flag| {
                let raw = &flag.value.as_ref()?.raw;
                let from = raw.split(',').find_map(|part| part.trim().strip_prefix("from="))?;
                Some(Word { span: flag.span, raw: from.to_owned() })
            });
            for word in from.into_iter().chain(mounts) {
                let expanded = stages.scope_at(at).expand(&word, file.escape);
                match expanded.known() {
                    Some(name) => add(stages.source_of(index, name), &word.raw),
                    None => add(Base::Unknown(word.raw.clone()), &word.raw),
                }
            }
        }
    }
    out
}
