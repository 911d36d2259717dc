//! `--online` against registries that answer well, badly and not at all, through the binary.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

use crate::common::{Run, command, finish};
use sandgate::{
    lint,
    project::{
        self,
        image::looked_up::{Answer, Layer, Published},
    },
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// What a request line and its headers are answered with.
type Reply = Box<dyn Fn(&str, &mut TcpStream) + Send + Sync>;

struct Registry {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Registry {
    fn start(answer: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                thread::spawn(move || {
                    let Ok(mut stream) = stream else { return };
                    let Some(request) = read(&mut stream) else { return };
                    log.lock().unwrap().push(request.clone());
                    answer(&request, &mut stream);
                });
            }
        });
        Self { port, seen }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// One request; `None` for what is not HTTP, as a TLS greeting.
fn read(stream: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 || (text.is_empty() && byte[0] == 0x16) {
            return None;
        }
        text.push(byte[0]);
    }
    let mut text = String::from_utf8(text).ok()?;
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).ok()?;
    text.push_str(&String::from_utf8(body).ok()?);
    Some(text)
}

fn reply(stream: &mut TcpStream, head: &str, body: &[u8]) {
    let text =
        format!("HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    // The other side may have hung up, as it should.
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.write_all(body));
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Bodies by the end of their path.
fn image(machine: &str) -> Vec<(String, Vec<u8>)> {
    configured(
        machine,
        &json!({ "Entrypoint": ["/usr/local/bin/sandbox-api"], "WorkingDir": "/app" }),
    )
}

fn configured(machine: &str, config: &Value) -> Vec<(String, Vec<u8>)> {
    let config = json!({ "os": "linux", "architecture": machine, "config": config }).to_string();
    let layer = |name: &str, size: u64| json!({ "digest": digest(name.as_bytes()), "size": size });
    let manifest = json!({ "schemaVersion": 2,
        "config": { "digest": digest(config.as_bytes()), "size": config.len() },
        "layers": [layer("a", 1_000_000), layer("b", 2_000_000), layer("a", 1_000_000)] })
    .to_string();
    let entry = |os: &str, machine: &str, digest: String| {
        json!({ "digest": digest,
        "platform": { "os": os, "architecture": machine } })
    };
    let index = json!({ "schemaVersion": 2, "manifests": [
        entry("unknown", "unknown", digest(b"attestation")),
        entry("linux", machine, digest(manifest.as_bytes())),
    ] })
    .to_string();
    vec![
        (digest(config.as_bytes()), config.into_bytes()),
        (digest(manifest.as_bytes()), manifest.into_bytes()),
        (digest(index.as_bytes()), index.clone().into_bytes()),
        ("manifests/1".into(), index.into_bytes()),
    ]
}

fn serve(bodies: &[(String, Vec<u8>)], request: &str, stream: &mut TcpStream) {
    let line = request.lines().next().unwrap_or_default();
    let path = line.split(' ').nth(1).unwrap_or_default();
    if path == "/v2/" {
        return reply(stream, "200 OK", b"{}");
    }
    match bodies.iter().find(|(end, _)| path.ends_with(end.as_str())) {
        Some((_, body)) => {
            let head = format!("200 OK\r\nDocker-Content-Digest: {}", digest(body));
            let text = format!(
                "HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let body: &[u8] = if line.starts_with("HEAD") { b"" } else { body };
            let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.write_all(body));
        }
        None => reply(stream, "404 Not Found", b""),
    }
}

/// A project on the image, linted with a home of its own.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn project(&self, name: &str, image: &str, lines: &str) {
        let app = self.path().join(name);
        fs::create_dir_all(&app).unwrap();
        fs::write(
            app.join("Dockerfile"),
            format!(
                "FROM {image}
{lines}"
            ),
        )
        .unwrap();
        fs::write(
            app.join("blaxel.toml"),
            format!(
                "name = \"{name}\"
type = \"sandbox\"
"
            ),
        )
        .unwrap();
    }

    fn lint(&self, port: u16) -> (Run, Value) {
        self.lint_with(port, "")
    }

    /// With more lines in the Dockerfile.
    fn lint_with(&self, port: u16, lines: &str) -> (Run, Value) {
        self.project("app", &format!("127.0.0.1:{port}/acme/base:1"), lines);
        self.run(&["app"], &[])
    }

    fn run(&self, projects: &[&str], more: &[(&str, &str)]) -> (Run, Value) {
        let path = std::env::var("PATH").unwrap_or_default();
        let bin = self.path().join("bin");
        let args = [&["lint", "--online", "--format", "json", "-v"], projects].concat();
        let run = finish(
            command(self.path(), &args)
                .env("HOME", self.path())
                .env("PATH", format!("{}:{path}", bin.display()))
                .envs(more.iter().copied()),
        );
        let value = serde_json::from_str(&run.stdout).unwrap();
        (run, value)
    }

    fn docker(&self, config: &Value) {
        fs::create_dir_all(self.path().join(".docker")).unwrap();
        fs::write(self.path().join(".docker/config.json"), config.to_string()).unwrap();
    }
}

