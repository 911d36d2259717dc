//! What a forge shows of a run: one comment, and on GitHub a row of it for each image.

pub mod comment;
mod door;
mod exchange;
pub mod github;
pub mod gitlab;
mod pace;
pub mod row;

pub use pace::Pace;
pub use row::Row;
