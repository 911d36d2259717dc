//! What one project puts into the question: its image, the images it stands on, its digest, and what changed in it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    base::Before,
    changes::{self, Change, Now},
};
use crate::{
    pack::{self, PackError, Plan},
    project::{
        Project,
        dockerfile::{self, Base},
        image::ImageRef,
        manifest::{self, Manifest},
    },
    repo::near::{Kind, Near},
};

/// The image of one project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// Its name: `name` of `blaxel.toml`, else that of the folder.
    pub name: String,
    /// The folder, as whoever builds it names it.
    pub path: String,
    /// The Dockerfile, where the caller names one.
    pub dockerfile: Option<String>,
    /// The context digest; `None` where nothing is packed.
    pub digest: Option<String>,
    /// The images that it is made of and that a project of the repository might build.
    pub uses: Vec<Use>,
    /// What changed since the base, sorted; `None` where there is nothing to compare with.
    pub changes: Option<Vec<Change>>,
    /// Why the project cannot be read.
    pub trouble: Option<String>,
    /// What somebody should know of it.
    pub warnings: Vec<String>,
}

/// An image that another one is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Its name.
    pub name: String,
    /// As it is written.
    pub written: String,
    /// Whether one build is named, so that a new one makes no difference.
    pub pinned: bool,
}

/// A project that is read.
pub struct Sources<'a> {
    /// The project.
    pub project: &'a Project,
    /// What would be packed.
    pub plan: &'a Plan,
    /// Its folder, links resolved.
    pub real: &'a Path,
    /// Values for `ARG`s that the caller gives.
    pub build_args: &'a BTreeMap<String, String>,
    /// The `sandgate.toml` that holds.
    pub settings: &'a Settings,
    /// What the base held.
    pub before: Option<&'a Before>,
    /// The workspace that is built in, where that is known: images of others are no concern of this repository.
    pub workspace: Option<&'a str>,
}

/// Which `sandgate.toml` holds, in a folder whose links are resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settings {
    /// That of the nearest folder, where there is one.
    Nearest(Option<PathBuf>),
    /// That which the caller names, or none at all: those of folders do not count.
    Named(Option<PathBuf>),
}

/// The `sandgate.toml` that holds for a folder whose links are resolved.
pub fn settings(near: &Near, real: &Path) -> Option<PathBuf> {
    near.find(real, Kind::Config).map(|(file, _)| file)
}

/// The name of the image of the project in a folder.
pub fn name(file: Option<&Manifest>, folder: &Path) -> String {
    let named = file.and_then(|file| file.name.as_ref()).map(|name| name.value.as_str());
    if let Some(name) = named
        && manifest::is_name(name)
    {
        return name.to_owned();
    }
    let folder = std::path::absolute(folder).unwrap_or_default();
    let folder = folder.file_name().unwrap_or_default().to_string_lossy();
    let text = named.filter(|name| !manifest::is_interpolated(name)).unwrap_or(&folder);
    let name = manifest::slug(text);
    if name.is_empty() { unnamed(text) } else { name }
}

/// A name of what has no letter and no digit that a name may have.
fn unnamed(text: &str) -> String {
    let numbers: String = text.chars().map(|c| format!("-{:x}", u32::from(c))).collect();
    manifest::slug(&format!("image{numbers}"))
}

impl Image {
    /// Where it is made: the folder, or the Dockerfile in it that the caller names.
    pub fn place(&self) -> String {
        match &self.dockerfile {
            Some(file) => format!("{}/{file}", self.path),
            None => self.path.clone(),
        }
    }

