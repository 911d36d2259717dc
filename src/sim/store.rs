//! The object store: presigned URLs, and what S3 refuses about them.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    body::Body,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use tokio::io::AsyncWriteExt as _;

use super::{
    Platform, Sim,
    access::text,
    build,
    scenario::Scenario,
    sign::{ACCESS_KEY, Signed, encode, scope, sign},
    state::{Key, World, random_word},
    timeline::{self, Job},
    wire::{Refusal, Reply, raw, store_error},
};

/// Largest object, in bytes: what S3 takes in one PUT.
const LARGEST: u64 = 5 * 1024 * 1024 * 1024;
/// How much of a refused body is read, so that the client sees the answer.
const DRAINED: usize = 64 * 1024 * 1024;
/// How long nothing may come of a refused body before it is given up.
const SILENCE: Duration = Duration::from_millis(500);
/// Labels that become part of the build, and of the signature.
const SETTINGS: &[&str] = &["x-blaxel-builder", "x-blaxel-build-", "x-blaxel-experimental"];
const TYPE: &str = "application/zip";

/// An upload URL that was given out.
#[derive(Clone, Debug)]
pub(super) struct Ticket {
    pub(super) key: Key,
    /// The build belongs to a sandbox, not to an image alone.
    pub(super) sandbox: bool,
    pub(super) scenario: Scenario,
    /// Build labels that the URL is signed with.
    pub(super) settings: BTreeMap<String, String>,
    /// A URL serves one attempt, good or bad.
    pub(super) used: bool,
    /// Every attempt is refused.
    pub(super) refuse: bool,
}

