//! Rules over a project.

pub mod diagnostic;
mod engine;
pub mod facts;
pub mod fix;
pub mod rule;
pub mod rules;
mod suppress;

pub use engine::{Options, Outcome, run};