fn codes(value: &Value) -> Vec<&str> {
    value["findings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

#[test]
fn a_size_comes_from_the_registry_and_then_from_the_cache() {
    let bodies = image("amd64");
    let config = u64::try_from(bodies[0].1.len()).unwrap();
    let index = bodies[2].0.clone();
    let registry =
        Registry::start(Box::new(move |request, stream| serve(&bodies, request, stream)));
    let home = Home::new();
    let (run, value) = home.lint(registry.port);
    assert_eq!(value["images"][0]["bytes"], 3_000_000 + config, "{}", run.stderr);
    assert_eq!(value["images"][0]["source"], "registry");
    assert_eq!(value["images"][0]["digest"], index);
    assert!(!codes(&value).contains(&"SG101"), "the base starts it: {}", run.stdout);
    let gets = |seen: &[String]| {
        seen.iter()
            .filter(|request| request.starts_with("GET") && !request.starts_with("GET /v2/ "))
            .count()
    };
    assert_eq!(gets(&registry.seen()), 3);
    let (_, again) = home.lint(registry.port);
    assert_eq!(again["images"], value["images"]);
    assert_eq!(gets(&registry.seen()), 3, "what a digest names is not fetched twice");
}

#[test]
fn settings_of_the_base_come_from_the_registry_and_then_from_the_cache() {
    let bodies = configured(
        "amd64",
        &json!({ "Env": ["PATH=/usr/bin", "APP_HOME=/srv", "EMPTY="], "User": "app:app",
            "WorkingDir": "/srv" }),
    );
    let registry =
        Registry::start(Box::new(move |request, stream| serve(&bodies, request, stream)));
    let home = Home::new();
    let lines = "WORKDIR sub\n\
        ENV APP_HOME=/x COPY_OF=$APP_HOME EMPTY=x OTHER=$EMPTY\n\
        ADD https://example.com/sandbox-api /usr/local/bin/sandbox-api\n\
        LABEL where=$APP_HOEM\n\
        ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\n";
    for _ in 0..2 {
        let (run, value) = home.lint_with(registry.port, lines);
        let codes = codes(&value);
        for (code, found) in [("SG708", true), ("SG709", false), ("SG711", false), ("SG109", true)]
        {
            assert_eq!(codes.contains(&code), found, "{code}: {} {}", run.stdout, run.stderr);
        }
        assert!(run.stdout.contains("did you mean `APP_HOME`?"), "{}", run.stdout);
    }
    let (_, root) = home.lint_with(registry.port, &format!("USER root\n{lines}"));
    assert!(!codes(&root).contains(&"SG109"));
}

#[test]
fn another_platform_is_an_error() {
    let bodies = image("arm64");
    let registry =
        Registry::start(Box::new(move |request, stream| serve(&bodies, request, stream)));
    let (run, value) = Home::new().lint(registry.port);
    assert!(codes(&value).contains(&"SG719"), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
}

/// A registry that answers the probe, and everything else in its own way.
fn bad(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> (Registry, Run) {
    let registry = Registry::start(Box::new(move |request, stream| {
        if request.starts_with("GET /v2/ ") {
            reply(stream, "200 OK", b"{}");
        } else {
            answer(request, stream);
        }
    }));
    let (run, value) = Home::new().lint(registry.port);
    assert_eq!(value["images"][0]["source"], "unknown");
    assert_eq!(value["images"][0]["bytes"], Value::Null);
    (registry, run)
}

#[test]
fn a_bad_registry_costs_a_warning_and_no_more() {
    let large = |_: &str, stream: &mut TcpStream| {
        // Said to close: a connection that is used again may end under the second call.
        let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 104857600\r\n\r\n";
        let _ = stream.write_all(head);
    };
    let endless = |request: &str, stream: &mut TcpStream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        if request.starts_with("GET") {
            while stream.write_all(&[b' '; 8192]).is_ok() {}
        }
    };
    let drip = |request: &str, stream: &mut TcpStream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        while request.starts_with("GET") && stream.write_all(b" ").is_ok() {
            thread::sleep(std::time::Duration::from_millis(200));
        }
    };
    let lies = |request: &str, stream: &mut TcpStream| {
        let wrong = format!("200 OK\r\nDocker-Content-Digest: {}", digest(b"other"));
        let body: &[u8] = if request.starts_with("HEAD") {
            b""
        } else {
            b"{\"layers\":[],\"config\":{\"digest\":\"x\",\"size\":1}}"
        };
        reply(stream, &wrong, body);
    };
    let page = |request: &str, stream: &mut TcpStream| {
        let body: &[u8] = if request.starts_with("HEAD") { b"" } else { b"<html>sign in</html>" };
        reply(stream, "200 OK", body);
    };
    let old = |request: &str, stream: &mut TcpStream| {
        let body: &[u8] = if request.starts_with("HEAD") {
            b""
        } else {
            b"{\"schemaVersion\":1,\"fsLayers\":[]}"
        };
        reply(stream, "200 OK", body);
    };
    let round = |_: &str, stream: &mut TcpStream| {
        reply(stream, "307 Temporary Redirect\r\nLocation: /v2/x", b"");
    };
    let inside = |_: &str, stream: &mut TcpStream| {
        reply(stream, "307 Temporary Redirect\r\nLocation: https://10.0.0.1/x", b"");
    };
    let realm = |_: &str, stream: &mut TcpStream| {
        reply(
            stream,
            "401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"https://10.0.0.1/t\"",
            b"",
        );
    };
    let plain = |_: &str, stream: &mut TcpStream| {
        reply(stream, "307 Temporary Redirect\r\nLocation: http://203.0.113.1/x", b"");
    };
    let marks = |_: &str, stream: &mut TcpStream| {
        let head = format!("401 Unauthorized\r\nWWW-Authenticate: {}", "\"".repeat(200_000));
        reply(stream, &head, b"");
    };
    let empty = |request: &str, stream: &mut TcpStream| {
        let body: &[u8] = if request.starts_with("HEAD") {
            b""
        } else {
            b"{\"schemaVersion\":2,\"manifests\":[]}"
        };
        reply(stream, "200 OK", body);
    };
    let broken = |_: &str, stream: &mut TcpStream| reply(stream, "500 Oops", b"");
    let forbidden = |_: &str, stream: &mut TcpStream| reply(stream, "403 Forbidden", b"");
    let gone = |_: &str, stream: &mut TcpStream| reply(stream, "404 Not Found", b"");
    let limited = |_: &str, stream: &mut TcpStream| reply(stream, "429 Too Many Requests", b"");
    let hangs = |_: &str, _: &mut TcpStream| thread::sleep(std::time::Duration::from_secs(30));
    let check = |want: &str, run: &Run| {
        assert!(run.stderr.contains(want), "{want}: {}", run.stderr);
        assert!(run.code.is_some_and(|code| code <= 1), "{}", run.stderr);
    };
    check("longer than 4 MiB", &bad(large).1);
    check("longer than 4 MiB", &bad(endless).1);
    check("no answer within 2 seconds", &bad(drip).1);
    check("other bytes than the digest", &bad(lies).1);
    check("a web page", &bad(page).1);
    check("schema 1", &bad(old).1);
    check("redirects too often", &bad(round).1);
    check("another host at a private address", &bad(inside).1);
    check("another host at a private address", &bad(realm).1);
    check("which is not encrypted", &bad(plain).1);
    check("does not say what it wants to be shown", &bad(marks).1);
    check("its index names no image", &bad(empty).1);
    check("it answers with 500", &bad(broken).1);
    check("it refuses the image: run `docker login", &bad(forbidden).1);
    check("no such image", &bad(gone).1);
    check("docker login", &bad(limited).1);
    check("no answer within 2 seconds", &bad(hangs).1);
}

#[test]
fn a_token_is_asked_for_once() {
    let (registry, run) = bad(|request, stream| {
        if request.starts_with("GET /token") {
            return reply(stream, "200 OK", b"{\"token\":\"t\"}");
        }
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        let head = format!(
            "401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"http://{host}/token\",scope=\"repository:acme/base:push\""
        );
        reply(stream, &head, b"");
    });
    let seen = registry.seen();
    let tokens: Vec<&String> = seen.iter().filter(|request| request.contains("/token")).collect();
    assert_eq!(tokens.len(), 1, "{seen:?}");
    assert!(tokens[0].contains("acme%2Fbase%3Apull") && !tokens[0].contains("push"), "{seen:?}");
    assert!(run.stderr.contains("it refuses the image"), "{}", run.stderr);
}

/// Serves those who show the password alone.
fn guarded() -> Registry {
    let bodies = image("amd64");
    Registry::start(Box::new(move |request, stream| {
        // base64 of `me:synthetic-word`
        let shown = request.contains("Basic bWU6c3ludGhldGljLXdvcmQ=");
        if shown || request.starts_with("GET /v2/ ") {
            serve(&bodies, request, stream);
        } else {
            reply(stream, "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"", b"");
        }
    }))
}

#[test]
fn the_users_own_login_opens_a_registry() {
    let registry = guarded();
    let host = format!("127.0.0.1:{}", registry.port);
    let home = Home::new();
    let (run, value) = home.lint(registry.port);
    assert!(run.stderr.contains(&format!("docker login {host}")), "{}", run.stderr);
    assert_eq!(value["images"][0]["source"], "unknown");
    home.docker(&json!({ "auths": { &host: { "auth": "bWU6c3ludGhldGljLXdvcmQ=" } } }));
    let (run, value) = home.lint(registry.port);
    assert_eq!(value["images"][0]["source"], "registry", "{}", run.stderr);
    assert!(!run.stderr.contains("synthetic-word") && !run.stdout.contains("synthetic-word"));
}

#[cfg(unix)]
#[test]
fn credential_helpers_are_asked() {
    use std::os::unix::fs::PermissionsExt as _;
    let registry = guarded();
    let host = format!("127.0.0.1:{}", registry.port);
    for config in [json!({ "credHelpers": { &host: "test" } }), json!({ "credsStore": "test" })] {
        let home = Home::new();
        home.docker(&config);
        let (run, value) = home.lint(registry.port);
        assert!(run.stderr.contains("`docker-credential-test` is not on PATH"), "{}", run.stderr);
        assert_eq!(value["images"][0]["source"], "unknown");
        let helper = home.path().join("bin/docker-credential-test");
        fs::create_dir_all(helper.parent().unwrap()).unwrap();
        let script = format!(
            "#!/bin/sh\nread key\necho $key >> \"$HOME/asked\"\n[ \"$1 $key\" = 'get {host}' ] || exit 1\n\
             echo '{{\"Username\":\"me\",\"Secret\":\"synthetic-word\"}}'\n"
        );
        fs::write(&helper, script).unwrap();
        fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["a", "b"] {
            home.project(name, &format!("{host}/acme/{name}:1"), "");
        }
        let (run, value) = home.run(&["a", "b"], &[]);
        for at in 0..2 {
            assert_eq!(value["images"][at]["source"], "registry", "{}", run.stderr);
        }
        let asked = fs::read_to_string(home.path().join("asked")).unwrap();
        assert_eq!(asked, format!("{host}\n"), "once in a run");
    }
}

/// Sends those who show the password on to a place, and asks the others for it.
fn sends_on(to: impl Fn(&str) -> String + Send + Sync + 'static) -> Registry {
    Registry::start(Box::new(move |request, stream| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        if path == "/v2/" {
            reply(stream, "200 OK", b"{}");
        } else if request.contains("authorization: Basic") {
            let head = format!("307 Temporary Redirect\r\nLocation: {}", to(path));
            reply(stream, &head, b"");
        } else {
            reply(stream, "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"", b"");
        }
    }))
}

/// A home with a login for the registry, and what a run in it comes to.
fn with_login(port: u16) -> (Home, Run, Value) {
    let home = Home::new();
    let host = format!("127.0.0.1:{port}");
    home.docker(&json!({ "auths": { &host: { "auth": "bWU6c3ludGhldGljLXdvcmQ=" } } }));
    let (run, value) = home.lint(port);
    (home, run, value)
}

#[test]
fn a_login_does_not_follow_a_redirect_to_another_host() {
    for name in ["127.0.0.1", "localhost"] {
        let bodies = image("amd64");
        let other =
            Registry::start(Box::new(move |request, stream| serve(&bodies, request, stream)));
        let to = other.port;
        let registry = sends_on(move |path| format!("http://{name}:{to}{path}"));
        let (_home, run, value) = with_login(registry.port);
        assert_eq!(value["images"][0]["source"], "registry", "{}", run.stderr);
        let seen = other.seen();
        assert!(
            !seen.is_empty() && seen.iter().all(|one| !one.contains("authorization")),
            "{seen:?}"
        );
    }
}

#[test]
fn another_host_does_not_ask_for_the_login_nor_use_it() {
    let asks = Registry::start(Box::new(|request, stream| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        let head = format!(
            "401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"http://{host}/token\",service=\"x\""
        );
        reply(stream, &head, b"");
    }));
    let to = asks.port;
    let at_once = Registry::start(Box::new(move |request, stream| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        let head = format!("307 Temporary Redirect\r\nLocation: http://127.0.0.1:{to}{path}");
        let head = if path == "/v2/" { "200 OK" } else { &head };
        reply(stream, head, b"");
    }));
    let later = sends_on(move |path| format!("http://127.0.0.1:{to}{path}"));
    for registry in [at_once, later] {
        let (_home, run, _) = with_login(registry.port);
        assert!(run.stderr.contains("redirects to a host that wants a login"), "{}", run.stderr);
    }
    let seen = asks.seen();
    assert!(seen.iter().all(|one| !one.contains("authorization") && !one.contains("/token")));

    // nor does it lead back to a place of its choosing
    let back = Registry::start(Box::new(|request, stream| {
        let to = request.split("?back=").nth(1).and_then(|rest| rest.split(' ').next());
        let head = format!(
            "307 Temporary Redirect\r\nLocation: http://127.0.0.1:{}/chosen",
            to.unwrap_or_default()
        );
        reply(stream, &head, b"");
    }));
    let own = Arc::new(Mutex::new(0));
    let (to, port) = (back.port, Arc::clone(&own));
    let registry =
        sends_on(move |_| format!("http://127.0.0.1:{to}/?back={}", port.lock().unwrap()));
    *own.lock().unwrap() = registry.port;
    let (_home, _, value) = with_login(registry.port);
    assert_eq!(value["images"][0]["source"], "unknown");
    let seen = registry.seen();
    let chosen: Vec<&String> = seen.iter().filter(|one| one.contains("/chosen")).collect();
    assert!(!chosen.is_empty(), "{seen:?}");
    assert!(chosen.iter().all(|one| !one.contains("authorization")), "{seen:?}");
}

#[test]
fn what_is_no_digest_gets_into_no_url() {
    let manifest = json!({ "layers": [], "config": { "digest": "../../../admin?x", "size": 1 } });
    let index = json!({ "manifests": [{ "digest": "../../admin",
        "platform": { "os": "linux", "architecture": "amd64" } }] });
    for body in [manifest, index] {
        let (registry, run) = bad(move |request, stream| {
            let body = body.to_string();
            let head = request.starts_with("HEAD");
            reply(stream, "200 OK", if head { b"" } else { body.as_bytes() });
        });
        assert!(run.stderr.contains("a digest that is no SHA-256"), "{}", run.stderr);
        assert!(registry.seen().iter().all(|one| !one.contains("admin")), "{:?}", registry.seen());
    }
}

#[test]
fn a_host_that_hangs_is_left_alone() {
    let registry = Registry::start(Box::new(|request, stream| {
        if request.starts_with("GET /v2/ ") {
            reply(stream, "200 OK", b"{}");
        } else {
            thread::sleep(std::time::Duration::from_secs(30));
        }
    }));
    let home = Home::new();
    let names = ["a", "b", "c", "d", "e"];
    for name in names {
        home.project(name, &format!("127.0.0.1:{}/acme/{name}:1", registry.port), "");
    }
    let (run, value) = home.run(&names, &[]);
    assert_eq!(value["images"].as_array().unwrap().len(), 5, "{}", run.stdout);
    assert_eq!(run.stderr.matches("no answer within 2 seconds").count(), 5, "{}", run.stderr);
    let asked = registry.seen().iter().filter(|one| one.starts_with("HEAD")).count();
    assert_eq!(asked, 2);
}

#[test]
fn several_projects_are_asked_for_in_one_run() {
    let bodies = image("amd64");
    let registry =
        Registry::start(Box::new(move |request, stream| serve(&bodies, request, stream)));
    let home = Home::new();
    for name in ["a", "b", "c"] {
        home.project(name, &format!("127.0.0.1:{}/acme/{name}:1", registry.port), "");
    }
    let (run, value) = home.run(&["a", "b", "c"], &[]);
    for image in value["images"].as_array().unwrap() {
        assert_eq!(image["source"], "registry", "{}", run.stderr);
    }
}

#[test]
fn a_broken_answer_in_the_cache_is_asked_for_again() {
    let bodies = image("amd64");
    let registry =
        Registry::start(Box::new(move |request, stream| serve(&bodies, request, stream)));
    let home = Home::new();
    let (_, first) = home.lint(registry.port);
    let kept: Vec<_> = fs::read_dir(home.path().join(".cache/sandgate/registry"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(kept.len(), 3);
    for (path, broken) in kept.iter().zip(["", "{", "<html>"]) {
        fs::write(path, broken).unwrap();
    }
    let before = registry.seen().len();
    let (run, again) = home.lint(registry.port);
    assert_eq!(again["images"], first["images"], "{}", run.stderr);
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
    let gets = registry.seen()[before..].iter().filter(|one| one.contains("sha256:")).count();
    assert_eq!(gets, 3);
    assert!(kept.iter().all(|path| fs::metadata(path).unwrap().len() > 6), "and kept anew");
}

/// Gives its image to those who show a token that a refresh token of `good` is exchanged for.
fn by_identity(good: &'static str) -> Registry {
    let bodies = image("amd64");
    Registry::start(Box::new(move |request, stream| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        if request.starts_with("POST /token") {
            if request.contains(&format!("refresh_token={good}")) {
                return reply(stream, "200 OK", b"{\"access_token\":\"pull-word\"}");
            }
            return reply(stream, "400 Bad Request", b"{\"error\":\"invalid_grant\"}");
        }
        if request.contains("Bearer pull-word") || request.starts_with("GET /v2/ ") {
            return serve(&bodies, request, stream);
        }
        let head = format!(
            "401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"http://{host}/token?tenant=a\",service=\"r.example\""
        );
        reply(stream, &head, b"");
    }))
}

#[test]
fn an_identity_token_is_exchanged() {
    let registry = by_identity("synthetic-refresh%2Bword");
    let host = format!("127.0.0.1:{}", registry.port);
    let home = Home::new();
    home.docker(&json!({ "auths": { &host: {
        "auth": "MDAwMDAwMDA6", "identitytoken": "synthetic-refresh+word" } } }));
    let (run, value) = home.lint(registry.port);
    assert_eq!(value["images"][0]["source"], "registry", "{}", run.stderr);
    let seen = registry.seen();
    let posts: Vec<&String> = seen.iter().filter(|one| one.contains("/token")).collect();
    // Once for all calls; in the body alone.
    assert_eq!(posts.len(), 1, "{seen:?}");
    assert!(posts[0].starts_with("POST /token?tenant=a HTTP/1.1"), "{seen:?}");
    let body = posts[0].split("\r\n\r\n").nth(1).unwrap();
    let mut fields: Vec<&str> = body.split('&').collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "client_id=sandgate",
            "grant_type=refresh_token",
            "refresh_token=synthetic-refresh%2Bword",
            "scope=repository%3Aacme%2Fbase%3Apull",
            "service=r.example",
        ]
    );
    assert!(!posts[0].contains("authorization"), "{seen:?}");
    let others = seen.iter().filter(|one| !one.contains("/token"));
    assert!(others.into_iter().all(|one| !one.contains("refresh")), "{seen:?}");
    let said = run.stdout + &run.stderr;
    assert!(!said.contains("synthetic-refresh") && !said.contains("pull-word"), "{said}");
}

