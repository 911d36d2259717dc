//! The archive to the object store.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    time::Duration,
};

use bytes::Bytes;
use reqwest::{
    Body, Url,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use tokio::sync::mpsc;

use super::{
    client::{Client, why},
    host, retry, wire,
};
use crate::ship::Reporter;

const CHUNK: usize = 256 << 10;
/// The store has to take at least this much a second, so that a stalled upload ends.
const SLOWEST: u64 = 16 << 10;

/// The archive.
pub struct Archive {
    /// A file of our own, open for reading; it may have no name any more.
    pub file: File,
    /// Its length in bytes.
    pub bytes: u64,
}

/// Why one upload failed.
pub(super) struct Refused {
    pub(super) host: String,
    pub(super) why: String,
    /// How long the store asks to wait.
    pub(super) after: Option<Duration>,
    /// The store may have it all the same: all of it was sent, and the answer was lost.
    pub(super) unsure: bool,
}

/// The `x-amz-meta-*` headers that a URL was signed with, with the values that the platform
/// stored. An extra or a missing one is refused by the store.
pub(super) fn signed_meta(url: &Url, labels: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let signed: Vec<String> = url
        .query_pairs()
        .filter(|(name, _)| {
            matches!(
                name.to_ascii_lowercase().as_str(),
                "x-amz-signedheaders" | "x-goog-signedheaders"
            )
        })
        .flat_map(|(_, value)| value.split(';').map(str::to_ascii_lowercase).collect::<Vec<_>>())
        .collect();
    signed
        .into_iter()
        .filter_map(|header| {
            let label = header
                .strip_prefix("x-amz-meta-")
                .or_else(|| header.strip_prefix("x-goog-meta-"))?;
            let (_, value) = labels.iter().find(|(name, _)| name.eq_ignore_ascii_case(label))?;
            Some((header, value.clone()))
        })
        .collect()
}

/// Sends the archive once. No credential goes to the store: the URL is one.
pub(super) async fn put(
    client: &Client,
    url: &Url,
    labels: &BTreeMap<String, String>,
    archive: &Archive,
    reporter: &mut dyn Reporter,
) -> Result<(), Refused> {
    let host = host::shown(url);
    let refused = |why: String| Refused { host: host.clone(), why, after: None, unsure: false };
    if url.scheme() != "https" && !host::loopback(url) {
        return Err(refused("the upload URL is not encrypted".into()));
    }
    let mut file =
        archive.file.try_clone().map_err(|err| refused(format!("the archive: {err}")))?;
    file.seek(SeekFrom::Start(0)).map_err(|err| refused(format!("the archive: {err}")))?;
    let (sender, receiver) = mpsc::channel::<std::io::Result<Bytes>>(2);
    let reading = tokio::task::spawn_blocking(move || {
        loop {
            let mut chunk = vec![0; CHUNK];
            let piece = file.read(&mut chunk).map(|count| {
                chunk.truncate(count);
                Bytes::from(chunk)
            });
            let ends = piece.as_ref().is_ok_and(Bytes::is_empty) || piece.is_err();
            if piece.as_ref().is_ok_and(Bytes::is_empty)
                || sender.blocking_send(piece).is_err()
                || ends
            {
                break;
            }
        }
    });
    let (progress, mut told) = mpsc::unbounded_channel::<u64>();
    let mut request = client
        .plain()
        .put(url.clone())
        .header(CONTENT_TYPE, "application/zip")
        .header(CONTENT_LENGTH, archive.bytes)
        .timeout(
            limit(client.pace().answer, archive.bytes)
                .min(client.remaining().max(Duration::from_millis(1))),
        )
        .body(Body::wrap_stream(Chunks { receiver, progress, sent: 0 }));
    for (name, value) in signed_meta(url, labels) {
        request = request.header(name, value);
    }
    let sending = request.send();
    tokio::pin!(sending);
    let mut sent = 0;
    let answer = loop {
        tokio::select! {
            answer = &mut sending => break answer,
            // Handed over is not arrived: the last byte counts when the store says so.
            Some(bytes) = told.recv() => {
                sent = bytes;
                reporter.uploaded(bytes.min(archive.bytes.saturating_sub(1)));
            }
        }
    };
    // It ends when its channel is closed, which it is by now.
    let _ = reading.await;
    let whole = sent >= archive.bytes;
    let answer = answer.map_err(|err| Refused { unsure: whole, ..refused(why(&err)) })?;
    let status = answer.status();
    let after = retry::retry_after(answer.headers());
    let body = answer.bytes().await.unwrap_or_default();
    let body = &body[..body.len().min(8192)];
    // Stores answer nothing, or XML; a page that somebody on the way shows is no success.
    let page = String::from_utf8_lossy(body).trim_start().to_ascii_lowercase();
    if page.starts_with("<!doctype html") || page.starts_with("<html") {
        let why = format!("{}: {}", status.as_u16(), wire::message(body));
        return Err(Refused { after, unsure: true, ..refused(why) });
    }
    if status.is_success() {
        reporter.uploaded(archive.bytes);
        return Ok(());
    }
    let why = format!("{}: {}", status.as_u16(), wire::message(body));
    let unsure = matches!(status.as_u16(), 408 | 500..=599);
    Err(Refused { after, unsure, ..refused(why) })
}

fn limit(answer: Duration, bytes: u64) -> Duration {
    answer + Duration::from_secs(bytes / SLOWEST)
}

/// The chunks as a stream that tells how much was taken from it.
struct Chunks {
    receiver: mpsc::Receiver<std::io::Result<Bytes>>,
    progress: mpsc::UnboundedSender<u64>,
    sent: u64,
}

impl futures_util::Stream for Chunks {
    type Item = std::io::Result<Bytes>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        let polled = self.receiver.poll_recv(cx);
        if let std::task::Poll::Ready(Some(Ok(chunk))) = &polled {
            self.sent += chunk.len() as u64;
            let sent = self.sent;
            // Nobody listens any more when the upload has ended.
            let _ = self.progress.send(sent);
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_signed_is_sent() {
        let labels: BTreeMap<String, String> = [("x-blaxel-build-memory", "8192"), ("team", "a")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into();
        let url = Url::parse("https://s/x?X-Amz-SignedHeaders=host%3Bx-amz-meta-x-blaxel-build-memory%3Bx-amz-meta-gone").unwrap();
        assert_eq!(
            signed_meta(&url, &labels),
            [("x-amz-meta-x-blaxel-build-memory".to_owned(), "8192".to_owned())]
        );
        let url = Url::parse("https://s/x?X-Amz-SignedHeaders=host").unwrap();
        assert!(signed_meta(&url, &labels).is_empty());
    }
}
