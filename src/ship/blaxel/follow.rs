//! A sandbox from here on: until it has settled, and what it logs.

use std::cell::Cell;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::{
    client::Client,
    fault::Fault,
    logs::Logs,
    names::SandboxName,
    retry, sandboxes,
    until::{SandboxLooks, Subject, until},
    wait::{Baseline, Watch},
    wire::Sandbox,
};
use crate::ship::Reporter;

/// Looks at a sandbox until its status is one that stays. `None` where it is gone.
/// Faults that may pass are waited through.
///
/// # Errors
/// [`Fault::TimedOut`] at the deadline; credentials that are refused.
pub async fn settle(
    client: &Client,
    name: &SandboxName,
    reporter: &mut dyn Reporter,
) -> Result<Option<Sandbox>, Fault> {
    let mut looks = Looks::new(client, name);
    loop {
        match looks.next(reporter).await? {
            None => return Ok(None),
            Some(sandbox) => {
                let status = sandbox.status.as_deref().unwrap_or_default();
                if matches!(
                    status,
                    "DEPLOYED" | "FAILED" | "BUILT" | "DEACTIVATED" | "TERMINATED" | "ARCHIVED"
                ) {
                    return Ok(Some(sandbox));
                }
            }
        }
    }
}

/// Looks at a sandbox that is on its way out until it is gone.
///
/// # Errors
/// [`Fault::TimedOut`] at the deadline; credentials that are refused.
pub async fn gone(
    client: &Client,
    name: &SandboxName,
    reporter: &mut dyn Reporter,
) -> Result<(), Fault> {
    let mut looks = Looks::new(client, name);
    while looks.next(reporter).await?.is_some() {}
    Ok(())
}

/// Waits until a sandbox runs the image that it was created with or changed to; `before` is what was there.
///
/// # Errors
/// [`Fault::Failed`] where it does not come up, [`Fault::TimedOut`] at the deadline.
pub async fn rollout(
    client: &Client,
    name: &SandboxName,
    before: Option<&Sandbox>,
    image: &str,
    reporter: &mut dyn Reporter,
) -> Result<Sandbox, Fault> {
    // The new image shows at once, and proves nothing.
    let baseline = before.map(Baseline::of).unwrap_or_default().told(image);
    let watch = Watch::new(baseline, client.pace().begin);
    let mut looks = SandboxLooks { name: name.as_str(), watch };
    let subject = Subject { work: "rollout", noun: "sandbox", name: name.as_str() };
    // The clocks differ a little; of a sandbox that ran before, some lines may show again.
    let now = Timestamp::now();
    let since = now.checked_sub(SignedDuration::from_secs(2)).unwrap_or(now);
    let mut logs = Logs::new(name.as_str(), since);
    until(client, subject, &mut looks, &mut logs, reporter).await.map(|(sandbox, _)| sandbox)
}

/// One look after the other.
struct Looks<'a> {
    client: &'a Client,
    name: &'a SandboxName,
    started: Instant,
    first: bool,
    last: Option<String>,
    trouble: Option<String>,
}

impl<'a> Looks<'a> {
    fn new(client: &'a Client, name: &'a SandboxName) -> Self {
        Self { client, name, started: Instant::now(), first: true, last: None, trouble: None }
    }

    /// The next sight of it, after a pause; `None` where it is not there.
    async fn next(&mut self, reporter: &mut dyn Reporter) -> Result<Option<Sandbox>, Fault> {
        loop {
            let pause = self.client.pace().between(self.started.elapsed());
            if !std::mem::take(&mut self.first) && !self.client.sleep(pause).await {
                return Err(self.late("the sandbox did not settle in time"));
            }
            let look = sandboxes::find(self.client, self.name);
            match tokio::time::timeout_at(self.client.deadline(), look).await {
                Err(_) => return Err(self.late("the sandbox did not settle in time")),
                Ok(Ok(sandbox)) => {
                    self.trouble = None;
                    let status = sandbox.as_ref().and_then(|sandbox| sandbox.status.clone());
                    if status.is_some() && status != self.last {
                        self.last = status;
                        reporter.status(self.last.as_deref().unwrap_or_default());
                    }
                    return Ok(sandbox);
                }
                Ok(Err(fault @ (Fault::Auth { .. } | Fault::Usage { .. }))) => return Err(fault),
                Ok(Err(fault)) => {
                    let now = fault.detail();
                    if self.trouble.as_ref() != Some(&now) {
                        reporter.note(&format!("no word from the platform ({now}); looking again"));
                    }
                    self.trouble = Some(now);
                }
            }
        }
    }

    fn late(&self, what: &str) -> Fault {
        Fault::TimedOut {
            what: what.to_owned(),
            last: self.last.clone(),
            trouble: self.trouble.clone(),
            whose: format!("sandbox `{}`", self.name),
        }
    }
}

/// Tells the log of a sandbox from `since` on, and goes on as long as `follow` says, until the deadline or until the
/// sandbox is gone. Lines come in their order, each once.
///
/// # Errors
/// [`super::Rule::Missing`]; a log that cannot be read, again and again where it is not followed.
pub async fn logs(
    client: &Client,
    name: &SandboxName,
    since: Timestamp,
    follow: &Cell<bool>,
    reporter: &mut dyn Reporter,
) -> Result<(), Fault> {
    // Whoever may not look at the sandbox is told so, and not that there are no lines.
    sandboxes::get(client, name).await?;
    let mut logs = Logs::new(name.as_str(), since);
    let mut failed = 0;
    loop {
        match logs.look(client, reporter).await {
            Ok(()) => failed = 0,
            Err(fault @ (Fault::Auth { .. } | Fault::Usage { .. })) => return Err(fault),
            Err(fault) => {
                failed += 1;
                if !follow.get() && failed == retry::TRIES {
                    return Err(fault);
                }
                if failed == 1 {
                    let now = fault.detail();
                    reporter.note(&format!("no log from the platform ({now}); looking again"));
                }
            }
        }
        let over = failed == 0 && !follow.get();
        let pause = if failed == 0 { client.pace().look * 2 } else { client.pace().retry(failed) };
        if over || !client.sleep(pause).await {
            break;
        }
        if follow.get() && matches!(sandboxes::find(client, name).await, Ok(None)) {
            // What was said last comes a little after the end.
            let _ = logs.look(client, reporter).await;
            reporter.note(&format!("the sandbox {name} is gone"));
            break;
        }
    }
    logs.finish(client, reporter);
    Ok(())
}
