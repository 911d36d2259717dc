//! `sandgate sim`.

use std::fs::File;

use super::stop::Stop;
use crate::{
    cli,
    error::Error,
    exit::Exit,
    shell::Shell,
    sim::{ACCOUNT, Config, Credential, Fault, InvalidFault, Kind, Role, Scenario, start},
};

pub(super) fn run(args: &cli::Sim, shell: &mut Shell) -> Result<Exit, Error> {
    if args.scenario == "help" {
        return help(shell, &scenarios());
    }
    if args.faults.iter().any(|fault| fault == "help") {
        return help(shell, &faults());
    }
    let scenario = Scenario::parse(&args.scenario).map_err(|_| unknown(&args.scenario))?;
    let faults = args.faults.iter().map(|text| fault(text)).collect::<Result<_, _>>()?;
    let key = given("--key", args.key.as_deref())?;
    let member = given("--member-key", args.member_key.as_deref())?;
    let credentials = member.map(|key| Credential::new(&key, Role::Member)).into_iter().collect();
    let workspaces =
        args.workspaces.iter().map(|text| workspace(text)).collect::<Result<_, _>>()?;
    // Signals are listened to before anything is announced: a script may stop what it has just seen start.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|err| {
            Error::new(Exit::Platform, "the simulator did not start").because(err.to_string())
        })?;
    let any_key = key.is_none();
    let stop = runtime.block_on(async { Stop::new() });
    let mut stop = stop.map_err(|err| {
        Error::new(Exit::Platform, "signals cannot be received").because(err.to_string())
    })?;
    if let Some(log) = &args.log {
        File::create(log).map_err(|err| {
            Error::new(Exit::Usage, format!("`{}` cannot be written", log.display()))
                .because(err.to_string())
        })?;
    }
    let log = args.log.clone();
    let running = start(Config {
        port: args.port,
        scenario,
        key,
        credentials,
        workspaces,
        faults,
        log,
        ..Config::default()
    })
    .map_err(|err| {
        Error::new(Exit::Usage, format!("cannot listen on 127.0.0.1:{}", args.port))
            .because(err.to_string())
            .help("choose another `--port`, or 0 for a free one")
    })?;
    // The address alone on standard output, so that a script can read it.
    let announced =
        writeln!(shell.out(), "{}", running.base_url).and_then(|()| shell.out().flush());
    if super::written(announced)? != Exit::Done {
        return Ok(Exit::Platform);
    }
    shell.status(
        "Simulating",
        &format!("the platform, scenario {}: {}", scenario.name(), scenario.describe()),
    );
    shell.line(&format!("  export BL_API_URL={}", running.base_url));
    shell.line(&format!(
        "  export BL_API_KEY={}",
        if any_key { "any" } else { "…    # the key given to --key" }
    ));
    let workspace = args.workspaces.first().and_then(|text| text.split('=').next());
    shell.line(&format!("  export BL_WORKSPACE={}", workspace.unwrap_or("demo")));
    shell.line("sandgate, the TypeScript SDK and the CLI read these; everything lives in memory and ends with Ctrl-C");
    let exit = runtime.block_on(stop.wait());
    drop(running);
    Ok(exit)
}

/// A key that was typed.
fn given(option: &str, key: Option<&str>) -> Result<Option<String>, Error> {
    if key == Some("") {
        return Err(Error::new(Exit::Usage, format!("`{option}` is empty"))
            .help("leave it out, or give it a key"));
    }
    Ok(key.map(str::to_owned))
}

/// A workspace and its account.
fn workspace(text: &str) -> Result<(String, String), Error> {
    let (name, account) = text.split_once('=').unwrap_or((text, ACCOUNT));
    if name.is_empty() || account.is_empty() {
        return Err(Error::new(Exit::Usage, format!("`--workspace {text}` names no workspace"))
            .help("write NAME, or NAME=ACCOUNT"));
    }
    Ok((name.to_owned(), account.to_owned()))
}

fn fault(text: &str) -> Result<Fault, Error> {
    text.parse().map_err(|err: InvalidFault| {
        Error::new(Exit::Usage, err.to_string())
            .help("`--fault help` says how faults are written and which there are")
    })
}

/// Prints what there is to choose from.
fn help(shell: &mut Shell, text: &str) -> Result<Exit, Error> {
    let printed = shell.out().write_all(text.as_bytes()).and_then(|()| shell.out().flush());
    super::written(printed)
}

/// Names and what they mean, in two columns.
fn table<'a>(rows: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    rows.map(|(name, told)| format!("  {name:<21} {told}\n")).collect()
}

fn scenarios() -> String {
    table(Scenario::all().map(|scenario| (scenario.name(), scenario.describe())))
}

fn faults() -> String {
    let kinds = table(Kind::named());
    format!(
        "A fault is METHOD PATH[#WHICH]=KIND, such as `POST /sandboxes#1=reset-after`.\n\
         PATH is without /v0 and query; * stands for one part of it, or for any method; uploads go to PUT /store/*.\n\
         WHICH counts the calls that match, from 1: 2, 2-4, 2+; without it every one meets the fault.\n\
         KIND is one of\n{kinds}  \
         STATUS                an error such as 500; 504-html answers a page, 500-after takes effect, 429-retry says\n                        \
         when to come again\n"
    )
}

/// What is said of a scenario that there is not: the list of those there are.
pub(super) fn unknown(name: &str) -> Error {
    Error::new(Exit::Usage, format!("no scenario is called `{name}`"))
        .help(format!("there are\n{}", scenarios().trim_end()))
}
