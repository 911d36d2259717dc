//! Promotions that wait for an admin of another account: the one thing that a job cannot bring to its end.

use super::{scene::Scene, tell};
use crate::{
    cli,
    commands::ci::given,
    exit::Exit,
    record::{
        leg::Leg,
        promotion::{State, Target},
    },
    shell::Shell,
    ship::{ci::Host, promote::Audited},
};

/// Says who has to accept what, and where. GitHub has no colour between done and failed: there the job is done, unless it was
/// asked to wait for the approval. Elsewhere the exit code says it.
pub(super) fn ended(
    args: &cli::Ci,
    scene: &Scene,
    legs: &[Leg],
    exit: Exit,
    shell: &mut Shell,
) -> Exit {
    if exit != Exit::Pending {
        return exit;
    }
    let waits = |target: &&Target| target.state == State::Waiting;
    let all =
        legs.iter().flat_map(|leg| leg.promoted.iter().filter(waits).map(move |to| (leg, to)));
    let all: Vec<String> = all.map(|(leg, target)| who(leg, target, args.dry_run)).collect();
    let until = if args.dry_run {
        "Until then nothing of it would be seen there; no job would have to run again"
    } else {
        "Until then nothing of it is seen there; no job has to run again"
    };
    // An audit has told of its own.
    if !all.is_empty() {
        tell::warning(shell, &format!("{}. {until}", all.join(". ")));
    }
    let waited = given::some(args.wait_approval.as_ref()).is_some();
    if scene.host == Host::Github && !waited { Exit::Done } else { exit }
}

/// Says which declared shares wait: GitHub shows such a job as done.
pub(super) fn declared(waiting: &[Audited], shell: &mut Shell) {
    if waiting.is_empty() {
        return;
    }
    let one = |row: &Audited| {
        let workspace = row.workspace.as_deref().unwrap_or("another workspace");
        format!("`{}` with `{workspace}`", row.image)
    };
    let all: Vec<String> = waiting.iter().map(one).collect();
    tell::warning(
        shell,
        &format!(
            "declared and not yet accepted by an admin of the other account: the share of {}. Until then nothing of it is seen there",
            all.join(", of ")
        ),
    );
}

fn who(leg: &Leg, target: &Target, is_rehearsal: bool) -> String {
    let image = leg.reference.as_ref().unwrap_or(&leg.image);
    let admin = target.account.as_ref().map_or_else(
        || "of the other account".to_owned(),
        |account| format!("of the account `{account}`"),
    );
    let has = if is_rehearsal { "would have" } else { "has" };
    let share = target.pending.as_deref().unwrap_or("SHARE");
    let until = target.expires.as_ref().map(|at| format!(" until {at}")).unwrap_or_default();
    format!(
        "an admin {admin} {has} to accept `{image}` for the workspace `{}`{until}: with `sandgate image accept {share}` there, or in the console",
        target.workspace
    )
}
