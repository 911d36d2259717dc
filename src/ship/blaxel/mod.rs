//! The client of the Blaxel API.

pub(super) mod client;
mod deploy;
mod effect;
mod failure;
mod fault;
mod follow;
pub(super) mod host;
pub mod images;
pub mod login;
mod logs;
mod names;
mod pace;
pub mod pending;
mod plan;
pub mod previews;
pub mod prune;
mod push;
mod quiet;
mod read;
mod request;
pub(super) mod retry;
mod rule;
pub mod sandboxes;
mod secret;
mod send;
pub mod shares;
mod token;
mod until;
mod upload;
mod upload_url;
mod wait;
pub(super) mod wire;
pub mod workspaces;

pub use client::{Client, Credentials, VERSIONS};
pub use deploy::{Deployed, deploy};
pub use failure::Failure;
pub use fault::Fault;
pub use host::Host;
pub use logs::Logs;
pub use names::{ImageName, ImageRef, PreviewName, SandboxName, ShareId, TagName, WorkspaceName};
pub use pace::Pace;
pub use plan::{
    PlannedCall, audit as plan_audit, built_preview as plan_built_preview, deploy as plan_deploy,
    given_preview as plan_given_preview, preview as plan_preview, promotion as plan_promotion,
    push as plan_push, removal as plan_removal, shares as plan_shares,
};
pub use push::{Pushed, push};
pub use request::{Finished, Request};
pub use rule::{Broken, Rule};
pub use secret::Secret;
pub use upload::Archive;
pub use upload_url::BUILD_SETTINGS;
pub use wire::{Image, PendingShare, Port, Preview, PreviewToken, Sandbox, Share, Tag, Workspace};
