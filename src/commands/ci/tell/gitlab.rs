//! The note of a merge request on GitLab: one for each key, made by whichever job has something to tell, and kept up to
//! date by the next.

use std::time::Duration;

use super::{
    super::{Done, scene::Scene},
    client::{NEAR, runtime},
    comment::{is_told, key, page},
    notice,
};
use crate::{
    cli,
    commands::stop::Stop,
    report::comment,
    settings,
    shell::Shell,
    ship::{
        blaxel::Secret,
        ci::Event,
        forge::gitlab::{Client, Fault, Settings, Target, merged_by, upsert},
    },
};

/// How long it may take in all, and that of a job that was stopped.
const PATIENCE: Duration = Duration::from_mins(4);
const BRIEFLY: Duration = Duration::from_secs(5);

/// What to do where there is no token.
const NO_TOKEN: &str = "no note in the merge request: the job's own token cannot write one. Create a project access token with the role Reporter and the scope `api`, and give it to this job as the masked variable SANDGATE_GITLAB_TOKEN; without a note: `--comment never`";
const FORK: &str = "no note in the merge request: a fork's pipeline has no token of this project. A member of the project can run a pipeline for it there";

/// Writes it. Gives back its page. What fails is told, and fails nothing else.
pub(super) fn tell(
    args: &cli::Ci,
    scene: &Scene,
    done: &Done,
    stopped: bool,
    shell: &mut Shell,
) -> Option<String> {
    if !is_told(args, scene, done) {
        return None;
    }
    let requests = requests(scene);
    let merge = merge(scene);
    let Some(token) = settings::gitlab_token() else {
        if !requests.is_empty() {
            notice(shell, if scene.decision.fork { FORK } else { NO_TOKEN });
        }
        return None;
    };
    if requests.is_empty() && merge.is_none() {
        return None;
    }
    let runtime = runtime().ok()?;
    let patience = if stopped { BRIEFLY } else { PATIENCE };
    let (mut url, mut faults) = (None, Vec::new());
    runtime.block_on(async {
        let Ok(mut stop) = Stop::new() else { return };
        let work = async {
            let client = client(scene, &token, patience)?;
            let mut requests = requests;
            if requests.is_empty()
                && let Some(sha) = merge
            {
                requests.extend(merged_by(&client, sha).await?);
            }
            for request in requests {
                match write(&client, args, scene, done, request).await {
                    Ok(page) => url = page.or(url.take()),
                    Err(fault) => faults.push((request, fault)),
                }
            }
            Ok::<(), Fault>(())
        };
        tokio::select! {
            ended = work => if let Err(fault) = ended {
                notice(shell, &format!("the note is missing: {}", fault.told()));
            },
            _ = stop.wait() => notice(shell, "interrupted: the note may not be written"),
        }
        for (request, fault) in &faults {
            notice(shell, &format!("the note is missing in !{request}: {}", fault.told()));
        }
    });
    if let Some(url) = &url {
        shell.status("Note", url);
    }
    url
}

/// The merge requests that are told.
fn requests(scene: &Scene) -> Vec<u64> {
    scene.pull.map_or_else(|| scene.gitlab.requests.clone(), |number| vec![number])
}

/// The commit of a push that may be the merge of a merge request.
fn merge(scene: &Scene) -> Option<&str> {
    match &scene.here.event {
        Event::Push(push) if push.branch.is_some() && !push.deleted => push.after.as_deref(),
        _ => None,
    }
}

/// A client for this run; no call is made.
fn client(scene: &Scene, token: &str, patience: Duration) -> Result<Client, Fault> {
    let api = scene.gitlab.api.as_deref().unwrap_or_default();
    let project = scene.gitlab.project.as_deref().unwrap_or_default();
    let deadline = tokio::time::Instant::now() + patience;
    let settings = Settings::new(api, project, Secret::new(token), deadline)?;
    // Unencrypted is only what runs on this machine.
    Client::new(if api.starts_with("http://") { settings.paced(NEAR) } else { settings })
}

/// Brings the note of one merge request to what this job knows, and to what the note told of others.
async fn write(
    client: &Client,
    args: &cli::Ci,
    scene: &Scene,
    done: &Done,
    request: u64,
) -> Result<Option<String>, Fault> {
    let page = page(args, scene, done);
    let key = key(args);
    let mut render = |there: Option<&str>| {
        comment::comment(&page, &done.legs, &[], there).map(|text| comment::note(&text))
    };
    let outcome = upsert(client, &Target { request, key: &key }, &mut render).await?;
    let project = scene.gitlab.page.as_deref();
    Ok(outcome
        .id
        .zip(project)
        .map(|(id, project)| format!("{project}/-/merge_requests/{request}#note_{id}")))
}

/// What it would be, where it is rehearsed: the calls, and the text.
pub(super) fn rehearsed(args: &cli::Ci, scene: &Scene, done: &Done) -> Option<(String, String)> {
    let requests = requests(scene);
    if !is_told(args, scene, done) || requests.is_empty() {
        return None;
    }
    let project = scene.gitlab.project.as_deref().unwrap_or("PROJECT");
    let mut calls = String::from("GET /user\n");
    let text = comment::comment(&page(args, scene, done), &done.legs, &[], None);
    for request in requests {
        let at = format!("/projects/{project}/merge_requests/{request}/notes");
        let (verb, end) = if text.is_some() { ("POST", ", or PUT") } else { ("PUT", "/ID,") };
        calls.push_str(&format!("GET {at}\n{verb} {at}{end} where it is there\n"));
    }
    let text = text.map_or_else(
        || {
            "nothing to tell: none is made, and one that is there is brought up to date\n"
                .to_owned()
        },
        |text| {
            let marker = crate::ship::forge::comment::marker(&key(args));
            format!("{marker}\n{}", comment::note(&text))
        },
    );
    Some((calls, text))
}
