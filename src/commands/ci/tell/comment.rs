//! The comment of the pull request.

use jiff::Timestamp;

use super::{
    super::{Done, scene::Scene},
    pull, rows,
};
use crate::{
    cli,
    commands::ci::given,
    record::leg::Leg,
    report::comment::{self, Idle, Page},
    ship::{
        ci::Event,
        forge::{
            comment::{Bounds, Outcome, Target, upsert},
            github::{Client, Fault},
        },
    },
};

/// Comments where there is a pull request.
pub(super) async fn on_pull(
    client: &Client,
    args: &cli::Ci,
    scene: &Scene,
    done: &Done,
    sha: &str,
) -> Result<Outcome, Fault> {
    let (number, head) = match (&scene.here.event, done.stranger.or(scene.pull)) {
        (_, Some(number)) => (number, None),
        (Event::Push(push), None) => match pull::of_push(client, push).await? {
            Some(pull) => (pull.number, Some(pull.head.sha)),
            None => return Ok(Outcome::default()),
        },
        _ => return Ok(Outcome::default()),
    };
    let page = page(args, scene, done);
    if done.idle {
        return write(client, args, scene, &page, &[], (number, &[])).await;
    }
    let shas: Vec<&str> =
        head.as_deref().into_iter().filter(|head| *head != sha).chain([sha]).collect();
    match write(client, args, scene, &page, &done.legs, (number, &shas)).await {
        // A token that may not see the rows can still tell what this job knows.
        Err(fault) if fault.needs().is_some_and(|line| line.starts_with("statuses")) => {
            write(client, args, scene, &page, &done.legs, (number, &[])).await
        }
        written => written,
    }
}

/// How what was done is told.
pub(super) fn page(args: &cli::Ci, scene: &Scene, done: &Done) -> Page {
    let finished = || format!("{:.0}", Timestamp::now());
    let mut page = scene.page(args.feedback.comment);
    page.idle = done.idle.then(|| Idle { run: scene.run(), finished: finished() });
    page.links.own = done.stranger.is_none();
    page
}

/// Brings it to what the rows say.
pub(super) async fn write(
    client: &Client,
    args: &cli::Ci,
    scene: &Scene,
    page: &Page,
    legs: &[Leg],
    (issue, shas): (u64, &[&str]),
) -> Result<Outcome, Fault> {
    let (key, scope) = (key(args, scene), own_key(args, scene));
    let target = Target {
        issue,
        key: &key,
        author: &args.feedback.comment_author,
        shas,
        bounds: Bounds::default(),
    };
    let mut render = |rows: &[crate::ship::forge::Row], there: Option<&str>| {
        let rows: Vec<comment::Row> =
            rows.iter().filter_map(|row| rows::told(row, scope.as_deref())).collect();
        comment::comment(page, legs, &rows, there)
    };
    upsert(client, &target, &mut render).await
}

/// What tells it from others: what the caller says, else the file of the workflow.
pub(super) fn key(args: &cli::Ci, scene: &Scene) -> String {
    own_key(args, scene).unwrap_or_else(|| default_key(scene))
}

/// The key where the caller gave another than the file of the workflow: it is a part of the names of rows, too.
pub(super) fn own_key(args: &cli::Ci, scene: &Scene) -> Option<String> {
    given::some(args.feedback.comment_key.as_ref()).filter(|key| *key != default_key(scene))
}

fn default_key(scene: &Scene) -> String {
    let workflow = scene.github.workflow.as_deref().unwrap_or_default();
    let file = workflow.split('@').next().unwrap_or_default();
    let file = file.rsplit('/').next().unwrap_or_default();
    if file.is_empty() { "sandgate".to_owned() } else { file.to_owned() }
}
