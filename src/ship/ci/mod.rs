//! What a CI system says has happened, and what follows from it. Pure: it reads no environment, and calls nobody.

mod decide;
mod event;
mod gitlab;
mod host;
mod origin;
mod pull;

pub use decide::{Asked, Command, Decision, Job, decide};
pub use event::{
    Dispatch, Event, MergeGroup, PullRequest, Push, Release, Repository, Side, WorkflowRun,
};
pub use gitlab::Place as GitlabPlace;
pub use host::{Here, Host, Read, read};
pub use origin::read as origin;
pub use pull::numbers as pull_requests_of;