    /// What a project that is read says: every file is read, once. `path` is for what is told; name and path are the
    /// caller's to add.
    pub fn of(path: &str, sources: &Sources<'_>) -> Result<Self, PackError> {
        let Sources { project, plan, before, .. } = *sources;
        let (contents, blobs) = pack::digest_beside(plan, |entry| changes::begin(before, entry))?;
        let pointers = plan.entries.iter().zip(&blobs).filter(|(_, blob)| blob.is_pointer());
        let pointers: Vec<&str> = pointers.map(|(entry, _)| entry.path.as_str()).collect();
        let mut warnings = Vec::new();
        if let Some(first) = pointers.first() {
            warnings.push(format!(
                "`{path}` holds {} of Git LFS in place of files, `{first}` for one: the image gets the pointer; \
                 add `lfs: true` below `with:` of actions/checkout, or run `git lfs pull`",
                if pointers.len() == 1 { "a pointer".into() } else { format!("{} pointers", pointers.len()) },
            ));
        }
        if let Some(before) = before {
            let here = crate::repo::files::below(&before.top, sources.real);
            warnings.extend(here.into_iter().flat_map(|here| absent(before, &here, project)));
        }
        let names = blobs.into_iter().map(super::blob::Blob::finish).collect();
        let changes = before.and_then(|before| {
            let now = Now { project, real: sources.real, plan, names };
            changes::since(before, &now, sources.settings)
        });
        if before.is_some() && changes.is_none() {
            warnings.push(format!(
                "the path of `{path}` is not UTF-8, and git's lists are not searched for it: it counts as changed"
            ));
        }
        let digest = Some(contents.digest);
        let uses = uses(sources);
        Ok(Self { digest, uses, changes, warnings, ..Self::default() })
    }

    /// What a project says that deploys a finished image and builds none.
    pub fn finished(
        file: &Manifest,
        real: &Path,
        settings: &Settings,
        before: Option<&Before>,
        workspace: Option<&str>,
    ) -> Self {
        let bytes = file.source.bytes();
        let changes = before
            .and_then(|before| changes::of_file(before, real, "blaxel.toml", bytes, settings));
        let uses =
            file.image.iter().filter_map(|image| of_text(&image.value, &image.value, workspace));
        Self { uses: uses.collect(), changes, ..Self::default() }
    }
}

/// Submodules of the project that are not checked out.
fn absent(before: &Before, here: &str, project: &Project) -> Vec<String> {
    let inside = |path: &str| {
        let rest =
            if here.is_empty() { path } else { path.strip_prefix(here)?.strip_prefix('/')? };
        project.exclusion_of(rest, true).is_none().then(|| path.to_owned())
    };
    let absent = before.absent.iter().filter_map(|path| inside(path));
    absent
        .map(|path| {
            format!(
                "the submodule `{path}` is not checked out: the image gets an empty folder; add `submodules: true` \
                 below `with:` of actions/checkout, or run `git submodule update --init`"
            )
        })
        .collect()
}

fn uses(sources: &Sources<'_>) -> Vec<Use> {
    let Sources { project, workspace, .. } = *sources;
    let file = project.manifest.iter().flat_map(|file| &file.build_args);
    let mut build_args: BTreeMap<String, String> =
        file.map(|arg| (arg.key.value.clone(), arg.value.value.clone())).collect();
    build_args.extend(sources.build_args.clone());
    let stages = dockerfile::resolve(&project.dockerfile, &build_args);
    let mut out: Vec<Use> = Vec::new();
    for named in dockerfile::images(&project.dockerfile, &stages) {
        let found = match &named.base {
            Base::Image(reference) => of_text(reference, &named.written, workspace),
            Base::Unknown(text) => of_unknown(text, workspace),
            Base::Stage(_) | Base::Scratch => None,
        };
        if let Some(found) = found
            && !out.contains(&found)
        {
            out.push(found);
        }
    }
    out
}

/// Domains of the platform's registries.
const REGISTRIES: [&str; 2] = ["registry.blaxel.ai", "registry.blaxel.dev"];
/// Tags that a later build takes over.
const MOVING: &str = "latest";

/// The image of which a variable that is given later says a part: the host, the workspace, the tag.
fn of_unknown(text: &str, workspace: Option<&str>) -> Option<Use> {
    let (host, image) = text.split_at(text.rfind("sandbox/")?);
    let (name, version) = image.split_at(image.find([':', '@']).unwrap_or(image.len()));
    let host = match host.contains('$') {
        // The registry counts where it is told.
        true if host.ends_with(['/', '}']) => match host.find('/') {
            Some(at) => host.get(..=at).filter(|first| !first.contains('$')).unwrap_or_default(),
            None => "",
        },
        true => return None,
        false => host,
    };
    let version = if version.contains('$') { "" } else { version };
    of_text(&format!("{host}{name}{version}"), text, workspace)
}

