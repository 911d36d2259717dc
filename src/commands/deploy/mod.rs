//! `sandgate deploy`.

mod options;
mod request;

use super::shipping::{self, From, Shipped, Work};
use crate::{
    cli,
    error::Error,
    exit::Exit,
    shell::Shell,
    ship::{
        Reporter,
        blaxel::{self, Archive, Client, Fault, Host, PlannedCall, Request},
    },
};

/// What the platform's own images begin with: those of the workspace, and those that it publishes.
const OWN: [&str; 2] = ["sandbox/", "blaxel/"];

pub(super) fn run(args: &cli::Deploy, shell: &mut Shell) -> Result<Exit, Error> {
    shipping::run(&args.ship, args, shell)
}

impl Work for cli::Deploy {
    const ACTION: &'static str = "deploy";
    const GOES_ON: &'static str =
        "the sandbox `{}` may still be built and deployed on the platform";

    fn request(&self, from: &From<'_>) -> Result<Request, Error> {
        request::read(self, from)
    }

    fn check(request: &Request) -> Result<(), Error> {
        match &request.image {
            Some(image)
                if !shipping::is_elsewhere(&image.reference)
                    && !OWN.iter().any(|kind| image.reference.starts_with(kind)) =>
            {
                Err(shipping::no_registry(&image.reference))
            }
            _ => Ok(()),
        }
    }

    fn calls(request: &Request, host: &Host) -> Vec<PlannedCall> {
        blaxel::plan_deploy(request, host)
    }

    fn settings(request: &Request) -> String {
        request.settings()
    }

    async fn ship(
        client: &Client,
        request: &Request,
        archive: Option<&Archive>,
        reporter: &mut dyn Reporter,
    ) -> Result<Shipped, Fault> {
        let done = blaxel::deploy(client, request, archive, reporter).await?;
        Ok(Shipped {
            image: done.image,
            images: Vec::new(),
            url: done.url,
            reused: done.reused,
            accepted: done.accepted,
            timings: [("upload", done.upload), ("build and rollout", done.wait)],
        })
    }
}
