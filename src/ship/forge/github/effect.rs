//! A POST that takes effect once, even when its answer is lost.

use serde_json::Value;

use super::{
    Client, Fault,
    client::{Call, Reply},
};
use crate::ship::forge::exchange::TRIES;

/// Posts; where the answer is lost, `landed` looks whether it took effect, and only what did not is posted again.
pub(super) async fn post<T>(
    client: &Client,
    call: &Call<'_>,
    read: impl Fn(&Value) -> Option<T>,
    mut landed: impl AsyncFnMut() -> Result<Option<T>, Fault>,
) -> Result<T, Fault> {
    let mut number = 1;
    loop {
        let fault = match client.call(call).await? {
            Reply::Answer(answer) => {
                let told = answer.call.clone();
                return read(&answer.json()?).ok_or_else(|| Fault::Answer {
                    call: told,
                    what: "GitHub does not say what was made".into(),
                });
            }
            Reply::Unsure(fault) => fault,
        };
        // What was written may take a moment to be seen.
        let paused = client.sleep(client.pace().settle()).await;
        if let Some(found) = landed().await? {
            return Ok(found);
        }
        if !paused || number == TRIES || !client.sleep(client.pace().retry(number)).await {
            return Err(fault);
        }
        number += 1;
    }
}
