//! The object store is as strict as S3, and a URL serves one attempt.

use sandgate::sim::{Config, Scenario};
use serde_json::json;

use crate::client::{Client, DOCKERFILE, End, archive, sandbox};

/// Headers, and the status and code that they earn.
type Case<'a> = (&'a [(&'a str, &'a str)], u16, &'a str);

const ZIP: (&str, &str) = ("Content-Type", "application/zip");

async fn url(client: &Client) -> String {
    let body = sandbox("box");
    let answer = client.call("PUT", "/sandboxes/box?upload=true", &body).await;
    if answer.status == 404 {
        return client.call("POST", "/sandboxes?upload=true", &body).await.url();
    }
    answer.url()
}

fn good() -> Vec<u8> {
    archive(&[("Dockerfile", DOCKERFILE)])
}

/// The head of an upload, but for its end and what it says of the body.
fn head_of(url: &str) -> String {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    format!(
        "PUT /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/zip\r\nConnection: close\r\n"
    )
}

#[tokio::test]
async fn a_good_upload_is_taken_once() {
    let client = Client::new(Scenario::Happy);
    let url = url(&client).await;
    assert!(url.starts_with(&format!("http://{}/store/", client.running.address)), "{url}");
    let answer = client.upload(&url, good()).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    let again = client.upload(&url, good()).await;
    assert_eq!(again.status, 403);
    assert!(again.text.contains("<Code>AccessDenied</Code>"), "{again:?}");
}

#[tokio::test]
async fn other_unsigned_headers_are_no_fault() {
    let client = Client::new(Scenario::Happy);
    let url = url(&client).await;
    let headers = [ZIP, ("X-Request-Id", "1"), ("User-Agent", "node")];
    assert_eq!(client.bare("PUT", &url, &headers, good()).await.status, 200);
}

#[tokio::test]
async fn wrong_headers_are_refused_and_use_the_url_up() {
    let client = Client::new(Scenario::Happy);
    let cases: &[Case<'_>] = &[
        (&[], 403, "SignatureDoesNotMatch"),
        (&[("Content-Type", "application/octet-stream")], 403, "SignatureDoesNotMatch"),
        (&[("Content-Type", "application/zip; charset=x")], 403, "SignatureDoesNotMatch"),
        (&[ZIP, ("Authorization", "Bearer x")], 400, "InvalidArgument"),
        (&[ZIP, ("X-Blaxel-Authorization", "Bearer x")], 400, "InvalidRequest"),
        (&[ZIP, ("X-Blaxel-Workspace", "ws")], 400, "InvalidRequest"),
        (&[ZIP, ("x-amz-acl", "public-read")], 403, "AccessDenied"),
        (&[ZIP, ("x-amz-meta-x-blaxel-build-memory", "1")], 403, "AccessDenied"),
        (&[ZIP, ("Host", "localhost:1")], 403, "SignatureDoesNotMatch"),
        (&[ZIP, ("Content-MD5", "nonsense")], 400, "InvalidDigest"),
    ];
    for (headers, status, code) in cases {
        let url = url(&client).await;
        let answer = client.bare("PUT", &url, headers, good()).await;
        assert_eq!(answer.status, *status, "{headers:?}: {answer:?}");
        assert!(answer.text.contains(&format!("<Code>{code}</Code>")), "{headers:?}: {answer:?}");
        assert_eq!(answer.headers["content-type"], "application/xml");
        let again = client.upload(&url, good()).await;
        assert_eq!(again.status, 403, "{headers:?}: the URL served twice");
    }
}

