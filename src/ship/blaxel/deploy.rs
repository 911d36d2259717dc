//! Build an image and its sandbox, and wait for the truth.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::{
    client::{Answer, Client, Reply},
    failure::Failure,
    fault::Fault,
    logs::Logs,
    upload::{self, Archive},
    upload_url::{BUILD_LABELS, upload_url},
    wait::{Baseline, Step, Watch},
    wire::Sandbox,
};
use crate::ship::Reporter;

const UPLOAD_TRIES: u32 = 5;
/// How often a sandbox that was there is not found before that counts.
const GONE: u32 = 10;
const GENERATED: &str = "x-blaxel-auto-generated";

/// What to deploy.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Name of the sandbox and its image.
    pub name: String,
    /// `spec.runtime`, without environment variables.
    pub runtime: Map<String, Value>,
    /// Environment variables.
    pub envs: Vec<(String, String)>,
    /// `spec.region`.
    pub region: Option<String>,
    /// `spec.volumes`.
    pub volumes: Vec<Value>,
    /// Labels of the sandbox, build settings among them.
    pub labels: BTreeMap<String, String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// `sandbox/NAME:TAG`.
    pub image: String,
    /// The sandbox's URL.
    pub url: Option<String>,
    /// The platform used an earlier, identical build.
    pub reused: bool,
    /// How long the upload took.
    pub upload: Duration,
    /// How long it took from the upload to the end.
    pub wait: Duration,
}

impl Request {
    /// What the sandbox is made from; `labels` are those it has already and keeps.
    fn body(&self, labels: &BTreeMap<String, String>) -> Value {
        let mut all = labels.clone();
        all.extend(self.labels.clone());
        all.insert(GENERATED.into(), "true".into());
        let mut runtime = self.runtime.clone();
        if !self.envs.is_empty() {
            let envs = self
                .envs
                .iter()
                .map(|(name, value)| json!({ "name": name, "value": value }))
                .collect();
            runtime.insert("envs".into(), envs);
        }
        let mut spec = Map::from_iter([("runtime".to_owned(), Value::Object(runtime))]);
        if let Some(region) = &self.region {
            spec.insert("region".into(), json!(region));
        }
        if !self.volumes.is_empty() {
            spec.insert("volumes".into(), json!(self.volumes));
        }
        json!({
            "apiVersion": "blaxel.ai/v1alpha1",
            "kind": "Sandbox",
            "metadata": { "name": self.name, "labels": all },
            "spec": spec,
        })
    }

    /// Everything that decides what runs, as text with one form: for the deploy key.
    pub fn settings(&self) -> String {
        self.body(&BTreeMap::new()).to_string()
    }
}

/// Deploys `archive`.
pub async fn deploy(
    client: &Client,
    request: &Request,
    archive: &Archive,
    reporter: &mut dyn Reporter,
) -> Result<Deployed, Fault> {
    let started = Instant::now();
    let begun =
        tokio::time::timeout_at(client.deadline(), begin(client, request, archive, reporter));
    let (existing, since) = match begun.await {
        Ok(Ok(begun)) => begun,
        // The last wait for an answer is cut short by the deadline: that is what ended it.
        Ok(Err(fault @ (Fault::Network { .. } | Fault::Upload { .. })))
            if client.remaining().is_zero() =>
        {
            return Err(late(
                request,
                "the upload did not end in time",
                None,
                Some(fault.detail()),
            ));
        }
        Ok(Err(fault)) => return Err(fault),
        Err(_) => return Err(late(request, "the upload did not end in time", None, None)),
    };
    let upload = started.elapsed();
    let baseline = existing.as_ref().map(Baseline::of).unwrap_or_default();
    let mut logs = Logs::new(&request.name, since);
    let (last, reused) = wait(client, request, baseline, &mut logs, reporter).await?;
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
    Ok(Deployed {
        image: client.redact(&image),
        url: last.url.map(|url| client.redact(&url)),
        reused,
        upload,
        wait: started.elapsed().saturating_sub(upload),
    })
}

