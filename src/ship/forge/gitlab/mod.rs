//! The client of GitLab's API, as far as the note of a merge request needs it: one note for each key, kept up to date in
//! place.
//!
//! No row of other jobs is read here. A commit status of GitLab is a job of a pipeline: it makes one where there is none, and
//! a red one fails it. So what several jobs did is told by one job behind them, or kept by the note itself.

mod client;
mod fault;
pub mod notes;
mod requests;
mod settings;
mod upsert;
mod users;

pub use client::Client;
pub use fault::Fault;
pub use requests::merged_by;
pub use settings::Settings;
pub use upsert::{Render, Target, upsert};
pub use users::{User, me};
