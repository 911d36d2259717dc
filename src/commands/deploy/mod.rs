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

    fn request(&self, from: &From<'_>) -> Result<Request, Error> {
        request::read(self, from)
    }

    async fn ship(
        &self,
        client: &Client,
        request: &Request,
        archive: Option<&Archive>,
        reporter: &mut dyn Reporter,
    ) -> Result<Shipped, Fault> {
        let done = blaxel::deploy(client, request, archive, reporter).await?;
        Ok(Shipped::deployed(done))
    }
}
