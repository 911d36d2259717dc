//! `sandgate preview create`.

use jiff::{SignedDuration, Timestamp};

use super::{MARK, name, project};
use crate::{
    cli,
    commands::{
        platform, ports,
        remote::{self, Steps},
        span::{self, life},
    },
    error::Error,
    exit::Exit,
    project::manifest::Manifest,
    report,
    shell::Shell,
    ship::blaxel::{
        Client, Fault, ImageRef, Port, PreviewName, PreviewToken, Sandbox,
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
    create.labels.insert(MARK.to_owned(), "true".to_owned());
    let token_life = span::read("--token-ttl", &args.token_ttl)?.length();
    let preview: PreviewName = remote::named(PREVIEW)?;

    let (sandbox, change, shown, token) = remote::run(&args.call, shell, async |client, shell| {
        let (sandbox, change) = up(client, &create, shell).await?;
        let wanted = Wanted { port, public: !args.private };
        let shown = previews::ensure(client, &create.name, &preview, wanted).await?;
        let token = if args.private {
            let life = SignedDuration::try_from(token_life).unwrap_or(SignedDuration::MAX);
            Some(token(client, &create, &preview, life).await?)
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

/// A token that opens the preview for at least half the time that is asked for: one that is there, else a new one.
async fn token(
    client: &Client,
    create: &Create,
    preview: &PreviewName,
    life: SignedDuration,
) -> Result<PreviewToken, Fault> {
    let now = Timestamp::now();
    let after = |life: SignedDuration| now.checked_add(life).unwrap_or(Timestamp::MAX);
    let known = previews::tokens(client, &create.name, preview).await?;
    let good = known.into_iter().find(|token| {
        !token.expired
            && token.expose().is_some()
            && token.expires.is_some_and(|at| at >= after(life / 2) && at <= after(life))
    });
    match good {
        Some(token) => Ok(token),
        None => previews::make_token(client, &create.name, preview, after(life)).await,
    }
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
