//! Images that are finished, from Docker's own registry: with a login and without, through every way in which one is
//! given. Says loudly when the registry is not installed.

use std::{
    fs,
    io::Write as _,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use sandgate::sim::Scenario;
use serde_json::{Value, json};

use crate::{
    library::{get, platform},
    proxy::{Call, Fault, Proxy, Seen},
    stage::{Ended, Stage},
};

const TOOLS: [&str; 6] = ["docker-registry", "skopeo", "umoci", "htpasswd", "openssl", "python3"];
pub(crate) const WORD: &str = "synthetic-pass:word";

pub(crate) fn is_there() -> bool {
    let on_path = |tool: &str| {
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .any(|dir| dir.join(tool).is_file())
    };
    let Some(tool) = TOOLS.iter().find(|tool| !on_path(tool)) else { return true };
    assert!(std::env::var_os("SANDGATE_REQUIRE_REAL").is_none(), "there is no {tool}");
    #[expect(clippy::print_stderr, reason = "a test that did not run has to be seen")]
    {
        eprintln!("NOT TESTED against a real registry: there is no {tool}");
    }
    false
}

pub(crate) struct Registry {
    pub(crate) child: Child,
    pub(crate) port: u16,
    pub(crate) dir: tempfile::TempDir,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn sh(dir: &Path, script: &str) {
    let output = Command::new("sh").args(["-ec", script]).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
}

pub(crate) fn free() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A registry over the store of a folder.
pub(crate) fn serve(dir: &Path, port: u16, auth: &str) -> Child {
    let config = format!(
        "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: ./store}}}}\n\
         http:\n  addr: 127.0.0.1:{port}\nauth:\n  {auth}\n"
    );
    let file = format!("registry-{port}.yml");
    fs::write(dir.join(&file), config).unwrap();
    start(dir, port, "docker-registry", &["serve", &file])
}

/// A process that listens.
pub(crate) fn start(dir: &Path, port: u16, program: &str, args: &[&str]) -> Child {
    let mut command = Command::new(program);
    command.args(args).current_dir(dir).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().unwrap();
    let up = (0..200).any(|_| {
        thread::sleep(Duration::from_millis(50));
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    assert!(up, "{program} does not listen");
    child
}

/// A registry that wants a login, with an image that names sandbox-api (`:api`), one that does not (`:plain`), and
/// one for another processor (`:arm`).
pub(crate) fn registry() -> Registry {
    let dir = tempfile::tempdir().unwrap();
    let port = free();
    sh(dir.path(), &format!("htpasswd -Bbn me '{WORD}' > users"));
    let child = serve(dir.path(), port, "htpasswd: {realm: test, path: ./users}");
    let registry = Registry { child, port, dir };
    let copy = format!("skopeo copy -q --dest-tls-verify=false --dest-creds 'me:{WORD}'");
    let to = format!("docker://127.0.0.1:{port}/acme/app");
    sh(
        registry.dir.path(),
        &format!(
            "umoci init --layout lay
             umoci new --image lay:api
             umoci config --image lay:api --os linux --architecture amd64
             umoci tag --image lay:api plain
             umoci tag --image lay:api arm
             umoci config --image lay:api --config.entrypoint /usr/local/bin/sandbox-api
             umoci config --image lay:arm --architecture arm64
             for tag in api plain arm; do {copy} oci:lay:$tag {to}:$tag; done"
        ),
    );
    registry
}

impl Registry {
    pub(crate) fn image(&self, tag: &str) -> String {
        format!("127.0.0.1:{}/acme/app:{tag}", self.port)
    }

    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn cred(&self) -> String {
        format!("{}=me:{WORD}", self.host())
    }

    fn config(&self, entry: &Value) -> String {
        let host = self.host();
        json!({ "auths": { host: entry, "other.example": { "auth": "b3RoZXI6b3RoZXItd29yZA==" } } })
            .to_string()
    }
}

/// How a login is given.
#[derive(Default)]
pub(crate) struct Given<'a> {
    pub(crate) args: Vec<&'a str>,
    pub(crate) stdin: &'a str,
    pub(crate) env: Vec<(&'a str, &'a str)>,
    /// `.docker/config.json` of the project.
    pub(crate) project: &'a str,
}

pub(crate) fn run(action: &str, url: &str, image: &str, given: &Given<'_>) -> Ended {
    let stage = Stage::new();
    // There is nothing to build from.
    fs::remove_file(stage.path().join("box/Dockerfile")).unwrap();
    if !given.project.is_empty() {
        fs::create_dir(stage.path().join("box/.docker")).unwrap();
        stage.write(".docker/config.json", given.project);
    }
    let mut args = vec!["--image", image];
    args.extend(&given.args);
    let mut command = stage.command_of(action, url, &args);
    command.envs(given.env.iter().copied()).env("HOME", stage.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Whoever does not read it closes it.
    let _ = child.stdin.take().unwrap().write_all(given.stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let ended = stage.ended(output.status.code(), text(output.stdout), text(output.stderr));
    let all = format!("{}{}{}", ended.stdout, ended.stderr, ended.record);
    for secret in [WORD, "bWU6c3ludGhl", "other-word", "b3RoZXI6", "synthetic-word", "synthetic-id"]
    {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
    ended
}

pub(crate) fn sent(seen: &[Seen]) -> Value {
    serde_json::from_slice(&seen.last().expect("it was called").body).unwrap()
}

/// The login for that registry alone, whatever else was given.
fn assert_login(config: &Value, registry: &Registry) {
    let config: Value = serde_json::from_str(config.as_str().unwrap()).unwrap();
    let auth = BASE64_STANDARD.encode(format!("me:{WORD}"));
    assert_eq!(config, json!({ "auths": { registry.host(): { "auth": auth } } }));
}

#[test]
fn a_login_is_found_wherever_it_is_given_and_only_it_is_sent() {
    if !is_there() {
        return;
    }
    let registry = registry();
    let (image, cred) = (registry.image("api"), registry.cred());
    let auth = BASE64_STANDARD.encode(format!("me:{WORD}"));
    let by_auth = registry.config(&json!({ "auth": auth }));
    let by_name = registry.config(&json!({ "username": "me", "password": WORD }));
    let wrong = registry.config(&json!({ "username": "me", "password": "wrong-word" }));
    let file = registry.dir.path().join("config.json");
    fs::write(&file, &by_name).unwrap();
    let file = file.to_str().unwrap();
    let ways = [
        ("typed", Given { args: vec!["--registry-cred", &cred], ..Given::default() }),
        ("alias", Given { args: vec!["--registry-creds", &cred], ..Given::default() }),
        ("stdin", Given { args: vec!["--registry-cred-stdin"], stdin: &cred, ..Given::default() }),
        ("environment", Given { env: vec![("SANDGATE_REGISTRY_CRED", &cred)], ..Given::default() }),
        ("file", Given { args: vec!["--docker-config", file], ..Given::default() }),
        ("project", Given { project: &by_auth, ..Given::default() }),
        (
            "user's",
            Given {
                args: vec!["--user-docker-config"],
                env: vec![("DOCKER_CONFIG", registry.dir.path().to_str().unwrap())],
                ..Given::default()
            },
        ),
        // What is typed comes before what is named, that before the project.
        (
            "order",
            Given { args: vec!["--registry-cred", &cred], project: &wrong, ..Given::default() },
        ),
        (
            "order of files",
            Given { args: vec!["--docker-config", file], project: &wrong, ..Given::default() },
        ),
    ];
    thread::scope(|scope| {
        for (way, given) in &ways {
            let (registry, image) = (&registry, &image);
            scope.spawn(move || {
                let running = platform(Scenario::Happy);
                let proxy = Proxy::new(running.address, Call::None, Fault::Closed, false);
                let ended = run("push", &proxy.url, image, given);
                assert_eq!(ended.code, Some(0), "{way}: {}", ended.stderr);
                assert!(ended.stderr.contains("Checked"), "{way}: {}", ended.stderr);
                let body = sent(&proxy.seen(Call::Import));
                assert_eq!((&body["name"], &body["image"]), (&json!("box"), &json!(image)));
                assert_login(&body["dockerConfig"], registry);
                assert!(proxy.seen(Call::Upload).is_empty(), "{way}");
                let image = ended.record["image"].as_str().unwrap();
                assert!(image.starts_with("sandbox/box:"), "{way}: {image}");
            });
        }
    });
}

#[test]
fn an_import_is_built_or_only_registered_or_becomes_a_sandbox() {
    if !is_there() {
        return;
    }
    let registry = registry();
    let (image, cred) = (registry.image("api"), registry.cred());
    let given = |more: &[&'static str]| {
        let mut args = vec!["--registry-cred", cred.as_str()];
        args.extend(more);
        Given { args, ..Given::default() }
    };
    let running = platform(Scenario::Happy);
    let proxy = Proxy::new(running.address, Call::None, Fault::Closed, false);
    let skipped = run("push", &proxy.url, &image, &given(&["--skip-build"]));
    assert_eq!(skipped.code, Some(0), "{}", skipped.stderr);
    assert!(proxy.seen(Call::Import)[0].head.contains("skip-build=true"));
    assert!(skipped.record["image"].as_str().unwrap().starts_with("sandbox/box:"));

    let deployed = run("deploy", &proxy.url, &image, &given(&[]));
    assert_eq!(deployed.code, Some(0), "{}", deployed.stderr);
    let body = sent(&proxy.seen(Call::Post));
    assert_eq!(body["spec"]["runtime"]["image"], image.as_str());
    assert_login(&body["spec"]["runtime"]["dockerConfig"], &registry);
    assert_eq!(body["metadata"]["labels"]["x-blaxel-auto-generated"], Value::Null);
    assert!(!proxy.seen(Call::Post)[0].head.contains("upload=true"));
    assert_eq!(get(running.address, "/sandboxes/box")["status"], "DEPLOYED");
    // Once more, as an update: the old DEPLOYED is not the end.
    let again = run("deploy", &proxy.url, &image, &given(&[]));
    assert_eq!(again.code, Some(0), "{}", again.stderr);
}

#[test]
fn what_cannot_work_is_told_before_the_platform_is_called() {
    if !is_there() {
        return;
    }
    let registry = registry();
    let cred = registry.cred();
    let wrong = format!("{}=me:wrong-word", registry.host());
    let good = || Given { args: vec!["--registry-cred", &cred], ..Given::default() };
    let bad = || Given { args: vec!["--registry-cred", &wrong], ..Given::default() };
    let rows = [
        (registry.image("api"), bad(), 6, "does not give out", "user and password"),
        (registry.image("api"), Given::default(), 6, "does not give out", "--registry-cred"),
        (registry.image("none"), good(), 2, "there is no image", "check the name and the tag"),
        (
            registry.image("arm"),
            good(),
            2,
            "not published for linux/amd64",
            "--platform linux/amd64",
        ),
        (
            "node:22".to_owned(),
            good(),
            2,
            "does not name its registry",
            "docker.io/library/node:22",
        ),
        ("a b".to_owned(), good(), 2, "is no image", "ghcr.io"),
        (
            registry.image("api"),
            Given { args: vec!["--registry-cred", "no-login-at-all"], ..Given::default() },
            2,
            "a login for a registry cannot be read",
            "REGISTRY=USER:PASSWORD",
        ),
        (
            registry.image("api"),
            Given { args: vec!["--docker-config", "/no/such/file"], ..Given::default() },
            2,
            "the logins for registries cannot be read",
            "config.json",
        ),
        (
            registry.image("api"),
            Given { args: vec!["--build-arg", "A=1"], ..Given::default() },
            2,
            "there is nothing to build",
            "--build-arg",
        ),
    ];
    for (image, given, code, what, help) in rows {
        for action in ["push", "deploy"] {
            let running = platform(Scenario::Happy);
            let proxy = Proxy::new(running.address, Call::None, Fault::Closed, false);
            let ended = run(action, &proxy.url, &image, &given);
            let place = format!("{image} {:?}: {}", given.args, ended.stderr);
            assert_eq!(ended.code, Some(code), "{place}");
            assert!(ended.stderr.contains(what) && ended.stderr.contains(help), "{place}");
            assert!(!ended.stderr.contains("no-login-at-all"), "{place}");
            for call in [Call::Import, Call::Post, Call::Put, Call::Other] {
                assert!(proxy.seen(call).is_empty(), "{call:?} was called: {place}");
            }
        }
    }
}

#[test]
fn an_image_that_does_not_tell_is_warned_of() {
    if !is_there() {
        return;
    }
    let registry = registry();
    let cred = registry.cred();
    let given = Given { args: vec!["--registry-cred", &cred], ..Given::default() };
    let running = platform(Scenario::Happy);
    let ended = run("push", &running.base_url, &registry.image("plain"), &given);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("names sandbox-api"), "{}", ended.stderr);
    // A registry that cannot be reached from here may be reached by the platform.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended = run("push", &running.base_url, &format!("{closed}/acme/app:1"), &given);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("could not be looked at"), "{}", ended.stderr);
}

#[test]
fn a_dry_run_shows_no_login() {
    let stage = Stage::new();
    let args = [
        "--image",
        "ghcr.io/acme/app:1",
        "--registry-cred",
        "ghcr.io=me:synthetic-word",
        "--dry-run",
    ];
    for action in ["push", "deploy"] {
        let ended = stage.run_of(action, "http://127.0.0.1:9/v0", &args);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let all = format!("{}{}", ended.stdout, ended.stderr);
        assert!(all.contains("ghcr.io/acme/app:1") && !all.contains("synthetic-word"), "{all}");
        assert!(!all.contains("upload"), "{all}");
    }
}
