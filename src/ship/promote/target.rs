//! Where an image is promoted to.

use std::{fmt, str::FromStr};

use crate::ship::blaxel::{Fault, WorkspaceName};

/// A workspace, and its account where it is not the image's own: `prod`, `ACCOUNT/prod`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The workspace.
    pub workspace: WorkspaceName,
    /// The account, where it is another one.
    pub account: Option<String>,
}

impl FromStr for Target {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let (account, workspace) = match text.rsplit_once('/') {
            Some((account, workspace)) => (Some(account), workspace),
            None => (None, text),
        };
        // An account is a segment of nothing, but what is no name is no ID either.
        let account = account.map(str::parse::<WorkspaceName>).transpose()?;
        Ok(Self {
            workspace: workspace.parse()?,
            account: account.map(|account| account.as_str().to_owned()),
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.account {
            Some(account) => write!(f, "{account}/{}", self.workspace),
            None => self.workspace.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn an_account_may_stand_before_the_workspace() {
        for text in ["prod", "acc-1/prod"] {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
        }
        for bad in ["", "/prod", "acc/", "a/b/prod", "a b", "prod?x"] {
            assert!(bad.parse::<Target>().is_err(), "{bad}");
        }
    }
}
