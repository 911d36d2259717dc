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
        dry_run: args.dry_run,
        no_wait: false,
        record: None,
        format: match args.call.format {
            cli::DataFormat::Human => cli::ResultFormat::Human,
            cli::DataFormat::Json => cli::ResultFormat::Json,
        },
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

    fn calls(&self, request: &Request, host: &Host) -> Vec<PlannedCall> {
        let mut request = request.clone();
        request.labels.insert(MARK.to_owned(), BUILT.to_owned());
        let mut calls = blaxel::plan_built_preview(&request, host);
        calls.extend(self.wanted.calls(host));
        calls
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
        let image: ImageName = create.name.as_str().parse()?;
        let builds = archive.is_some();
        let there = builds && (ready.built || images::find(client, &image).await?.is_some());
        if there {
            unshared(client, &image).await?;
        }
        if there && !ready.built {
            // It may be somebody's.
            reporter.note(&format!(
                "the image `{image}` was there before: `sandgate preview delete` leaves it, unless --built is given"
            ));
        }
        let mut request = request.clone();
        let built = ready.built || builds && !there;
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

/// Refuses to build an image that others see: a preview is not for them.
async fn unshared(client: &Client, name: &ImageName) -> Result<(), Fault> {
    let shares = match shares::list(client, name).await {
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
