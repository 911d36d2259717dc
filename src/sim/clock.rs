//! The platform's clock as clients see it. The world goes by this machine's; where the platform's is behind, a call and its
//! answer are moved on the way, so that one call alone can meet it.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Sim, access::text, scenario::Scenario};

/// How far the platform's clock is behind where it is.
const SKEW: SignedDuration = SignedDuration::from_secs(90);
/// The largest body whose instants are moved, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;

/// How far the clock of a call is behind.
#[derive(Clone, Copy)]
pub(super) struct Behind(pub(super) SignedDuration);

/// Dates an answer by the platform's clock; where that is behind, moves every instant of the call and of its answer.
pub(super) async fn tell(State(sim): State<Sim>, request: Request, next: Next) -> Response {
    let asked = text(request.headers(), "x-sandgate-scenario");
    let scenario = asked.map_or(Ok(sim.config.scenario), Scenario::parse);
    drop(sim);
    // The object store and the forge have clocks of their own.
    let elsewhere =
        ["/store/", "/_sim/", "/api/"].iter().any(|path| request.uri().path().starts_with(path));
    let moved = scenario == Ok(Scenario::SkewedClock) && !elsewhere;
    let mut response = if moved {
        let (mut parts, body) = request.into_parts();
        parts.extensions.insert(Behind(SKEW));
        let body = moved_body(body, SKEW).await;
        let (mut parts, body) = next.run(Request::from_parts(parts, body)).await.into_parts();
        parts.headers.remove(header::CONTENT_LENGTH);
        Response::from_parts(parts, moved_body(body, -SKEW).await)
    } else {
        next.run(request).await
    };
    let now = Timestamp::now();
    let now = if moved { now.checked_sub(SKEW).unwrap_or(now) } else { now };
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

/// A body with every instant moved; what is no JSON, or too large, is left as it is.
async fn moved_body(body: Body, by: SignedDuration) -> Body {
    let Ok(bytes) = to_bytes(body, LARGEST).await else { return Body::empty() };
    let Ok(mut value) = serde_json::from_slice::<Value>(&bytes) else { return Body::from(bytes) };
    move_instants(&mut value, by);
    Body::from(value.to_string())
}

fn move_instants(value: &mut Value, by: SignedDuration) {
    match value {
        Value::String(text) => {
            if let Some(moved) = moved(text, by) {
                *text = moved;
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|value| move_instants(value, by)),
        Value::Object(all) => all.values_mut().for_each(|value| move_instants(value, by)),
        _ => {}
    }
}

/// An instant in UTC, moved and with as many digits; `None` where the text is none.
fn moved(text: &str, by: SignedDuration) -> Option<String> {
    let whole = text.strip_suffix('Z')?;
    let at: Timestamp = text.parse().ok()?;
    let digits = whole.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    at.checked_add(by).ok().map(|at| format!("{at:.digits$}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn instants_move_and_nothing_else_does() {
        let mut value = json!({
            "a": ["2026-11-25T10:00:00Z", {"b": "2026-11-25T10:00:00.123456789Z"}],
            "c": ["Z", "at 2026-11-25T10:00:00Z", "2026-11-25", 90, null],
        });
        let before = value.clone();
        move_instants(&mut value, -SKEW);
        assert_eq!(
            value["a"],
            json!(["2026-11-25T09:58:30Z", {"b": "2026-11-25T09:58:30.123456789Z"}])
        );
        assert_eq!(value["c"], before["c"]);
        move_instants(&mut value, SKEW);
        assert_eq!(value, before);
    }
}
