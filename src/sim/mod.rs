//! The embedded platform: Blaxel's control plane, its builder and its object store, on this machine; and GitHub and
//! GitLab, as far as feedback needs them.
//!
//! It keeps state, so that whole deployments run against it, and it is strict where the platform or S3 is strict. Its wire
//! types are its own: a mistake in the client is not repeated here. [`Scenario`] chooses how it behaves.

mod access;
mod archive;
mod build;
mod calls;
mod clock;
mod draft;
mod expiry;
mod fault;
mod front;
mod furnish;
mod github;
mod gitlab;
mod images;
mod keys;
mod lists;
mod logs;
mod oauth;
mod pages;
mod places;
mod previews;
mod recipe;
mod record;
mod refusals;
mod replay;
mod sandboxes;
mod scenario;
mod shares;
mod sign;
mod state;
mod store;
mod tape;
mod timeline;
mod wire;
mod workspaces;

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, connect_info::IntoMakeServiceWithConnectInfo},
    http::header::CONTENT_TYPE,
    middleware::{from_fn_with_state, map_response},
    response::{IntoResponse as _, Response},
    routing::{delete, get, post, put},
};
use jiff::Timestamp;
use tokio::sync::oneshot;

pub use calls::Call;
use calls::Journal;
pub use fault::{Fault, InvalidFault, Kind};
use front::{Front, Gate, Line};
pub use furnish::FURNISHED;
pub use keys::{Credential, Role};
pub use record::{Recording, record};
pub use replay::replay;
pub use scenario::{Scenario, UnknownScenario};
pub use tape::Mask;
use timeline::Pace;
use wire::{Refusal, error};

/// The account of every workspace that is not said to be of another.
pub const ACCOUNT: &str = "simulated-account";
/// The account of the workspace [`PARTNER`], unless the workspaces are listed.
pub const PARTNER_ACCOUNT: &str = "partner-account";
/// A workspace of another account.
pub const PARTNER: &str = "partner";

/// How the platform is started.
#[derive(Clone)]
pub struct Config {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// How it behaves unless a call says otherwise with `X-Sandgate-Scenario`.
    pub scenario: Scenario,
    /// The one API key that it accepts; `None` accepts any. It is an admin's.
    pub key: Option<String>,
    /// More keys, each with what it may do.
    pub credentials: Vec<Credential>,
    /// The workspaces that there are, each with its account. None means that every name is one of
    /// [`ACCOUNT`], but `partner`, which is of [`PARTNER_ACCOUNT`].
    pub workspaces: Vec<(String, String)>,
    /// The workspace that begins with a small world, [`FURNISHED`]; without one everything is empty.
    pub furnished: Option<String>,
    /// How long an access token is valid, in seconds; never scaled.
    pub token_lifetime: u32,
    /// Faults on the way; of several that match, a call meets the first.
    pub faults: Vec<Fault>,
    /// Where every call is written to as well, as one JSON object a line.
    pub log: Option<PathBuf>,
    /// How long things last: 1 is as on the platform, 0.05 twenty times faster.
    pub time_factor: f64,
    /// How long an upload URL is valid, in seconds; never scaled.
    pub upload_expires: u32,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { port, scenario, key, credentials, workspaces, .. } = self;
        f.debug_struct("Config")
            .field("port", port)
            .field("scenario", scenario)
            .field("key", &key.as_ref().map(|_| "…"))
            .field("credentials", credentials)
            .field("workspaces", workspaces)
            .field("furnished", &self.furnished)
            .field("token_lifetime", &self.token_lifetime)
            .field("faults", &self.faults)
            .field("log", &self.log)
            .field("time_factor", &self.time_factor)
            .field("upload_expires", &self.upload_expires)
            .finish()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            scenario: Scenario::Happy,
            key: None,
            credentials: Vec::new(),
            workspaces: Vec::new(),
            furnished: None,
            token_lifetime: 7200,
            faults: Vec::new(),
            log: None,
            time_factor: 1.0,
            upload_expires: 900,
        }
    }
}

/// The platform while it runs; dropping it ends it.
pub struct Running {
    /// What `BL_API_URL` is set to: `http://127.0.0.1:PORT/v0`.
    pub base_url: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// The platform itself; a recorder or a player has none.
    sim: Option<Sim>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Running {
    /// The calls that were made, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.sim.as_ref().map(|sim| sim.journal().calls()).unwrap_or_default()
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the server was already reported where it happened.
            let _ = thread.join();
        }
    }
}

/// Starts the platform on a thread of its own. It answers when this returns.
///
/// # Errors
/// The port is in use, the log cannot be written, or the system refuses a socket or a thread.
pub fn start(config: Config) -> io::Result<Running> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port))?;
    let address = listener.local_addr()?;
    let log = config.log.as_ref().map(std::fs::File::create).transpose()?;
    let sim = Arc::new(Platform::new(config, address, Journal::to(log)));
    if let Some(workspace) = &sim.config.furnished {
        sim.furnish(workspace);
    }
    let service = router(Arc::clone(&sim)).into_make_service_with_connect_info::<Line>();
    serve(listener, address, Arc::clone(&sim.gate), service, Some(sim))
}

