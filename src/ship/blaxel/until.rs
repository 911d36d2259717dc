//! The loop around the wait: asks, tells, sleeps.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    client::Client,
    failure::Failure,
    fault::Fault,
    images,
    logs::Logs,
    read,
    send::NOT_IN_TIME,
    wait::{ImageWatch, Step, Watch},
    wire::{Image, Sandbox},
};
use crate::ship::Reporter;

/// How often what was there is not found before that counts.
const GONE: u32 = 10;
/// How long the log may keep what has come to its end.
const LAST: Duration = Duration::from_millis(200);

/// Something on the platform that is looked at until it has come to its end.
pub(super) trait Watched {
    /// What a look shows.
    type Seen;

    /// Looks once; `None` where it is not there.
    async fn look(&self, client: &Client) -> Result<Option<Self::Seen>, Fault>;
    /// Its status, in upper case.
    fn status(seen: &Self::Seen) -> Option<&str>;
    /// What the look means; `since` is the time since the upload.
    fn observe(&mut self, seen: &Self::Seen, since: Duration) -> Step;
}

/// What is waited for, in words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    /// `deploy`, `push` or `rollout`.
    pub(super) work: &'static str,
    /// `sandbox` or `image`.
    pub(super) noun: &'static str,
    pub(super) name: &'a str,
}

impl Subject<'_> {
    pub(super) fn late(self, what: &str, last: Option<String>, trouble: Option<String>) -> Fault {
        let whose = format!("{} `{}`", self.noun, self.name);
        Fault::TimedOut { what: what.into(), last, trouble, whose }
    }

    fn not_in_time(self, last: Option<String>, trouble: Option<String>) -> Fault {
        self.late(&format!("the {} did not end in time", self.work), last, trouble)
    }

    /// Does what comes before the wait, within the deadline, and tells how long that took.
    pub(super) async fn in_time<T>(
        self,
        client: &Client,
        begin: impl Future<Output = Result<T, Fault>>,
    ) -> Result<(Duration, T), Fault> {
        let started = Instant::now();
        match tokio::time::timeout_at(client.deadline(), begin).await {
            // The last wait for an answer is cut short by the deadline: that is what ended it.
            Ok(Err(fault @ (Fault::Network { .. } | Fault::Upload { .. })))
                if client.remaining().is_zero() =>
            {
                Err(self.late(NOT_IN_TIME, None, Some(fault.detail())))
            }
            Ok(ended) => ended.map(|begun| (started.elapsed(), begun)),
            Err(_) => Err(self.late(NOT_IN_TIME, None, None)),
        }
    }
}

/// Looks until the upload has come to its end. Gives the last look, and whether an earlier build was used.
pub(super) async fn until<W: Watched>(
    client: &Client,
    subject: Subject<'_>,
    watch: &mut W,
    logs: &mut Logs,
    reporter: &mut dyn Reporter,
) -> Result<(W::Seen, bool), Fault> {
    let started = Instant::now();
    let mut last: Option<String> = None;
    let mut trouble: Option<String> = None;
    let mut gone = 0;
    let mut failed: Option<Step> = None;
    loop {
        let looked = tokio::time::timeout_at(client.deadline(), watch.look(client)).await;
        let Ok(looked) = looked else { return Err(subject.not_in_time(last, trouble)) };
        gone = if matches!(looked, Ok(None)) { gone + 1 } else { 0 };
        match looked {
            Ok(Some(seen)) => {
                trouble = None;
                let mut step = watch.observe(&seen, started.elapsed());
                // The last lines of a failure come after its status: a second look tells the whole of it.
                let again = client.pace().between(started.elapsed()) < client.remaining();
                if matches!(step, Step::Failed { .. }) && failed.is_none() && again {
                    failed = Some(std::mem::replace(&mut step, Step::Wait));
                }
                // The log first: what it tells came before the status. The end does not wait for it.
                let patience = if step == Step::Wait { Duration::MAX } else { LAST };
                let _ = tokio::time::timeout(patience, read_on(logs, client, reporter)).await;
                if step != Step::Wait {
                    logs.finish(client, reporter);
                }
                let status = W::status(&seen).map(str::to_owned);
                if status.is_some() && status != last {
                    last = status;
                    reporter.status(last.as_deref().unwrap_or(""));
                }
                match step {
                    Step::Wait => (),
                    Step::Done { reused } => return Ok((seen, reused)),
                    Step::Failed { phase, message } => {
                        return Err(told(client, logs, phase, &message));
                    }
                    Step::Dropped => return Err(dropped(subject, last)),
                    Step::Rivals { tags } => {
                        let tags = tags.iter().map(|tag| client.redact(tag)).collect();
                        return Err(Fault::Rivals { name: subject.name.to_owned(), tags });
                    }
                }
            }
            // Not there yet, where it was never seen.
            Ok(None) if last.is_none() => {
                trouble = None;
                if started.elapsed() > client.pace().begin {
                    return Err(dropped(subject, None));
                }
            }
            Ok(None) if failed.is_some() || gone > GONE => {
                if let Some(Step::Failed { phase, message }) = failed {
                    return Err(told(client, logs, phase, &message));
                }
                let message =
                    format!("the {} is gone: it was deleted from elsewhere", subject.noun);
                let phase = if subject.noun == "sandbox" { "rollout" } else { "build" };
                return Err(told(client, logs, phase, &message));
            }
            Ok(None) => (),
            Err(fault @ (Fault::Auth { .. } | Fault::Usage { .. })) => return Err(fault),
            // A call that the deadline cut short says less than the one before it.
            Err(_) if trouble.is_some() && client.remaining().is_zero() => (),
            // It may pass: only the deadline ends the wait. But it is told.
            Err(fault) => {
                let now = fault.detail();
                if trouble.as_ref() != Some(&now) {
                    reporter.note(&format!("no word from the platform ({now}); looking again"));
                    trouble = Some(now);
                }
            }
        }
        if !client.sleep(client.pace().between(started.elapsed())).await {
            return Err(subject.not_in_time(last, trouble));
        }
    }
}

