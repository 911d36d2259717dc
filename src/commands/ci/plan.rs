//! Which images the jobs of a matrix build.

use super::{Done, check, given, scene::Scene, tell};
use crate::{
    cli,
    commands::plan,
    error::Error,
    exit::Exit,
    report::plan::{Jobs, Output, human},
    shell::Shell,
    ship::ci::Event,
};

/// Why everything is built where nothing is compared.
const NOTHING: &str =
    "this event names no commit to compare with, and there are no records: every image is built";

/// The same where the workflow asks for it.
const NONE: &str = "`base` is `none`: nothing is compared, and every image is built";
/// What is given where nothing is to be compared. A branch of that name is `refs/heads/none`.
const NO_BASE: &str = "none";

/// What was planned.
pub(super) struct Planned {
    /// What a workflow makes its matrices of.
    pub(super) outputs: Vec<Output>,
    /// The same as a table.
    pub(super) table: String,
    /// What somebody should know of it, such as why everything is built.
    pub(super) warnings: Vec<String>,
}

pub(super) fn run(
    args: &cli::Ci,
    scene: &Scene,
    done: &mut Done,
    shell: &mut Shell,
) -> Result<Exit, Error> {
    let (base, merge_base) = base(args, scene);
    let jobs = Jobs::default();
    let asked = cli::Plan {
        paths: given::paths(&args.paths),
        base,
        merge_base,
        records: args.records.iter().filter(|dir| !dir.as_os_str().is_empty()).cloned().collect(),
        workspace: given::some(args.platform.workspace.as_ref()),
        max_jobs: jobs.most,
        max_waves: args.max_waves,
        source: check::source(args, scene),
        ..cli::Plan::default()
    };
    let made = plan::make(&asked, &check::rules(scene), shell)?;
    let mut warnings = made.warnings.clone();
    for warning in &warnings {
        tell::warning(shell, warning);
    }
    if asked.base.is_none() && asked.records.is_empty() {
        // As it has to be with some events.
        let why = if given::some(args.base.as_ref()).is_some() { NONE } else { NOTHING };
        tell::notice(shell, why);
        warnings.push(why.to_owned());
    }
    done.idle = made.waves.is_empty() && matches!(scene.here.event, Event::PullRequest(_));
    let table = human(&made);
    shell.report(&table);
    done.plan = Some(Planned { outputs: plan::outputs(&made, &jobs, shell)?, table, warnings });
    Ok(Exit::Done)
}

/// What the checkout is compared with, and whether with where both parted.
fn base(args: &cli::Ci, scene: &Scene) -> (Option<String>, bool) {
    if let Some(given) = given::some(args.base.as_ref()) {
        return (Some(given).filter(|given| given != NO_BASE), false);
    }
    match &scene.here.event {
        // What a tag names was never built as that, whatever the branches had.
        Event::Push(push) if push.tag.is_some() => (None, false),
        Event::Push(push) => match (&push.before, &scene.here.repository.default_branch) {
            (Some(before), _) => (Some(before.clone()), false),
            // The first push of a branch; the default one has nothing before it.
            (None, Some(main)) if push.branch.as_ref() != Some(main) => {
                (Some(format!("origin/{main}")), true)
            }
            (None, _) => (None, false),
        },
        Event::PullRequest(_) | Event::MergeGroup(_) => (scene.base.clone(), !scene.merged),
        _ => (None, false),
    }
}
