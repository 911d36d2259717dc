//! The one error that reaches a user: what happened, where, what to do next.

use std::fmt;

use crate::exit::Exit;

/// An error with its exit code. Every boundary has an enum of its own and turns it into this.
#[derive(Debug)]
pub struct Error {
    /// The exit code.
    pub exit: Exit,
    /// What happened: lower case, no final period. Holds no secret.
    pub what: String,
    /// Where: a path, a URL without user-info and query, a call.
    pub place: Option<String>,
    /// Further facts, most general first.
    pub causes: Vec<String>,
    /// What to do next.
    pub help: Option<String>,
    /// What it is about is not there at all, nor anything that may be meant: a command may say more of that.
    pub is_absent: bool,
}

impl Error {
    /// An error that happened.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            place: None,
            causes: Vec::new(),
            help: None,
            is_absent: false,
        }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Adds a cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Error {}
