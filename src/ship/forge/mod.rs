//! What a forge shows of a run: one comment, and on GitHub a row of it for each image.

pub mod comment;
pub mod github;
pub mod gitlab;
pub mod row;

pub use row::Row;