/// The labels that are signed into an upload URL.
pub(super) fn settings(labels: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    labels
        .iter()
        .filter(|(name, _)| SETTINGS.iter().any(|known| name.starts_with(known)))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

impl Platform {
    /// A fresh upload URL.
    pub(super) fn ticket(
        &self,
        world: &mut World,
        key: &Key,
        sandbox: bool,
        scenario: Scenario,
        labels: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> String {
        let first = world.meet(key, "ticket") == 0;
        let mut signed = settings(labels);
        if scenario == Scenario::LabelsUnsigned
            || (scenario == Scenario::LabelsUnsignedOnce && first)
        {
            signed.clear();
        }
        let refuse = scenario == Scenario::UploadRefused
            || (scenario == Scenario::UploadRefusedOnce && first);
        let store_key = format!("{}-{}.zip", key.1, random_word(20));
        let mut date = now;
        if scenario == Scenario::UploadExpired && first {
            let past = SignedDuration::from_secs(i64::from(self.config.upload_expires) + 60);
            date = now.checked_sub(past).unwrap_or(now);
        }
        let date = date.strftime("%Y%m%dT%H%M%SZ").to_string();
        let path = format!("/store/{}", encode(&store_key));
        let mut headers = vec![
            ("content-type".to_owned(), TYPE.to_owned()),
            ("host".to_owned(), self.address.to_string()),
        ];
        headers.extend(
            signed.iter().map(|(name, value)| (format!("x-amz-meta-{name}"), value.clone())),
        );
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let mut query: Vec<(String, String)> = [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("X-Amz-Credential", format!("{ACCESS_KEY}/{}", scope(&date))),
            ("X-Amz-Date", date.clone()),
            ("X-Amz-Expires", self.config.upload_expires.to_string()),
            ("X-Amz-SignedHeaders", names.join(";")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec();
        let what = Signed { path: &path, date: &date, query: &query, headers: &headers };
        let signature = sign(&self.secret, &what);
        query.push(("X-Amz-Signature".to_owned(), signature));
        let query: Vec<String> =
            query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let ticket =
            Ticket { key: key.clone(), sandbox, scenario, settings: signed, used: false, refuse };
        world.tickets.insert(store_key, ticket);
        format!("http://{}{path}?{}", self.address, query.join("&"))
    }

    /// Checks what S3 checks before it reads the body; gives the announced length.
    fn check(&self, parts: &Parts, now: Timestamp) -> Result<u64, Refusal> {
        let headers = &parts.headers;
        if headers.contains_key(header::AUTHORIZATION) {
            return Err(store_error(
                400,
                "InvalidArgument",
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
                 parameter or the Authorization header should be specified",
            ));
        }
        if let Some(name) = headers.keys().find(|name| name.as_str().starts_with("x-blaxel")) {
            // S3 would let it pass and keep it in its access log: the simulator makes the leak loud.
            let told = format!("{name} has no business at the object store");
            return Err(store_error(400, "InvalidRequest", &told));
        }
        self.check_signature(parts, now)?;
        if headers.contains_key(header::TRANSFER_ENCODING) {
            let told = "A body of unknown length is not accepted";
            return Err(store_error(411, "MissingContentLength", told));
        }
        let length = text(headers, "content-length").and_then(|length| length.parse::<u64>().ok());
        let Some(length) = length else {
            let told = "You must provide the Content-Length HTTP header.";
            return Err(store_error(411, "MissingContentLength", told));
        };
        if length > LARGEST {
            let told = "Your proposed upload exceeds the maximum allowed size";
            return Err(store_error(400, "EntityTooLarge", told));
        }
        if let Some(sum) = text(headers, "content-md5")
            && BASE64_STANDARD.decode(sum).ok().is_none_or(|sum| sum.len() != 16)
        {
            let told = "The Content-MD5 you specified was invalid";
            return Err(store_error(400, "InvalidDigest", told));
        }
        Ok(length)
    }

    fn check_signature(&self, parts: &Parts, now: Timestamp) -> Result<(), Refusal> {
        let denied = |told: &str| store_error(403, "AccessDenied", told);
        let mismatch = || {
            let told =
                "The request signature we calculated does not match the signature you provided.";
            store_error(403, "SignatureDoesNotMatch", told)
        };
        let Query(mut query) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| denied("The query cannot be read"))?;
        let at = query.iter().position(|(name, _)| name == "X-Amz-Signature");
        let sent = query.remove(at.ok_or_else(|| denied("Access Denied"))?).1;
        let value = |name: &str| {
            query
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
                .ok_or_else(|| denied("Query-string authentication requires all its parameters"))
        };
        if value("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" {
            return Err(denied("X-Amz-Algorithm only supports AWS4-HMAC-SHA256"));
        }
        let (date, expires) = (value("X-Amz-Date")?, value("X-Amz-Expires")?);
        let names: Vec<&str> = value("X-Amz-SignedHeaders")?.split(';').collect();
        value("X-Amz-Credential")?;
        let mut signed = Vec::new();
        for name in &names {
            // A header that is missing or sent twice cannot be what was signed.
            let mut values = parts.headers.get_all(*name).iter();
            match (values.next().and_then(|value| value.to_str().ok()), values.next()) {
                (Some(value), None) => signed.push(((*name).to_owned(), value.to_owned())),
                _ => return Err(mismatch()),
            }
        }
        let what = Signed { path: parts.uri.path(), date, query: &query, headers: &signed };
        if sign(&self.secret, &what) != sent {
            return Err(mismatch());
        }
        let unsigned = |name: &&str| name.starts_with("x-amz-") && !names.contains(name);
        if let Some(name) = parts.headers.keys().map(header::HeaderName::as_str).find(unsigned) {
            let told =
                format!("There were headers present in the request which were not signed: {name}");
            return Err(denied(&told));
        }
        let start = DateTime::strptime("%Y%m%dT%H%M%SZ", date)
            .and_then(|start| start.to_zoned(TimeZone::UTC))
            .map_err(|_| denied("X-Amz-Date cannot be read"))?
            .timestamp();
        let seconds = expires.parse().map_err(|_| denied("X-Amz-Expires cannot be read"))?;
        let end = start.checked_add(SignedDuration::from_secs(seconds));
        if end.is_ok_and(|end| now >= end) {
            return Err(denied("Request has expired"));
        }
        Ok(())
    }

    /// Uses up a ticket.
    fn take(&self, store_key: &str) -> Result<Ticket, Refusal> {
        let (mut world, _) = self.world();
        let ticket = world
            .tickets
            .get_mut(store_key)
            .ok_or_else(|| store_error(404, "NoSuchKey", "The specified key does not exist."))?;
        if ticket.used {
            let told = "The upload URL was used before; ask for a new one";
            return Err(store_error(403, "AccessDenied", told));
        }
        ticket.used = true;
        if ticket.refuse {
            return Err(store_error(403, "AccessDenied", "Access Denied"));
        }
        Ok(ticket.clone())
    }
}

/// `PUT` of an archive.
pub(super) async fn put(
    State(sim): State<Sim>,
    Path(store_key): Path<String>,
    request: Request,
) -> Reply {
    let (parts, body) = request.into_parts();
    let checked = sim.check(&parts, Timestamp::now());
    // A refused attempt uses the URL up as well.
    let ticket = sim.take(&store_key);
    let (length, ticket) = match (checked, ticket) {
        (Ok(length), Ok(ticket)) => (length, ticket),
        (Err(refusal), _) | (_, Err(refusal)) => {
            drain(&parts.headers, body).await;
            return Err(refusal);
        }
    };
    let mut file = save(body, length).await?;
    tokio::spawn(async move {
        let settings = ticket.settings.clone();
        let scenario = ticket.scenario;
        let built = tokio::task::spawn_blocking(move || build::run(&mut file, &settings, scenario));
        if let Ok(verdict) = built.await {
            let (mut world, now) = sim.world();
            let job = Job { key: &ticket.key, sandbox: ticket.sandbox, scenario, tag: None };
            timeline::build(&mut world, sim.pace, &job, &verdict, now);
        }
    });
    let mut response = raw(200, "application/xml", String::new());
    response.headers_mut().remove(header::CONTENT_TYPE);
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", random_word(32))) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// Streams the body into a file without a name.
async fn save(mut body: Body, length: u64) -> Result<std::fs::File, Refusal> {
    let failed = |_| store_error(500, "InternalError", "The object could not be kept");
    let short = || {
        let told =
            "You did not provide the number of bytes specified by the Content-Length HTTP header";
        store_error(400, "IncompleteBody", told)
    };
    let mut file = tokio::fs::File::from_std(tempfile::tempfile().map_err(failed)?);
    let mut received = 0_u64;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Err(short()) };
        if let Some(bytes) = frame.data_ref() {
            received += bytes.len() as u64;
            file.write_all(bytes).await.map_err(failed)?;
        }
    }
    if received != length {
        return Err(short());
    }
    file.flush().await.map_err(failed)?;
    Ok(file.into_std().await)
}

/// Reads what is left of a body, as long as some comes; a client that waits for `100 Continue` has not sent any.
async fn drain(headers: &HeaderMap, mut body: Body) {
    if headers.contains_key(header::EXPECT) {
        return;
    }
    let mut read = 0;
    while read < DRAINED {
        match tokio::time::timeout(SILENCE, body.frame()).await {
            Ok(Some(Ok(frame))) => read += frame.data_ref().map_or(0, bytes::Bytes::len),
            _ => return,
        }
    }
}
