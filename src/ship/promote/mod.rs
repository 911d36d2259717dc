//! Promotion: an image of one workspace made usable in another, verified, and taken back.
//!
//! Sharing moves the whole image: every tag is seen in the target, and later ones too. So a promotion shares, makes sure
//! that its tag is seen there, and tells the reference that the target has to pin.

mod audit;
mod guard;
mod look;
mod share;
mod target;
mod undo;
mod verify;

pub use audit::{Audited, Declared, Standing, audit};
pub use guard::{Guarded, guard};
pub use look::{Exposure, look, pinned};
pub use share::{Promoted, State, promote};
pub use target::Target;
pub use undo::{Undone, undo};
pub use verify::{Verified, verify};
