//! The client of the Blaxel API.

mod client;
mod deploy;
mod failure;
mod fault;
mod host;
mod logs;
mod pace;
mod retry;
mod secret;
mod upload;
mod upload_url;
mod wait;
mod wire;

pub use client::{Client, Credentials};
pub use deploy::{Deployed, Request, deploy};
pub use failure::Failure;
pub use fault::Fault;
pub use host::Host;
pub use pace::Pace;
pub use secret::Secret;
pub use upload::Archive;
pub use upload_url::BUILD_SETTINGS;
