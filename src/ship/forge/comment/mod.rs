//! One comment for all legs of a run: a projection of their rows.
//!
//! GitHub has no conditional write, so no leg can know that nobody wrote between its look and its write. Instead every leg
//! writes what the rows say, reads both again, and repeats until the comment says what the rows say. The comment is read
//! before the rows: rows are then never older than what is compared with them. Whoever writes last has looked after it,
//! and every row was there before its leg looked; so in the end the comment tells every row, whatever the order.
//!
//! The legs that need the same write keep apart by a random pause and look again, so that one of them makes it for all.

mod marker;
pub(in crate::ship::forge) mod own;
mod upsert;

pub use marker::marker;
pub use upsert::{Bounds, Outcome, Render, Target, upsert};
