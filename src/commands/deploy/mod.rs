//! `sandgate deploy`.

mod request;

use super::{
    platform::Target,
    shipping::{self, Shipped, Work},
};
use crate::{
    cli,
    error::Error,
    exit::Exit,
    project::Project,
    shell::Shell,
    ship::{
        Reporter,
        blaxel::{self, Archive, Client, Fault, Request},
    },
};

pub(super) fn run(args: &cli::Deploy, shell: &mut Shell) -> Result<Exit, Error> {
    shipping::run(&args.ship, args, shell)
}

impl Work for cli::Deploy {
    const ACTION: &'static str = "deploy";
    const GOES_ON: &'static str =
        "the sandbox `{}` may still be built and deployed on the platform";

    fn request(&self, project: &Project, target: &Target) -> Result<Request, Error> {
        request::read(self, project, target)
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
