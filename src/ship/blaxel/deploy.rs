//! Build an image and its sandbox, and wait for the truth.

use std::{cell::Cell, collections::BTreeMap, time::Duration};

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    client::{Answer, Client, Reply},
    fault::Fault,
    logs::Logs,
    quiet,
    request::{Request, Source},
    retry::TRIES,
    send::{self, ROUNDS, Sent, behind, server_time},
    until::{self, SandboxLooks, Subject},
    upload::Archive,
    upload_url::is_build_setting,
    wait::{Baseline, Watch},
    wire::Sandbox,
};
use crate::ship::Reporter;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// `sandbox/NAME:TAG`; `None` where nothing was waited for.
    pub image: Option<String>,
    /// The sandbox's URL.
    pub url: Option<String>,
    /// The platform used an earlier, identical build.
    pub reused: bool,
    /// Nothing was waited for.
    pub accepted: bool,
    /// How long the upload took.
    pub upload: Duration,
    /// How long it took from the upload to the end.
    pub wait: Duration,
}

/// Deploys `archive`, or the finished image of the request.
///
/// # Errors
/// Nothing of it becomes a success of what was there before.
pub async fn deploy(
    client: &Client,
    request: &Request,
    archive: Option<&Archive>,
    reporter: &mut dyn Reporter,
) -> Result<Deployed, Fault> {
    let subject = Subject { work: "deploy", noun: "sandbox", name: &request.name };
    let source = request.source(archive)?;
    client.hide(&request.hidden);
    let begun = begin(client, request, source, reporter);
    let (upload, (watch, mut logs)) = subject.in_time(client, begun).await?;
    let started = Instant::now();
    let mut deployed = Deployed {
        image: None,
        url: None,
        reused: false,
        accepted: request.no_wait,
        upload,
        wait: Duration::ZERO,
    };
    if request.no_wait {
        return Ok(deployed);
    }
    let mut looks = SandboxLooks { name: &request.name, watch };
    let (last, reused) = until::until(client, subject, &mut looks, &mut logs, reporter).await?;
    if reused {
        reporter.note("the platform found an identical build and used it again");
    }
    let Some(image) = last.image else {
        return Err(Fault::Answer {
            call: format!("GET sandboxes/{}", request.name),
            phase: Some("rollout"),
            what: "the sandbox is deployed, but the platform names no image".into(),
            help: "look at the sandbox in the console; this is worth a report to the platform"
                .into(),
        });
    };
    deployed.image = Some(client.redact(&image));
    deployed.url = last.url.map(|url| client.redact(&url));
    deployed.reused = reused;
    deployed.wait = started.elapsed();
    Ok(deployed)
}

/// Everything up to the upload. Where its answer is lost and something is built, that is let to its end and the upload is
/// made anew.
async fn begin(
    client: &Client,
    request: &Request,
    source: Source<'_>,
    reporter: &mut dyn Reporter,
) -> Result<(Watch, Logs), Fault> {
    let mut patience = client.pace().begin;
    for _ in 0..ROUNDS {
        if let Some(begun) = once(client, request, source, patience, reporter).await? {
            return Ok(begun);
        }
        patience = client.remaining();
    }
    Err(send::unclear(&request.name))
}

/// One upload; `None` where nobody knows what became of it.
async fn once(
    client: &Client,
    request: &Request,
    source: Source<'_>,
    patience: Duration,
    reporter: &mut dyn Reporter,
) -> Result<Option<(Watch, Logs)>, Fault> {
    let what = format!("the sandbox `{}`", request.name);
    let look = async || until::sandbox(client, &request.name).await;
    let mut existing = quiet::settled(
        client,
        &what,
        patience,
        look,
        |sandbox| sandbox.status.as_deref(),
        reporter,
    )
    .await?;
    if let Some(sandbox) = &existing {
        let changed = changed_envs(sandbox, request);
        if !changed.is_empty() {
            if !request.recreate {
                return Err(fixed_envs(request, &changed));
            }
            remove(client, request, &changed, reporter).await?;
            existing = None;
        }
    }
    let body = request.sandbox(&kept(existing.as_ref()));
    let exists = Cell::new(existing.is_some());
    let baseline = existing.as_ref().map(Baseline::of).unwrap_or_default();
    let events = existing.map(|sandbox| sandbox.events).unwrap_or_default();
    let (since, baseline) = match source {
        Source::Image(image) => {
            let answer = put_or_post(client, request, &body, &[], &exists).await?;
            let since = server_time(&answer);
            answer.json()?;
            (since, baseline.told(&image.reference))
        }
        Source::Archive(archive) => {
            let query = [("upload", "true")];
            let ask = async || put_or_post(client, request, &body, &query, &exists).await;
            let begun = async || {
                let now = until::sandbox(client, &request.name).await?;
                Ok(now.is_some_and(|sandbox| baseline.begun(&sandbox)))
            };
            match send::send(client, request, archive, ask, begun, reporter).await? {
                Sent::Taken(since) => (since, baseline),
                Sent::Unclear => return Ok(None),
            }
        }
    };
    let logs = Logs::new(&request.name, behind(since, &events));
    Ok(Some((Watch::new(baseline, client.pace().begin), logs)))
}

