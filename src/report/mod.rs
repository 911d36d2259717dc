//! Findings in the form that was asked for. One file a format.

use crate::{lint::Outcome, project::Project};

/// What is reported.
#[derive(Debug)]
pub struct Report<'a> {
    /// One for each project, in the order they were given.
    pub sections: Vec<Section<'a>>,
}

/// The findings of one project.
#[derive(Debug)]
pub struct Section<'a> {
    /// Path of the project as the user wrote it, relative to the working directory where
    /// possible, `/` between the names, "" for the working directory itself. Formats put it in
    /// front of each path.
    pub root: String,
    /// The project, for excerpts.
    pub project: &'a Project,
    /// What was found.
    pub outcome: &'a Outcome,
}
