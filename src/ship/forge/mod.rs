//! What a forge shows of a run: one comment, and a row of it for each image.

pub mod comment;
pub mod github;
pub mod row;

pub use row::Row;
