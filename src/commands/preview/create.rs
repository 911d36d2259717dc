//! `sandgate preview create`.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::{
    MARK,
    project::{self, Described},
    sandbox, token,
};
use crate::{
    cli,
    commands::{
        envs, ports, remote,
        span::{self, life},
    },
    error::Error,
    exit::Exit,
    project::manifest::Manifest,
    report,
    shell::Shell,
    ship::blaxel::{
        Fault, ImageRef, Port, Preview, PreviewName, PreviewToken, Sandbox, Secret,
        previews::{self, Wanted},
        sandboxes::Create,
    },
};

/// What the one preview of such a sandbox is called.
const PREVIEW: &str = "preview";

/// A preview that is up.
pub(in crate::commands) struct Created {
    pub(in crate::commands) sandbox: Sandbox,
    pub(in crate::commands) preview: Preview,
    /// What opens it, where it is private.
    pub(in crate::commands) token: Option<PreviewToken>,
    /// What was done: `created`, `updated`, `unchanged`.
    pub(in crate::commands) change: &'static str,
}

pub(super) fn run(args: &cli::PreviewCreate, shell: &mut Shell) -> Result<Exit, Error> {
    let created = create(args, shell)?;
    let token = created.token.as_ref();
    let shown = report::remote::Shown {
        sandbox: &created.sandbox,
        preview: &created.preview,
        token: token.and_then(|token| Some((token.expose()?, token.expires))),
        change: created.change,
    };
    remote::print(&args.call, &report::remote::preview(remote::form(&args.call), &shown), shell)
}

/// Makes the preview, or brings it up to date. The steps are told on standard error.
pub(in crate::commands) fn create(
    args: &cli::PreviewCreate,
    shell: &mut Shell,
) -> Result<Created, Error> {
    let project = project::read(&args.path, &args.name, &args.vars, &args.call.platform)?;
    let file = project.file.as_ref();
    let image: ImageRef = remote::named(&args.image)?;
    let (image, tag) = image.pinned().map_err(Fault::into_error)?;
    let port = port(args.port, file)?;
    let mut create = Create::new(project.name.clone(), image.tagged(tag.as_str()));
    create.ports = vec![Port { name: None, target: port, protocol: None }];
    let memory = file.and_then(|file| file.memory.as_ref());
    create.memory = memory.and_then(|memory| u32::try_from(memory.value).ok());
    create.ttl = Some(life("--ttl", &args.ttl)?);
    create.idle = args.idle.as_deref().map(|text| life("--idle", text)).transpose()?;
    create.envs = variables(args, &project)?;
    let region = file.and_then(|file| file.region.as_ref());
    let region = region.map(|region| project.vars.fill("region", &region.value)).transpose()?;
    create.region = region.filter(|region| !matches!(region.as_str(), "" | "auto"));
    create.labels.insert(MARK.to_owned(), "true".to_owned());
    let token_life = span::read("--token-ttl", &args.token_ttl)?.length();
    let name: PreviewName = remote::named(PREVIEW)?;

    remote::run(&args.call, shell, async |client, shell| {
        let (sandbox, change) = sandbox::up(client, &create, shell).await?;
        let wanted = Wanted { port, public: !args.private };
        let preview = previews::ensure(client, &create.name, &name, wanted).await?;
        let token = if args.private {
            let life = SignedDuration::try_from(token_life).unwrap_or(SignedDuration::MAX);
            Some(token::get(client, &create.name, &name, life).await?)
        } else {
            None
        };
        Ok(Created { sandbox, preview, token, change })
    })
}

/// The variables of `blaxel.toml`, then the caller's own.
fn variables(
    args: &cli::PreviewCreate,
    project: &Described,
) -> Result<Vec<(String, Secret)>, Error> {
    let mut all = BTreeMap::new();
    for env in project.file.iter().flat_map(|file| &file.env) {
        let name = &env.key.value;
        let value = project.vars.fill(&format!("env.{name}"), &env.value.value)?;
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
