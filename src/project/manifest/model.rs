//! What `blaxel.toml` says.

use super::tree::Table;
use crate::project::source::{Source, Span};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where the value stands.
    pub span: Span,
}

/// A parsed `blaxel.toml`. Parsing never fails: faults are in [`Self::issues`], and what could be
/// read is there.
#[derive(Debug)]
pub struct Manifest {
    /// The file.
    pub source: Source,
    /// `type`.
    pub kind: Option<Spanned<String>>,
    /// `name`.
    pub name: Option<Spanned<String>>,
    /// `workspace`.
    pub workspace: Option<Spanned<String>>,
    /// `image`: deploy this reference, build nothing.
    pub image: Option<Spanned<String>>,
    /// `region`.
    pub region: Option<Spanned<String>>,
    /// `runtime.memory` in MB.
    pub memory: Option<Spanned<i64>>,
    /// `runtime.generation`.
    pub generation: Option<Spanned<String>>,
    /// `runtime.ttl`.
    pub ttl: Option<Spanned<String>>,
    /// `runtime.ports`.
    pub ports: Vec<Port>,
    /// `[env]`, in file order.
    pub env: Vec<EnvVar>,
    /// `[labels]`, in file order.
    pub labels: Vec<EnvVar>,
    /// `[[volumes]]`, as JSON for the API, with the span of each table.
    pub volumes: Vec<Spanned<serde_json::Value>>,
    /// The whole `runtime` table as JSON for the API (memory, ports and the keys that have no
    /// field of their own).
    pub runtime: serde_json::Map<String, serde_json::Value>,
    /// `build.args`, in file order.
    pub build_args: Vec<EnvVar>,
    /// `build.dockerfile`.
    pub dockerfile: Option<Spanned<String>>,
    /// The whole `build` table as JSON (slim, memoryMb, volumeMb, region, cacheDrive, ...).
    pub build: serde_json::Map<String, serde_json::Value>,
    /// Everything that the file says, with the place of each key and value.
    pub root: Table,
    /// Faults, in file order.
    pub issues: Vec<Issue>,
}

/// One port.
#[derive(Debug, Clone)]
pub struct Port {
    /// The table.
    pub span: Span,
    /// `name`.
    pub name: Option<Spanned<String>>,
    /// `target`; `None` where it is missing or no integer.
    pub target: Option<Spanned<i64>>,
    /// `protocol` as written.
    pub protocol: Option<Spanned<String>>,
}

/// A `KEY = "value"` pair.
#[derive(Debug, Clone)]
pub struct EnvVar {
    /// The key.
    pub key: Spanned<String>,
    /// The value; the span includes the quotes.
    pub value: Spanned<String>,
}

/// What kind of fault it is; each kind belongs to one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueKind {
    /// Not TOML.
    Syntax,
    /// A key that nothing reads.
    UnknownKey,
    /// A key of a table that is passed on to the platform, which no document names.
    UndocumentedKey,
    /// A value of the wrong type.
    Type,
}

/// A fault of the file itself. Faults of values are for the rules.
#[derive(Debug, Clone)]
pub struct Issue {
    /// What kind.
    pub kind: IssueKind,
    /// Where.
    pub span: Span,
    /// What is wrong: lower case, no final period.
    pub message: String,
    /// The known name that was probably meant.
    pub suggestion: Option<String>,
    /// What to do.
    pub help: Option<String>,
    /// The change that repairs it, where it is plain.
    pub edit: Option<Edit>,
}

/// A replacement of a part of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes.
    pub text: String,
}
