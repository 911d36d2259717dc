//! The images that the final one is made of, and how large they are.

use super::Facts;
use crate::project::{
    dockerfile::{Base, Word},
    image::{
        ImageRef,
        looked_up::{Answer, Published},
        siblings, sizes,
    },
};

/// An image that the final one is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedImage {
    /// The reference, variables replaced.
    pub reference: String,
    /// Compressed bytes of linux/amd64, where they are known.
    pub bytes: Option<u64>,
    /// Where they are known from.
    pub source: SizeSource,
    /// `sha256:…` of what the reference names, where a registry told it.
    pub digest: Option<String>,
}

/// Where a size is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeSource {
    /// The table inside sandgate.
    Table,
    /// The image's registry.
    Registry,
    /// It is not known.
    Unknown,
}

impl SizeSource {
    /// Its name in formats.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Registry => "registry",
            Self::Unknown => "unknown",
        }
    }
}

impl Facts<'_> {
    /// What its registry told of an image.
    pub fn told(&self, reference: &str) -> Option<&Published> {
        match self.looked_up.get(reference)? {
            Answer::Image(told) => Some(told),
            Answer::Foreign { .. } | Answer::Unknown => None,
        }
    }

    /// The reference of the image that the final stage stands on.
    pub fn final_base(&self) -> Option<&str> {
        let lineage = self.stages.lineage(self.stages.last()?.index);
        match &self.stages.stages.get(*lineage.last()?)?.base {
            Base::Image(reference) => Some(reference),
            _ => None,
        }
    }

    /// References of the images that the final one is made of or takes files from, in file order.
    pub fn external_images(&self) -> Vec<String> {
        let Some(last) = self.stages.last() else { return Vec::new() };
        let mut out: Vec<String> = Vec::new();
        let mut add = |base: &Base| {
            if let Base::Image(reference) = base
                && !out.contains(reference)
                && ImageRef::parse(reference).is_some()
            {
                out.push(reference.clone());
            }
        };
        for index in self.stages.needed_for(self.file, last.index) {
            let stage = &self.stages.stages[index];
            add(&stage.base);
            for at in stage.body.clone() {
                let instruction = self.instruction(at);
                let from = instruction.flag("from").and_then(|flag| flag.value.clone());
                let mounts = instruction.flags_named("mount").filter_map(|flag| {
                    let raw = &flag.value.as_ref()?.raw;
                    let from = raw.split(',').find_map(|part| part.trim().strip_prefix("from="))?;
                    Some(Word { span: flag.span, raw: from.to_owned() })
                });
                for word in from.into_iter().chain(mounts) {
                    let expanded = self.stages.scope_at(at).expand(&word, self.file.escape);
                    if let Some(name) = expanded.known() {
                        add(&self.stages.source_of(index, name));
                    }
                }
            }
        }
        out
    }

    /// References that the rules would know more with: [`Self::external_images`], and the smaller
    /// variant of the base.
    pub fn worth_asking(&self) -> Vec<String> {
        let mut out = self.external_images();
        let smaller = self.final_base().and_then(|base| {
            let image = ImageRef::parse(base)?;
            let (name, tag) = (image.official()?, image.tag.as_deref()?);
            if image.digest.is_some() {
                return None;
            }
            let small = siblings::slim(name, tag).or_else(|| siblings::alpine(name, tag))?;
            Some(format!("{}:{small}", image.name()))
        });
        out.extend(
            smaller.filter(|smaller| !out.contains(smaller)).into_iter().collect::<Vec<_>>(),
        );
        out
    }

    /// The images with their sizes, from their registries before the table.
    pub(in crate::lint) fn used_images(&self) -> Vec<UsedImage> {
        self.external_images()
            .into_iter()
            .map(|reference| {
                let told = self.told(&reference);
                let (bytes, source) = match (told, size_in_table(&reference)) {
                    (Some(told), _) => (Some(told.bytes()), SizeSource::Registry),
                    (None, Some(bytes)) => (Some(bytes), SizeSource::Table),
                    (None, None) => (None, SizeSource::Unknown),
                };
                let digest = told.map(|told| told.digest.clone());
                UsedImage { reference, bytes, source, digest }
            })
            .collect()
    }
}

/// What the table says of an official image. A digest names one image, which the table does not
/// know.
pub fn size_in_table(reference: &str) -> Option<u64> {
    let image = ImageRef::parse(reference)?;
    if image.digest.is_some() {
        return None;
    }
    let tag = image.tag.as_deref().unwrap_or("latest");
    sizes::of(image.official()?, tag).map(|size| size.bytes)
}