fn late(request: &Request, what: &str, last: Option<String>, trouble: Option<String>) -> Fault {
    Fault::TimedOut { what: what.into(), last, trouble, name: request.name.clone() }
}

/// Everything up to the upload: what was there before it, and the instant, by the platform's clock,
/// from which log lines belong to it.
async fn begin(
    client: &Client,
    request: &Request,
    archive: &Archive,
    reporter: &mut dyn Reporter,
) -> Result<(Option<Sandbox>, Timestamp), Fault> {
    let path = ["sandboxes", request.name.as_str()];
    let existing = match client.sure(Method::GET, &path, &[], None).await? {
        answer if answer.status == StatusCode::NOT_FOUND => None,
        answer => Some(Sandbox::read(&answer.json()?)),
    };
    if let Some(existing) = &existing {
        same_envs(existing, request)?;
    }
    let body = request.body(&kept(existing.as_ref()));
    let since = send(client, request, &body, archive, reporter).await?;
    Ok((existing, since))
}

/// The labels that a sandbox keeps: an update replaces them all. How it is built is up to this
/// request alone.
fn kept(existing: Option<&Sandbox>) -> BTreeMap<String, String> {
    existing
        .into_iter()
        .flat_map(|sandbox| sandbox.labels.clone())
        .filter(|(name, _)| !name.starts_with(BUILD_LABELS))
        .collect()
}

