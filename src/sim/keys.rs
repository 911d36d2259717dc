//! Keys, and what those who hold them may do.

use std::fmt;

/// What a key may do in its workspaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Everything.
    #[default]
    Admin,
    /// Everything but to share images, to end shares and to answer those of others.
    Member,
}

/// An API key that the platform knows.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Credential {
    /// The key, which is also the secret of client credentials.
    pub key: String,
    /// What it may do.
    pub role: Role,
    /// The workspaces that it opens; none means all, as for a person's own key.
    pub workspaces: Vec<String>,
}

impl Credential {
    /// A person's key: it opens every workspace.
    pub fn new(key: &str, role: Role) -> Self {
        Self { key: key.to_owned(), role, workspaces: Vec::new() }
    }

    /// Whether it opens a workspace.
    pub(super) fn opens(&self, workspace: &str) -> bool {
        self.workspaces.is_empty() || self.workspaces.iter().any(|name| name == workspace)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("key", &"…")
            .field("role", &self.role)
            .field("workspaces", &self.workspaces)
            .finish()
    }
}
