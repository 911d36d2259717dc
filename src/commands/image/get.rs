//! `sandgate image get`.

use crate::{
    cli,
    commands::remote,
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::blaxel::{ImageRef, images},
};

pub(super) fn run(args: &cli::ImageGet, shell: &mut Shell) -> Result<Exit, Error> {
    let ImageRef { image: name, tag } = remote::named(&args.image)?;
    if let (true, Some(tag)) = (args.latest, &tag) {
        return Err(Error::new(Exit::Usage, format!("`{name}:{tag}` names its tag already"))
            .at("--latest")
            .help(format!("leave one of them out: `sandgate image get {name} --latest`")));
    }
    let image = remote::run(&args.call, shell, async |client, _| match &tag {
        Some(tag) => images::tagged(client, &name, tag).await,
        None => images::get(client, &name).await,
    })?;
    if !args.latest {
        return remote::print(
            &args.call,
            &report::remote::image(remote::form(&args.call), &image),
            shell,
        );
    }
    let Some(tag) = image.newest() else {
        let status = image.status.as_deref().unwrap_or("unknown");
        return Err(Error::new(Exit::Platform, format!("`{name}` has no tag that names a build"))
            .because(format!("its status is {status}"))
            .help(format!(
                "`sandgate image tags {name}` shows what there is; a build may still run"
            )));
    };
    let text = report::remote::latest(remote::form(&args.call), &name.tagged(&tag.name));
    remote::print(&args.call, &text, shell)
}
