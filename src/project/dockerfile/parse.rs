//! Bytes to instructions.

use super::ast::Dockerfile;
use crate::project::source::Source;

/// Parses a Dockerfile. Never fails and never panics: see [`Dockerfile::errors`].
pub fn parse(source: Source) -> Dockerfile {
    Dockerfile {
        source,
        escape: '\\',
        directives: Vec::new(),
        comments: Vec::new(),
        instructions: Vec::new(),
        empty_continuations: Vec::new(),
        errors: Vec::new(),
    }
}
