//! One image: the digest of its name, its manifest, its configuration.

use std::{sync::Arc, time::Duration};

use reqwest::{Method, StatusCode, Url};
use tokio::{sync::Semaphore, task::JoinSet, time::timeout};

use super::{
    cache::digest_of,
    client::{BODY, Client},
    endpoint::{Endpoint, is_sha256},
    measure::{self, Manifest},
    realm::is_loopback,
    trouble::{Kind, Trouble},
};
use crate::project::image::looked_up::{Answer, Published};

/// Time for one image, whatever its registry does.
const IMAGE: Duration = Duration::from_secs(10);
/// Images that are asked for at a time.
const AT_ONCE: usize = 8;
/// Images of one project that are asked for; nobody writes more.
const MOST: usize = 32;

const NO_DIGEST: &str = "it names a digest that is no SHA-256";

/// What came of an image.
pub(crate) type Result = std::result::Result<Answer, Trouble>;

impl Client {
    /// Asks for every image, in the order of the references.
    pub(crate) async fn look_up(self: &Arc<Self>, references: &[String]) -> Vec<Result> {
        let gate = Arc::new(Semaphore::new(AT_ONCE));
        let mut tasks = JoinSet::new();
        for (index, reference) in references.iter().take(MOST).cloned().enumerate() {
            let (client, gate) = (Arc::clone(self), Arc::clone(&gate));
            tasks.spawn(async move {
                let _permit = gate.acquire_owned().await;
                let late = || Err("its registry takes too long".into());
                (index, timeout(IMAGE, client.one(&reference)).await.unwrap_or_else(|_| late()))
            });
        }
        let not = || Err("too many images, or the look-up stopped".into());
        let mut out: Vec<Result> = references.iter().map(|_| not()).collect();
        while let Some(done) = tasks.join_next().await {
            if let Ok((index, result)) = done
                && let Some(slot) = out.get_mut(index)
            {
                *slot = result;
            }
        }
        out
    }

    async fn one(&self, reference: &str) -> Result {
        let endpoint = Endpoint::of(reference).ok_or("its name leads to no registry")?;
        // What a digest names may be here already; then nobody has to be asked.
        let mut scheme = None;
        let digest = if endpoint.version.contains(':') {
            endpoint.version.clone()
        } else {
            let found = self.scheme(&endpoint).await?;
            scheme = Some(found);
            self.digest(&endpoint, found).await?.unwrap_or_default()
        };
        let version = if digest.is_empty() { endpoint.version.clone() } else { digest };
        let mut fetch = Fetch { client: self, endpoint: &endpoint, scheme };
        let (named, top) = fetch.get("manifests", &version).await?;
        let mut read = measure::manifest(&top)?;
        if let Manifest::Index { amd64, platforms } = read {
            let Some(amd64) = amd64 else {
                if platforms.is_empty() {
                    return Err("its index names no image".into());
                }
                return Ok(Answer::Foreign { platforms });
            };
            read = measure::manifest(&fetch.checked("manifests", &amd64).await?)?;
        }
        let Manifest::Image { layers, config, config_bytes } = read else {
            return Err("its index leads to another index".into());
        };
        let mut image = Published { digest: named, layers, config_bytes, ..Published::default() };
        let config = fetch.checked("blobs", &config).await?;
        Ok(match measure::configure(&config, &mut image)? {
            Some(platform) => Answer::Foreign { platforms: vec![platform] },
            None => Answer::Image(Box::new(image)),
        })
    }

