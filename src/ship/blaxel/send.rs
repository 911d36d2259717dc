//! An upload: a fresh URL for every try.

use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use serde_json::Value;

use super::{
    client::{Answer, Client},
    fault::Fault,
    request::Request,
    upload::{self, Archive},
    upload_url::{self, Labels},
    wire::Event,
};
use crate::ship::Reporter;

const TRIES: u32 = 5;
/// How often it is looked whether the platform builds what the store may have taken.
const LOOKS: u32 = 5;

/// What is told where the deadline ends an upload.
pub(super) const NOT_IN_TIME: &str = "the upload did not end in time";
/// How often an upload is made anew whose answer was lost while something was built.
pub(super) const ROUNDS: u32 = 3;

/// What became of an upload.
pub(super) enum Sent {
    /// The store has it. Log lines may belong to it from this instant on, by the platform's clock.
    Taken(Timestamp),
    /// The store gave no answer, and something is built: this archive, or what somebody else uploaded in these seconds.
    /// Once that is over, uploading again tells: the platform uses an identical build again, and builds another.
    Unclear,
}

/// Asks for an upload URL and uploads, with a fresh URL for every try. `begun` says whether something is built, where the
/// answer of the store was lost.
pub(super) async fn send(
    client: &Client,
    request: &Request,
    archive: &Archive,
    mut ask: impl AsyncFnMut() -> Result<Answer, Fault>,
    mut begun: impl AsyncFnMut() -> Result<bool, Fault>,
    reporter: &mut dyn Reporter,
) -> Result<Sent, Fault> {
    let mut number = 1;
    loop {
        let answer = ask().await?;
        let since = server_time(&answer);
        let (url, labels): (Url, Labels) = upload_url::of(request, answer, &mut ask).await?;
        client.tell(url.query().unwrap_or_default());
        match upload::put(client, &url, &labels, archive, reporter).await {
            Ok(()) => return Ok(Sent::Taken(since)),
            Err(refused) => {
                let why = client.redact(&refused.why);
                let looks = if refused.unsure { LOOKS } else { 0 };
                for _ in 0..looks {
                    if client.sleep(client.pace().look).await && begun().await? {
                        reporter.note(&format!(
                            "the store gave no answer ({why}), and something is built: uploading again once that is \
                             over, since nothing says whose it is"
                        ));
                        return Ok(Sent::Unclear);
                    }
                }
                let pause = refused.after.unwrap_or_else(|| client.pace().retry(number));
                if number == TRIES {
                    return Err(Fault::Upload { host: refused.host, why, tries: number });
                }
                // Another try has no time left.
                if !client.sleep(pause).await {
                    return Err(Fault::TimedOut {
                        what: NOT_IN_TIME.into(),
                        last: None,
                        trouble: Some(why),
                        whose: format!("upload for `{}`", request.name),
                    });
                }
                reporter.note(&format!("the upload failed ({why}); asking for a fresh URL"));
                number += 1;
            }
        }
    }
}

/// What is told where no round brought an answer of the store.
pub(super) fn unclear(name: &str) -> Fault {
    Fault::Upload {
        host: "the object store".into(),
        why: format!(
            "its answer was lost each time while `{name}` was being built, and nothing says whose build that is"
        ),
        tries: ROUNDS,
    }
}

/// When the platform answered, a moment before it: its clock decides which log lines are new.
pub(super) fn server_time(answer: &Answer) -> Timestamp {
    let date = answer.headers.get("date").and_then(|value| value.to_str().ok());
    let at = date
        .and_then(|text| httpdate::parse_http_date(text).ok())
        .and_then(|time| Timestamp::try_from(time).ok())
        .unwrap_or_else(Timestamp::now);
    at.checked_sub(SignedDuration::from_secs(2)).unwrap_or(at)
}

/// The same, but behind everything that had happened before: lines of an earlier build are older than its end.
pub(super) fn behind(since: Timestamp, events: &[Event]) -> Timestamp {
    events
        .iter()
        .filter_map(|event| event.time.parse::<Timestamp>().ok())
        .filter_map(|at| at.checked_add(SignedDuration::from_nanos(1)).ok())
        .fold(since, Timestamp::max)
}

/// The labels that an answer says were stored: of a sandbox, or of an image.
pub(super) fn stored(value: &Value) -> &Value {
    match &value["metadata"]["labels"] {
        Value::Object(_) => &value["metadata"]["labels"],
        _ => &value["labels"],
    }
}

#[cfg(test)]
mod tests {
    use reqwest::{StatusCode, header::HeaderMap};

    use super::*;

    #[test]
    fn the_platforms_clock_decides() {
        let mut headers = HeaderMap::new();
        headers.insert("date", "Wed, 25 Nov 2026 10:00:02 GMT".parse().unwrap());
        let answer =
            Answer { call: String::new(), status: StatusCode::OK, headers, body: Vec::new() };
        assert_eq!(server_time(&answer), "2026-11-25T10:00:00Z".parse().unwrap());
    }

    #[test]
    fn an_earlier_build_ends_before_this_log_begins() {
        let since: Timestamp = "2026-11-25T10:00:00Z".parse().unwrap();
        let event = |time: &str| Event { time: time.into(), ..Event::default() };
        let early = [event("2026-11-25T09:00:00.5Z"), event("odd")];
        assert_eq!(behind(since, &early), since);
        let late = [event("2026-11-25T10:00:01.000000001Z"), event("2026-11-25T10:00:00Z")];
        assert_eq!(behind(since, &late), "2026-11-25T10:00:01.000000002Z".parse().unwrap());
    }
}