#[tokio::test]
async fn changed_urls_are_refused() {
    let client = Client::new(Scenario::Happy);
    let cases: &[(&str, &str, u16)] = &[
        ("X-Amz-Expires=900", "X-Amz-Expires=9000", 403),
        ("X-Amz-Signature=", "X-Amz-Signature=0", 403),
        ("&X-Amz-Signature=", "&Signature=", 403),
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Algorithm=none", 403),
        ("content-type%3Bhost", "host", 403),
        ("/store/box", "/store/cox", 403),
        ("X-Amz-Date=2", "X-Amz-Date=3", 403),
    ];
    for (from, to, status) in cases {
        let url = url(&client).await;
        let changed = url.replacen(from, to, 1);
        assert_ne!(url, changed, "{from} is not in {url}");
        let answer = client.upload(&changed, good()).await;
        assert_eq!(answer.status, *status, "{from}: {answer:?}");
    }
    let url = url(&client).await;
    let bare = url.split('?').next().unwrap();
    assert_eq!(client.upload(bare, good()).await.status, 403);
    assert_eq!(client.bare("GET", &url, &[], Vec::new()).await.status, 405);
    assert_eq!(client.bare("POST", &url, &[ZIP], good()).await.status, 405);
}

#[tokio::test]
async fn an_expired_url_is_refused() {
    let client = Client::with(Config { upload_expires: 0, time_factor: 0.05, ..Config::default() });
    let answer = client.upload(&url(&client).await, good()).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("Request has expired"), "{answer:?}");
}

#[tokio::test]
async fn a_body_of_unknown_or_false_length_is_refused() {
    let client = Client::new(Scenario::Happy);
    let first = url(&client).await;
    let head = head_of(&first);
    let (status, answer) = client
        .raw(&format!("{head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), End::Wait);
    assert_eq!(status, 411, "{answer}");
    assert!(answer.contains("MissingContentLength"), "{answer}");

    let second = url(&client).await;
    let head = head_of(&second);
    let (status, answer) = client.raw(&format!("{head}\r\n"), End::Wait);
    assert_eq!(status, 411, "{answer}");

    let third = url(&client).await;
    let head = head_of(&third);
    let (status, answer) = client.raw(&format!("{head}Content-Length: 100\r\n\r\nshort"), End::Cut);
    assert!(matches!(status, 0 | 400), "{answer}");
    // The attempt used the URL up, and nothing is built.
    assert_eq!(client.upload(&third, good()).await.status, 403);
    let sandbox = client.get("/sandboxes/box").await.ok(200);
    assert_eq!(
        (sandbox["status"].clone(), sandbox["events"].clone()),
        (json!("UPLOADING"), json!([]))
    );

    let fourth = url(&client).await;
    let head = head_of(&fourth);
    let (status, answer) =
        client.raw(&format!("{head}Content-Length: 6000000000\r\n\r\n"), End::Wait);
    assert_eq!(status, 400, "{answer}");
    assert!(answer.contains("EntityTooLarge"), "{answer}");
}

#[tokio::test]
async fn build_settings_are_signed_and_must_come_back() {
    let client = Client::new(Scenario::Happy);
    let mut body = sandbox("box");
    body["metadata"]["labels"]["x-blaxel-build-memory"] = json!("8192");
    let meta = "x-amz-meta-x-blaxel-build-memory";
    let mut path = ("POST", "/sandboxes?upload=true");
    for (sent, status) in [(Some("8192"), 200), (Some("8193"), 403), (None, 403)] {
        let answer = client.call(path.0, path.1, &body).await;
        let labels = &answer.json["metadata"]["labels"];
        assert_eq!(labels["x-blaxel-build-memory"], "8192");
        assert!(answer.url().contains(&format!("%3B{meta}&")), "{}", answer.url());
        let mut headers = vec![ZIP];
        headers.extend(sent.map(|sent| (meta, sent)));
        assert_eq!(client.bare("PUT", &answer.url(), &headers, good()).await.status, status);
        path = ("PUT", "/sandboxes/box?upload=true");
    }
    body["metadata"]["labels"]["x-blaxel-experimental"] = json!("true");
    let answer = client.call(path.0, path.1, &body).await;
    let both = format!("%3B{meta}%3Bx-amz-meta-x-blaxel-experimental&");
    assert!(answer.url().contains(&both), "{}", answer.url());
    for bad in ["0", "32769", "much"] {
        body["metadata"]["labels"]["x-blaxel-build-memory"] = json!(bad);
        client.call("PUT", "/sandboxes/box?upload=true", &body).await.ok(400);
    }
}
