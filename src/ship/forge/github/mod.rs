//! The client of GitHub's API, as far as feedback needs it. It works with GitHub, GitHub Enterprise Server, and with what
//! answers alike.

pub mod checks;
mod client;
pub mod comments;
pub mod deployments;
mod effect;
mod fault;
mod limit;
mod link;
mod pages;
pub mod pulls;
mod settings;
pub mod statuses;
pub mod users;
mod wire;

pub use client::Client;
pub use fault::Fault;
pub use limit::Limit;
pub use settings::Settings;

pub use super::Pace;
