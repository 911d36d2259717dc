//! The preview of a pull request: built from the commit, under a name of its own.

use super::{check, check::At, given, rehearsal, scene::Scene, told};
use crate::{
    cli,
    commands::preview,
    error::Error,
    exit::Exit,
    record::{Status, leg::Leg},
    shell::Shell,
};

/// What the preview is called after.
pub(super) fn name(args: &cli::Ci, scene: &Scene) -> Result<cli::PreviewName, Error> {
    let number = scene.pull.ok_or_else(|| {
        Error::new(Exit::Usage, "no pull request is known that the preview is for")
            .help("give the input `pr-number`")
    })?;
    let (purpose, project) = (Some(format!("pr-{number}")), given::some(args.name.as_ref()));
    let repository = scene.origin.clone();
    Ok(cli::PreviewName { purpose, name: None, project, repository })
}

/// What is asked for.
fn asked(args: &cli::Ci, scene: &Scene, at: &At) -> Result<cli::PreviewCreate, Error> {
    Ok(cli::PreviewCreate {
        path: at.folder.clone(),
        name: name(args, scene)?,
        image: None,
        port: None,
        envs: given::lines(&args.envs),
        vars: given::lines(&args.vars),
        private: args.preview_private,
        token_ttl: "24h".to_owned(),
        ttl: args.preview_ttl.clone(),
        idle: None,
        build_env_file: None,
        logins: cli::Logins::default(),
        dry_run: args.dry_run,
        fail_on: args.fail_on,
        record: None,
        rules: check::rules(scene),
        source: cli::Source { dockerfile: at.dockerfile.clone(), ..check::source(args, scene) },
        call: super::call(args),
    })
}

/// What a project lacks for it.
pub(super) fn check(args: &cli::Ci, scene: &Scene, at: &At) -> Result<(), Error> {
    preview::create::check(&asked(args, scene, at)?)
}

/// Builds it, and makes it or brings it up to date.
pub(super) fn create(
    args: &cli::Ci,
    scene: &Scene,
    at: &At,
    leg: &mut Leg,
    shell: &mut Shell,
) -> Result<Exit, Error> {
    let asked = asked(args, scene, at)?;
    // The table tells of the product; the preview's own name is in its URL and its image.
    let image = leg.image.clone();
    let (record, ended) = preview::create::create(&asked, shell);
    if let Some(record) = &record {
        told::write(leg, record, ended.as_ref().err());
    }
    leg.image = image;
    match ended? {
        Some(created) => {
            leg.status = Status::Succeeded;
            leg.preview_url.clone_from(&created.preview.url);
            leg.reused |= created.change == "unchanged";
            Ok(Exit::Done)
        }
        None => {
            let planned = record.and_then(|record| record.dry_run.zip(record.name));
            let Some((planned, name)) = planned else { return Ok(Exit::Findings) };
            shell.report(&planned);
            leg.reference = Some(rehearsal::tag(&name));
            leg.seconds = None;
            Ok(Exit::Done)
        }
    }
}
