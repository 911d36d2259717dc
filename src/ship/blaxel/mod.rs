//! The client of the Blaxel API.

mod client;
mod deploy;
mod effect;
mod failure;
mod fault;
mod follow;
mod host;
pub mod images;
mod logs;
mod names;
mod pace;
pub mod pending;
pub mod previews;
mod read;
mod retry;
mod rule;
pub mod sandboxes;
mod secret;
pub mod shares;
mod upload;
mod upload_url;
mod wait;
mod wire;
pub mod workspaces;

pub use client::{Client, Credentials, VERSIONS};
pub use deploy::{Deployed, Request, deploy};
pub use failure::Failure;
pub use fault::Fault;
pub use host::Host;
pub use names::{ImageName, ImageRef, PreviewName, SandboxName, ShareId, TagName, WorkspaceName};
pub use pace::Pace;
pub use rule::{Broken, Rule};
pub use secret::Secret;
pub use upload::Archive;
pub use upload_url::BUILD_SETTINGS;
pub use wire::{Image, PendingShare, Port, Preview, PreviewToken, Sandbox, Share, Tag, Workspace};
