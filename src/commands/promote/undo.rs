//! Ends the shares that a promotion made.

use super::{first, plan::Plan, target};
use crate::{
    cli,
    commands::{platform::Ended, remote},
    error::Error,
    exit::Exit,
    record::promotion::{Promotion, State, Target},
    shell::Shell,
    ship::promote::{self, Undone},
};

pub(super) fn run(
    args: &cli::Promote,
    plan: &Plan,
    record: &mut Promotion,
    shell: &mut Shell,
) -> Result<Exit, Error> {
    let limit = remote::limit(&args.call)?;
    let target = remote::target(&args.call, shell)?;
    record.workspace.clone_from(&target.workspace);
    record.tag = plan.tag.as_ref().map(ToString::to_string).unwrap_or_default();
    if plan.targets.is_empty() {
        shell.note("that promotion made no share: there is nothing to undo");
        return Ok(Exit::Done);
    }
    let mut errors = Vec::new();
    let ended = target.run(
        limit,
        async |client| {
            for target in &plan.targets {
                let there = target::client(client, target);
                let done = promote::undo(client, &there, &plan.image, target, args.force).await?;
                let (state, why) = outcome(&done);
                if state == State::Refused {
                    errors.push(refused(target, &done));
                }
                record.targets.push(Target {
                    workspace: target.workspace.to_string(),
                    account: target.account.clone(),
                    state,
                    verified: None,
                    why,
                    // What was not undone may be, later.
                    shared_here: state == State::Refused,
                    pending: None,
                    expires: None,
                });
            }
            Ok(())
        },
        |error| error.help("what was ended so far stays ended: run it again to go on"),
    );
    ended.map_err(Ended::into_error)?;
    first(errors, shell)?;
    Ok(Exit::Done)
}

fn outcome(done: &Undone) -> (State, Option<String>) {
    match done {
        Undone::Unshared { users } if users.is_empty() => (State::Unshared, None),
        Undone::Unshared { users } => {
            (State::Unshared, Some(format!("sandboxes that used it: {}", users.join(", "))))
        }
        Undone::Gone => (State::Unshared, Some("it was not shared any more".into())),
        Undone::InUse(users) => {
            (State::Refused, Some(format!("sandboxes use it: {}", users.join(", "))))
        }
        Undone::Unlisted { why } => {
            (State::Refused, Some(format!("its sandboxes cannot be listed: {why}")))
        }
    }
}

fn refused(target: &promote::Target, done: &Undone) -> Error {
    match done {
        Undone::InUse(users) => Error::new(
            Exit::Refused,
            format!("sandboxes of `{target}` use the image: {}", users.join(", ")),
        )
        .help("they break at their next start: move them to another image first, or give --force"),
        other => {
            let why = outcome(other).1.unwrap_or_default();
            Error::new(Exit::Refused, format!("nobody knows what would break in `{target}`"))
                .because(why)
                .help("use a key that reaches into the target (SANDGATE_TARGET_API_KEY), or end the share with `sandgate image unshare`")
        }
    }
}
