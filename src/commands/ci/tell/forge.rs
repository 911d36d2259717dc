//! What is written to GitHub: one runtime, one client, each part by itself.

use std::time::Duration;

use super::{
    super::{Done, scene::Scene},
    check_run,
    client::{client, is_read_only, runtime},
    comment, deployments, gone, notice, rows, said, wanted,
};
use crate::{
    cli,
    commands::stop::Stop,
    shell::Shell,
    ship::{
        ci::{Command, Event, Job},
        forge::github::{Client, Fault, deployments::State},
    },
};

/// How long feedback may take in all, and that of a job that was stopped.
const PATIENCE: Duration = Duration::from_mins(8);
const BRIEFLY: Duration = Duration::from_secs(5);
/// How many rows such a job writes at once.
const HURRIED: usize = 8;

/// What was written.
#[derive(Default)]
pub(super) struct Told {
    /// The page of the comment.
    pub(super) comment: Option<String>,
    /// The last deployment.
    pub(super) deployment: Option<u64>,
    /// The login that turned out to write.
    pub(super) author: Option<String>,
    /// Whether no pull request is known of what was promoted.
    pub(super) unfound: bool,
}

/// Writes it. What fails is told, and fails nothing else.
pub(super) fn tell(
    args: &cli::Ci,
    scene: &Scene,
    done: &Done,
    stopped: bool,
    shell: &mut Shell,
) -> Told {
    let mut told = Told::default();
    if !done.is_told() || done.legs.is_empty() && is_read_only(scene) {
        return told;
    }
    if is_read_only(scene) {
        notice(
            shell,
            "the token of a fork's pull request can write nothing: the companion workflow of docs/github-action.md comments instead",
        );
        return told;
    }
    let Ok(runtime) = runtime() else { return told };
    // A job that was stopped has some seconds left.
    let patience = if stopped { BRIEFLY } else { PATIENCE };
    runtime.block_on(async {
        let client = match client(scene, patience) {
            None => {
                notice(shell, "there is no token for GitHub, and no comment: give `github-token`");
                return;
            }
            Some(Err(fault)) => return said::all(shell, &told, &[fault]),
            Some(Ok(client)) => client,
        };
        let mut faults = Vec::new();
        let Ok(mut stop) = Stop::new() else { return };
        tokio::select! {
            () = write(&client, args, scene, (done, stopped), &mut told, &mut faults) => {}
            _ = stop.wait() => notice(shell, "interrupted: not all of the feedback is written"),
        }
        said::all(shell, &told, &faults);
    });
    told
}

async fn write(
    client: &Client,
    args: &cli::Ci,
    scene: &Scene,
    (done, stopped): (&Done, bool),
    told: &mut Told,
    faults: &mut Vec<Fault>,
) {
    let legs = &done.legs;
    let Some(sha) = scene.commit.as_deref() else { return };
    let feedback = &args.feedback;
    // What earlier jobs did, they have told themselves: here the comment is what is missing.
    let own = scene.decision.job != Job::Do(Command::Report);
    if feedback.status && own {
        let rows = rows::all(args, legs, sha);
        // GitHub asks for one write after the other. Where only seconds are left, no row may keep saying that it is built.
        let at_once = if stopped { HURRIED } else { 1 };
        if let Err(fault) = rows::publish(client, &rows, at_once).await {
            faults.push(fault);
        } else if !stopped && !rows.is_empty() {
            // Where nobody can tell, it is alone.
            client.among(rows::others(client, sha, rows.len()).await.unwrap_or_default());
        }
    }
    if feedback.deployments && own {
        for one in legs.iter().flat_map(|leg| wanted::of(args, scene, leg)) {
            match deployments::tell(client, sha, &one, &done.begun).await {
                Ok(Some(id)) => {
                    told.deployment = Some(id);
                    if one.state == State::Success {
                        let ended = gone::replaced(client, args, (&one, sha), id).await;
                        faults.extend(ended.err());
                    }
                }
                Ok(None) => (),
                Err(fault) => {
                    faults.push(fault);
                    break;
                }
            }
        }
        if let Some(number) = scene.pull
            && let Err(fault) = gone::removed(client, number, legs).await
        {
            faults.push(fault);
        }
    }
    if comment::is_told(args, scene, done) {
        client.pause().await;
        let (outcome, untold) = comment::on_pull(client, args, scene, done, sha).await;
        let push = matches!(scene.here.event, Event::Push(_));
        told.unfound =
            push && outcome.is_none() && untold.is_empty() && comment::is_promotion(legs);
        if let Some(outcome) = outcome {
            told.comment = outcome.url;
            told.author = outcome.author;
        }
        faults.extend(untold);
    }
    if feedback.check
        && own
        && let Err(fault) = check_run::tell(client, sha, &scene.page(feedback.comment), legs).await
    {
        faults.push(fault);
    }
}
