//! What is checked out: which commit it is, and what it was merged onto.

use super::{inputs, scene::Scene, tell};
use crate::{
    cli,
    error::Error,
    exit::Exit,
    repo,
    shell::Shell,
    ship::ci::{Command, Event, Host, Job},
};

/// What GitHub merged a pull request onto, where its merge commit is checked out. The payload can name an older commit.
pub(super) fn onto(event: &Event) -> Option<String> {
    let Event::PullRequest(pull) = event else { return None };
    let head = pull.head.sha.as_ref()?;
    (repo::commit("HEAD^2").as_ref() == Some(head)).then(|| repo::commit("HEAD^1")).flatten()
}

/// How a checkout gets the commits before its own, so many of them where that is known.
fn deeper(host: Host, github: &str) -> String {
    match host {
        Host::Github => format!("give {github} to actions/checkout"),
        Host::Gitlab => "give `GIT_DEPTH: '0'` to the job".to_owned(),
        Host::Bitbucket => "give `clone: {depth: full}` to the step".to_owned(),
        Host::Azure => "give `fetchDepth: 0` to the step `checkout: self`".to_owned(),
        Host::Buildkite | Host::CircleCi | Host::Jenkins | Host::Other => {
            "check out with the whole history, the base's branch with it".to_owned()
        }
    }
}

/// Says that no settings of the repository count.
pub(super) fn tell_no_settings(host: Host, shell: &mut Shell) {
    let (why, help) = repo::unseen().unwrap_or_else(|| {
        (
            "the commit that this is compared with is not known, or not in the checkout".to_owned(),
            format!(
                "{}, or name one with --policy-from",
                deeper(host, "`fetch-depth: 2` (in a merge queue `0`)")
            ),
        )
    });
    tell::warning(
        shell,
        &format!(
            "{why}: no settings of the repository count, since a change could relax its own gate; {help}"
        ),
    );
}

/// Refuses what is not the commit that was decided about. A rehearsal, which may be of an event of long ago, says it.
pub(super) fn check(args: &cli::Ci, scene: &Scene, shell: &mut Shell) -> Result<(), Error> {
    let Some(meant) = scene.commit.as_deref() else { return Ok(()) };
    let builds = !matches!(scene.decision.job, Job::Do(Command::Lint | Command::Plan));
    // Only GitHub shows by the commit what was found. Elsewhere a change may be merged in the checkout itself.
    if args.trusted || !builds && scene.host != Host::Github {
        return Ok(());
    }
    let refused = |what: String| {
        Error::new(Exit::Refused, what).because(if builds {
            "what is built would be told as another commit, which somebody else may have looked at"
        } else {
            "what is found would be told of a commit that nobody looked at"
        })
    };
    // Without the secrets of this repository nothing can be told of it.
    let fork = scene.decision.fork
        && matches!(&scene.here.event, Event::PullRequest(pull) if builds || pull.target);
    let there = repo::commit("HEAD");
    let is_merge = matches!(&scene.here.event, Event::PullRequest(pull) if !pull.target);
    let error = match there.as_deref() {
        Some(there) if there == meant => return Ok(()),
        Some(there) if is_merge && scene.here.commit.as_deref() == Some(there) => return Ok(()),
        Some(there) => refused(format!("the event is about {meant}, and the checkout is {there}")).help(if scene.host == Host::Github {
            format!("give `ref: {meant}` to actions/checkout, or --trusted where the workflow makes sure of it")
        } else {
            "check out that commit, or give --trusted where the pipeline makes sure of it".to_owned()
        }),
        None if !fork && repo::around().is_none() => {
            shell.detail("the folder is no checkout of git: which commit it is cannot be seen");
            return Ok(());
        }
        None => {
            let (why, help) = repo::unseen().unwrap_or_default();
            // Only git knows; what goes to production, and a fork's commit, is not taken on trust.
            let promotes = matches!(scene.decision.job, Job::Do(Command::Promote));
            if !fork && !promotes {
                shell.warn(&format!("{why}: whether it is {meant} cannot be seen; {help}"));
                return Ok(());
            }
            refused(format!("{why}, so that nobody sees whether it is {meant}"))
                .help(format!("{help}, or give --trusted where the workflow makes sure of it"))
        }
    };
    refuse(args, scene, error, shell)
}

/// Refuses to promote what is not on the branches that it has to be on.
pub(super) fn on_production(args: &cli::Ci, scene: &Scene, shell: &mut Shell) -> Result<(), Error> {
    let branches = &scene.decision.on;
    if branches.is_empty() {
        return Ok(());
    }
    let commit = scene.commit.clone().or_else(|| repo::commit("HEAD")).unwrap_or_default();
    let on: Vec<Option<bool>> =
        branches.iter().map(|branch| repo::is_on(&commit, branch)).collect();
    if on.contains(&Some(true)) {
        return Ok(());
    }
    let shown = branches.iter().map(|branch| format!("`{branch}`")).collect::<Vec<_>>().join(", ");
    let error = Error::new(Exit::Refused, if on.contains(&None) {
        format!("whether {commit} is on a production branch ({shown}) cannot be seen in this checkout")
    } else {
        format!("{commit} is on no production branch ({shown})")
    })
    .because("a tag may name any commit, also one that nobody looked at");
    let error = if on.contains(&None) {
        let deeper = deeper(scene.host, "`fetch-depth: 0`");
        error.help(format!(
            "{deeper}, or --trusted where an environment with reviewers stands before this job"
        ))
    } else {
        error.help("merge it first; or give --production-branch, or --trusted where an environment with reviewers stands before this job")
    };
    refuse(args, scene, error, shell)
}

/// Refuses it; a rehearsal says that it would be, and goes on.
pub(super) fn refuse(
    args: &cli::Ci,
    scene: &Scene,
    error: Error,
    shell: &mut Shell,
) -> Result<(), Error> {
    if args.dry_run {
        shell.warn(&format!("this would be refused: {error}"));
        if let Some(help) = &error.help {
            shell.note(&inputs::beside(scene.host, help));
        }
        return Ok(());
    }
    Err(error)
}
