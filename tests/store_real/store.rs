//! The store: it verifies, counts, and hands what it took to the simulator, which builds it.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex},
};

use futures_util::StreamExt as _;
use s3s::{
    S3, S3Request, S3Response, S3Result,
    auth::SimpleAuth,
    dto::{PutObjectInput, PutObjectOutput},
    s3_error,
    service::{S3Service, S3ServiceBuilder},
};

pub(crate) const ACCESS: &str = "store-access";
pub(crate) const SECRET: &str = "store-secret";
pub(crate) const BUCKET: &str = "uploads";
/// What is larger is counted and not kept.
const KEPT: usize = 16 << 20;

/// What an upload left at the store.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) bytes: u64,
    /// All of it, where it is not large.
    pub(crate) body: Vec<u8>,
    /// `x-amz-meta-` headers.
    pub(crate) metadata: BTreeMap<String, String>,
}

/// What the store and the front know together.
#[derive(Default)]
pub(crate) struct Shelf {
    /// The simulator's own upload URL for each key that was given out.
    pub(crate) given: BTreeMap<String, String>,
    pub(crate) taken: Vec<Taken>,
    /// What the simulator builds instead of what arrived, where there is something.
    pub(crate) instead: Vec<u8>,
}

pub(crate) type Shared = Arc<Mutex<Shelf>>;

struct Store {
    shelf: Shared,
    http: reqwest::Client,
}

pub(crate) fn service(shelf: Shared, http: reqwest::Client) -> S3Service {
    let mut builder = S3ServiceBuilder::new(Store { shelf, http });
    builder.set_auth(SimpleAuth::from_single(ACCESS, SECRET));
    builder.build()
}

type Answer<'a> = Pin<Box<dyn Future<Output = S3Result<S3Response<PutObjectOutput>>> + Send + 'a>>;

impl S3 for Store {
    fn put_object<'a, 'b>(&'a self, request: S3Request<PutObjectInput>) -> Answer<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let input = request.input;
            let (mut bytes, mut body) = (0, Vec::new());
            let mut stream = input.body.ok_or_else(|| s3_error!(IncompleteBody))?;
            while let Some(chunk) = stream.next().await {
                let chunk = chunk.map_err(|_| s3_error!(IncompleteBody))?;
                bytes += chunk.len() as u64;
                if body.len() + chunk.len() <= KEPT {
                    body.extend_from_slice(&chunk);
                }
            }
            if input.content_length.is_some_and(|length| length.unsigned_abs() != bytes) {
                return Err(s3_error!(IncompleteBody));
            }
            let metadata: BTreeMap<String, String> =
                input.metadata.unwrap_or_default().into_iter().collect();
            let (url, build) = {
                let mut shelf = self.shelf.lock().unwrap();
                let url = shelf.given.get(&input.key).cloned();
                let build =
                    if shelf.instead.is_empty() { body.clone() } else { shelf.instead.clone() };
                shelf.taken.push(Taken { bytes, body, metadata: metadata.clone() });
                (url.ok_or_else(|| s3_error!(NoSuchKey))?, build)
            };
            let mut request = self.http.put(url).header("content-type", "application/zip");
            for (name, value) in metadata {
                request = request.header(format!("x-amz-meta-{name}"), value);
            }
            let answer = request.body(build).send().await.map_err(|_| s3_error!(InternalError))?;
            if answer.status().is_success() {
                Ok(S3Response::new(PutObjectOutput::default()))
            } else {
                Err(s3_error!(AccessDenied, "{}", answer.status()))
            }
        })
    }
}
