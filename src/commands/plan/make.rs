//! The plan of what is typed.

use rayon::prelude::*;

use super::{compared, elsewhere, read, records};
use crate::{
    cli,
    commands::{
        policy::Judge,
        project::{build_args, named},
    },
    error::Error,
    exit::Exit,
    project::manifest,
    repo::{
        Target,
        affected::{Asked, Base, Bases, Cycle, Image, Plan, Shard, decide},
        is_sandbox,
    },
    shell::Shell,
};

/// Decides which images are built; `rules` may say whose settings hold. What somebody should know is in the plan.
pub(in crate::commands) fn make(
    args: &cli::Plan,
    rules: &cli::Rules,
    shell: &mut Shell,
) -> Result<Plan, Error> {
    let shard = args.shard.as_deref().map(shard).transpose()?;
    let typed = build_args(&args.source)?;
    let judge = Judge::new(&args.source, rules)?;
    let targets = targets(args, &judge, shell)?;
    let mut warnings = Vec::new();
    let earlier = records::read(args, shell, &mut warnings)?;
    let wanted = args.base.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let base = wanted.map(|name| Base { name: name.to_owned(), merge_base: args.merge_base });
    let config = args.source.config.as_deref().and_then(read::config);
    let bases_of = |targets: &[Target]| {
        base.as_ref().map(|base| Bases::read(base, targets, &judge.near, config.as_deref()))
    };
    let bases = bases_of(&targets);
    warnings.extend(compared::warnings(args, bases.as_ref()));
    let read = |targets: &[Target], bases: Option<&Bases>| -> Vec<Image> {
        let all = targets.par_iter();
        all.map(|target| read::image(args, target, &judge, &typed, bases)).collect()
    };
    let mut images = read(&targets, bases.as_ref());
    check_names(&args.only, &images)?;
    let outside = elsewhere::bases(&targets, &images, &judge, bases_of, read);
    let asked = Asked {
        all: args.all,
        only: args.only.clone(),
        earlier,
        base: bases.as_ref().and_then(|bases| compared::base(bases, args.merge_base)),
        // Of several repositories, none is that of all.
        commit: bases.as_ref().and_then(Bases::only).map(|before| before.id.clone()),
        outside: outside.len(),
    };
    images.extend(outside);
    let mut plan = decide(images, &asked).map_err(|cycle| round(&cycle))?;
    if let Some(most) = args.max_waves.filter(|most| plan.waves.len() > *most) {
        return Err(Error::new(
            Exit::Usage,
            format!("the images need {} waves, and {most} are wanted at most", plan.waves.len()),
        )
        .at("--max-waves")
        .help("add a wave to the pipeline, or let fewer images stand upon each other"));
    }
    if let Some(shard) = shard {
        plan.keep(shard);
    }
    warnings.append(&mut plan.warnings);
    plan.warnings = warnings;
    Ok(plan)
}

fn shard(text: &str) -> Result<Shard, Error> {
    text.parse().map_err(|help: String| {
        Error::new(Exit::Usage, format!("`{text}` is no shard")).at("--shard").help(help)
    })
}

fn targets(args: &cli::Plan, judge: &Judge<'_>, shell: &mut Shell) -> Result<Vec<Target>, Error> {
    if let Some(missing) = args.paths.iter().find(|path| !path.exists()) {
        return Err(Error::new(Exit::Usage, format!("`{}` does not exist", named(missing)))
            .help("name folders with sandbox projects below them"));
    }
    let targets = crate::commands::search(&args.paths, judge, shell);
    let is_bare = |target: &Target| {
        !["Dockerfile", "blaxel.toml"].iter().any(|name| target.root.join(name).exists())
    };
    let is_empty = |target: &&Target| {
        target.dockerfile.is_none()
            && args.source.dockerfile.is_none()
            && (is_bare(target) || !is_sandbox(&target.root))
    };
    if let Some(empty) = targets.iter().find(is_empty) {
        return Err(Error::new(
            Exit::Usage,
            format!("there is no sandbox project below `{}`", named(&empty.root)),
        )
        .help(if is_bare(empty) {
            "name folders with a Dockerfile or a blaxel.toml below them"
        } else {
            "its blaxel.toml is that of an agent, function, job or volume template; name folders with sandboxes"
        }));
    }
    Ok(targets)
}

fn check_names(only: &[String], images: &[Image]) -> Result<(), Error> {
    let names = || images.iter().map(|image| image.name.as_str());
    let Some(unknown) = only.iter().find(|name| !names().any(|known| known == *name)) else {
        return Ok(());
    };
    let help = match manifest::closest(unknown, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`sandgate plan --all` lists them".into(),
    };
    Err(Error::new(Exit::Usage, format!("there is no image `{unknown}` here"))
        .at("--only")
        .help(help))
}

fn round(cycle: &Cycle) -> Error {
    let (path, written) = &cycle.place;
    Error::new(Exit::Usage, format!("images stand on each other: {cycle}"))
        .at(path.clone())
        .because(format!("it names `{written}`"))
        .help("none of them can be built first: let one name a build by its tag, `sandbox/NAME:TAG`, or another base")
}