/// The labels that a sandbox keeps: an update replaces them all. How it is built is up to this
/// request alone.
fn kept(existing: Option<&Sandbox>) -> BTreeMap<String, String> {
    existing
        .into_iter()
        .flat_map(|sandbox| sandbox.labels.clone())
        .filter(|(name, _)| !is_build_setting(name))
        .collect()
}

/// The names of the variables that would have to change.
fn changed_envs<'a>(existing: &'a Sandbox, request: &'a Request) -> Vec<&'a str> {
    if request.envs.is_empty() {
        return Vec::new();
    }
    let mut changed: Vec<&str> = Vec::new();
    for (name, value) in &request.envs {
        match existing.envs.iter().find(|(known, _)| known == name) {
            None => changed.push(name),
            Some((_, Some(known))) if known != value => changed.push(name),
            Some(_) => (),
        }
    }
    changed.extend(
        existing
            .envs
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| request.envs.iter().all(|(own, _)| own != name)),
    );
    changed
}

/// The platform cannot change the variables of a sandbox that exists.
fn fixed_envs(request: &Request, changed: &[&str]) -> Fault {
    Fault::usage(
        format!(
            "the sandbox `{}` exists with other environment variables: {}",
            request.name,
            changed.join(", ")
        ),
        "the platform cannot change the variables of a sandbox after it was created: deploy with --recreate (it deletes the sandbox first: its files, processes and previews are lost), or under another --name",
    )
}

/// Deletes the sandbox and waits until it is gone.
async fn remove(
    client: &Client,
    request: &Request,
    changed: &[&str],
    reporter: &mut dyn Reporter,
) -> Result<(), Fault> {
    let name = request.name.as_str();
    reporter.note(&format!(
        "the environment variables {} differ: deleting the sandbox `{name}` with its files, processes and previews, to create it anew",
        changed.join(", ")
    ));
    let answer = client.sure(Method::DELETE, &["sandboxes", name], &[], None).await?;
    if answer.status != StatusCode::NOT_FOUND {
        answer.json()?;
    }
    // The deadline ends it, as everything that comes before the upload.
    while let Some(left) = until::sandbox(client, name).await? {
        // What has ended is there for a while, and stands in nobody's way.
        if left.status.as_deref() == Some("TERMINATED") {
            break;
        }
        if !client.sleep(client.pace().look).await {
            let subject = Subject { work: "deploy", noun: "sandbox", name };
            return Err(subject.late("the old sandbox did not go in time", left.status, None));
        }
    }
    Ok(())
}

/// Updates the sandbox, or creates it where there is none. `exists` is what is known of that; where it is wrong, the
/// platform says so.
async fn put_or_post(
    client: &Client,
    request: &Request,
    body: &Value,
    query: &[(&str, &str)],
    exists: &Cell<bool>,
) -> Result<Answer, Fault> {
    let put = async || {
        let path = ["sandboxes", request.name.as_str()];
        let answer = client.sure(Method::PUT, &path, query, Some(body)).await?;
        exists.set(answer.status != StatusCode::NOT_FOUND);
        Ok::<_, Fault>(answer)
    };
    if exists.get() {
        let answer = put().await?;
        if exists.get() {
            return Ok(answer);
        }
    }
    let mut number = 1;
    loop {
        let ended = match client.call(Method::POST, &["sandboxes"], query, Some(body)).await? {
            // Somebody was faster, or an earlier try took effect after all.
            Reply::Answer(answer) if answer.status == StatusCode::CONFLICT => Ok(answer),
            Reply::Answer(answer) => {
                exists.set(answer.status.is_success());
                return Ok(answer);
            }
            Reply::Unsure(fault) => Err(fault),
        };
        // Whether it took effect shows by looking; only what did not is made again.
        let paused = ended.is_ok() || client.sleep(client.pace().retry(number)).await;
        let answer = put().await?;
        if exists.get() {
            return Ok(answer);
        }
        if !paused || number == TRIES {
            return ended;
        }
        number += 1;
    }
}