    /// TLS, but for registries on this machine that do not speak it. No login is sent here.
    async fn scheme(&self, endpoint: &Endpoint) -> std::result::Result<&'static str, String> {
        let url = Url::parse(&format!("https://{}/", endpoint.host));
        if !url.is_ok_and(|url| is_loopback(&url)) {
            return Ok("https");
        }
        let tls = timeout(Duration::from_secs(2), self.probe(endpoint, "https"));
        match tls.await {
            Ok(Ok(())) => Ok("https"),
            Err(_) => Err("no answer within 2 seconds".into()),
            Ok(Err(why)) => match self.probe(endpoint, "http").await {
                Ok(()) => Ok("http"),
                Err(plain) if plain.is_empty() => Err(why),
                Err(plain) => Err(plain),
            },
        }
    }

    /// Whether a registry answers; the error is empty where something else does.
    async fn probe(&self, endpoint: &Endpoint, scheme: &str) -> std::result::Result<(), String> {
        let url = Url::parse(&format!("{scheme}://{}/v2/", endpoint.host))
            .map_err(|_| "its name leads to no registry".to_owned())?;
        let status = self.status(url).await?;
        if status == StatusCode::BAD_REQUEST { Err(String::new()) } else { Ok(()) }
    }

    /// The digest that a tag names now, where the registry tells it.
    async fn digest(
        &self,
        endpoint: &Endpoint,
        scheme: &str,
    ) -> std::result::Result<Option<String>, Trouble> {
        let url = endpoint
            .url(scheme, "manifests", &endpoint.version)
            .ok_or("its name leads to no registry")?;
        let reply = self.call(Method::HEAD, endpoint, url).await?;
        // Some do not know HEAD; those that do count it as no pull.
        if !matches!(reply.status.as_u16(), 200 | 405 | 501) {
            return Err(refusal(reply.status, endpoint));
        }
        let digest = reply.headers.get("docker-content-digest").and_then(|d| d.to_str().ok());
        Ok(digest.filter(|digest| is_sha256(digest)).map(str::to_owned))
    }
}

struct Fetch<'a> {
    client: &'a Client,
    endpoint: &'a Endpoint,
    scheme: Option<&'static str>,
}

impl Fetch<'_> {
    /// What a manifest names by its digest. What is none must not get into a URL.
    async fn checked(&mut self, kind: &str, digest: &str) -> std::result::Result<Vec<u8>, Trouble> {
        if !is_sha256(digest) {
            return Err(NO_DIGEST.into());
        }
        self.get(kind, digest).await.map(|(_, bytes)| bytes)
    }

    /// The bytes under a digest or a tag, and their digest.
    async fn get(
        &mut self,
        kind: &str,
        version: &str,
    ) -> std::result::Result<(String, Vec<u8>), Trouble> {
        let by_digest = version.contains(':');
        if by_digest && !is_sha256(version) {
            return Err(NO_DIGEST.into());
        }
        if let Some(bytes) = self.client.cache.get(version, BODY) {
            return Ok((version.to_owned(), bytes));
        }
        let scheme = match self.scheme {
            Some(scheme) => scheme,
            None => self.client.scheme(self.endpoint).await?,
        };
        self.scheme = Some(scheme);
        let url =
            self.endpoint.url(scheme, kind, version).ok_or("its name leads to no registry")?;
        let reply = self.client.call(Method::GET, self.endpoint, url).await?;
        if reply.status != StatusCode::OK {
            return Err(refusal(reply.status, self.endpoint));
        }
        if kind == "manifests" {
            // A page of somebody in between is told as what it is, and not kept.
            measure::manifest(&reply.body)?;
        }
        let digest = digest_of(&reply.body);
        if by_digest && digest != version {
            return Err("it gives other bytes than the digest that it names".into());
        }
        self.client.cache.put(&digest, &reply.body);
        Ok((digest, reply.body))
    }
}

fn refusal(status: StatusCode, endpoint: &Endpoint) -> Trouble {
    let login = endpoint.login();
    match status.as_u16() {
        401 | 403 => Trouble::login(format!(
            "it refuses the image: run {login} with an account that may read it"
        )),
        404 => Trouble { kind: Kind::Missing, why: "it has no such image".to_owned() },
        429 => format!("it takes no more calls for now: try again later, or run {login}").into(),
        code => format!("it answers with {code}").into(),
    }
}
