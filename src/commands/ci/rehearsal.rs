//! What a rehearsal says of what it does not do: as it comes to where all goes well. What only the run itself can know is
//! written in round brackets.

use super::{given, merging, scene::Scene};
use crate::{
    cli,
    commands::{platform, shipping},
    error::Error,
    record::{
        Status,
        leg::{Did, Leg, Merging},
        promotion::{State, Target},
    },
    settings,
    shell::Shell,
    ship::blaxel::{self, Host, ImageName, PlannedCall, SandboxName},
};

/// Stands for the tag of a build that was not made.
pub(super) const NEW_TAG: &str = "(new tag)";

/// The image of a build that was not made.
pub(super) fn tag(name: &str) -> String {
    format!("sandbox/{name}:{NEW_TAG}")
}

/// Says what would be asked of the platform for a promotion, and how it is verified. Gives back the leg that it comes to.
pub(super) fn promotion(
    args: &cli::Ci,
    scene: &Scene,
    build: Leg,
    reference: &str,
    shell: &mut Shell,
) -> Result<Leg, Error> {
    let source = build.workspace.as_deref().unwrap_or("(the workspace)");
    let (image, _) = reference.rsplit_once(':').unwrap_or((reference, ""));
    let approval = given::some(args.wait_approval.as_ref());
    let key = match settings::target_key() {
        Some(_) => "SANDGATE_TARGET_API_KEY",
        None => "the same credentials",
    };
    let mut promoted = Vec::new();
    for target in &scene.targets {
        let waits = target.account.is_some() && approval.is_none();
        let asks = match (&target.account, &approval) {
            (None, _) => String::new(),
            (Some(account), Some(time)) => {
                format!(", wait up to {time} until an admin of account `{account}` accepts")
            }
            (Some(account), None) => {
                format!(", which waits until an admin of account `{account}` accepts")
            }
        };
        shell.status("Would", &format!("share `{image}` of `{source}` with `{target}`{asks}"));
        if !waits {
            shell.status(
                "Would",
                &format!("look in `{target}`, with {key}, until it sees `{reference}`"),
            );
        }
        promoted.push(Target {
            workspace: target.workspace.to_string(),
            account: target.account.clone(),
            state: if waits { State::Waiting } else { State::Shared },
            verified: (!waits).then_some(true),
            why: None,
            shared_here: true,
            pending: None,
            expires: None,
        });
    }
    let waits = promoted.iter().any(|target| target.state == State::Waiting);
    if let Ok(image) = image.parse::<ImageName>() {
        let seen = |target: &Target| target.state == State::Shared;
        let targets = scene.targets.iter().zip(&promoted);
        let targets: Vec<_> = targets
            .map(|(target, told)| (&target.workspace, target.account.as_deref(), seen(told)))
            .collect();
        print(args, "promote", |host| blaxel::plan_promotion(&image, &targets, host), shell)?;
    }
    Ok(Leg {
        did: Did::Promote,
        status: if waits { Status::Waiting } else { Status::Succeeded },
        reference: Some(reference.to_owned()),
        promoted,
        ..build
    })
}

/// Tells the calls of the platform.
fn print(
    args: &cli::Ci,
    action: &'static str,
    calls: impl FnOnce(&Host) -> Vec<PlannedCall>,
    shell: &mut Shell,
) -> Result<(), Error> {
    let target = platform::planned(&args.platform)?;
    let planned = shipping::Planned {
        action,
        name: "",
        workspace: &target.workspace,
        calls: calls(&target.planned_host()?),
        plan: None,
    };
    shell.report(&planned.text(false));
    Ok(())
}

/// Says what would be asked of the platform to remove a preview.
pub(super) fn removal(
    args: &cli::Ci,
    preview: &SandboxName,
    shell: &mut Shell,
) -> Result<(), Error> {
    print(args, "cleanup", |host| blaxel::plan_removal(preview, host), shell)
}

/// Says what would be asked of the platform for an audit of what is declared for some images.
pub(super) fn audit(
    args: &cli::Ci,
    declared: &[ImageName],
    shell: &mut Shell,
) -> Result<(), Error> {
    print(args, "audit", |host| blaxel::plan_audit(declared, host), shell)
}

/// What merging would do, as far as it is known without asking how each image is shared.
pub(super) fn merging(
    args: &cli::Ci,
    scene: &Scene,
    legs: &mut [Leg],
    shell: &mut Shell,
) -> Result<(), Error> {
    if !merging::is_told(scene) {
        return Ok(());
    }
    for image in legs.iter().filter_map(|leg| leg.image.parse::<ImageName>().ok()) {
        print(args, "preview", |host| blaxel::plan_shares(&image, host), shell)?;
    }
    let promoted = scene.targets.iter().map(|target| Merging {
        workspace: target.workspace.to_string(),
        share: "unasked".to_owned(),
        now: Some("(not asked)".to_owned()),
    });
    let promoted: Vec<Merging> = promoted.collect();
    for leg in legs {
        leg.merging.clone_from(&promoted);
    }
    Ok(())
}
