//! Build an image without a sandbox, and wait for the truth.

use std::time::Duration;

use reqwest::Method;
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
    until::{self, ImageLooks, Subject},
    upload::Archive,
    wait::{ImageBaseline, ImageWatch, fixed},
};
use crate::ship::Reporter;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// `sandbox/NAME:TAG`; `None` where the platform used an earlier build and does not say which, or where
    /// nothing was waited for.
    pub image: Option<String>,
    /// The platform used an earlier, identical build.
    pub reused: bool,
    /// Nothing was waited for.
    pub accepted: bool,
    /// All images that the name has now, `sandbox/NAME:TAG` each: the one that was used again is among them.
    pub images: Vec<String>,
    /// How long the upload took.
    pub upload: Duration,
    /// How long it took from the upload to the end.
    pub wait: Duration,
}

/// Pushes `archive`, or the finished image of the request.
///
/// # Errors
/// Nothing of it becomes a success of an earlier push, nor of somebody else's.
pub async fn push(
    client: &Client,
    request: &Request,
    archive: Option<&Archive>,
    reporter: &mut dyn Reporter,
) -> Result<Pushed, Fault> {
    let subject = Subject { work: "push", noun: "image", name: &request.name };
    let source = request.source(archive)?;
    client.hide(&request.hidden);
    let begun = begin(client, request, source, reporter);
    let (upload, (watch, mut logs, first)) = subject.in_time(client, begun).await?;
    let started = Instant::now();
    let baseline = watch.baseline.clone();
    let mut pushed = Pushed {
        image: None,
        reused: false,
        accepted: request.no_wait,
        images: Vec::new(),
        upload,
        wait: Duration::ZERO,
    };
    if request.no_wait {
        return Ok(pushed);
    }
    let mut looks = ImageLooks { name: &request.name, watch };
    let (last, reused) = until::until(client, subject, &mut looks, &mut logs, reporter).await?;
    let named = |tag: &str| client.redact(&format!("sandbox/{}:{tag}", request.name));
    pushed.reused = reused;
    pushed.images = fixed(&last).map(named).collect();
    // What is used again is one of those that are there.
    pushed.image = match (baseline.new_tags(&last).as_slice(), pushed.images.as_slice()) {
        ([tag], _) => Some(named(tag)),
        ([], [only]) => Some(only.clone()),
        // The upload before this one was it, if the platform says so.
        ([], _) => match first.new_tags(&last).as_slice() {
            [tag] if baseline.says_reused(&last, tag) => Some(named(tag)),
            _ => None,
        },
        _ => None,
    };
    pushed.wait = started.elapsed();
    Ok(pushed)
}

/// Everything up to the upload, and what was there before the first. Where its answer is lost and something is built, that
/// is let to its end and the upload is made anew.
async fn begin(
    client: &Client,
    request: &Request,
    source: Source<'_>,
    reporter: &mut dyn Reporter,
) -> Result<(ImageWatch, Logs, ImageBaseline), Fault> {
    let mut patience = client.pace().begin;
    let mut first = None;
    for _ in 0..ROUNDS {
        match once(client, request, source, patience, reporter).await? {
            Once::Taken(watch, logs) => {
                let first = first.unwrap_or_else(|| watch.baseline.clone());
                return Ok((watch, logs, first));
            }
            Once::Unclear(baseline) => first = first.or(Some(baseline)),
        }
        patience = client.remaining();
    }
    Err(send::unclear(&request.name))
}

/// What became of one upload.
enum Once {
    Taken(ImageWatch, Logs),
    /// Nobody knows; this was there before it.
    Unclear(ImageBaseline),
}

/// One upload.
async fn once(
    client: &Client,
    request: &Request,
    source: Source<'_>,
    patience: Duration,
    reporter: &mut dyn Reporter,
) -> Result<Once, Fault> {
    let what = format!("the image `{}`", request.name);
    let look = async || until::image(client, &request.name).await;
    let existing =
        quiet::settled(client, &what, patience, look, |image| image.status.as_deref(), reporter)
            .await?;
    let baseline = existing.as_ref().map(ImageBaseline::of).unwrap_or_default();
    let body = request.image();
    let events = existing.map(|image| image.events).unwrap_or_default();
    let (since, begun) = match source {
        Source::Image(image) => {
            let skip = image.skip_build;
            match import(client, &request.name, &body, skip, &baseline).await? {
                Some(answer) => (server_time(&answer), is_registered(answer)?),
                None => (jiff::Timestamp::now(), true),
            }
        }
        Source::Archive(archive) => {
            let ask = async || ask(client, &request.name, &body).await;
            let begun = async || {
                let now = until::image(client, &request.name).await?;
                Ok(now.is_some_and(|image| baseline.begun(&image)))
            };
            match send::send(client, request, archive, ask, begun, reporter).await? {
                Sent::Taken(since) => (since, false),
                Sent::Unclear => return Ok(Once::Unclear(baseline)),
            }
        }
    };
    let logs = Logs::new(&request.name, behind(since, &events));
    Ok(Once::Taken(ImageWatch::new(baseline, client.pace().begin, begun), logs))
}

/// Whether the platform says of an import that there is nothing to build.
fn is_registered(answer: Answer) -> Result<bool, Fault> {
    Ok(answer.json()?["build"] == Value::Bool(false))
}

/// Asks for an upload URL. Where the answer is lost it is looked first whether the platform is there; nothing is
/// built before an archive is, so that asking once more cannot build twice.
async fn ask(client: &Client, name: &str, body: &Value) -> Result<Answer, Fault> {
    let mut number = 1;
    loop {
        let query = [("upload", "true")];
        match client.call(Method::POST, &["images"], &query, Some(body)).await? {
            Reply::Answer(answer) => return Ok(answer),
            Reply::Unsure(fault) => {
                let paused = client.sleep(client.pace().retry(number)).await;
                if !paused || number == TRIES {
                    return Err(fault);
                }
                until::image(client, name).await?;
                number += 1;
            }
        }
    }
}

/// Imports a finished image; `None` where the answer was lost, and a look shows that it took effect.
async fn import(
    client: &Client,
    name: &str,
    body: &Value,
    skip_build: bool,
    baseline: &ImageBaseline,
) -> Result<Option<Answer>, Fault> {
    let query: &[(&str, &str)] = if skip_build { &[("skip-build", "true")] } else { &[] };
    let mut number = 1;
    loop {
        match client.call(Method::POST, &["images"], query, Some(body)).await? {
            Reply::Answer(answer) => return Ok(Some(answer)),
            Reply::Unsure(fault) => {
                // What takes effect shows after a while.
                for _ in 0..TRIES {
                    if !client.sleep(client.pace().look).await {
                        return Err(fault);
                    }
                    let seen = until::image(client, name).await?;
                    if seen.is_some_and(|image| baseline.differs(&image)) {
                        return Ok(None);
                    }
                }
                if number == TRIES {
                    return Err(fault);
                }
                number += 1;
            }
        }
    }
}
