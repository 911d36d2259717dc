//! Rules over a project.

pub mod baseline;
pub mod config;
pub mod diagnostic;
mod engine;
pub mod facts;
mod fingerprint;
pub mod fix;
pub mod import;
mod policy;
pub mod rule;
pub mod rules;
mod select;
mod suppress;

pub use engine::{MASK, Options, Outcome, masked_values, run, run_all, without};
pub use fingerprint::{digest, fingerprints};
pub use policy::{FailOn, Override, Policy};
pub use select::{Selection, Selector, meant};
pub use suppress::{Silencer, Suppressed};
