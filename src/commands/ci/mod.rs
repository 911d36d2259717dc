//! `sandgate ci`: reads what happened, decides, acts, and tells it where it is read. `sandgate report` tells it again from
//! records.

mod act;
mod approval;
mod audit;
mod beforehand;
mod build;
mod check;
mod checkout;
mod cleanup;
mod empty;
mod files;
mod given;
mod history;
mod inputs;
mod merging;
mod names;
mod orphans;
mod overtaken;
mod payload;
mod plan;
mod preview;
mod promote;
mod records;
mod rehearsal;
pub(super) mod report;
mod scene;
mod ship;
mod tell;
mod told;
mod typed;
mod unpromoted;
mod unrecorded;
mod within;

use crate::{
    cli,
    error::Error,
    exit::Exit,
    record::leg::Leg,
    shell::Shell,
    ship::ci::{Command, Host, Job, Read},
};

/// What came of a run.
#[derive(Default)]
struct Done {
    /// What was done with each image.
    legs: Vec<Leg>,
    /// The deployments that were begun.
    begun: tell::Begun,
    /// The file with the findings, where one was written.
    sarif: Option<std::path::PathBuf>,
    /// Annotations, as the runner reads them.
    annotations: Vec<u8>,
    /// What an audit found.
    audit: Option<String>,
    /// What a matrix is made of.
    plan: Option<plan::Planned>,
    /// Whether a pull request affects no image: what an earlier commit of it left in the comment no longer holds.
    idle: bool,
    /// Why nothing is done in spite of the decision.
    nothing: Option<String>,
    /// The pull request, where the legs are a stranger's: no link of theirs is shown.
    stranger: Option<u64>,
}

impl Done {
    /// Whether there is something to tell where others read it.
    fn is_told(&self) -> bool {
        !self.legs.is_empty() || self.idle
    }
}

pub(super) fn run(args: &cli::Ci, shell: &mut Shell) -> Result<Exit, Error> {
    let read: Read<'_> = &crate::settings::of_ci;
    let scene = match scene::read(args, read, shell) {
        Ok(scene) => scene,
        Err(mut error) => {
            inputs::name(Host::detect(read), &mut error);
            if !args.dry_run {
                tell::unread(&told::failure(&error).cause, error.help.as_deref(), shell);
            }
            return Err(error);
        }
    };
    let decision = &scene.decision;
    let (verb, what) = match decision.job {
        Job::Do(command) => ("Decided", format!("to {}: {}", typed::verb(command), decision.why)),
        Job::Nothing => ("Decided", format!("to do nothing: {}", decision.why)),
        Job::Refused => ("Refused", decision.why.clone()),
    };
    shell.status(verb, &what);
    if scene.no_config && decision.job.is_judged() {
        checkout::tell_no_settings(scene.host, shell);
    }
    unused(args, shell);
    let doubt = decision.doubt().map(|doubt| inputs::beside(scene.host, &doubt));
    let help = decision.help.map(|help| inputs::beside(scene.host, help));
    match (doubt, help, decision.job) {
        (Some(doubt), _, Job::Do(_)) => tell::warning(shell, &doubt),
        (_, Some(help), Job::Do(_) | Job::Nothing) => shell.note(&help),
        _ => (),
    }
    let mut done = Done::default();
    let beside = |help: String| inputs::beside(scene.host, &help);
    let mut ended = act::run(args, &scene, &mut done, shell);
    if let Err(error) = &mut ended {
        inputs::name(scene.host, error);
    }
    for leg in &mut done.legs {
        scene.sign(leg);
        if let Some(failure) = &mut leg.failure {
            failure.help = failure.help.take().map(beside);
        }
    }
    let told = tell::run(args, &scene, &done, &ended, shell);
    if let (Err(_), Err(untold)) = (&ended, &told) {
        shell.error(untold);
    }
    let exit = ended?;
    told?;
    Ok(approval::ended(args, &scene, &done.legs, exit, shell))
}

/// Tells of a command line that cannot be read.
pub(super) fn unread(text: &str) {
    let mut shell = Shell::new(anstream::ColorChoice::Never, crate::shell::Verbosity::Normal);
    shell.guard(crate::shell::Runner::Github);
    tell::unread(&inputs::unread(text), None, &mut shell);
}

/// Says what is given and has no say here.
fn unused(args: &cli::Ci, shell: &mut Shell) {
    let builds = matches!(
        typed::command(args.command),
        Some(Command::Preview | Command::Push | Command::Deploy)
    );
    if builds && given::some(args.image.as_ref()).is_some() {
        let text = "the image that is named (`--image`, input `image`) is not used: only `promote` takes one, and this command builds";
        tell::warning(shell, text);
    }
}

/// How the platform is called beside builds.
fn call(args: &cli::Ci) -> cli::Call {
    cli::Call {
        platform: args.platform.clone(),
        timeout: Some(args.timeout.clone()),
        format: cli::DataFormat::Human,
        output: None,
    }
}