/// The platform cannot change the variables of a sandbox that exists.
fn same_envs(existing: &Sandbox, request: &Request) -> Result<(), Fault> {
    if request.envs.is_empty() {
        return Ok(());
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
    if changed.is_empty() {
        return Ok(());
    }
    Err(Fault::usage(
        format!(
            "the sandbox `{}` exists with other environment variables: {}",
            request.name,
            changed.join(", ")
        ),
        "the platform cannot change the variables of a sandbox after it was created: delete the sandbox first, or deploy under another --name",
    ))
}

/// Asks for an upload URL and uploads, with a fresh URL for every try. Returns the instant, by the
/// platform's clock, from which log lines belong to this upload.
async fn send(
    client: &Client,
    request: &Request,
    body: &Value,
    archive: &Archive,
    reporter: &mut dyn Reporter,
) -> Result<Timestamp, Fault> {
    let mut number = 1;
    loop {
        let answer = put_or_post(client, request, body).await?;
        let since = server_time(&answer);
        let (url, labels) = upload_url(client, request, body, answer).await?;
        match upload::put(client, &url, &labels, archive, reporter).await {
            Ok(()) => return Ok(since),
            Err(refused) => {
                let why = client.redact(&refused.why);
                let pause = refused.after.unwrap_or_else(|| client.pace().retry(number));
                let again = number < UPLOAD_TRIES && client.sleep(pause).await;
                if !again {
                    return Err(Fault::Upload { host: refused.host, why, tries: number });
                }
                reporter.note(&format!("the upload failed ({why}); asking for a fresh URL"));
                number += 1;
            }
        }
    }
}

/// Updates the sandbox, or creates it where there is none.
async fn put_or_post(client: &Client, request: &Request, body: &Value) -> Result<Answer, Fault> {
    let path = ["sandboxes", request.name.as_str()];
    let query = [("upload", "true")];
    let answer = client.sure(Method::PUT, &path, &query, Some(body)).await?;
    if answer.status != StatusCode::NOT_FOUND {
        return Ok(answer);
    }
    let mut number = 1;
    loop {
        match client.call(Method::POST, &["sandboxes"], &query, Some(body)).await? {
            // Somebody was faster, or an earlier try took effect after all.
            Reply::Answer(answer) if answer.status == StatusCode::CONFLICT => {
                return client.sure(Method::PUT, &path, &query, Some(body)).await;
            }
            Reply::Answer(answer) => return Ok(answer),
            Reply::Unsure(fault) => {
                // Whether it took effect shows by looking; only what did not is made again.
                let paused = client.sleep(client.pace().retry(number)).await;
                let answer = client.sure(Method::PUT, &path, &query, Some(body)).await?;
                if answer.status != StatusCode::NOT_FOUND {
                    return Ok(answer);
                }
                if !paused || number == super::retry::TRIES {
                    return Err(fault);
                }
                number += 1;
            }
        }
    }
}

/// When the platform answered, a moment before it: its clock decides which log lines are new.
fn server_time(answer: &Answer) -> Timestamp {
    let date = answer.headers.get("date").and_then(|value| value.to_str().ok());
    let at = date
        .and_then(|text| httpdate::parse_http_date(text).ok())
        .and_then(|time| Timestamp::try_from(time).ok())
        .unwrap_or_else(Timestamp::now);
    at.checked_sub(SignedDuration::from_secs(2)).unwrap_or(at)
}

/// Looks until the upload has come to its end.
async fn wait(
    client: &Client,
    request: &Request,
    baseline: Baseline,
    logs: &mut Logs,
    reporter: &mut dyn Reporter,
) -> Result<(Sandbox, bool), Fault> {
    let path = ["sandboxes", request.name.as_str()];
    let mut watch = Watch::new(baseline, client.pace().begin);
    let started = Instant::now();
    let mut last: Option<String> = None;
    let mut trouble: Option<String> = None;
    let mut gone = 0;
    loop {
        let looked =
            tokio::time::timeout_at(client.deadline(), client.call(Method::GET, &path, &[], None))
                .await;
        let seen = match looked {
            Err(_) => return Err(late(request, "the deploy did not end in time", last, trouble)),
            Ok(Err(fault @ (Fault::Auth { .. } | Fault::Usage { .. }))) => return Err(fault),
            Ok(Ok(Reply::Answer(answer))) => {
                let missing = answer.status == StatusCode::NOT_FOUND;
                gone = if missing { gone + 1 } else { 0 };
                match answer.json() {
                    Ok(value) => Ok(Sandbox::read(&value)),
                    // Not there yet, where it was never seen.
                    Err(_) if missing && last.is_none() => Err(None),
                    Err(fault) => Err(Some(fault.detail())),
                }
            }
            Ok(Ok(Reply::Unsure(fault)) | Err(fault)) => Err(Some(fault.detail())),
        };
        match seen {
            Ok(sandbox) => {
                trouble = None;
                let step = watch.observe(&sandbox, started.elapsed());
                // The log first: what it tells came before the status.
                let _ = logs.look(client, reporter).await;
                if step != Step::Wait {
                    // The last lines of a failure come after its status.
                    if matches!(step, Step::Failed { .. }) {
                        client.sleep(client.pace().look).await;
                    }
                    let _ = logs.look(client, reporter).await;
                    logs.finish(client, reporter);
                }
                if sandbox.status.is_some() && sandbox.status != last {
                    last.clone_from(&sandbox.status);
                    reporter.status(last.as_deref().unwrap_or(""));
                }
                match step {
                    Step::Wait => (),
                    Step::Done { reused } => return Ok((sandbox, reused)),
                    Step::Failed { phase, message } => {
                        let failure = Failure::read(phase, &client.redact(&message), logs.told());
                        return Err(Fault::Failed(Box::new(failure)));
                    }
                    Step::Dropped => {
                        let what = "the platform took the upload and did not begin to build";
                        return Err(late(request, what, last, None));
                    }
                }
            }
            Err(_) if last.is_some() && gone > GONE => {
                let message = "the sandbox is gone: it was deleted from elsewhere";
                let failure = Failure::read("rollout", message, logs.told());
                return Err(Fault::Failed(Box::new(failure)));
            }
            // A call that the deadline cut short says less than the one before it.
            Err(Some(_)) if trouble.is_some() && client.remaining().is_zero() => (),
            // It may pass: only the deadline ends the wait. But it is told.
            Err(Some(now)) if trouble.as_ref() != Some(&now) => {
                reporter.note(&format!("no word from the platform ({now}); looking again"));
                trouble = Some(now);
            }
            Err(_) => (),
        }
        if !client.sleep(client.pace().between(started.elapsed())).await {
            return Err(late(request, "the deploy did not end in time", last, trouble));
        }
    }
}
