//! A preview of what is built from the project: an image of the preview's own name, so that no workspace that sees the
//! product's image sees this one, too.

use std::cell::RefCell;

use super::{BUILT, GIVEN, MARK, create::Created, sandbox, wanted::Wanted};
use crate::{
    cli,
    commands::shipping::{self, From, Shipped, Work},
    error::Error,
    record::Record,
    shell::Shell,
    ship::{
        Reporter,
        blaxel::{
            self, Archive, Client, Fault, Host, ImageName, PlannedCall, Request, Rule, images,
            sandboxes, shares,
        },
    },
};

/// How long a build may take where nobody says.
const LIMIT: &str = "30m";

/// A preview that is built.
struct Build<'a> {
    wanted: &'a Wanted,
    made: RefCell<Option<Created>>,
}

/// Lints, builds and deploys the project under the preview's name. `None` where the gate let nothing pass.
pub(super) fn run(
    args: &cli::PreviewCreate,
    wanted: &Wanted,
    shell: &mut Shell,
) -> (Record, Result<Option<Created>, Error>) {
    let ship = cli::Ship {
        path: args.path.clone(),
        name: Some(wanted.create.name.to_string()),
        platform: args.call.platform.clone(),
        timeout: args.call.timeout.clone().unwrap_or_else(|| LIMIT.to_owned()),
        image: None,
        skip_build: false,
        logins: args.logins.clone(),
        build_env_file: args.build_env_file.clone(),
        generation: None,
        vars: args.vars.clone(),
        dry_run: false,
        no_wait: false,
        record: None,
        format: cli::ResultFormat::Human,
        protected: Vec::new(),
        expected: Vec::new(),
        allow_propagation: false,
        fail_on: args.fail_on,
        rules: args.rules.clone(),
        source: args.source.clone(),
    };
    let build = Build { wanted, made: RefCell::default() };
    let (record, ended) = shipping::carry_out(&ship, &build, shell);
    (record, ended.map(|_| build.made.into_inner()))
}

impl Work for Build<'_> {
    const ACTION: &'static str = "preview";
    const GOES_ON: &'static str =
        "the preview `{}` may still be built and deployed on the platform";

    fn request(&self, from: &From<'_>) -> Result<Request, Error> {
        let mut request = from.read()?;
        request.like(&self.wanted.create);
        Ok(request)
    }

    fn check(request: &Request) -> Result<(), Error> {
        shipping::runs(request)
    }

    fn calls(request: &Request, host: &Host) -> Vec<PlannedCall> {
        blaxel::plan_deploy(request, host)
    }

    fn settings(request: &Request) -> String {
        request.settings()
    }

    async fn ship(
        &self,
        client: &Client,
        request: &Request,
        archive: Option<&Archive>,
        reporter: &mut dyn Reporter,
    ) -> Result<Shipped, Fault> {
        let create = &self.wanted.create;
        let ready = sandbox::ready(client, create, reporter).await?;
        if archive.is_some() {
            unshared(client, create.name.as_str()).await?;
        }
        let mut request = request.clone();
        let built = ready.built
            || archive.is_some() && is_own(client, create.name.as_str(), reporter).await?;
        let mark = if built { BUILT } else { GIVEN };
        request.labels.insert(MARK.to_owned(), mark.to_owned());
        let done = blaxel::deploy(client, &request, archive, reporter).await?;
        let sandbox = sandboxes::get(client, &create.name).await?;
        let change = match &ready.sandbox {
            None => "created",
            Some(before) if done.reused && before.image == sandbox.image => "unchanged",
            Some(_) => "updated",
        };
        let (preview, token) = self.wanted.open(client).await?;
        self.made.replace(Some(Created { sandbox, preview, token, change }));
        Ok(Shipped::deployed(done))
    }
}

/// Whether the image that is going to be built goes with the preview. One that is there already may be somebody's.
async fn is_own(client: &Client, name: &str, reporter: &mut dyn Reporter) -> Result<bool, Fault> {
    let name: ImageName = name.parse()?;
    if images::find(client, &name).await?.is_none() {
        return Ok(true);
    }
    reporter.note(&format!(
        "the image `{name}` was there before: `sandgate preview delete` leaves it, unless --built is given"
    ));
    Ok(false)
}

/// Refuses to build an image that others see: a preview is not for them.
async fn unshared(client: &Client, name: &str) -> Result<(), Fault> {
    let name: ImageName = name.parse()?;
    let shares = match shares::list(client, &name).await {
        Err(Fault::Rule(broken)) if broken.rule == Rule::Missing => return Ok(()),
        listed => listed?,
    };
    let Some(share) = shares.first() else { return Ok(()) };
    Err(Fault::Refused {
        what: format!("`{name}` is shared with `{}`", share.workspace),
        why: "every build of it is seen there at once: a preview needs an image of its own".into(),
        help: "choose another --name or --for, or end the share with `sandgate image unshare`"
            .into(),
    })
}
