//! The sandbox of a preview: made, changed or replaced.

use super::{BUILT, MARK, REPOSITORY};
use crate::{
    commands::remote::Steps,
    shell::Shell,
    ship::{
        Reporter,
        blaxel::{
            Client, Fault, Port, Sandbox,
            sandboxes::{self, Create},
        },
    },
};

/// What is there for a preview.
pub(super) struct Ready {
    /// The sandbox, where one can stay.
    pub(super) sandbox: Option<Sandbox>,
    /// Whether the image of its name was built for it, or for one that is gone now.
    pub(super) built: bool,
}

/// The sandbox with the image that is wanted, made or changed where it has to be; and which of it was done.
pub(super) async fn up(
    client: &Client,
    create: &Create,
    shell: &mut Shell,
) -> Result<(Sandbox, &'static str), Fault> {
    let (name, image) = (&create.name, &create.image);
    let ready = ready(client, create, &mut Steps(shell)).await?;
    let Some(known) = ready.sandbox else {
        let mut create = create.clone();
        if ready.built {
            create.labels.insert(MARK.to_owned(), BUILT.to_owned());
        }
        sandboxes::create(client, &create).await?;
        shell.status("Created", &format!("the sandbox {name} from {image}"));
        let up = sandboxes::rollout(client, name, None, image, &mut Steps(shell)).await?;
        return Ok((up, "created"));
    };
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

/// Looks for a sandbox that can stay. One on its way out is let go first, and one that cannot become what is wanted is
/// deleted.
///
/// # Errors
/// [`Fault::Usage`] where no preview made it, [`Fault::Refused`] where it is another repository's.
pub(super) async fn ready(
    client: &Client,
    create: &Create,
    reporter: &mut dyn Reporter,
) -> Result<Ready, Fault> {
    let name = &create.name;
    let known = sandboxes::find(client, name).await?.filter(|known| !known.is_over());
    let Some(known) = known else { return Ok(Ready { sandbox: None, built: false }) };
    super::ours(name, &known, create.labels.get(REPOSITORY).map(String::as_str))?;
    let built = super::is_built(&known);
    // A pull request that is opened again right after it was closed.
    if known.is_ending() {
        reporter.note(&format!("waiting for the end of the last sandbox {name}"));
    } else if fits(&known, create) {
        return Ok(Ready { sandbox: Some(known), built });
    } else {
        let why = "its variables or ports changed, which those of a sandbox cannot";
        reporter.note(&format!("replacing the sandbox {name}: {why}"));
        sandboxes::delete(client, name).await?;
    }
    sandboxes::gone(client, name, reporter).await?;
    Ok(Ready { sandbox: None, built })
}

/// Whether a sandbox has what cannot change later.
fn fits(known: &Sandbox, create: &Create) -> bool {
    let has_port = |port: &Port| known.ports.iter().any(|open| open.target == port.target);
    known.has_envs(&create.envs) && create.ports.iter().all(has_port)
}
