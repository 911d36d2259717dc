//! The archive that is uploaded, and the identity of what is in it.
//!
//! [`plan`] decides what goes in and under which name, [`write()`] reads every file once (digest,
//! checksum and compression in one go, on every core) and writes the zip, [`digest`] does without
//! the zip. The same project yields the same digest and the same bytes on every machine, at any
//! thread count, whatever its files' times, owners or order on disk.

mod digest;
mod error;
mod plan;
mod read;
mod zip;

pub use digest::{LEAF, VERSION};
pub use error::PackError;
pub use plan::{Content, Extra, Kind, Plan, Planned, plan};
pub use read::{Beside, Contents, Inspect, Packed, digest, digest_beside, write, write_inspected};
