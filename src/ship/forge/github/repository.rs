//! The repository itself.

use super::{Client, Fault, client::Call, wire};

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// `OWNER/NAME`.
    pub full_name: String,
    /// The branch that everything ends in.
    pub default_branch: String,
    /// Not everybody may read it.
    pub private: bool,
    /// It is a fork of another.
    pub fork: bool,
}

/// The client's repository.
pub async fn get(client: &Client) -> Result<Repository, Fault> {
    let answer = client.sure(&Call::get(&[], "metadata: read")).await?;
    let call = answer.call.clone();
    let answer = answer.json()?;
    let default_branch = wire::some(&answer["default_branch"]).ok_or_else(|| Fault::Answer {
        call,
        what: "GitHub does not say which branch is the default one".into(),
    })?;
    Ok(Repository {
        full_name: wire::text(&answer["full_name"]),
        default_branch,
        private: answer["private"] == true,
        fork: answer["fork"] == true,
    })
}
