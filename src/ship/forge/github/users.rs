//! Who the token is.

use super::{Client, Fault, client::Call, wire};

/// The login of a person's token; `None` for the token of a job or an app, which may not ask.
pub async fn me(client: &Client) -> Result<Option<String>, Fault> {
    let call = Call::get(&["user"], "metadata: read").of_api();
    let answer = client.sure(&call).await?;
    if matches!(answer.status.as_u16(), 403 | 404) {
        return Ok(None);
    }
    Ok(wire::some(&answer.json()?["login"]))
}
