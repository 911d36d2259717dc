//! `sandgate push`.

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

pub(super) fn run(args: &cli::Push, shell: &mut Shell) -> Result<Exit, Error> {
    shipping::run(&args.ship, args, shell)
}

impl Work for cli::Push {
    const ACTION: &'static str = "push";
    const GOES_ON: &'static str = "the image `{}` may still be built on the platform";

    fn request(&self, project: &Project, target: &Target) -> Result<Request, Error> {
        request::read(self, project, target)
    }

    fn settings(request: &Request) -> String {
        request.settings_of_image()
    }

    async fn ship(
        client: &Client,
        request: &Request,
        archive: Option<&Archive>,
        reporter: &mut dyn Reporter,
    ) -> Result<Shipped, Fault> {
        let done = blaxel::push(client, request, archive, reporter).await?;
        Ok(Shipped {
            image: done.image,
            images: done.images,
            url: None,
            reused: done.reused,
            accepted: done.accepted,
            timings: [("upload", done.upload), ("build", done.wait)],
        })
    }
}
