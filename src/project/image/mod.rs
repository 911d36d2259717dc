//! Base images: references, and what is known of them offline. Pure; the tables carry their date.
//!
//! The tables in `data/` are searched as text: nothing is parsed before somebody asks, and then
//! only the row that is asked for.

pub mod commands;
pub mod eol;
pub mod family;
pub mod floating;
pub mod looked_up;
mod reference;
mod refused;
pub mod siblings;
pub mod sizes;
mod swapped;
mod table;

pub use reference::ImageRef;
pub use refused::{Refused, refused};
pub use swapped::swapped;
