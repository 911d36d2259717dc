//! The simulator with another object store: every call goes on to it, and the upload URLs that it gives are exchanged for
//! signed ones of the store.

use std::{net::SocketAddr, sync::Arc, thread, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue},
    response::{IntoResponse as _, Response},
    routing::put,
};
use rusty_s3::{Bucket, Credentials, S3Action as _, UrlStyle, actions::PutObject};
use sandgate::{
    ship::blaxel::{self, Client, Host, Pace, Secret},
    sim::{Config, Running, start},
};
use tokio::{net::TcpListener, sync::oneshot, time::Instant};

use crate::{
    link::{self, Cut},
    store::{ACCESS, BUCKET, SECRET, Shared, service},
};

/// Fast where the platform is not far.
const PACE: Pace = Pace {
    look: Duration::from_millis(20),
    retry: Duration::from_millis(20),
    answer: Duration::from_mins(1),
    begin: Duration::from_secs(20),
};

/// The platform with a store of other hands.
pub(crate) struct World {
    _simulator: Running,
    pub(crate) url: String,
    pub(crate) shelf: Shared,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

struct Front {
    simulator: SocketAddr,
    /// Where the store is reached, which may be worse than the store itself.
    store: SocketAddr,
    shelf: Shared,
    http: reqwest::Client,
}

impl World {
    /// A platform whose store is reached over a link that is cut so.
    pub(crate) fn new(cut: Cut) -> Self {
        // A second installation is refused, and the first one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let simulator = start(Config { time_factor: 0.02, ..Config::default() }).unwrap();
        let shelf = Shared::default();
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let address = simulator.address;
        let kept = Arc::clone(&shelf);
        let thread = thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let http = reqwest::Client::builder().no_proxy().build().unwrap();
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let here = listener.local_addr().unwrap();
                let store = link::run(here, cut).await;
                let front = Front {
                    simulator: address,
                    store,
                    shelf: Arc::clone(&kept),
                    http: http.clone(),
                };
                let s3 = service(kept, http);
                let upload = move |request: Request| {
                    let s3 = s3.clone();
                    async move {
                        match s3.call(request.map(s3s::Body::http_body_unsync)).await {
                            Ok(answer) => answer.map(Body::new),
                            Err(err) => panic!("the store broke: {err:?}"),
                        }
                    }
                };
                let router = Router::new()
                    .route("/uploads/{key}", put(upload))
                    .fallback(forward)
                    .with_state(Arc::new(front));
                tell.send(here).unwrap();
                tokio::select! {
                    served = async { axum::serve(listener, router).await } => served.unwrap(),
                    _ = stopped => {}
                }
            });
            runtime.shutdown_timeout(Duration::from_secs(1));
        });
        let url = format!("http://{}/v0", told.recv().unwrap());
        Self { _simulator: simulator, url, shelf, stop: Some(stop), thread: Some(thread) }
    }
}

/// A client of a platform.
pub(crate) fn client(url: &str) -> Client {
    let key = blaxel::Credentials::Key(Secret::new("synthetic-key"));
    let deadline = Instant::now() + Duration::from_mins(5);
    Client::new(Host::new(Some(url), None).unwrap(), key, "ws", deadline).unwrap().paced(PACE)
}

async fn forward(State(front): State<Arc<Front>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().unwrap().as_str();
    let url = format!("http://{}{path}", front.simulator);
    let mut headers = parts.headers;
    headers.remove("host");
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let answer =
        front.http.request(parts.method, url).headers(headers).body(body).send().await.unwrap();
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove("transfer-encoding");
    exchange(&front, &mut headers);
    (status, headers, answer.bytes().await.unwrap()).into_response()
}

/// Signs what the simulator signed, for the other store.
fn exchange(front: &Front, headers: &mut HeaderMap) {
    let Some(own) = headers.get("x-blaxel-upload-url") else { return };
    let own = reqwest::Url::parse(own.to_str().unwrap()).unwrap();
    let key = own.path().rsplit('/').next().unwrap().to_owned();
    let base = format!("http://{}", front.store).parse().unwrap();
    let bucket = Bucket::new(base, UrlStyle::Path, BUCKET, "us-west-2").unwrap();
    let credentials = Credentials::new(ACCESS, SECRET);
    let mut action = PutObject::new(&bucket, Some(&credentials), &key);
    action.headers_mut().insert("content-type", "application/zip");
    let signed = own.query_pairs().find(|(name, _)| name == "X-Amz-SignedHeaders").unwrap().1;
    // The values are those that the simulator keeps; the labels of these tests have one.
    for name in signed.split(';').filter(|name| name.starts_with("x-amz-meta-")) {
        action.headers_mut().insert(name.to_owned(), "8192");
    }
    let url = action.sign(Duration::from_mins(5));
    front.shelf.lock().unwrap().given.insert(key, own.to_string());
    headers.insert("x-blaxel-upload-url", HeaderValue::from_str(url.as_str()).unwrap());
}
