//! Everything that changes the world outside.

pub mod blaxel;
