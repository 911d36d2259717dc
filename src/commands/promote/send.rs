//! Promotes to every target. One that fails keeps nothing from the others.

use std::time::Duration;

use super::{first, made_here, plan::Plan, target};
use crate::{
    cli,
    commands::{platform::Ended, remote, span},
    error::Error,
    exit::Exit,
    record::promotion::{self, Promotion},
    shell::Shell,
    ship::{
        blaxel::{Fault, TagName},
        promote::{self, Promoted, State, Target, Verified},
    },
};

/// How long a target may take to see a tag that is shared with it.
const PATIENCE: Duration = Duration::from_mins(2);

pub(super) fn run(
    args: &cli::Promote,
    plan: &Plan,
    record: &mut Promotion,
    shell: &mut Shell,
) -> Result<Exit, Error> {
    let approval = args
        .wait_approval
        .as_deref()
        .map(|text| span::read("--wait-approval", text))
        .transpose()?;
    let approval = approval.map(|span| span.length());
    let limit = remote::limit(&args.call)?.max(PATIENCE) + approval.unwrap_or_default();
    let target = remote::target(&args.call, shell)?;
    record.workspace.clone_from(&target.workspace);
    let mut errors = Vec::new();
    let spans = (approval.unwrap_or_default(), PATIENCE);
    let ended = target.run(
        limit,
        async |client| {
            let (_, tag) = promote::pinned(client, &plan.image, plan.tag.as_ref()).await?;
            record.tag = tag.to_string();
            for target in &plan.targets {
                let there = target::client(client, target);
                let mut steps = remote::Steps(shell);
                let what = (&plan.image, &tag);
                match promote::promote(client, &there, what, target, spans, &mut steps).await {
                    Ok(done) => {
                        errors.extend(unseen(target, &tag, &done));
                        record.targets.push(told(target, done, plan));
                    }
                    // What ends everything ends the rest, too.
                    Err(fault @ Fault::Auth { .. }) => return Err(fault),
                    Err(fault) => {
                        record.targets.push(failed(target, &fault, plan));
                        errors.push(fault.into_error());
                    }
                }
            }
            Ok(())
        },
        |error| error.help("what was shared so far stays: run it again to go on"),
    );
    ended.map_err(Ended::into_error)?;
    first(errors, shell)?;
    let waits = |target: &promotion::Target| target.state == promotion::State::Waiting;
    Ok(if record.targets.iter().any(waits) { Exit::Pending } else { Exit::Done })
}

/// A target that was given its time and does not see the tag.
fn unseen(target: &Target, tag: &TagName, done: &Promoted) -> Option<Error> {
    let Some(Verified::No { why }) = &done.verified else { return None };
    Some(
        Error::new(Exit::TimedOut, format!("`{target}` does not see the tag `{tag}`"))
            .because(why.clone())
            .help("the share is there: run it again to look once more, or see `sandgate image get` in that workspace"),
    )
}

fn told(target: &Target, done: Promoted, plan: &Plan) -> promotion::Target {
    let (state, pending, expires, already) = match done.state {
        State::Shared => (promotion::State::Shared, None, None, false),
        State::Already => (promotion::State::Already, None, None, true),
        State::Waiting { id, expires, already } => {
            (promotion::State::Waiting, id, expires, already)
        }
    };
    let (verified, why) = match done.verified {
        Some(Verified::Yes) => (Some(true), None),
        Some(Verified::No { why }) => (Some(false), Some(why)),
        Some(Verified::Unknown { why }) => (None, Some(why)),
        None => (None, None),
    };
    let workspace = target.workspace.to_string();
    promotion::Target {
        account: target.account.clone(),
        state,
        verified,
        why,
        shared_here: made_here(state, already, plan.last.as_ref(), &workspace),
        pending,
        expires: expires.map(|at| format!("{at:.0}")),
        workspace,
    }
}

fn failed(target: &Target, fault: &Fault, plan: &Plan) -> promotion::Target {
    let state = promotion::State::Failed;
    let workspace = target.workspace.as_str();
    promotion::Target {
        workspace: target.workspace.to_string(),
        account: target.account.clone(),
        state,
        verified: None,
        why: Some(fault.to_string()),
        shared_here: made_here(state, true, plan.last.as_ref(), workspace),
        pending: None,
        expires: None,
    }
}
