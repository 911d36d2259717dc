//! `sandgate sandbox create`.

use crate::{
    cli,
    commands::{
        envs, ports,
        remote::{self, Steps},
        span::life,
    },
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::blaxel::{
        ImageRef,
        sandboxes::{self, Create},
    },
};

pub(super) fn run(args: &cli::SandboxCreate, shell: &mut Shell) -> Result<Exit, Error> {
    let wanted = wanted(args)?;
    let name = wanted.name.clone();
    let sandbox = remote::run(&args.call, shell, async |client, shell| {
        let created = sandboxes::create(client, &wanted).await?;
        shell.status("Created", &format!("the sandbox {name} from {}", wanted.image));
        if args.no_wait {
            return Ok(created);
        }
        sandboxes::rollout(client, &name, None, &wanted.image, &mut Steps(shell)).await
    })?;
    let text = report::remote::sandbox(remote::form(&args.call), &sandbox);
    remote::print(&args.call, &text, shell)
}

fn wanted(args: &cli::SandboxCreate) -> Result<Create, Error> {
    let mut wanted = Create::new(remote::new_name(&args.name)?, image(&args.image)?);
    wanted.memory = args.memory;
    wanted.ports = args.ports.iter().map(|text| ports::read(text)).collect::<Result<_, _>>()?;
    wanted.envs = args.envs.iter().map(|text| envs::read(text)).collect::<Result<_, _>>()?;
    for text in &args.labels {
        let (name, value) = pair("--label", text)?;
        wanted.labels.insert(name.to_owned(), value.to_owned());
    }
    wanted.region = args.region.clone().filter(|region| !region.is_empty() && region != "auto");
    wanted.ttl = args.ttl.as_deref().map(|text| life("--ttl", text)).transpose()?;
    wanted.idle = args.idle.as_deref().map(|text| life("--idle", text)).transpose()?;
    Ok(wanted)
}

/// The image as the platform names it. A name alone is one of the workspace; what has a slash may be anything that the
/// platform runs, and is its own to judge.
fn image(text: &str) -> Result<String, Error> {
    if text.contains('/') {
        return Ok(text.to_owned());
    }
    remote::named::<ImageRef>(text).map(|image| image.to_string())
}

fn pair<'a>(option: &str, text: &'a str) -> Result<(&'a str, &'a str), Error> {
    text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
        Error::new(Exit::Usage, format!("`{text}` has no value"))
            .at(option)
            .help("write it as NAME=VALUE")
    })
}
