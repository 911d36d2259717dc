//! The sandbox of a preview: made, changed or replaced.

use crate::{
    commands::remote::Steps,
    shell::Shell,
    ship::blaxel::{
        Client, Fault, Port, Sandbox,
        sandboxes::{self, Create},
    },
};

/// The sandbox with the image that is wanted, made or changed where it has to be; and which of it was done.
pub(super) async fn up(
    client: &Client,
    create: &Create,
    shell: &mut Shell,
) -> Result<(Sandbox, &'static str), Fault> {
    let (name, image) = (&create.name, &create.image);
    let mut known = sandboxes::find(client, name).await?.filter(|known| !known.is_over());
    // A pull request that is opened again right after it was closed.
    if let Some(ending) = known.take_if(|known| known.is_ending()) {
        super::ours(name, &ending)?;
        shell.status("Waiting", &format!("for the end of the last sandbox {name}"));
        sandboxes::gone(client, name, &mut Steps(shell)).await?;
    }
    if let Some(other) = known.take_if(|known| !fits(known, create)) {
        super::ours(name, &other)?;
        let why = "its variables or ports changed, which those of a sandbox cannot";
        shell.status("Replacing", &format!("the sandbox {name}: {why}"));
        sandboxes::delete(client, name).await?;
        sandboxes::gone(client, name, &mut Steps(shell)).await?;
    }
    let Some(known) = known else {
        sandboxes::create(client, create).await?;
        shell.status("Created", &format!("the sandbox {name} from {image}"));
        let up = sandboxes::rollout(client, name, None, image, &mut Steps(shell)).await?;
        return Ok((up, "created"));
    };
    super::ours(name, &known)?;
    let runs = known.status.as_deref() == Some("DEPLOYED");
    if runs && known.image.as_ref() == Some(image) {
        shell.status("Unchanged", &format!("the sandbox {name} runs {image} already"));
        return Ok((known, "unchanged"));
    }
    sandboxes::change_image(client, name, &known, image).await?;
    shell.status("Updated", &format!("the sandbox {name} to {image}"));
    let up = sandboxes::rollout(client, name, Some(&known), image, &mut Steps(shell)).await?;
    Ok((up, "updated"))
}

/// Whether a sandbox has what cannot change later. One that somebody else made fits nothing, and is not touched.
fn fits(known: &Sandbox, create: &Create) -> bool {
    let has_port = |port: &Port| known.ports.iter().any(|open| open.target == port.target);
    known.has_envs(&create.envs) && create.ports.iter().all(has_port)
}
