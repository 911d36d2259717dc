//! A POST that takes effect once, even when its answer is lost.

use reqwest::Method;
use serde_json::Value;

use super::{
    client::{Answer, Client, Reply},
    fault::Fault,
    retry,
};

/// How it is known what became of a call.
pub(super) enum Effect<T> {
    /// By its answer.
    Answer(Answer),
    /// The answer was lost, and reading back showed that it took effect.
    ReadBack(T),
}

/// Posts; where the answer is lost, `landed` looks whether it took effect, and only what did not is posted again.
pub(super) async fn post<T>(
    client: &Client,
    path: &[&str],
    query: &[(&str, &str)],
    body: Option<&Value>,
    mut landed: impl AsyncFnMut() -> Result<Option<T>, Fault>,
) -> Result<Effect<T>, Fault> {
    let mut number = 1;
    loop {
        let fault = match client.call(Method::POST, path, query, body).await? {
            Reply::Answer(answer) => return Ok(Effect::Answer(answer)),
            Reply::Unsure(fault) => fault,
        };
        let paused = client.sleep(client.pace().retry(number)).await;
        if let Some(found) = landed().await? {
            return Ok(Effect::ReadBack(found));
        }
        if !paused || number == retry::TRIES {
            return Err(fault);
        }
        number += 1;
    }
}