/// The image of a workspace that a reference names: `sandbox/NAME[:TAG]`, or that behind a host of the platform.
fn of_text(reference: &str, written: &str, workspace: Option<&str>) -> Option<Use> {
    let image = ImageRef::parse(reference)?;
    let name = match &image.registry {
        None => image.repository.strip_prefix("sandbox/")?,
        Some(host) => {
            let domain = |known: &&str| {
                host == *known || host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.'))
            };
            REGISTRIES.iter().find(|known| domain(known))?;
            let (before, name) = image.repository.rsplit_once('/')?;
            let owner = match before {
                "sandbox" => None,
                before => Some(before.strip_suffix("/sandbox")?),
            };
            if owner.zip(workspace).is_some_and(|(owner, own)| owner != own) {
                return None;
            }
            name
        }
    };
    if name.contains('/') {
        return None;
    }
    let told = image.tag.as_deref().is_some_and(|tag| tag != MOVING) || image.digest.is_some();
    // What a variable says is given anew with every build.
    let version = reference.rsplit('/').next().unwrap_or(reference);
    let pinned = told && written.ends_with(version);
    Some(Use { name: name.to_owned(), written: written.to_owned(), pinned })
}

#[cfg(test)]
mod tests {
    use super::{of_text, of_unknown};

    #[test]
    fn images_of_the_workspace_are_known() {
        for (text, want) in [
            ("sandbox/base", Some(("base", false))),
            ("sandbox/base:latest", Some(("base", false))),
            ("sandbox/base:k3x9f2", Some(("base", true))),
            ("sandbox/base@sha256:0123456789", Some(("base", true))),
            ("us.registry.blaxel.ai/acme/sandbox/base:latest", Some(("base", false))),
            ("eu.registry.blaxel.dev/sandbox/base", Some(("base", false))),
            ("evil-registry.blaxel.ai/sandbox/base", None),
            ("registry.blaxel.ai/acme/other/base", None),
            ("ghcr.io/sandbox/base", None),
            ("sandbox/a/b", None),
            ("base", None),
        ] {
            let found = of_text(text, text, None);
            let found = found.as_ref().map(|found| (found.name.as_str(), found.pinned));
            assert_eq!(found, want, "{text}");
        }
        for written in ["sandbox/base:${TAG}", "${BASE:-sandbox/base:k3}"] {
            assert!(!of_text("sandbox/base:k3", written, None).unwrap().pinned, "{written}");
        }
    }

    #[test]
    fn images_of_other_workspaces_are_not_ours() {
        let of = |text: &str| of_text(text, text, Some("mine")).is_some();
        assert!(of("sandbox/base") && of("us.registry.blaxel.ai/mine/sandbox/base"));
        assert!(of("us.registry.blaxel.ai/sandbox/base"));
        assert!(!of("us.registry.blaxel.ai/theirs/sandbox/base"));
    }

    #[test]
    fn a_variable_may_say_the_host_the_workspace_and_the_tag() {
        for (text, want) in [
            ("sandbox/base:$TAG", Some(false)),
            ("sandbox/base:v${TAG}", Some(false)),
            ("sandbox/base@${D}", Some(false)),
            ("${REG}sandbox/base", Some(false)),
            ("$REG/sandbox/base:v1", Some(true)),
            ("us.registry.blaxel.ai/${WS}/sandbox/base:v1", Some(true)),
            ("us.registry.blaxel.ai/acme/sandbox/base:v${TAG}", Some(false)),
            ("ghcr.io/sandbox/base:${TAG}", None),
            ("ghcr.io/${ORG}/sandbox/base:v1", None),
            ("localhost:5000/${ORG}sandbox/base", None),
            ("${REG:-ghcr.io/acme}/sandbox/base", Some(false)),
            ("${REG}/mysandbox/base", None),
            ("sandbox/${NAME}", None),
            ("${ALL}", None),
        ] {
            let found = of_unknown(text, None);
            assert_eq!(found.as_ref().map(|found| found.pinned), want, "{text}");
            assert!(found.is_none_or(|found| found.name == "base"), "{text}");
        }
    }
}
