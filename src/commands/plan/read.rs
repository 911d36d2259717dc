//! The image of one project.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::{
    cli,
    commands::{build_args, policy::Judge, project::shown},
    error::Error,
    pack,
    project::{self, manifest::Manifest},
    repo::{
        Target,
        affected::{self, Bases, Image, Settings, Sources},
    },
};

/// Reads it. One that cannot be read is planned: whoever builds it says in full what is wrong.
pub(super) fn image(
    args: &cli::Plan,
    target: &Target,
    judge: &Judge<'_>,
    typed: &BTreeMap<String, String>,
    bases: Option<&Bases>,
) -> Image {
    let path = Some(shown(&target.root)).filter(|path| !path.is_empty());
    let path = path.unwrap_or_else(|| ".".to_owned());
    // Whoever opens the project says what is wrong with the file.
    let file = project::read_manifest(&target.root).ok().flatten();
    let name = affected::name(file.as_ref(), &target.root);
    let mut image = match whole(args, target, judge, typed, bases, file.as_ref()) {
        Ok(image) => image,
        Err(why) => Image { trouble: Some(why), ..Image::default() },
    };
    if file.as_ref().and_then(|file| file.name.as_ref()).is_some_and(|own| own.value != name) {
        image.warnings.push(format!(
            "the name in `{path}/blaxel.toml` is none that is known here: it is planned as `{name}`"
        ));
    }
    image.dockerfile.clone_from(&target.dockerfile);
    Image { name, path, ..image }
}

/// A settings file that the caller names: the links of its folder are resolved, and it may itself be one.
pub(super) fn config(named: &Path) -> Option<PathBuf> {
    let dir = named.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some(dir.canonicalize().ok()?.join(named.file_name()?))
}

fn whole(
    args: &cli::Plan,
    target: &Target,
    judge: &Judge<'_>,
    typed: &BTreeMap<String, String>,
    bases: Option<&Bases>,
    file: Option<&Manifest>,
) -> Result<Image, String> {
    let real = target.real.as_deref().ok_or("the folder does not exist")?;
    let before = bases.and_then(|bases| bases.of(real, &judge.near));
    let settings = match &args.source.config {
        Some(named) => Settings::Named(config(named)),
        None if args.source.no_config => Settings::Named(None),
        None => Settings::Nearest(affected::settings(&judge.near, real)),
    };
    let workspace = args.workspace.as_deref().filter(|name| !name.is_empty());
    let finished = file.filter(|file| file.image.as_ref().is_some_and(|i| !i.value.is_empty()));
    if let Some(file) = finished {
        return Ok(Image::finished(file, real, &settings, before, workspace));
    }
    let mut settled = judge.settle_in(&target.root, Some(real.to_owned()), None);
    if let Some(problem) = settled.problems.pop() {
        return Err(told(&problem));
    }
    if target.dockerfile.is_some() {
        settled.open.dockerfile.clone_from(&target.dockerfile);
    }
    settled.open.no_copied = true;
    let project = project::open(&target.root, &settled.open).map_err(|err| err.to_string())?;
    let extras = build_args::extras(&project, typed).map_err(|err| told(&err))?;
    let plan = pack::plan(&project, extras).map_err(|err| err.to_string())?;
    let sources = Sources {
        project: &project,
        plan: &plan,
        real,
        build_args: typed,
        settings: &settings,
        before,
        workspace,
    };
    Image::of(&shown(&target.root), &sources).map_err(|err| err.to_string())
}

fn told(error: &Error) -> String {
    match &error.place {
        Some(place) => format!("{place}: {}", error.what),
        None => error.what.clone(),
    }
}
