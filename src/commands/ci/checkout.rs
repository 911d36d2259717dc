//! What is checked out: which commit it is, what it was merged onto, and where the run is in it.

use std::path::Path;

use super::scene::Scene;
use crate::{cli, error::Error, exit::Exit, repo, settings, shell::Shell, ship::ci::Event};

/// What GitHub merged a pull request onto, where its merge commit is checked out. The payload can name an older commit.
pub(super) fn onto(event: &Event) -> Option<String> {
    let Event::PullRequest(pull) = event else { return None };
    let head = pull.head.sha.as_ref()?;
    (repo::commit("HEAD^2").as_ref() == Some(head)).then(|| repo::commit("HEAD^1")).flatten()
}

/// Refuses to build what is not the commit that was decided about.
pub(super) fn check(args: &cli::Ci, scene: &Scene, shell: &mut Shell) -> Result<(), Error> {
    let (there, meant) = (repo::commit("HEAD"), scene.decision.commit.as_deref());
    let is_merge = matches!(&scene.here.event, Event::PullRequest(pull) if !pull.target);
    let same = match &there {
        Some(there) => {
            meant == Some(there) || (is_merge && scene.here.commit.as_ref() == Some(there))
        }
        // Only git knows; a fork's commit is not taken on trust.
        None => !scene.decision.fork,
    };
    if same || meant.is_none() || args.trusted || args.dry_run {
        if there.is_none() {
            shell.detail("the folder is no checkout of git: which commit it is cannot be seen");
        }
        return Ok(());
    }
    let meant = meant.unwrap_or_default();
    let there = there.as_deref().unwrap_or("no commit of git");
    Err(Error::new(Exit::Refused, format!("the event is about {meant}, and the checkout is {there}"))
        .because("what is built would be told as another commit, which somebody else may have looked at")
        .help(format!("give `ref: {meant}` to actions/checkout, or `trusted: true` where the workflow makes sure of it")))
}

/// The folder of the run below the checkout.
pub(super) fn prefix(github: &settings::Github) -> String {
    let here = Path::new(".");
    let checkout = github.workspace.as_ref().and_then(|dir| dir.canonicalize().ok());
    let top = checkout.or_else(repo::around);
    let below = top.and_then(|top| repo::relative(&top, here)).unwrap_or_default();
    match below.trim_matches('/') {
        "" | "." => String::new(),
        below => format!("{below}/"),
    }
}
