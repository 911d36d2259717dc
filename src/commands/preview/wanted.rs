//! What a preview shall be, from the command line and `blaxel.toml`.

use std::{collections::BTreeMap, time::Duration};

use jiff::SignedDuration;

use super::{
    project::{self, Described},
    token,
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
    ship::blaxel::{
        self, Client, Fault, Host, PlannedCall, Port, Preview, PreviewName, PreviewToken, Secret,
        previews::{self, Wanted as Leads},
        sandboxes::Create,
    },
};

/// What the one preview of such a sandbox is called.
const PREVIEW: &str = "preview";

/// A preview that shall be.
pub(super) struct Wanted {
    /// Its sandbox. The image is named where it is known.
    pub(super) create: Create,
    name: PreviewName,
    leads: Leads,
    /// How long the token opens it.
    token_life: Duration,
}

impl Wanted {
    /// The URL of the sandbox, which is there, and what opens it where it is private.
    pub(super) async fn open(
        &self,
        client: &Client,
    ) -> Result<(Preview, Option<PreviewToken>), Fault> {
        let sandbox = &self.create.name;
        let preview = previews::ensure(client, sandbox, &self.name, self.leads).await?;
        if self.leads.public {
            return Ok((preview, None));
        }
        let life = SignedDuration::try_from(self.token_life).unwrap_or(SignedDuration::MAX);
        let token = token::get(client, sandbox, &self.name, life).await?;
        Ok((preview, Some(token)))
    }

    /// The calls of [`Self::open`], without one being made.
    pub(super) fn calls(&self, host: &Host) -> Vec<PlannedCall> {
        blaxel::plan_preview(&self.create.name, &self.name, self.leads, host)
    }
}

/// Reads it. What is typed wins over the file.
pub(super) fn read(args: &cli::PreviewCreate) -> Result<Wanted, Error> {
    let project = project::read(&args.path, &args.name, &args.vars, &args.call.platform)?;
    let file = project.file.as_ref();
    let port = port(args.port, file)?;
    let mut create = Create::new(project.name.clone(), String::new());
    create.ports = vec![Port { name: None, target: port, protocol: None }];
    let memory = file.and_then(|file| file.memory.as_ref());
    create.memory = memory.and_then(|memory| u32::try_from(memory.value).ok());
    create.ttl = Some(life("--ttl", &args.ttl)?);
    create.idle = args.idle.as_deref().map(|text| life("--idle", text)).transpose()?;
    create.envs = variables(args, &project)?;
    let region = file.and_then(|file| file.region.as_ref());
    let region = region.map(|region| project.vars.fill("region", &region.value)).transpose()?;
    create.region = region.filter(|region| !matches!(region.as_str(), "" | "auto"));
    create.labels.insert(super::MARK.to_owned(), super::GIVEN.to_owned());
    if let Some(repository) = &args.name.repository {
        create.labels.insert(super::REPOSITORY.to_owned(), repository.clone());
    }
    Ok(Wanted {
        create,
        name: remote::named(PREVIEW)?,
        leads: Leads { port, public: !args.private },
        token_life: span::read("--token-ttl", &args.token_ttl)?.length(),
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
