//! Base images: references, and what is known of them offline. Pure; the tables carry their date.

mod reference;

pub use reference::ImageRef;
