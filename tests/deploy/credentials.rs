//! Keys, tokens, and who gets to see them.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    process::Stdio,
    sync::{Arc, Mutex},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use sandgate::{
    exit::Exit,
    ship::blaxel::{Credentials, Secret},
    sim::{Config, Running, start},
};

use crate::{
    common::{CANARY, command, root},
    library::Deploy,
    proxy::{Call, Fault, Proxy},
    stage::Stage,
};

/// A platform that knows one secret.
fn locked() -> (Running, String) {
    let secret = format!("synthetic-{}", "secret");
    let config = Config { key: Some(secret.clone()), time_factor: 0.05, ..Config::default() };
    (start(config).unwrap(), secret)
}

fn service_account(secret: &str) -> Credentials {
    Credentials::Client(Secret::new(BASE64_STANDARD.encode(format!("id:{secret}"))))
}

#[test]
fn client_credentials_are_exchanged_once() {
    let (running, secret) = locked();
    let proxy = Proxy::new(running.address, Call::None, Fault::Closed, false);
    let mut deploy = Deploy::to(&proxy.url);
    deploy.credentials = service_account(&secret);
    deploy.run().0.unwrap();
    let tokens = proxy.seen(Call::Token);
    assert_eq!(tokens.len(), 1);
    assert!(tokens[0].head.contains("authorization: basic "), "{}", tokens[0].head);
    // The credentials themselves go nowhere else.
    for call in [Call::Baseline, Call::Post, Call::Poll, Call::Other] {
        let seen = proxy.seen(call);
        assert!(!seen.is_empty() && seen.iter().all(|seen| !seen.head.contains("basic ")));
        assert!(seen.iter().all(|seen| seen.head.contains("x-blaxel-authorization: bearer ")));
        assert!(seen.iter().all(|seen| seen.head.contains("x-blaxel-workspace: ws")));
    }
    let upload = &proxy.seen(Call::Upload)[0].head;
    assert!(!upload.contains("authorization") && !upload.contains("x-blaxel"), "{upload}");
}

#[test]
fn a_token_that_ends_early_is_renewed_once_and_a_key_is_not() {
    let (running, secret) = locked();
    for call in [Call::Baseline, Call::Put, Call::Post, Call::Poll] {
        let proxy = Proxy::new(running.address, call, Fault::Status(401), false);
        let mut deploy = Deploy::to(&proxy.url);
        deploy.credentials = service_account(&secret);
        let name = format!("box{call:?}").to_lowercase();
        if call == Call::Post {
            // Only a new name is created.
            deploy.request.name = name;
        }
        deploy.run().0.unwrap_or_else(|fault| panic!("{call:?}: {fault:?}"));
        assert_eq!((proxy.broken(), proxy.seen(Call::Token).len()), (1, 2), "{call:?}");
    }
    for (credentials, tokens, broken) in [
        (service_account(&secret), 2, 2),
        (Credentials::Key(Secret::new(secret.as_str())), 0, 1),
        (service_account("wrong-one"), 1, 0),
    ] {
        let proxy = Proxy::new(running.address, Call::Poll, Fault::Status(401), true);
        let mut deploy = Deploy::to(&proxy.url);
        deploy.credentials = credentials;
        let fault = deploy.run().0.unwrap_err();
        assert_eq!(fault.exit(), Exit::Auth, "{fault:?}");
        assert_eq!((proxy.seen(Call::Token).len(), proxy.broken()), (tokens, broken));
    }
}

#[test]
fn a_token_endpoint_that_fails_for_a_moment_is_asked_again() {
    let (running, secret) = locked();
    for fault in [Fault::Closed, Fault::Lost, Fault::Status(503), Fault::Later(429), Fault::Portal]
    {
        let proxy = Proxy::new(running.address, Call::Token, fault, false);
        let mut deploy = Deploy::to(&proxy.url);
        deploy.credentials = service_account(&secret);
        deploy.run().0.unwrap_or_else(|end| panic!("{fault:?}: {end:?}"));
    }
}

#[test]
fn the_wrong_key_is_refused_by_a_platform_that_wants_another() {
    let mut child = command(root(), &["sim", "--key", "another-synthetic-key"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let ended = Stage::new().run(url.trim(), &[]);
    let right = Stage::new();
    let mut with_key = right.command(url.trim(), &[]);
    let right_one = crate::common::finish(with_key.env("BL_API_KEY", "another-synthetic-key"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(ended.code, Some(6), "{}", ended.stderr);
    assert!(ended.stderr.contains("401: the key is not known"), "{}", ended.stderr);
    assert!(ended.stderr.contains("BL_API_KEY"), "{}", ended.stderr);
    assert_eq!(right_one.code, Some(0), "{}", right_one.shown());
}

/// A server that gives the same answer to every call, and keeps what it was sent.
fn server(answer: impl Fn(&str) -> String + Send + 'static) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v0", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    // It ends with the process.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = [0; 8192];
            let count = stream.read(&mut bytes).unwrap();
            let head = String::from_utf8_lossy(&bytes[..count]).into_owned();
            stream.write_all(answer(&head).as_bytes()).unwrap();
            kept.lock().unwrap().push(head);
        }
    });
    (url, seen)
}

fn answer(status: &str, more: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{more}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

#[test]
fn the_key_is_not_sent_where_a_redirect_points() {
    for status in ["301 A", "302 B", "303 C", "307 D", "308 E"] {
        let (second, stolen) = server(|_| answer("200 OK", "", "{}"));
        let (first, seen) =
            server(move |_| answer(status, &format!("location: {second}/sandboxes/box\r\n"), ""));
        let ended = Stage::new().run(&first, &[]);
        assert_eq!(ended.code, Some(5), "{}", ended.stderr);
        assert!(ended.stderr.contains("a redirect to http://127.0.0.1"), "{}", ended.stderr);
        assert!(ended.stderr.contains("redirects are not followed"), "{}", ended.stderr);
        assert!(seen.lock().unwrap()[0].contains(CANARY));
        assert_eq!(*stolen.lock().unwrap(), Vec::<String>::new(), "{status}");
    }
}

#[test]
fn a_server_that_repeats_the_key_does_not_get_it_into_the_output() {
    let json = |text: &str| format!(r#"{{"error":"x","message":"you sent {text}"}}"#);
    for status in ["400 A", "401 B", "403 C", "409 D", "302 E"] {
        let (url, _) = server(move |head| {
            let key = head.split("earer ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
            answer(status, &format!("location: http://x.example/{key}\r\n"), &json(key))
        });
        // The canary is looked for in everything that a run leaves.
        let ended = Stage::new().run(&url, &["-v"]);
        assert!(matches!(ended.code, Some(5 | 6)), "{ended:?}");
        assert!(ended.stderr.contains("****"), "{}", ended.stderr);
    }
}
