//! Calls with every bound: time, size, redirects, token rounds.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use reqwest::{
    Method, Response, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, LOCATION},
    redirect::Policy,
};

use super::{
    Surroundings,
    cache::Cache,
    challenge::{self, Challenge},
    credentials::{self, Found, Login, basic},
    endpoint::Endpoint,
    names::Names,
    realm,
    trouble::Trouble,
};

/// Time for one call, its body included.
pub(super) const CALL: Duration = Duration::from_secs(2);
/// Longest manifest or configuration, in bytes.
pub(super) const BODY: usize = 4 << 20;
/// Redirects that one call follows.
const REDIRECTS: usize = 3;
/// Calls without answer after which a host gets no more.
const SILENT: usize = 2;
/// A registry that supports a type gives it only to those who ask for it.
const TYPES: &str = "application/vnd.oci.image.index.v1+json, \
                     application/vnd.oci.image.manifest.v1+json, \
                     application/vnd.docker.distribution.manifest.list.v2+json, \
                     application/vnd.docker.distribution.manifest.v2+json";

/// Asks registries.
pub(crate) struct Client {
    remote: reqwest::Client,
    local: reqwest::Client,
    surroundings: Surroundings,
    pub(super) cache: Cache,
    pub(super) names: Names,
    /// Who gave no answer, how often, and why.
    silent: Mutex<BTreeMap<String, (usize, String)>>,
    /// The user's logins, by host.
    logins: Mutex<BTreeMap<String, Found>>,
    /// What was accepted, by host and repository.
    accepted: Mutex<BTreeMap<(String, String), HeaderValue>>,
}

