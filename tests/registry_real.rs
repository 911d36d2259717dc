//! `--online` against Docker's own registry, with every way in. Says loudly when it is not
//! installed.
#![cfg(all(feature = "remote", unix))]
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use common::{command, finish};
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
    let mut command = command(&app, &["lint", ".", "--online", "--format", "json"]);
    command.env("DOCKER_CONFIG", dir.join("docker"));
    if let Some(ca) = ca {
        command.env("SSL_CERT_FILE", dir.join(ca));
    }
    let run = finish(&mut command);
    let value: Value = serde_json::from_str(&run.stdout).unwrap();
    (value["images"][0].clone(), run.stderr)
}

/// An image in three forms: alone, as Docker's schema 2, and in an index with an attestation.
fn push(dir: &Path, port: u16) {
    let made = format!(
        "umoci init --layout lay
         umoci new --image lay:base
         mkdir root; echo one > root/one; umoci insert --image lay:base root /root
         echo two > root/two; umoci insert --image lay:base root /root
         umoci config --image lay:base --os linux --architecture amd64 --config.env A=b
         skopeo copy -q --dest-tls-verify=false oci:lay:base docker://127.0.0.1:{port}/acme/base:1
         skopeo copy -q --dest-tls-verify=false --format v2s2 oci:lay:base docker://127.0.0.1:{port}/acme/base:v2s2"
    );
    sh(dir, &made);
    let index: Value =
        serde_json::from_slice(&fs::read(dir.join("lay/index.json")).unwrap()).unwrap();
    let mut image = index["manifests"][0].clone();
    image.as_object_mut().unwrap().remove("annotations");
    let mut attestation = image.clone();
    image["platform"] = json!({ "os": "linux", "architecture": "amd64" });
    attestation["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
    let whole = json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [attestation, image] });
    fs::write(dir.join("index.json"), whole.to_string()).unwrap();
    let url = format!("http://127.0.0.1:{port}/v2/acme/base/manifests/multi");
    let put = format!(
        "import urllib.request as r; r.urlopen(r.Request('{url}', open('index.json','rb').read(), \
         {{'Content-Type': 'application/vnd.oci.image.index.v1+json'}}, method='PUT'))"
    );
    sh(dir, &format!("python3 -c \"{put}\""));
}

/// Compressed bytes as skopeo tells them.
fn measured(dir: &Path, port: u16, tag: &str) -> u64 {
    let raw = sh(
        dir,
        &format!(
            "skopeo inspect --raw --tls-verify=false docker://127.0.0.1:{port}/acme/base:{tag}"
        ),
    );
    let manifest: Value = serde_json::from_str(&raw).unwrap();
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
    for (tag, size) in [("1", size), ("v2s2", measured(dir, plain, "v2s2")), ("multi", size)] {
        let (image, said) = look(dir, &format!("127.0.0.1:{plain}/acme/base:{tag}"), None);
        assert_eq!(image["bytes"], size, "{tag}: {said}");
        assert_eq!(image["source"], "registry", "{tag}");
    }

    sh(dir, "htpasswd -Bbn ci synthetic-word > htpasswd");
    let (basic, _basic) =
        registry(dir, "basic", "auth: {htpasswd: {realm: test, path: ./htpasswd}}\n", "");
    let key = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
    sh(dir, &format!("{key} -keyout tok.key -out tok.crt -subj /CN=test-token 2>/dev/null"));
    let port = free();
    let script = common::root().join("tests/data/token-server.py");
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
