//! The comment of the pull request.

use jiff::Timestamp;

use super::{
    super::{Done, scene::Scene},
    pull, rows,
};
use crate::{
    cli,
    commands::ci::given,
    record::leg::{Did, Leg},
    report::comment::{self, Idle, Page},
    ship::{
        ci::{Command, Event, Job},
        forge::{
            comment::{Bounds, Outcome, Target, upsert},
            github::{Client, Fault},
        },
    },
};

/// The key of jobs that are given none.
const DEFAULT_KEY: &str = "sandgate";

/// Whether there is something to tell in a comment. A merge group is checked for its queue, under a commit that the pull request
/// does not have: what the comment says of the pull request stays.
pub(super) fn is_told(args: &cli::Ci, scene: &Scene, done: &Done) -> bool {
    let queued = matches!(scene.here.event, Event::MergeGroup(_))
        && done.legs.iter().all(|leg| leg.did == Did::Lint);
    args.feedback.comment != cli::When::Never && done.is_told() && !queued
}

/// Comments where there is a pull request, in each that a push merges: what came of the last one that could be written, and
/// what kept others from being.
pub(super) async fn on_pull(
    client: &Client,
    args: &cli::Ci,
    scene: &Scene,
    done: &Done,
    sha: &str,
) -> (Option<Outcome>, Vec<Fault>) {
    let pulls: Vec<(u64, Option<String>)> = match (&scene.here.event, done.stranger.or(scene.pull))
    {
        (_, Some(number)) => vec![(number, None)],
        (Event::Push(push), None) => {
            match pull::of_push(client, push, is_promotion(&done.legs)).await {
                Ok(found) => {
                    found.into_iter().map(|pull| (pull.number, Some(pull.head.sha))).collect()
                }
                Err(fault) => return (None, vec![fault]),
            }
        }
        _ => Vec::new(),
    };
    let page = page(args, scene, done);
    // Whoever reads the records of jobs tells for them, and where nothing is built there are none.
    let alone = done.idle || scene.decision.job == Job::Do(Command::Report);
    let (mut told, mut faults) = (None, Vec::new());
    for (number, head) in pulls {
        let shas: Vec<&str> =
            head.as_deref().into_iter().filter(|head| *head != sha).chain([sha]).collect();
        let one = match write(client, args, &page, &done.legs, (number, &shas, alone)).await {
            // A token that may not see the rows can still tell what this job knows.
            Err(fault) if fault.needs().is_some_and(|line| line.starts_with("statuses")) => {
                write(client, args, &page, &done.legs, (number, &[], alone)).await
            }
            written => written,
        };
        // One that cannot be written keeps none of the others back.
        match one {
            Ok(outcome) => told = Some(outcome),
            Err(fault) => faults.push(fault),
        }
    }
    (told, faults)
}

/// Whether something was promoted, or was to be.
pub(super) fn is_promotion(legs: &[Leg]) -> bool {
    legs.iter().any(|leg| leg.did == Did::Promote)
}

/// How what was done is told.
pub(super) fn page(args: &cli::Ci, scene: &Scene, done: &Done) -> Page {
    let finished = || format!("{:.0}", Timestamp::now());
    let mut page = scene.page(args.feedback.comment);
    page.idle = done.idle.then(|| Idle {
        run: scene.run(),
        commit: scene.commit.clone(),
        finished: finished(),
    });
    page.links.own = done.stranger.is_none();
    page
}

/// Brings it to what the rows say.
pub(super) async fn write(
    client: &Client,
    args: &cli::Ci,
    page: &Page,
    legs: &[Leg],
    (issue, shas, alone): (u64, &[&str], bool),
) -> Result<Outcome, Fault> {
    let (key, scope) = (key(args), own_key(args));
    let target = Target {
        issue,
        key: &key,
        author: &args.feedback.comment_author,
        shas,
        alone,
        bounds: Bounds::default(),
    };
    let mut render = |rows: &[crate::ship::forge::Row], there: Option<&str>| {
        let rows: Vec<comment::Row> =
            rows.iter().filter_map(|row| rows::told(row, scope.as_deref(), issue)).collect();
        comment::comment(page, legs, &rows, there)
    };
    upsert(client, &target, &mut render).await
}

/// What tells it from others: what the caller says, else the same for every workflow of the repository. What a pull request
/// gets and what its merge does is told in one place, whichever files say so.
pub(super) fn key(args: &cli::Ci) -> String {
    own_key(args).unwrap_or_else(|| DEFAULT_KEY.to_owned())
}

/// The key where the caller gave another: it is a part of the names of rows, too.
pub(super) fn own_key(args: &cli::Ci) -> Option<String> {
    given::some(args.feedback.comment_key.as_ref()).filter(|key| key != DEFAULT_KEY)
}
