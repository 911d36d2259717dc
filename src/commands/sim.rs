//! `sandgate sim`.

use super::stop::Stop;
use crate::{
    cli,
    error::Error,
    exit::Exit,
    shell::Shell,
    sim::{ACCOUNT, Config, Credential, Role, Scenario, start},
};

pub(super) fn run(args: &cli::Sim, shell: &mut Shell) -> Result<Exit, Error> {
    let scenario = Scenario::parse(&args.scenario).map_err(|_| unknown(&args.scenario))?;
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
    let config =
        Config { port: args.port, scenario, key, credentials, workspaces, ..Config::default() };
    let running = start(config).map_err(|err| {
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

/// What is said of a scenario that there is not: the list of those there are.
pub(super) fn unknown(name: &str) -> Error {
    let mut list = String::from("there are");
    for scenario in Scenario::all() {
        list.push_str("\n  ");
        list.push_str(scenario.name());
        list.extend(std::iter::repeat_n(' ', 22_usize.saturating_sub(scenario.name().len())));
        list.push_str(scenario.describe());
    }
    Error::new(Exit::Usage, format!("no scenario is called `{name}`")).help(list)
}
