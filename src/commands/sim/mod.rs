//! `sandgate sim`.

mod help;
mod tape;
mod typed;

use std::fs::File;

pub(super) use self::help::unknown;
use super::stop::Stop;
use crate::{
    cli,
    error::Error,
    exit::Exit,
    shell::Shell,
    sim::{Config, Credential, FURNISHED, Role, Running, Scenario, start},
};

pub(super) fn run(args: &cli::Sim, shell: &mut Shell) -> Result<Exit, Error> {
    if args.scenario == "help" {
        return help::print(shell, &help::scenarios());
    }
    if args.faults.iter().any(|fault| fault == "help") {
        return help::print(shell, &help::faults());
    }
    // Signals are listened to before anything is announced: a script may stop what it has just seen start.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|err| {
            Error::new(Exit::Platform, "the simulator did not start").because(err.to_string())
        })?;
    let stop = runtime.block_on(async { Stop::new() });
    let mut stop = stop.map_err(|err| {
        Error::new(Exit::Platform, "signals cannot be received").because(err.to_string())
    })?;
    let (running, doing, what) = match (&args.record, &args.replay) {
        (Some(file), _) => {
            let what = format!(
                "what passes to {} into `{}`, without keys, tokens, variables and archives",
                args.upstream.as_deref().unwrap_or_default(),
                file.display()
            );
            (tape::recorder(args, file)?, "Recording", what)
        }
        (None, Some(file)) => {
            (tape::player(args, file)?, "Replaying", format!("`{}`", file.display()))
        }
        (None, None) => {
            let (running, scenario) = platform(args)?;
            let what =
                format!("the platform, scenario {}: {}", scenario.name(), scenario.describe());
            (running, "Simulating", what)
        }
    };
    // The address alone on standard output, so that a script can read it.
    let announced =
        writeln!(shell.out(), "{}", running.base_url).and_then(|()| shell.out().flush());
    if super::written(announced)? != Exit::Done {
        return Ok(Exit::Platform);
    }
    shell.status(doing, &what);
    if args.furnished {
        shell.line(&format!("  it begins with {FURNISHED}"));
    }
    shell.line(&format!("  export BL_API_URL={}", running.base_url));
    if args.record.is_none() {
        let any = args.key.is_none();
        let key = if any { "any" } else { "…    # the key given to --key" };
        shell.line(&format!("  export BL_API_KEY={key}"));
        shell.line(&format!("  export BL_WORKSPACE={}", workspace(args)));
        shell.line("sandgate, the TypeScript SDK and the CLI read these; everything lives in memory and ends with Ctrl-C");
    }
    let exit = runtime.block_on(stop.wait());
    drop(running);
    Ok(exit)
}

/// The workspace that is named first.
fn workspace(args: &cli::Sim) -> &str {
    args.workspaces.first().and_then(|text| text.split('=').next()).unwrap_or("demo")
}

/// Starts the embedded platform.
fn platform(args: &cli::Sim) -> Result<(Running, Scenario), Error> {
    let scenario = Scenario::parse(&args.scenario).map_err(|_| unknown(&args.scenario))?;
    let faults = args.faults.iter().map(|text| typed::fault(text)).collect::<Result<_, _>>()?;
    let key = typed::given("--key", args.key.as_deref())?;
    let member = typed::given("--member-key", args.member_key.as_deref())?;
    let credentials = member.map(|key| Credential::new(&key, Role::Member)).into_iter().collect();
    let workspaces =
        args.workspaces.iter().map(|text| typed::workspace(text)).collect::<Result<_, _>>()?;
    if let Some(log) = &args.log {
        File::create(log).map_err(|err| {
            Error::new(Exit::Usage, format!("`{}` cannot be written", log.display()))
                .because(err.to_string())
                .help("name a file in a folder that there is")
        })?;
    }
    let running = start(Config {
        port: args.port,
        scenario,
        key,
        credentials,
        furnished: args.furnished.then(|| workspace(args).to_owned()),
        workspaces,
        faults,
        log: args.log.clone(),
        ..Config::default()
    })
    .map_err(|err| {
        Error::new(Exit::Usage, format!("cannot listen on 127.0.0.1:{}", args.port))
            .because(err.to_string())
            .help("choose another `--port`, or 0 for a free one")
    })?;
    Ok((running, scenario))
}
