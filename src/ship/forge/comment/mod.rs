//! One comment for all legs of a run: a projection of their rows.
//!
//! GitHub has no conditional write, so no leg can know that nobody wrote between its look and its write. Instead every leg
//! writes what the rows say, reads both again, and repeats until the comment says what the rows say. The comment is read
//! before the rows: rows are then never older than what is compared with them. Whoever writes last has looked after it,
//! and every row was there before its leg looked; so in the end the comment tells every row, whatever the order.
//!
//! What a leg tells beside its row, the comment alone keeps. So a leg looks at the comment once more right before it writes,
//! and keeps what is there by then; and who has written looks again only after whoever looked before that has written.
//! One whose words are missing then writes them once more.
//!
//! The legs that need the same write keep apart by a random pause and look again, so that one of them makes it for all.

mod marker;
pub(in crate::ship::forge) mod own;
mod upsert;
pub(in crate::ship::forge) mod write;

pub use marker::marker;
pub use upsert::{Render, Target, upsert};
pub use write::{Bounds, Outcome};