/// An answer.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Client {
    /// Builds a client; no call is made. The error is a clause.
    pub(crate) fn new(surroundings: Surroundings) -> Result<Self, String> {
        // Another part of the process may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let names = Names::default();
        let builder = || {
            reqwest::Client::builder()
                .redirect(Policy::none())
                .dns_resolver(names.clone())
                .user_agent(concat!("sandgate/", env!("CARGO_PKG_VERSION")))
        };
        let failed = |err: reqwest::Error| format!("no TLS client can be made: {}", why(&err));
        Ok(Self {
            remote: builder().build().map_err(failed)?,
            local: builder().no_proxy().build().map_err(failed)?,
            cache: Cache::at(surroundings.cache.as_deref()),
            surroundings,
            names,
            silent: Mutex::default(),
            logins: Mutex::default(),
            accepted: Mutex::default(),
        })
    }

    /// The status of a call without any login.
    pub(super) async fn status(&self, url: Url) -> Result<StatusCode, String> {
        self.followed(Method::GET, url, None).await.map(|reply| reply.status)
    }

    /// One call with the login that the registry asks for.
    pub(super) async fn call(
        &self,
        method: Method,
        endpoint: &Endpoint,
        url: Url,
    ) -> Result<Reply, Trouble> {
        let key = (endpoint.host.clone(), endpoint.repository.clone());
        let known = self.accepted.lock().ok().and_then(|accepted| accepted.get(&key).cloned());
        let reply = self.followed(method.clone(), url.clone(), known).await?;
        if reply.status != StatusCode::UNAUTHORIZED {
            return Ok(reply);
        }
        let challenge = challenge::of(&reply.headers)
            .ok_or("it refuses the call and does not say what it wants to be shown")?;
        let login = self.login(endpoint).await?;
        let header = match (challenge, login) {
            (Challenge::Basic, Some(Login::Password(user, password))) => basic(&user, &password),
            (Challenge::Basic, _) => {
                return Err(Trouble::login(format!("it wants a login: run {}", endpoint.login())));
            }
            (Challenge::Bearer { realm, service }, login) => {
                let token = self.token(endpoint, &url, &realm, service.as_deref(), login).await?;
                format!("Bearer {token}")
            }
        };
        let mut header =
            HeaderValue::from_str(&header).map_err(|_| "the login cannot be sent".to_owned())?;
        header.set_sensitive(true);
        // One round: a registry that asks again is not asked again.
        let reply = self.followed(method, url, Some(header.clone())).await?;
        if reply.status != StatusCode::UNAUTHORIZED
            && let Ok(mut accepted) = self.accepted.lock()
        {
            accepted.insert(key, header);
        }
        Ok(reply)
    }

    /// The login for a registry; a helper is asked once for each.
    pub(super) async fn login(&self, endpoint: &Endpoint) -> Found {
        if let Some(given) = self.surroundings.logins.of(endpoint) {
            return Ok(Some(given));
        }
        let known = self.logins.lock().ok().and_then(|known| known.get(&endpoint.host).cloned());
        if let Some(known) = known {
            return known;
        }
        let found = credentials::find(&self.surroundings, endpoint).await;
        if let Ok(mut known) = self.logins.lock() {
            known.insert(endpoint.host.clone(), found.clone());
        }
        found
    }

    /// A call and its redirects. A login stays with the host that asked for it.
    async fn followed(
        &self,
        method: Method,
        mut url: Url,
        header: Option<HeaderValue>,
    ) -> Result<Reply, String> {
        let mut own = true;
        for _ in 0..=REDIRECTS {
            let mut request = self.http(&url).request(method.clone(), url.clone());
            request = request.header(ACCEPT, TYPES).timeout(CALL);
            if let Some(header) = header.as_ref().filter(|_| own) {
                request = request.header(AUTHORIZATION, header.clone());
            }
            let host = url.origin().ascii_serialization();
            if let Some(why) = self.is_silent(&host) {
                return Err(why);
            }
            let response = request.send().await.map_err(|err| self.no_answer(host, &err))?;
            let (status, headers) = (response.status(), response.headers().clone());
            if status == StatusCode::UNAUTHORIZED && !own {
                // The login is the registry's: another host does not say where it is to be sent.
                return Err("it redirects to a host that wants a login".into());
            }
            if !status.is_redirection() {
                // What comes with a refusal is not read.
                let wanted = status.is_success() && method != Method::HEAD;
                let body = if wanted { capped(response, BODY).await? } else { Vec::new() };
                return Ok(Reply { status, headers, body });
            }
            let to = headers.get(LOCATION).and_then(|to| to.to_str().ok());
            let to = to.and_then(|to| url.join(to).ok()).ok_or("it redirects to what is no URL")?;
            realm::judge(&self.names, &url, &to)
                .await
                .map_err(|why| format!("its redirect is not followed: {why}"))?;
            // For good: the way back would be of another's choosing.
            own &= url.origin() == to.origin();
            url = to;
        }
        Err("it redirects too often".into())
    }

    /// Why a host is left alone for the rest of the run: many images may name one that hangs.
    fn is_silent(&self, host: &str) -> Option<String> {
        let silent = self.silent.lock().ok()?;
        silent.get(host).filter(|(times, _)| *times >= SILENT).map(|(_, why)| why.clone())
    }

    fn no_answer(&self, host: String, err: &reqwest::Error) -> String {
        let why = why(err);
        if (err.is_timeout() || err.is_connect())
            && let Ok(mut silent) = self.silent.lock()
        {
            silent.entry(host).or_insert_with(|| (0, why.clone())).0 += 1;
        }
        why
    }

    /// No proxy is asked for what is on this machine.
    pub(super) fn http(&self, url: &Url) -> &reqwest::Client {
        if realm::is_loopback(url) { &self.local } else { &self.remote }
    }
}

/// A body that is no longer than it may be. The error is a clause.
pub(super) async fn capped(mut response: Response, longest: usize) -> Result<Vec<u8>, String> {
    let too_long = || format!("the answer is longer than {} MiB", longest >> 20);
    if response.content_length().is_some_and(|length| length > longest as u64) {
        return Err(too_long());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|err| why(&err))? {
        if body.len() + chunk.len() > longest {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// An error with its innermost cause, without the URL: that may be signed.
pub(super) fn why(err: &reqwest::Error) -> String {
    use std::error::Error as _;
    if err.is_timeout() {
        return "no answer within 2 seconds".to_owned();
    }
    let mut last = None;
    let mut source = err.source();
    while let Some(cause) = source {
        last = Some(cause.to_string());
        source = cause.source();
    }
    last.map_or_else(|| "the connection failed".to_owned(), |last| format!("no answer: {last}"))
}
