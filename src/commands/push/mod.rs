//! `sandgate push`.

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

pub(super) fn run(args: &cli::Push, shell: &mut Shell) -> Result<Exit, Error> {
    shipping::run(&args.ship, args, shell)
}

impl Work for cli::Push {
    const ACTION: &'static str = "push";
    const GOES_ON: &'static str = "the image `{}` may still be built on the platform";

    fn request(&self, from: &From<'_>) -> Result<Request, Error> {
        request::read(self, from)
    }

    fn check(request: &Request) -> Result<(), Error> {
        match &request.image {
            Some(image) if !shipping::is_elsewhere(&image.reference) => {
                Err(shipping::no_registry(&image.reference))
            }
            _ => Ok(()),
        }
    }

    fn calls(&self, request: &Request, host: &Host) -> Vec<PlannedCall> {
        blaxel::plan_push(request, host)
    }

    fn settings(request: &Request) -> String {
        request.settings_of_image()
    }

    async fn ship(
        &self,
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
