//! `--online` against Docker's own registry, with every way in. Says loudly when it is not
//! installed.
#![cfg(unix)]

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::common::{command, finish};
use serde_json::{Value, json};

const TOOLS: [&str; 6] = ["docker-registry", "skopeo", "umoci", "htpasswd", "openssl", "python3"];

fn is_there() -> bool {
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

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(dir: &Path, port: u16, program: &str, args: &[&str]) -> Running {
    let mut command = Command::new(program);
    command.args(args).current_dir(dir).stdout(Stdio::null()).stderr(Stdio::null());
    let running = Running(command.spawn().unwrap());
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return running;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("{program} does not listen");
}

fn sh(dir: &Path, script: &str) -> String {
    let output = Command::new("sh").args(["-ec", script]).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn free() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn registry(dir: &Path, name: &str, more: &str, tls: &str) -> (u16, Running) {
    let port = free();
    let config = format!(
        "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: ./store}}}}\n\
         http:\n  addr: 127.0.0.1:{port}\n{tls}{more}"
    );
    let file = format!("{name}.yml");
    fs::write(dir.join(&file), config).unwrap();
    (port, start(dir, port, "docker-registry", &["serve", &file]))
}

/// The image as sandgate sees it, and what it said.
fn look(dir: &Path, image: &str, ca: Option<&str>) -> (Value, String) {
    let app = dir.join("app");
    fs::create_dir_all(&app).unwrap();
    fs::write(app.join("Dockerfile"), format!("FROM {image}\n")).unwrap();
    // No cache: each way in has to work by itself.
    let mut command = command(&app, &["lint", ".", "--online", "--format", "json", "-v"]);
    command.env("DOCKER_CONFIG", dir.join("docker"));
    if let Some(ca) = ca {
        command.env("SSL_CERT_FILE", dir.join(ca));
    }
    let run = finish(&mut command);
    let value: Value = serde_json::from_str(&run.stdout).unwrap();
    (value["images"][0].clone(), run.stderr)
}

/// Puts a list of images beside them, as a tool that knows nothing of blobs would.
fn put(dir: &Path, port: u16, tag: &str, list: &Value) {
    fs::write(dir.join("list.json"), list.to_string()).unwrap();
    let kind = list["mediaType"].as_str().unwrap();
    let url = format!("http://127.0.0.1:{port}/v2/acme/base/manifests/{tag}");
    let put = format!(
        "import urllib.request as r; r.urlopen(r.Request('{url}', open('list.json','rb').read(), \
         {{'Content-Type': '{kind}'}}, method='PUT'))"
    );
    sh(dir, &format!("python3 -c \"{put}\""));
}

/// A blob of the layout in `lay`, as the descriptor of it.
fn blob(dir: &Path, kind: &str, text: &str) -> Value {
    fs::write(dir.join("blob"), text).unwrap();
    let hex = sh(dir, "sha256sum blob");
    let hex = hex.split(' ').next().unwrap();
    fs::rename(dir.join("blob"), dir.join("lay/blobs/sha256").join(hex)).unwrap();
    json!({ "mediaType": kind, "digest": format!("sha256:{hex}"), "size": text.len() })
}

/// An image alone, as Docker's schema 2, in an index with what BuildKit attests of it, and in
/// Docker's lists.
fn push(dir: &Path, port: u16) {
    let to = format!("docker://127.0.0.1:{port}/acme/base");
    let copy = "skopeo copy -q --dest-tls-verify=false";
    let made = format!(
        "umoci init --layout lay
         umoci new --image lay:base
         mkdir root; echo one > root/one; umoci insert --image lay:base root /root
         echo two > root/two; umoci insert --image lay:base root /root
         umoci tag --image lay:base arm
         umoci config --image lay:base --os linux --architecture amd64 --config.env A=b
         umoci config --image lay:arm --os linux --architecture arm64
         {copy} oci:lay:base {to}:1
         {copy} --format v2s2 oci:lay:base {to}:v2s2
         {copy} --format v2s2 oci:lay:arm {to}:arm"
    );
    sh(dir, &made);

    let mut layout: Value =
        serde_json::from_slice(&fs::read(dir.join("lay/index.json")).unwrap()).unwrap();
    let named = |name: &str| {
        let all = layout["manifests"].as_array().unwrap();
        let mut one = all
            .iter()
            .find(|one| one["annotations"]["org.opencontainers.image.ref.name"] == name)
            .unwrap()
            .clone();
        one.as_object_mut().unwrap().remove("annotations");
        one
    };
    let (mut image, mut arm) = (named("base"), named("arm"));
    image["platform"] = json!({ "os": "linux", "architecture": "amd64" });
    arm["platform"] = json!({ "os": "linux", "architecture": "arm64", "variant": "v8" });
    let statement = blob(dir, "application/vnd.in-toto+json", &"{}".repeat(500));
    let config = blob(
        dir,
        "application/vnd.oci.image.config.v1+json",
        &json!({ "os": "unknown", "architecture": "unknown", "config": {},
            "rootfs": { "type": "layers", "diff_ids": [statement["digest"]] } })
        .to_string(),
    );
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let manifest = json!({ "schemaVersion": 2, "mediaType": kind,
        "config": config, "layers": [statement] });
    let mut attestation = blob(dir, kind, &manifest.to_string());
    attestation["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
    attestation["annotations"] = json!({ "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": image["digest"] });
    let kind = "application/vnd.oci.image.index.v1+json";
    let index = json!({ "schemaVersion": 2, "mediaType": kind,
        "manifests": [attestation, arm, image] });
    let mut multi = blob(dir, kind, &index.to_string());
    multi["annotations"] = json!({ "org.opencontainers.image.ref.name": "multi" });
    layout["manifests"].as_array_mut().unwrap().push(multi);
    fs::write(dir.join("lay/index.json"), layout.to_string()).unwrap();
    sh(dir, &format!("{copy} --all oci:lay:multi {to}:multi"));

    let entry = |tag: &str, machine: &str| {
        let raw = raw(dir, port, tag);
        fs::write(dir.join("raw"), &raw).unwrap();
        let hex = sh(dir, "sha256sum raw");
        json!({ "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "size": raw.len(), "digest": format!("sha256:{}", hex.split(' ').next().unwrap()),
            "platform": { "os": "linux", "architecture": machine } })
    };
    let list = |entries: &[Value]| {
        json!({ "schemaVersion": 2, "manifests": entries,
            "mediaType": "application/vnd.docker.distribution.manifest.list.v2+json" })
    };
    let (amd64, arm64) = (entry("v2s2", "amd64"), entry("arm", "arm64"));
    put(dir, port, "list", &list(&[arm64.clone(), amd64]));
    put(dir, port, "foreign", &list(&[arm64]));
}

/// A manifest as it is kept.
fn raw(dir: &Path, port: u16, tag: &str) -> String {
    let name = format!("docker://127.0.0.1:{port}/acme/base:{tag}");
    sh(dir, &format!("skopeo inspect --raw --tls-verify=false {name}"))
}

/// Compressed bytes as skopeo tells them.
fn measured(dir: &Path, port: u16, tag: &str) -> u64 {
    let manifest: Value = serde_json::from_str(&raw(dir, port, tag)).unwrap();
    let layers = manifest["layers"].as_array().unwrap();
    let layers: u64 = layers.iter().map(|layer| layer["size"].as_u64().unwrap()).sum();
    layers + manifest["config"]["size"].as_u64().unwrap()
}

#[test]
fn every_way_in_gives_the_same_size() {
    if !is_there() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let dir = home.path();
    let (plain, _plain) = registry(dir, "plain", "", "");
    push(dir, plain);
    let size = measured(dir, plain, "1");
    assert!(size > 300);
    let v2s2 = measured(dir, plain, "v2s2");
    assert!(raw(dir, plain, "multi").contains("attestation-manifest"), "it came with the index");
    for (tag, size) in [("1", size), ("multi", size), ("v2s2", v2s2), ("list", v2s2)] {
        let (image, said) = look(dir, &format!("127.0.0.1:{plain}/acme/base:{tag}"), None);
        assert_eq!(image["bytes"], size, "{tag}: {said}");
        assert_eq!(image["source"], "registry", "{tag}");
    }
    let (image, said) = look(dir, &format!("127.0.0.1:{plain}/acme/base:foreign"), None);
    assert_eq!(image["source"], "unknown");
    assert!(said.contains("is published for linux/arm64 alone"), "{said}");

    sh(dir, "htpasswd -Bbn ci synthetic-word > htpasswd");
    let (basic, _basic) =
        registry(dir, "basic", "auth: {htpasswd: {realm: test, path: ./htpasswd}}\n", "");
    let key = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
    sh(dir, &format!("{key} -keyout tok.key -out tok.crt -subj /CN=test-token 2>/dev/null"));
    let port = free();
    let script = crate::common::root().join("tests/data/token-server.py");
    let _tokens = start(
        dir,
        port,
        "/usr/bin/python3",
        &[script.to_str().unwrap(), &port.to_string(), "tok.key", "tok.crt"],
    );
    let token = format!(
        "auth:\n  token:\n    realm: http://127.0.0.1:{port}/token\n    service: test-registry\n    \
         issuer: test-issuer\n    rootcertbundle: ./tok.crt\n"
    );
    let (bearer, _bearer) = registry(dir, "bearer", &token, "");
    for (way, port) in [("basic", basic), ("bearer", bearer)] {
        let name = format!("127.0.0.1:{port}/acme/base:multi");
        let _ = fs::remove_dir_all(dir.join("docker"));
        let (image, said) = look(dir, &name, None);
        assert_eq!(image["source"], "unknown", "{way}");
        assert!(said.contains("docker login"), "{way}: {said}");
        fs::create_dir(dir.join("docker")).unwrap();
        // base64 of `ci:synthetic-word`
        let auths = json!({ "auths": { format!("127.0.0.1:{port}"):
            { "auth": "Y2k6c3ludGhldGljLXdvcmQ=" } } });
        fs::write(dir.join("docker/config.json"), auths.to_string()).unwrap();
        let (image, said) = look(dir, &name, None);
        assert_eq!(image["bytes"], size, "{way}: {said}");
    }

    sh(
        dir,
        &format!(
            "{key} -keyout ca.key -out ca.crt -subj /CN=test-ca 2>/dev/null
             openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout srv.key -out srv.csr -subj /CN=localhost 2>/dev/null
             printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\\nextendedKeyUsage=serverAuth\\n' > ext
             openssl x509 -req -in srv.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out srv.crt 2>/dev/null"
        ),
    );
    let (tls, _tls) = registry(dir, "tls", "", "  tls: {certificate: ./srv.crt, key: ./srv.key}\n");
    let name = format!("localhost:{tls}/acme/base:1");
    let (image, said) = look(dir, &name, Some("ca.crt"));
    assert_eq!(image["bytes"], size, "{said}");
    let (image, said) = look(dir, &name, Some("tok.crt"));
    assert_eq!(image["source"], "unknown", "{said}");
    assert!(said.contains("certificate"), "{said}");
}
