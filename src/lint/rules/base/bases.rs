//! The base images that the final image is made of.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Location, Safety},
        facts::Facts,
        rule::Draft,
    },
    project::{
        dockerfile::{Base, Instruction, Kind, Stage, expand},
        image::ImageRef,
        source::Span,
    },
};

/// An image in a FROM.
#[derive(Debug)]
pub(super) struct BaseImage<'a> {
    /// The stage that starts from it.
    pub(super) stage: &'a Stage,
    /// The image word.
    pub(super) span: Span,
    /// The reference with every variable replaced.
    pub(super) text: &'a str,
    /// The reference, taken apart.
    pub(super) image: &'a ImageRef,
    /// Whether the reference stands in the FROM as it is, without variables or quotes.
    literal: bool,
}

impl<'a> BaseImage<'a> {
    fn of(facts: &'a Facts<'_>, stage: &'a Stage) -> Option<Self> {
        let Base::Image(text) = &stage.base else { return None };
        let Kind::From { image: word, .. } = &facts.instruction(stage.from).kind else {
            return None;
        };
        Some(Self {
            stage,
            span: word.span,
            image: facts.references.get(stage.index)?.as_ref()?,
            text,
            literal: facts.file.source.slice(word.span) == text,
        })
    }

    /// The place of the image word.
    pub(super) fn at(&self, facts: &Facts<'_>) -> Location {
        facts.at(self.span)
    }

    /// Whether it is an image of the platform: its documentation uses them untagged and as `latest`; or one of the workspace,
    /// where that is its last build, for which `sandgate plan` builds this one again.
    pub(super) fn is_platform(&self) -> bool {
        let repository = self.image.repository.as_str();
        match self.image.registry.as_deref() {
            Some("ghcr.io") => repository.starts_with("blaxel-ai/"),
            Some("docker.io") => repository.starts_with("blaxel/"),
            None => ["blaxel/", "sandbox/"].iter().any(|start| repository.starts_with(start)),
            Some(host) => {
                let region = host.strip_suffix("registry.blaxel.ai");
                region.is_some_and(|region| region.is_empty() || region.ends_with('.'))
            }
        }
    }

    /// A fix that gives the image another tag; `None` where a variable or a digest has a say.
    pub(super) fn retag(&self, facts: &Facts<'_>, tag: &str) -> Option<Fix> {
        if !self.literal || self.image.digest.is_some() {
            return None;
        }
        let text = format!("{}:{tag}", self.image.name());
        let file = facts.file.source.path().clone();
        Some(Fix {
            title: format!("use `{text}`"),
            safety: Safety::Unsafe,
            edits: vec![Edit::Replace { file, span: self.span, text }],
        })
    }

    /// Adds the ARGs that the reference takes its parts from.
    pub(super) fn relate_args<'d>(&self, facts: &Facts<'_>, mut draft: Draft<'d>) -> Draft<'d> {
        let Kind::From { image, .. } = &facts.instruction(self.stage.from).kind else {
            return draft;
        };
        let lookup = |name: &str| facts.stages.global_args.get(name).cloned();
        for name in expand(image, facts.file.escape, &lookup).used {
            if facts.build_args.contains_key(&name) {
                continue;
            }
            let before = facts.file.instructions.iter().take_while(|i| !is_from(i));
            let args = before.filter_map(|instruction| match &instruction.kind {
                Kind::Arg(pairs) => Some(pairs),
                _ => None,
            });
            if let Some(pair) = args.flatten().filter(|pair| pair.name.raw == name).last() {
                draft = draft.related(facts.at(pair.span), format!("`{name}` is set here"));
            }
        }
        draft
    }
}

fn is_from(instruction: &Instruction) -> bool {
    matches!(instruction.kind, Kind::From { .. })
}

/// The images in the FROMs of every stage that the final image takes something from.
pub(super) fn used<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = BaseImage<'a>> {
    let stages = &facts.stages;
    stages.needed().filter_map(move |index| BaseImage::of(facts, &stages.stages[index]))
}

/// The image that the final stage stands on, through the stages it is made of.
pub(super) fn of_final<'a>(facts: &'a Facts<'_>) -> Option<BaseImage<'a>> {
    let lineage = facts.stages.lineage(facts.stages.last()?.index);
    BaseImage::of(facts, facts.stages.stages.get(*lineage.last()?)?)
}

/// Whether the final image is made of this stage, not only built with it.
pub(super) fn is_final(facts: &Facts<'_>, stage: &Stage) -> bool {
    facts.stages.last().is_some_and(|last| facts.stages.lineage(last.index).contains(&stage.index))
}
