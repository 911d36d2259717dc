//! Calls with every bound: time, size, redirects, token rounds.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use reqwest::{
    Method, Response, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, LOCATION, WWW_AUTHENTICATE},
    redirect::Policy,
};
use serde_json::Value;

use super::{
    Surroundings,
    cache::Cache,
    challenge::{self, Challenge},
    credentials::{self, Login, basic},
    endpoint::Endpoint,
    realm,
};

/// Time for one call, its body included.
const CALL: Duration = Duration::from_secs(2);
/// Longest manifest or configuration, in bytes.
pub(super) const BODY: usize = 4 << 20;
/// Longest answer of a token server, in bytes.
const TOKEN: usize = 1 << 20;
/// Redirects that one call follows.
const REDIRECTS: usize = 3;
/// A registry that supports a type gives it only to those who ask for it.
const TYPES: &str = "application/vnd.oci.image.index.v1+json, \
                     application/vnd.oci.image.manifest.v1+json, \
                     application/vnd.docker.distribution.manifest.list.v2+json, \
                     application/vnd.docker.distribution.manifest.v2+json";

/// Asks registries.
pub(crate) struct Client {
    remote: reqwest::Client,
    local: reqwest::Client,
    pub(super) surroundings: Surroundings,
    pub(super) cache: Cache,
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
        let builder = || {
            reqwest::Client::builder()
                .redirect(Policy::none())
                .user_agent(concat!("sandgate/", env!("CARGO_PKG_VERSION")))
        };
        let failed = |err: reqwest::Error| format!("no TLS client can be made: {}", why(&err));
        Ok(Self {
            remote: builder().build().map_err(failed)?,
            local: builder().no_proxy().build().map_err(failed)?,
            cache: Cache::at(surroundings.cache.as_deref()),
            surroundings,
            accepted: Mutex::default(),
        })
    }

    /// The status of a call without any login.
    pub(super) async fn status(&self, url: Url) -> Result<StatusCode, String> {
        self.followed(Method::GET, url, None).await.map(|reply| reply.status)
    }

    /// One call with the login that the registry asks for. The error is a clause.
    pub(super) async fn call(
        &self,
        method: Method,
        endpoint: &Endpoint,
        url: Url,
    ) -> Result<Reply, String> {
        let key = (endpoint.host.clone(), endpoint.repository.clone());
        let known = self.accepted.lock().ok().and_then(|accepted| accepted.get(&key).cloned());
        let reply = self.followed(method.clone(), url.clone(), known).await?;
        if reply.status != StatusCode::UNAUTHORIZED {
            return Ok(reply);
        }
        let mut challenges = reply.headers.get_all(WWW_AUTHENTICATE).iter();
        let challenge = challenges
            .find_map(|header| challenge::read(header.to_str().ok()?))
            .ok_or("it refuses the call and does not say what it wants to be shown")?;
        let login = credentials::find(&self.surroundings, endpoint).await?;
        let header = match (challenge, login) {
            (Challenge::Basic, Some(Login::Password(user, password))) => basic(&user, &password),
            (Challenge::Basic, _) => {
                return Err(format!("it wants a login: run `docker login {}`", endpoint.host));
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

    async fn token(
        &self,
        endpoint: &Endpoint,
        registry: &Url,
        realm: &str,
        service: Option<&str>,
        login: Option<Login>,
    ) -> Result<String, String> {
        let mut url = Url::parse(realm).map_err(|_| "its token server has no URL".to_owned())?;
        realm::judge(registry, &url)
            .await
            .map_err(|why| format!("its token server is not trusted: {why}"))?;
        // Not the scope that it asks for: a token for more is of no use here.
        let scope = format!("repository:{}:pull", endpoint.repository);
        let mut fields = vec![("scope", scope.as_str()), ("client_id", "sandgate")];
        fields.extend(service.map(|service| ("service", service)));
        let http = self.http(&url);
        let request = if let Some(Login::Identity(token)) = &login {
            fields.extend([("grant_type", "refresh_token"), ("refresh_token", token.as_str())]);
            let mut form = url.clone();
            form.query_pairs_mut().clear().extend_pairs(&fields);
            http.post(url.clone())
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.query().unwrap_or_default().to_owned())
        } else {
            url.query_pairs_mut().extend_pairs(&fields);
            let request = http.get(url.clone());
            match &login {
                Some(Login::Password(user, password)) => {
                    request.header(AUTHORIZATION, basic(user, password))
                }
                _ => request,
            }
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        let failed = |err: reqwest::Error| format!("its token server `{host}`: {}", why(&err));
        let response = request.timeout(CALL).send().await.map_err(failed)?;
        let status = response.status();
        if !status.is_success() {
            return Err(match (status.as_u16(), login.is_some()) {
                (401 | 403, true) => format!(
                    "its token server `{host}` refuses your login: run `docker login {}`",
                    endpoint.host
                ),
                (401 | 403, false) => {
                    format!("it wants a login: run `docker login {}`", endpoint.host)
                }
                (code, _) => format!("its token server `{host}` answers with {code}"),
            });
        }
        let body = capped(response, TOKEN).await?;
        let value: Value = serde_json::from_slice(&body)
            .map_err(|_| format!("the answer of its token server `{host}` is no JSON"))?;
        ["token", "access_token"]
            .iter()
            .find_map(|name| value[*name].as_str().filter(|token| !token.is_empty()))
            .map(str::to_owned)
            .ok_or_else(|| format!("its token server `{host}` gives no token"))
    }

    /// A call and its redirects. A login stays with the host that asked for it.
    async fn followed(
        &self,
        method: Method,
        mut url: Url,
        header: Option<HeaderValue>,
    ) -> Result<Reply, String> {
        let first = url.clone();
        for _ in 0..=REDIRECTS {
            let mut request = self.http(&url).request(method.clone(), url.clone());
            request = request.header(ACCEPT, TYPES).timeout(CALL);
            if let Some(header) = header.as_ref().filter(|_| url.origin() == first.origin()) {
                request = request.header(AUTHORIZATION, header.clone());
            }
            let response = request.send().await.map_err(|err| why(&err))?;
            let (status, headers) = (response.status(), response.headers().clone());
            if !status.is_redirection() {
                // What comes with a refusal is not read.
                let wanted = status.is_success() && method != Method::HEAD;
                let body = if wanted { capped(response, BODY).await? } else { Vec::new() };
                return Ok(Reply { status, headers, body });
            }
            let to = headers.get(LOCATION).and_then(|to| to.to_str().ok());
            url = to.and_then(|to| url.join(to).ok()).ok_or("it redirects to what is no URL")?;
            realm::judge(&first, &url)
                .await
                .map_err(|why| format!("its redirect is not followed: {why}"))?;
        }
        Err("it redirects too often".into())
    }

    /// No proxy is asked for what is on this machine.
    fn http(&self, url: &Url) -> &reqwest::Client {
        if is_loopback(url) { &self.local } else { &self.remote }
    }
}

/// Whether a URL leads to this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let bare = host.trim_matches(['[', ']']);
        bare == "localhost"
            || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

async fn capped(mut response: Response, longest: usize) -> Result<Vec<u8>, String> {
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
fn why(err: &reqwest::Error) -> String {
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
