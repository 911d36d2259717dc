//! The comment of the pull request.

use super::{super::scene::Scene, rows};
use crate::{
    cli,
    commands::ci::given,
    record::leg::Leg,
    report::comment::{self, Page},
    ship::forge::{
        comment::{Bounds, Outcome, Target, upsert},
        github::{Client, Fault},
    },
};

/// Brings it to what the rows say.
pub(super) async fn write(
    client: &Client,
    args: &cli::Ci,
    scene: &Scene,
    page: &Page,
    legs: &[Leg],
    (issue, shas): (u64, &[&str]),
) -> Result<Outcome, Fault> {
    let key = key(args, scene);
    let target = Target {
        issue,
        key: &key,
        author: &args.feedback.comment_author,
        shas,
        bounds: Bounds::default(),
    };
    let mut render = |rows: &[crate::ship::forge::Row], there: Option<&str>| {
        let rows: Vec<comment::Row> = rows.iter().map(rows::told).collect();
        comment::comment(page, legs, &rows, there)
    };
    upsert(client, &target, &mut render).await
}

/// What tells it from others: what the caller says, else the file of the workflow.
pub(super) fn key(args: &cli::Ci, scene: &Scene) -> String {
    given::some(args.feedback.comment_key.as_ref()).unwrap_or_else(|| {
        let workflow = scene.github.workflow.as_deref().unwrap_or_default();
        let file = workflow.split('@').next().unwrap_or_default();
        let file = file.rsplit('/').next().unwrap_or_default();
        if file.is_empty() { "sandgate".to_owned() } else { file.to_owned() }
    })
}
