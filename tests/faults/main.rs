//! What becomes of a push, a deploy and a promotion when one of its calls meets a fault on the way: every call, every
//! fault, once and always. `docs/faults.md` is the table of what happens.
#![cfg(all(unix, feature = "remote"))]
#![expect(clippy::unwrap_used, reason = "tests")]

mod flows;
mod matrix;
