//! Workspaces.

use super::{client::Client, fault::Fault, names::WorkspaceName, read, rule, wire::Workspace};

/// Every workspace that the credentials know.
pub async fn list(client: &Client) -> Result<Vec<Workspace>, Fault> {
    let rows = read::all(client, &["workspaces"], &[]).await?.unwrap_or_default();
    Ok(rows.iter().filter_map(Workspace::read).collect())
}

/// One workspace; its account is what another account needs to share with it.
///
/// # Errors
/// [`super::Rule::Missing`], with the nearest name.
pub async fn get(client: &Client, name: &WorkspaceName) -> Result<Workspace, Fault> {
    let value = read::one(client, &["workspaces", name.as_str()], &[]).await?;
    if let Some(workspace) = value.as_ref().and_then(Workspace::read) {
        return Ok(workspace);
    }
    // The list is for the hint alone.
    let known = list(client).await.unwrap_or_default();
    Err(rule::missing(
        &format!("there is no workspace `{name}`, or the key does not know it"),
        name.as_str(),
        "the console",
        known.iter().map(|workspace| workspace.name.as_str()),
    ))
}
