//! Rules over a project.

pub mod diagnostic;
mod engine;
pub mod facts;
pub mod fix;
pub mod rule;
pub mod rules;
mod select;
mod suppress;

pub use engine::{MASK, Options, Outcome, masked_values, run, without};
pub use select::{Selection, Selector, nearest};
pub use suppress::Suppressed;
