//! What opens a private preview.

use jiff::{SignedDuration, Timestamp};

use crate::ship::blaxel::{Client, Fault, PreviewName, PreviewToken, SandboxName, previews};

/// A token that opens the preview for at least half the time that is asked for: one that is there, else a new one.
pub(super) async fn get(
    client: &Client,
    sandbox: &SandboxName,
    preview: &PreviewName,
    life: SignedDuration,
) -> Result<PreviewToken, Fault> {
    let now = Timestamp::now();
    let after = |life: SignedDuration| now.checked_add(life).unwrap_or(Timestamp::MAX);
    let known = previews::tokens(client, sandbox, preview).await?;
    let good = known.into_iter().find(|token| {
        !token.expired
            && token.expose().is_some()
            && token.expires.is_some_and(|at| at >= after(life / 2) && at <= after(life))
    });
    match good {
        Some(token) => Ok(token),
        None => previews::make_token(client, sandbox, preview, after(life)).await,
    }
}