#[test]
fn a_spent_identity_token_is_told_and_not_shown() {
    let registry = by_identity("another");
    let host = format!("127.0.0.1:{}", registry.port);
    let home = Home::new();
    home.docker(&json!({ "auths": { &host: { "identitytoken": "synthetic-refresh-word" } } }));
    let (run, value) = home.lint(registry.port);
    assert_eq!(value["images"][0]["source"], "unknown");
    let want = format!("refuses your login: run `docker login {host}`");
    assert!(run.stderr.contains(&want), "{}", run.stderr);
    assert!(!run.stderr.contains("synthetic-refresh"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_helper_is_bounded_and_is_the_users_own() {
    use std::os::unix::fs::PermissionsExt as _;
    let script = |path: &Path, text: &str| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    let registry = guarded();
    let home = Home::new();
    let image = format!("127.0.0.1:{}/acme/base:1", registry.port);
    home.project("app", &image, "");
    let said = |config: &Value, more: &[(&str, &str)]| {
        home.docker(config);
        let (run, value) = home.run(&["app"], more);
        assert_eq!(value["images"][0]["source"], "unknown");
        run.stderr
    };

    script(&home.path().join("bin/docker-credential-hangs"), "#!/bin/sh\nsleep 60\n");
    let start = std::time::Instant::now();
    let text = said(&json!({ "credsStore": "hangs" }), &[]);
    assert!(text.contains("`docker-credential-hangs` gave no answer in time"), "{text}");
    assert!(start.elapsed().as_secs() < 20);

    script(&home.path().join("bin/docker-credential-endless"), "#!/bin/sh\nexec yes s3cret-word\n");
    let text = said(&json!({ "credsStore": "endless" }), &[]);
    assert!(text.contains("warning") && !text.contains("s3cret-word"), "{text}");

    // Neither by a path nor by a folder that is not absolute.
    let mark = home.path().join("ran");
    let evil = format!("#!/bin/sh\ntouch '{}'\n", mark.display());
    script(&home.path().join("app/docker-credential-evil"), &evil);
    script(&home.path().join("docker-credential-evil"), &evil);
    let text = said(&json!({ "credsStore": "x/../../app/docker-credential-evil" }), &[]);
    assert!(text.contains("a credential helper that has no plain name"), "{text}");
    let text = said(&json!({ "credsStore": "evil" }), &[("PATH", ".:app::/usr/bin:/bin")]);
    assert!(text.contains("`docker-credential-evil` is not on PATH"), "{text}");
    let text = said(&json!({ "credsStore": "evil" }), &[("DOCKER_CONFIG", ".docker")]);
    assert!(text.contains("is no absolute path"), "{text}");
    assert!(!mark.exists());

    // A project's own configuration is nobody's.
    fs::create_dir_all(home.path().join("app/.docker")).unwrap();
    let own = json!({ "auths": { image.split('/').next().unwrap():
        { "auth": "bWU6c3ludGhldGljLXdvcmQ=" } } });
    fs::write(home.path().join("app/.docker/config.json"), own.to_string()).unwrap();
    let text = said(&json!({}), &[]);
    assert!(text.contains("it wants a login: run `docker login"), "{text}");
}

/// What the rules make of an answer, without a registry.
fn told(dockerfile: &str, answers: &[(&str, Published)]) -> Vec<(String, String)> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("Dockerfile"), dockerfile).unwrap();
    fs::write(dir.path().join("a"), "a").unwrap();
    let project = project::open(dir.path(), &project::OpenOptions::default()).unwrap();
    let mut options = lint::Options::at(crate::common::TODAY.parse().unwrap());
    for (reference, image) in answers {
        options.images.insert((*reference).to_owned(), Answer::Image(Box::new(image.clone())));
    }
    let outcome = lint::run(&project, &options);
    outcome.findings.into_iter().map(|one| (one.code.to_owned(), one.message + &one.why)).collect()
}

fn published(size: u64) -> Published {
    let layers = vec![Layer { digest: digest(b"layer"), size }];
    Published { layers, ..Published::default() }
}

#[test]
fn sizes_of_a_registry_beat_the_table() {
    let message = |answers: &[(&str, Published)]| {
        let found = told("FROM node:22\n", answers);
        found.into_iter().find(|(code, _)| code == "SG404").map(|(_, text)| text)
    };
    let both = |small| [("node:22", published(500_000_000)), ("node:22-slim", published(small))];
    let text = message(&both(70_000_000)).unwrap();
    assert!(text.contains("500.0 MB") && text.contains("70.0 MB"), "{text}");
    assert!(text.contains("from the registry"), "{text}");
    assert_eq!(message(&both(490_000_000)), None);
    // one figure alone is compared with nothing
    let text = message(&[("node:22", published(500_000_000))]).unwrap();
    assert!(text.contains("408.5 MB") && !text.contains("registry"), "{text}");
}

#[test]
fn the_working_directory_of_a_base_is_heeded() {
    let has = |file: &str, workdir: &str, code: &str| {
        let image = Published { workdir: workdir.to_owned(), ..published(1) };
        let found = told(file, &[("acme.example/base:1", image)]);
        found.iter().any(|(found, _)| found == code)
    };
    for (workdir, relative_copy, relative_workdir) in [("/app", false, false), ("", true, true)] {
        let copy = "FROM acme.example/base:1\nCOPY a lib\n";
        assert_eq!(has(copy, workdir, "SG712"), relative_copy, "{workdir}");
        let change = "FROM acme.example/base:1\nWORKDIR sub\n";
        assert_eq!(has(change, workdir, "SG711"), relative_workdir, "{workdir}");
    }
}

#[test]
fn environment_and_user_of_a_base_are_heeded() {
    let start = "COPY a /usr/local/bin/sandbox-api\nENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\n";
    let has = |lines: &str, image: &Published, code: &str| {
        let file = format!("FROM acme.example/base:1\n{lines}{start}");
        let found = told(&file, &[("acme.example/base:1", image.clone())]);
        found.iter().any(|(found, _)| found == code)
    };
    let set = |env: &[(&str, &str)], user: &str| Published {
        env: env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        user: user.to_owned(),
        ..published(1)
    };
    let bare = published(1);
    let home = set(&[("APP_HOME", "/srv"), ("DATA_DIR", "/data")], "");
    // `DATA_DIR` is a slip of the ARG only where the base does not set it.
    let near = "ARG DATE_DIR=/x\nVOLUME $DATA_DIR\n";
    assert!(has(near, &bare, "SG708") && !has(near, &home, "SG708"));
    let slip = "VOLUME $APP_HOEM\n";
    assert!(!has(slip, &bare, "SG708") && has(slip, &home, "SG708"));
    let own = "ENV APP_HOME=/x BIN=$APP_HOME/bin\n";
    assert!(has(own, &bare, "SG709") && !has(own, &home, "SG709"));

    let app = set(&[], "app");
    let enabled = set(&[("BL_SANDBOX_USER_ENABLED", "true")], "app");
    assert!(has("", &app, "SG109") && !has("", &bare, "SG109"));
    assert!(!has("", &enabled, "SG109") && !has("USER node\n", &enabled, "SG109"));
    assert!(!has("USER root\n", &app, "SG109"));
}
