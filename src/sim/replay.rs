//! A recorded exchange, played again.
//!
//! Changes are answered in the order in which they were recorded. A read gets what was recorded for it since the last
//! change, one after the other; whoever asks more often gets the last answer again, whoever asks less often misses some.

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::Response,
};
use serde_json::{Value, json};

use super::{
    Running,
    calls::finish,
    front::Line,
    record::UPLOAD,
    serve,
    tape::{Exchange, Tape},
    wire::json_answer,
};

struct Player {
    address: SocketAddr,
    state: Mutex<Reel>,
}

/// Where the recording is.
struct Reel {
    exchanges: Vec<Exchange>,
    /// Behind the change that was played last.
    at: usize,
    /// The read that was played last, by its place.
    reads: BTreeMap<String, usize>,
}

impl Reel {
    /// The answer to a call.
    fn play(&mut self, method: &str, place: &str) -> Option<&Exchange> {
        let fits = |one: &Exchange| one.method == method && one.place() == place;
        if method != "GET" {
            let ahead = self.exchanges.iter().skip(self.at).position(fits)?;
            let found = self.at + ahead;
            self.at = found + 1;
            return self.exchanges.get(found);
        }
        let last = self.reads.get(place).copied();
        let from = last.map_or(self.at, |last| self.at.max(last + 1));
        let until = |at: usize| self.exchanges.get(at).is_some_and(|one| one.method == "GET");
        let next = (from..self.exchanges.len())
            .take_while(|at| until(*at))
            .find(|at| self.exchanges.get(*at).is_some_and(fits));
        // What is asked for the first time, and was recorded later alone, comes early.
        let first = || (last.is_none()).then(|| self.exchanges.iter().position(fits)).flatten();
        let found = next.or(last).or_else(first)?;
        self.reads.insert(place.to_owned(), found);
        self.exchanges.get(found)
    }
}

/// Starts to play a recording.
///
/// # Errors
/// The file cannot be read or is no recording, the port is in use, or the system refuses a thread.
pub fn replay(file: &Path, port: u16) -> io::Result<Running> {
    let tape = Tape::load(file)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let address = listener.local_addr()?;
    let reel = Reel { exchanges: tape.exchanges, at: 0, reads: BTreeMap::new() };
    let player = Arc::new(Player { address, state: Mutex::new(reel) });
    let router = Router::new().fallback(play).with_state(player);
    serve(
        listener,
        address,
        Arc::default(),
        router.into_make_service_with_connect_info::<Line>(),
        None,
    )
}

async fn play(State(player): State<Arc<Player>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    finish(body).await;
    let path = parts.uri.path();
    let place = path.strip_prefix("/v0").unwrap_or(path);
    let mut state = player.state.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(exchange) = state.play(parts.method.as_str(), place) else {
        let told = format!("the recording has no {} {place} here", parts.method);
        return json_answer(501, &json!({"code": 501, "error": "Not Recorded", "message": told}));
    };
    let body = match &exchange.body {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    // Where the platform was not reached, a gateway says so.
    let status = if exchange.status == 0 { 502 } else { exchange.status };
    let mut response = Response::builder().status(status);
    for (name, value) in &exchange.headers {
        response = if name == "x-blaxel-upload-url" && value.starts_with(UPLOAD) {
            response.header(name, format!("http://{}{value}", player.address))
        } else {
            response.header(name, value)
        };
    }
    response.body(Body::from(body)).unwrap_or_default()
}
