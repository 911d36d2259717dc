//! Findings and fixes.

use crate::project::{path::ContextPath, source::Span};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Advice.
    Info,
    /// It costs, or will break.
    Warning,
    /// The build or the sandbox surely fails, or something leaks.
    Error,
}

impl Severity {
    /// `error`, `warning` or `info`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A place in a file of the project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file.
    pub file: ContextPath,
    /// Where in it; `None` for the file as a whole (a binary, a directory).
    pub span: Option<Span>,
}

impl Location {
    /// A span of a file.
    pub fn new(file: &ContextPath, span: Span) -> Self {
        Self { file: file.clone(), span: Some(span) }
    }

    /// A file as a whole.
    pub fn whole(file: &ContextPath) -> Self {
        Self { file: file.clone(), span: None }
    }
}

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's code.
    pub code: &'static str,
    /// The rule's name.
    pub name: &'static str,
    /// How much it matters here.
    pub severity: Severity,
    /// The primary place.
    pub location: Location,
    /// *What* is wrong: lower case, no final period, names the thing in backticks.
    pub message: String,
    /// *Why* it matters: one sentence with the consequence in a sandbox; no final period.
    pub why: String,
    /// What to *do*; no final period.
    pub help: Option<String>,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// How to change the files, where that can be said.
    pub fix: Option<Fix>,
}

/// Another place, and what it has to do with the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub location: Location,
    /// A few words.
    pub message: String,
}

/// Whether a fix may be applied without being asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// Keeps the meaning of the build, or repairs what cannot work: `--fix`.
    Safe,
    /// Changes what is built: `--fix --unsafe`.
    Unsafe,
}

/// A change that resolves a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an imperative: "copy `package.json` first".
    pub title: String,
    /// Whether it may be applied unasked.
    pub safety: Safety,
    /// The changes; all or none.
    pub edits: Vec<Edit>,
}

/// One change of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Replace a span by a text; an empty span inserts.
    Replace {
        /// The file, which was read.
        file: ContextPath,
        /// What goes.
        span: Span,
        /// What comes.
        text: String,
    },
    /// Write a file that does not exist yet.
    Create {
        /// The file.
        file: ContextPath,
        /// Its content.
        text: String,
    },
    /// Set the executable bits of a file.
    MakeExecutable {
        /// The file.
        file: ContextPath,
    },
}
