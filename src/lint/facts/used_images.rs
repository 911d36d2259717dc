//! The images that the final one is made of, and how large they are.

use std::collections::BTreeSet;

use super::{Facts, join};
use crate::{
    project::{
        dockerfile::{Base, Scope, images},
        image::{
            ImageRef,
            looked_up::{Answer, LookedUp, Published},
            siblings, sizes,
        },
    },
    secrets::looks_secret,
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

    /// [`Self::final_base`], taken apart.
    pub fn final_reference(&self) -> Option<&ImageRef> {
        let lineage = self.stages.lineage(self.stages.last()?.index);
        self.references.get(*lineage.last()?)?.as_ref()
    }

    /// References of the images that the final one is made of or takes files from, in file order.
    pub fn external_images(&self) -> Vec<String> {
        self.external().into_iter().map(|(reference, _)| reference).collect()
    }

    /// [`Self::external_images`], each also taken apart.
    fn external(&self) -> Vec<(String, ImageRef)> {
        let named = images(self.file, &self.stages);
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let distinct = named.iter().filter_map(|named| match &named.base {
            Base::Image(reference) if seen.insert(reference) => Some(reference),
            _ => None,
        });
        distinct
            .filter_map(|reference| Some((reference.clone(), ImageRef::parse(reference)?)))
            .collect()
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
        self.external()
            .into_iter()
            .map(|(reference, image)| {
                let told = self.told(&reference);
                let (bytes, source) = match (told, table_size(&image)) {
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

/// So many bytes of an image's environment are heeded: instructions may copy what is known.
const ENVIRONMENT: usize = 16 << 10;

/// What a stage on the image begins with, where its registry told it.
pub(super) fn settings(images: &LookedUp, reference: &str) -> Option<Scope> {
    let Some(Answer::Image(told)) = images.get(reference) else { return None };
    let mut left = ENVIRONMENT;
    let mut fits = |name: &str, value: &str| {
        let rest = left.checked_sub(name.len() + value.len());
        left = rest.unwrap_or(left);
        rest.is_some()
    };
    // A credential would be shown wherever its variable is used.
    let env = told
        .env
        .iter()
        .filter(|(name, value)| fits(name, value) && looks_secret(name, value).is_none());
    let workdir = Some(join("/", &told.workdir)).filter(|path| path != "/");
    Some(Scope {
        env: env.map(|(name, value)| (name.clone(), value.clone())).collect(),
        user: Some(told.user.clone()).filter(|user| !user.is_empty()),
        workdir,
        ..Scope::default()
    })
}

/// What the table says of an official image. A digest names one image, which the table does not
/// know.
pub fn size_in_table(reference: &str) -> Option<u64> {
    table_size(&ImageRef::parse(reference)?)
}

fn table_size(image: &ImageRef) -> Option<u64> {
    if image.digest.is_some() {
        return None;
    }
    let tag = image.tag.as_deref().unwrap_or("latest");
    sizes::of(image.official()?, tag).map(|size| size.bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::project::{
        dockerfile::{Stages, parse, resolve_on},
        path::ContextPath,
        source::Source,
    };

    /// The scope that the last stage leaves on `base`, whose registry told this.
    fn left(text: &str, env: &[(&str, &str)], user: &str, workdir: &str) -> Scope {
        let told = Published {
            env: env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            user: user.to_owned(),
            workdir: workdir.to_owned(),
            ..Published::default()
        };
        let images = LookedUp::from([
            ("base:1".to_owned(), Answer::Image(Box::new(told))),
            ("other:1".to_owned(), Answer::Unknown),
        ]);
        let file = parse(Source::new(ContextPath::new("Dockerfile"), text.into()));
        let stages: Stages = resolve_on(&file, &BTreeMap::new(), &|image| settings(&images, image));
        stages.scope_after(stages.stages.len() - 1).clone()
    }

    #[test]
    fn settings_of_a_base_hold_until_they_are_changed() {
        let env = [("A", "a"), ("B", "b")];
        let on = |text: &str| left(text, &env, "app:app", "/srv/");
        let scope = on("FROM base:1\nENV B=2 C=$A-$B\nARG A=x\nWORKDIR sub\n");
        let get = |name: &str| scope.lookup(name);
        assert_eq!(get("A").as_deref(), Some("a"), "ENV beats ARG");
        assert_eq!((get("B").as_deref(), get("C").as_deref()), (Some("2"), Some("a-b")));
        assert_eq!(scope.workdir.as_deref(), Some("/srv/sub"));
        assert_eq!(scope.user.as_deref(), Some("app:app"));

        let scope = on("FROM base:1 AS x\nUSER root\nFROM x\nWORKDIR /app\n");
        assert_eq!(scope.user.as_deref(), Some("root"));
        assert_eq!(scope.workdir.as_deref(), Some("/app"));

        for text in ["FROM other:1\n", "FROM asked-nobody:1\n", "FROM scratch\n", "FROM $X\n"] {
            assert_eq!(on(text), Scope::default(), "{text}");
        }
    }

    #[test]
    fn neither_the_root_nor_huge_or_secret_values_are_taken_over() {
        for workdir in ["", "/", "/.."] {
            assert_eq!(left("FROM base:1\n", &[], "", workdir), Scope::default(), "{workdir}");
        }
        let long = "x".repeat(ENVIRONMENT);
        let env = [("A", "a"), ("B", &long), ("C", "c"), ("DB_PASSWORD", "Tr0ub4dor")];
        let scope = left("FROM base:1\n", &env, "", "");
        assert_eq!(scope.env.keys().collect::<Vec<_>>(), ["A", "C"]);
    }
}
