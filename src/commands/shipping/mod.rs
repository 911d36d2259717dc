//! What `deploy` and `push` have in common: lint, gate, pack, send, wait, tell.

mod build_args;
mod build_logins;
mod dry_run;
mod finished;
mod flow;
mod gated;
mod guarded;
mod hidden;
mod keep_out;
mod keys;
mod known;
mod logins;
mod outcome;
mod packed;
mod preflight;
mod progress;
mod request;
mod result;
mod send;

pub(super) use self::{
    dry_run::{MASK, Planned},
    finished::{is_elsewhere, no_registry, nothing_to_build, runs},
    request::From,
};

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::{
    cli,
    error::Error,
    exit::Exit,
    record::{Record, Status},
    settings,
    shell::Shell,
    ship::{
        Reporter,
        blaxel::{self, Archive, Client, Deployed, Fault, Host, PlannedCall, Request},
    },
};

/// What one command does of it in its own way.
pub(super) trait Work {
    /// What the record calls it.
    const ACTION: &'static str;
    /// What an interrupted run says; `{}` is the name.
    const GOES_ON: &'static str;

    /// What is shipped.
    fn request(&self, from: &From<'_>) -> Result<Request, Error>;
    /// Refuses what cannot be shipped in this way; else what cannot run in a sandbox.
    fn check(request: &Request) -> Result<(), Error> {
        runs(request)
    }
    /// The calls that it makes, without one being made; else those of a sandbox.
    fn calls(&self, request: &Request, host: &Host) -> Vec<PlannedCall> {
        blaxel::plan_deploy(request, host)
    }
    /// What of it decides what comes out, for the deploy key; else everything that a sandbox is made from.
    fn settings(request: &Request) -> String {
        request.settings()
    }
    /// Ships it and waits.
    async fn ship(
        &self,
        client: &Client,
        request: &Request,
        archive: Option<&Archive>,
        reporter: &mut dyn Reporter,
    ) -> Result<Shipped, Fault>;
}

/// What came of it.
pub(super) struct Shipped {
    pub(super) image: Option<String>,
    /// Every image that the name has, where that matters.
    pub(super) images: Vec<String>,
    pub(super) url: Option<String>,
    pub(super) reused: bool,
    pub(super) accepted: bool,
    /// How long each phase took.
    pub(super) timings: [(&'static str, Duration); 2],
}

impl Shipped {
    /// Of a sandbox.
    pub(super) fn deployed(done: Deployed) -> Self {
        Self {
            image: done.image,
            images: Vec::new(),
            url: done.url,
            reused: done.reused,
            accepted: done.accepted,
            timings: [("upload", done.upload), ("build and rollout", done.wait)],
        }
    }
}

/// Ships it and tells what came of it: on standard output, and in the file of `--record`.
pub(super) fn run<W: Work>(ship: &cli::Ship, work: &W, shell: &mut Shell) -> Result<Exit, Error> {
    let (record, ended) = carry_out(ship, work, shell);
    // What happened is told even where the record cannot be written, and the other way round.
    let saved = ship
        .record
        .as_ref()
        .map_or(Ok(()), |path| super::save(path, |out| out.write_all(record.to_json().as_bytes())));
    let printed = result::print(ship.format, &record, shell);
    if let (Err(_), Err(unsaved)) = (&ended, &saved) {
        shell.error(unsaved);
    }
    let exit = ended?;
    saved?;
    printed?;
    Ok(exit)
}

/// Looks whether the command line and `blaxel.toml` say all that is needed to ship it: nobody is called.
pub(super) fn check<W: Work>(ship: &cli::Ship, work: &W) -> Result<(), Error> {
    flow::check(ship, work)
}

/// Ships it. The steps are told on standard error; the record, which holds what happened however the run ended, is
/// neither printed nor written.
pub(super) fn carry_out<W: Work>(
    ship: &cli::Ship,
    work: &W,
    shell: &mut Shell,
) -> (Record, Result<Exit, Error>) {
    let started = Instant::now();
    let mut record = Record {
        action: W::ACTION,
        simulated: ship.platform.sim,
        started: Timestamp::now().to_string(),
        commit: settings::commit(),
        ..Record::default()
    };
    let ended = flow::run(ship, work, shell, &mut record);
    record.timings.push(("total", started.elapsed()));
    record.status = match &ended {
        Ok(Exit::Done) if record.status == Status::Accepted => Status::Accepted,
        Ok(Exit::Done) => Status::Succeeded,
        Ok(Exit::Findings) => Status::Refused,
        Ok(_) => Status::Error,
        Err(error) => match error.exit {
            Exit::Failed => Status::Failed,
            Exit::TimedOut => Status::TimedOut,
            Exit::Refused => Status::Refused,
            Exit::Interrupted | Exit::Terminated => Status::Cancelled,
            _ => Status::Error,
        },
    };
    if let Err(error) = &ended {
        record.failure.get_or_insert_with(|| outcome::failure(None, error));
    }
    record.error = ended.as_ref().err().map(|error| error.what.clone());
    (record, ended)
}
