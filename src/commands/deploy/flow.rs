//! Lint, gate, pack, upload, wait.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::{progress::Progress, request, result::size};
use crate::{
    cli::{self, FailOn},
    commands::{options, pack::planned, project, stop::Stop},
    error::Error,
    exit::Exit,
    gate,
    lint::{self, diagnostic::Severity},
    pack,
    record::{self, Record, deploy_key},
    report::{self, Format, Report, Section},
    shell::Shell,
    ship::blaxel::{Archive, Client, Deployed, Fault, Request, deploy},
    sim,
};

pub(super) fn run(
    args: &cli::Deploy,
    shell: &mut Shell,
    record: &mut Record,
) -> Result<Exit, Error> {
    let timeout = request::duration(&args.timeout)?;
    let build_args = project::build_args(&args.source)?;
    let target = request::target(args)?;
    let mut opened = project::open(&args.path, &args.source)?;
    let request = request::read(args, &opened, &target)?;
    record.name = Some(request.name.clone());
    record.workspace = Some(target.workspace.clone());

    let clock = Instant::now();
    let options = options::read(&args.source, &args.rules)?;
    let outcome = lint::run(&opened, &options);
    let limit = match args.fail_on {
        FailOn::Error => Some(Severity::Error),
        FailOn::Warning => Some(Severity::Warning),
        FailOn::Info => Some(Severity::Info),
        FailOn::Never => None,
    };
    let verdict = gate::judge(&outcome, limit);
    record.timings.push(("lint", clock.elapsed()));
    record.gate = Some(record::Gate {
        errors: verdict.errors,
        warnings: verdict.warnings,
        infos: verdict.infos,
        suppressed: verdict.suppressed,
        passed: verdict.passed,
    });
    if !outcome.findings.is_empty() {
        let section =
            Section { root: project::shown(&args.path), project: &opened, outcome: &outcome };
        let report = Report { sections: vec![section], color: shell.err_colors() };
        // A closed standard error takes nothing from the result.
        let _ = report::write(&report, Format::Human, shell.err());
    }
    shell
        .status("Linted", &format!("{}: {}", request.name, report::Counts::of([&outcome]).words()));
    if !verdict.passed {
        shell.note("nothing was uploaded: the findings above are at or above --fail-on");
        return Ok(Exit::Findings);
    }

    let clock = Instant::now();
    let extras = request::build_env(&opened, &build_args)?;
    if !extras.is_empty() {
        request::keep_build_args_out(&mut opened, &options)?;
    }
    let plan = planned(&opened, extras, shell)?;
    let temp = |err: std::io::Error| {
        Error::new(Exit::Usage, "the archive cannot be written")
            .because(err.to_string())
            .help("make room in the temporary folder, or set TMPDIR to another")
    };
    let mut file = tempfile::tempfile().map_err(temp)?;
    let packed = pack::write(&plan, 0, &mut file)
        .map_err(|err| crate::commands::pack::failed(&opened, &err))?;
    record.timings.push(("pack", clock.elapsed()));
    record.context_digest = Some(packed.digest.clone());
    record.deploy_key =
        Some(deploy_key(&packed.digest, &request.settings(), &target.workspace, &request.name));
    record.entries = Some(packed.entries);
    record.content_bytes = Some(packed.content_bytes);
    record.archive_bytes = Some(packed.archive_bytes);
    shell.status(
        "Packed",
        &format!(
            "{} entries, {}, as {}",
            packed.entries,
            size(packed.content_bytes),
            size(packed.archive_bytes)
        ),
    );
    shell.detail(&packed.digest);

    let archive = Archive { file, bytes: packed.archive_bytes };
    match ship(&target, &request, &archive, timeout, shell) {
        Ok(deployed) => {
            record.timings.push(("upload", deployed.upload));
            record.timings.push(("build and rollout", deployed.wait));
            record.image = Some(deployed.image);
            record.url = deployed.url;
            record.reused = deployed.reused;
            Ok(Exit::Done)
        }
        Err(Ended::Fault(Fault::Failed(mut failure))) => {
            failure.excerpt = request::excerpt(&opened, &outcome, &failure);
            record.failure = Some(record::Failure {
                phase: failure.phase.to_owned(),
                step: failure.step.clone(),
                dockerfile_line: failure.dockerfile_line,
                cause: failure.cause.clone(),
                log_tail: failure.log_tail.clone(),
            });
            Err(Fault::Failed(failure).into_error())
        }
        Err(Ended::Fault(fault)) => Err(fault.into_error()),
        Err(Ended::Error(error)) => Err(error),
    }
}

enum Ended {
    Fault(Fault),
    Error(Error),
}

/// Everything that needs the network, on a runtime of its own.
fn ship(
    target: &request::Target,
    request: &Request,
    archive: &Archive,
    timeout: Duration,
    shell: &mut Shell,
) -> Result<Deployed, Ended> {
    let system = |err: std::io::Error| {
        Ended::Error(
            Error::new(Exit::Platform, "the run cannot be set up").because(err.to_string()),
        )
    };
    let simulator = match target.scenario {
        Some(scenario) => {
            Some(sim::start(sim::Config { scenario, ..sim::Config::default() }).map_err(system)?)
        }
        None => None,
    };
    let (host, credentials) = target
        .host(simulator.as_ref().map(|running| running.base_url.as_str()))
        .map_err(Ended::Fault)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system)?;
    let shown = host.shown();
    let mut progress = Progress::new(shell, archive.bytes);
    let ended = runtime.block_on(async {
        let mut stop = Stop::new().map_err(system)?;
        let deadline = tokio::time::Instant::now() + timeout;
        let client =
            Client::new(host, credentials, &target.workspace, deadline).map_err(Ended::Fault)?;
        progress.begin(&shown, timeout);
        tokio::select! {
            ended = deploy(&client, request, archive, &mut progress) => ended.map_err(Ended::Fault),
            signal = stop.wait() => Err(Ended::Error(cancelled(signal, &request.name))),
        }
    });
    progress.end();
    // A read of the archive that still runs has nobody to read for.
    runtime.shutdown_background();
    ended
}

fn cancelled(exit: Exit, name: &str) -> Error {
    let what = if exit == Exit::Interrupted { "interrupted" } else { "terminated" };
    Error::new(exit, what).help(format!(
        "what was uploaded goes on by itself: the sandbox `{name}` may still be built and deployed on the platform"
    ))
}

/// Values of build arguments, for a caller that names them twice.
pub(super) type BuildArgs = BTreeMap<String, String>;
