//! What is written to GitHub: one runtime, one client, each part by itself.

use std::{collections::BTreeSet, time::Duration};

use super::{
    super::{Done, scene::Scene},
    check_run,
    client::{client, is_read_only, runtime},
    comment, deployments, notice, rows,
};
use crate::{
    cli,
    commands::stop::Stop,
    shell::Shell,
    ship::{
        ci::{Command, Job},
        forge::{
            github::{Client, Fault},
            row,
        },
    },
};

/// How long feedback may take in all, and that of a job that was stopped.
const PATIENCE: Duration = Duration::from_mins(8);
const BRIEFLY: Duration = Duration::from_secs(5);

/// What was written.
#[derive(Default)]
pub(super) struct Told {
    /// The page of the comment.
    pub(super) comment: Option<String>,
    /// The last deployment.
    pub(super) deployment: Option<u64>,
    /// The login that turned out to write.
    author: Option<String>,
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
    if done.legs.is_empty() && (!done.idle || is_read_only(scene)) {
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
            Some(Err(fault)) => return said(shell, &mut BTreeSet::new(), &fault),
            Some(Ok(client)) => client,
        };
        let mut faults = Vec::new();
        let Ok(mut stop) = Stop::new() else { return };
        tokio::select! {
            () = write(&client, args, scene, done, &mut told, &mut faults) => {}
            _ = stop.wait() => notice(shell, "interrupted: not all of the feedback is written"),
        }
        let mut needs = BTreeSet::new();
        for fault in &faults {
            said(shell, &mut needs, fault);
        }
        if let Some(author) = &told.author {
            notice(
                shell,
                &format!("the token writes as `{author}`: set `comment-author` to it, so that its comment is found again"),
            );
        }
    });
    told
}

/// One notice for each permission that lacks, and for each other fault.
fn said(shell: &mut Shell, needs: &mut BTreeSet<String>, fault: &Fault) {
    let text = match fault.needs() {
        Some(line) => format!("add `{line}` to the `permissions` of this job: {fault}"),
        None => format!("feedback is missing: {}", fault.detail()),
    };
    if needs.insert(text.clone()) {
        notice(shell, &text);
    }
}

async fn write(
    client: &Client,
    args: &cli::Ci,
    scene: &Scene,
    done: &Done,
    told: &mut Told,
    faults: &mut Vec<Fault>,
) {
    let legs = &done.legs;
    let Some(sha) = scene.commit.as_deref() else { return };
    let feedback = &args.feedback;
    // What earlier jobs did, they have told themselves: here the comment is what is missing.
    let own = scene.decision.job != Job::Do(Command::Report);
    if feedback.status && own {
        for row in legs.iter().map(|leg| rows::of(leg, sha)) {
            if let Err(fault) = row::publish(client, &row).await {
                faults.push(fault);
                break;
            }
        }
    }
    if feedback.comment != cli::When::Never {
        match comment::on_pull(client, args, scene, done, sha).await {
            Ok(outcome) => {
                told.comment = outcome.url;
                told.author = outcome.author;
            }
            Err(fault) => faults.push(fault),
        }
    }
    if feedback.check
        && own
        && let Err(fault) = check_run::tell(client, sha, &scene.page(feedback.comment), legs).await
    {
        faults.push(fault);
    }
    if feedback.deployments && own {
        let wanted = legs.iter().flat_map(|leg| deployments::wanted(args, scene, leg));
        for one in wanted {
            match deployments::tell(client, sha, &one).await {
                Ok(id) => told.deployment = Some(id),
                Err(fault) => {
                    faults.push(fault);
                    break;
                }
            }
        }
        if let Some(number) = scene.pull
            && let Err(fault) = deployments::end(client, number, legs).await
        {
            faults.push(fault);
        }
    }
}
