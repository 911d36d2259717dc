//! One comment for all legs of a run: a projection of their rows.
//!
//! GitHub has no conditional write, so no leg can know that nobody wrote between its look and its write. Instead every leg
//! writes what the rows say, reads both again, and repeats until the comment says what the rows say. Every row is there
//! before its leg looks, and whoever writes last looks after it; so in the end the comment tells every row, whatever the
//! order. A leg may tell an older row than is there where it read the rows just before: it looks again, and so does the leg
//! whose row it is.
//!
//! What a leg tells beside its row, the comment alone keeps. So a leg looks at the comment right before it writes, and keeps
//! what is there by then; and who has written looks again only after whoever looked before that has written. One whose
//! words are missing then writes them once more. A leg that stood still after its look, for longer than others wait before
//! they look again, looks once more itself. What is left is a write that is long on its way: what it takes away of a leg
//! that has ended is one link away, in the job that its row leads to.
//!
//! The legs that need the same write keep apart by a random pause before they look, so that one of them makes it for all. How
//! wide that has to be they know from whoever else wrote a row at the same time, and from how long that took to read: forty
//! legs share the thousand calls that GitHub gives a token in an hour.

mod marker;
pub(in crate::ship::forge) mod own;
mod upsert;
pub(in crate::ship::forge) mod write;

pub use marker::marker;
pub use upsert::{Render, Target, upsert};
pub use write::{Bounds, Outcome};
