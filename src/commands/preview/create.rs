//! `sandgate preview create`.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::{MARK, name, project, token};
use crate::{
    cli,
    commands::{
        envs, platform, ports,
        remote::{self, Steps},
        shipping::vars::Vars,
        span::{self, life},
    },
    error::Error,
    exit::Exit,
    project::manifest::Manifest,
    report,
    shell::Shell,
    ship::blaxel::{
        Client, Fault, ImageRef, Port, PreviewName, Sandbox, Secret,
        previews::{self, Wanted},
        sandboxes::{self, Create},
    },
};

/// What the one preview of such a sandbox is called.
const PREVIEW: &str = "preview";

pub(super) fn run(args: &cli::PreviewCreate, shell: &mut Shell) -> Result<Exit, Error> {
    let file = project::read(&args.path)?;
    project::same_workspace(file.as_ref(), &platform::target(&args.call.platform)?)?;
    let image: ImageRef = remote::named(&args.image)?;
    let (image, tag) = image.pinned().map_err(Fault::into_error)?;
    let mut create =
        Create::new(name::read(&args.name, &args.path, file.as_ref())?, image.tagged(tag.as_str()));
    let port = port(args.port, file.as_ref())?;
    create.ports = vec![Port { name: None, target: port, protocol: None }];
    let memory = file.as_ref().and_then(|file| file.memory.as_ref());
    create.memory = memory.and_then(|memory| u32::try_from(memory.value).ok());
    create.ttl = Some(life("--ttl", &args.ttl)?);
    create.idle = args.idle.as_deref().map(|text| life("--idle", text)).transpose()?;
    create.envs = variables(args, file.as_ref())?;
    create.region = file.as_ref().and_then(|file| file.region.as_ref()).map(|at| at.value.clone());
    create.region = create.region.filter(|region| region != "auto");
    create.labels.insert(MARK.to_owned(), "true".to_owned());
    let token_life = span::read("--token-ttl", &args.token_ttl)?.length();
    let preview: PreviewName = remote::named(PREVIEW)?;

    let (sandbox, change, shown, token) = remote::run(&args.call, shell, async |client, shell| {
        let (sandbox, change) = up(client, &create, shell).await?;
        let wanted = Wanted { port, public: !args.private };
        let shown = previews::ensure(client, &create.name, &preview, wanted).await?;
        let token = if args.private {
            let life = SignedDuration::try_from(token_life).unwrap_or(SignedDuration::MAX);
            Some(token::get(client, &create.name, &preview, life).await?)
        } else {
            None
        };
        Ok((sandbox, change, shown, token))
    })?;
    let token = token.as_ref();
    let shown = report::remote::Shown {
        sandbox: &sandbox,
        preview: &shown,
        token: token.and_then(|token| Some((token.expose()?, token.expires))),
        change,
    };
    remote::print(&args.call, &report::remote::preview(remote::form(&args.call), &shown), shell)
}

/// The sandbox with the image that is wanted, made or changed where it has to be; and which of it was done.
async fn up(
    client: &Client,
    create: &Create,
    shell: &mut Shell,
) -> Result<(Sandbox, &'static str), Fault> {
    let (name, image) = (&create.name, &create.image);
    let mut known = sandboxes::find(client, name).await?.filter(|known| !known.is_over());
    // A pull request that is opened again right after it was closed.
    if let Some(ending) = known.take_if(|known| known.is_ending()) {
        super::ours(name, &ending)?;
        shell.status("Waiting", &format!("for the end of the last sandbox {name}"));
        sandboxes::gone(client, name, &mut Steps(shell)).await?;
    }
    if let Some(other) = known.take_if(|known| !fits(known, create)) {
        super::ours(name, &other)?;
        let why = "its variables or ports changed, which those of a sandbox cannot";
        shell.status("Replacing", &format!("the sandbox {name}: {why}"));
        sandboxes::delete(client, name).await?;
        sandboxes::gone(client, name, &mut Steps(shell)).await?;
    }
    let Some(known) = known else {
        sandboxes::create(client, create).await?;
        shell.status("Created", &format!("the sandbox {name} from {image}"));
        let up = sandboxes::rollout(client, name, None, image, &mut Steps(shell)).await?;
        return Ok((up, "created"));
    };
    super::ours(name, &known)?;
    let runs = known.status.as_deref() == Some("DEPLOYED");
    if runs && known.image.as_ref() == Some(image) {
        shell.status("Unchanged", &format!("the sandbox {name} runs {image} already"));
        return Ok((known, "unchanged"));
    }
    sandboxes::change_image(client, name, &known, image).await?;
    shell.status("Updated", &format!("the sandbox {name} to {image}"));
    let up = sandboxes::rollout(client, name, Some(&known), image, &mut Steps(shell)).await?;
    Ok((up, "updated"))
}

/// Whether a sandbox has what cannot change later. One that somebody else made fits nothing, and is not touched.
fn fits(known: &Sandbox, create: &Create) -> bool {
    let has_port = |port: &Port| known.ports.iter().any(|open| open.target == port.target);
    known.has_envs(&create.envs) && create.ports.iter().all(has_port)
}

/// The variables of `blaxel.toml`, then the caller's own.
fn variables(
    args: &cli::PreviewCreate,
    file: Option<&Manifest>,
) -> Result<Vec<(String, Secret)>, Error> {
    let vars = Vars::read(&args.vars)?;
    let mut all = BTreeMap::new();
    for env in file.into_iter().flat_map(|file| &file.env) {
        let name = &env.key.value;
        let value = vars.fill(&format!("env.{name}"), &env.value.value)?;
        all.insert(name.clone(), Secret::new(value));
    }
    for text in &args.envs {
        let (name, value) = envs::read(text)?;
        all.insert(name, value);
    }
    Ok(all.into_iter().collect())
}

fn port(given: Option<u16>, file: Option<&Manifest>) -> Result<u16, Error> {
    match given {
        Some(port) => ports::free(port),
        None => file.and_then(ports::first).ok_or_else(|| {
            Error::new(Exit::Usage, "no port is known that the URL could lead to")
                .help("give --port, or list it in blaxel.toml: [[runtime.ports]] target = 3000")
        }),
    }
}