fn told(client: &Client, logs: &Logs, phase: &'static str, message: &str) -> Fault {
    Fault::Failed(Box::new(Failure::read(phase, &client.redact(message), logs.told())))
}

fn dropped(subject: Subject<'_>, last: Option<String>) -> Fault {
    let what = match subject.work {
        "rollout" => "the platform took the image and did not begin to roll it out",
        _ => "the platform took the upload and did not begin to build",
    };
    subject.late(what, last, None)
}

/// A log that cannot be read is no fault of what is waited for; the next look comes soon.
async fn read_on(logs: &mut Logs, client: &Client, reporter: &mut dyn Reporter) {
    let _ = logs.look(client, reporter).await;
}

/// A sandbox; `None` where there is none.
pub(super) async fn sandbox(client: &Client, name: &str) -> Result<Option<Sandbox>, Fault> {
    let value = read::one(client, &["sandboxes", name], &[]).await?;
    Ok(value.as_ref().map(Sandbox::read))
}

/// An image, with its tags once it has come to an end: before that there are none that count.
pub(super) async fn image(client: &Client, name: &str) -> Result<Option<Image>, Fault> {
    let Some(value) = read::one(client, &["images", "sandbox", name], &[]).await? else {
        return Ok(None);
    };
    let mut image = Image::read(&value);
    let ended = matches!(image.status.as_deref(), Some("BUILT" | "DEPLOYED" | "FAILED"));
    if image.tags.is_none() && ended {
        image.tags = Some(images::listed_tags(client, "sandbox", name).await?);
    }
    Ok(Some(image))
}

/// A sandbox by its name.
pub(super) struct SandboxLooks<'a> {
    pub(super) name: &'a str,
    pub(super) watch: Watch,
}

impl Watched for SandboxLooks<'_> {
    type Seen = Sandbox;

    async fn look(&self, client: &Client) -> Result<Option<Sandbox>, Fault> {
        sandbox(client, self.name).await
    }

    fn status(seen: &Sandbox) -> Option<&str> {
        seen.status.as_deref()
    }

    fn observe(&mut self, seen: &Sandbox, since: Duration) -> Step {
        self.watch.observe(seen, since)
    }
}

/// An image by its name.
pub(super) struct ImageLooks<'a> {
    pub(super) name: &'a str,
    pub(super) watch: ImageWatch,
}

impl Watched for ImageLooks<'_> {
    type Seen = Image;

    async fn look(&self, client: &Client) -> Result<Option<Image>, Fault> {
        image(client, self.name).await
    }

    fn status(seen: &Image) -> Option<&str> {
        seen.status.as_deref()
    }

    fn observe(&mut self, seen: &Image, since: Duration) -> Step {
        self.watch.observe(seen, since)
    }
}