/// Serves on a thread of its own.
fn serve(
    listener: TcpListener,
    address: SocketAddr,
    gate: Arc<Gate>,
    service: IntoMakeServiceWithConnectInfo<Router, Line>,
    sim: Option<Sim>,
) -> io::Result<Running> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let thread = thread::Builder::new().name("sim".to_owned()).spawn(move || {
        runtime.block_on(async {
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
            let front = Front::new(listener, address, gate);
            tokio::select! {
                // Errors of single connections are handled inside; it ends with the process alone.
                _ = async { axum::serve(front, service).await } => {}
                // An error means that the other end was dropped, which is how it is stopped.
                _ = stopped => {}
            }
        });
        runtime.shutdown_timeout(Duration::from_millis(200));
    })?;
    Ok(Running {
        base_url: format!("http://{address}/v0"),
        address,
        sim,
        stop: Some(stop),
        thread: Some(thread),
    })
}

/// What every route works on.
struct Platform {
    config: Config,
    address: SocketAddr,
    pace: Pace,
    /// Signs upload URLs.
    secret: [u8; 32],
    world: Mutex<state::World>,
    forge: Mutex<github::Forge>,
    gitlab: Mutex<gitlab::Gitlab>,
    journal: Mutex<Journal>,
    gate: Arc<Gate>,
}

type Sim = Arc<Platform>;

impl Platform {
    fn new(config: Config, address: SocketAddr, journal: Journal) -> Self {
        let mut secret = [0; 32];
        for part in secret.chunks_mut(8) {
            part.copy_from_slice(&state::random().to_le_bytes());
        }
        let pace = Pace(config.time_factor);
        Self {
            config,
            address,
            pace,
            secret,
            world: Mutex::default(),
            forge: Mutex::default(),
            gitlab: Mutex::default(),
            journal: Mutex::new(journal),
            gate: Arc::default(),
        }
    }

    /// What was called.
    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time of day.
    #[expect(clippy::unused_self, reason = "the platform tells the time, wherever it has it from")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// The world as it is now.
    fn world(&self) -> (MutexGuard<'_, state::World>, Timestamp) {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        // Read behind the lock: instants never run backwards between two calls.
        let now = Timestamp::now();
        world.advance(now);
        (world, now)
    }
}

fn router(sim: Sim) -> Router {
    let api = Router::new()
        .route("/oauth/token", post(oauth::token))
        .route("/login/device", post(oauth::device))
        .route("/locations", get(places::locations))
        .route("/configuration", get(places::configuration))
        .route("/features", get(places::features))
        .route("/features/{name}", get(places::feature))
        .route("/sandbox/hub", get(places::hub))
        .route("/workspaces", get(workspaces::list))
        .route("/workspaces/{name}", get(workspaces::get))
        .route("/sandboxes", post(sandboxes::create).get(sandboxes::list))
        .route("/sandboxes/by-external-id/{id}", get(sandboxes::get_by_external_id))
        .route(
            "/sandboxes/{name}",
            put(sandboxes::update).get(sandboxes::get).delete(sandboxes::delete),
        )
        .route("/sandboxes/{name}/previews", post(previews::create).get(previews::list))
        .route(
            "/sandboxes/{name}/previews/{preview}",
            put(previews::update).get(previews::get).delete(previews::delete),
        )
        .route(
            "/sandboxes/{name}/previews/{preview}/tokens",
            post(previews::create_token).get(previews::tokens),
        )
        .route(
            "/sandboxes/{name}/previews/{preview}/tokens/{token}",
            delete(previews::delete_token),
        )
        .route("/images", post(images::create).get(images::list).delete(images::clean))
        .route("/images/{kind}/{name}", get(images::get).delete(images::delete))
        .route("/images/{kind}/{name}/tags", get(images::tags))
        .route("/images/{kind}/{name}/tags/{tag}", delete(images::delete_tag))
        .route("/images/{kind}/{name}/share", post(shares::share).get(shares::list))
        .route("/images/{kind}/{name}/share/{workspace}", delete(shares::unshare))
        .route("/pending-image-shares", get(shares::pending))
        .route("/pending-image-shares/{id}/accept", post(shares::accept))
        .route("/pending-image-shares/{id}/decline", post(shares::decline))
        .route("/observability/logs", get(logs::read));
    Router::new()
        .nest("/v0", api)
        .nest("/api/v3", github::api(&sim))
        .nest("/_sim/github", github::control())
        .nest("/api/v4", gitlab::api())
        .nest("/_sim/gitlab", gitlab::control())
        .route("/store/{key}", put(store::put))
        .route("/run/{workspace}/sandboxes/{name}/health", get(workspaces::health))
        .route("/preview/{address}", get(previews::visit))
        .route("/device/{code}", get(oauth::allow))
        .route("/_sim/calls", get(calls::list).delete(calls::clear))
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed)
        .layer(map_response(as_json))
        .layer(from_fn_with_state(Arc::clone(&sim), clock::tell))
        .layer(from_fn_with_state(Arc::clone(&sim), calls::pass))
        .with_state(sim)
}

/// Gives refusals of the router itself, such as a path that is not UTF-8, the form of every other.
async fn as_json(response: Response) -> Response {
    let is_text = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if response.status().is_client_error() && is_text {
        return error(response.status().as_u16(), "Bad Request", "the path cannot be read")
            .into_response();
    }
    response
}

async fn unknown(request: Request) -> Refusal {
    error(404, "Not Found", &format!("no such route: {}", request.uri().path()))
}

async fn not_allowed(request: Request) -> Refusal {
    error(
        405,
        "Method Not Allowed",
        &format!("{} is not allowed on {}", request.method(), request.uri().path()),
    )
}
