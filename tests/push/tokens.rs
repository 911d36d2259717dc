//! Finished images from registries with a token server, and logins that Docker's credential helpers keep: end to end, to
//! Docker's own registry. Says loudly when it is not installed.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Child};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use sandgate::sim::Scenario;
use serde_json::{Value, json};

use crate::{
    common::root,
    library::platform,
    proxy::{Call, Fault, Proxy},
    registry::{Given, Registry, WORD, free, is_there, registry, run, sent, serve, sh, start},
};

/// What the token server takes.
const PASSWORD: &str = "synthetic-word";
const IDENTITY: &str = "synthetic-identity";

struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A second registry over the same store, which wants tokens; and its token server.
fn tokens(dir: &Path) -> (u16, [Ends; 2]) {
    let (port, issuer) = (free(), free());
    sh(
        dir,
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
         -keyout tok.key -out tok.crt -subj /CN=test-token 2>/dev/null",
    );
    let script = root().join("tests/data/token-server.py");
    let args = [script.to_str().unwrap(), &issuer.to_string(), "tok.key", "tok.crt"];
    let server = start(dir, issuer, "/usr/bin/python3", &args);
    let auth = format!(
        "token: {{realm: \"http://127.0.0.1:{issuer}/token\", service: test-registry, issuer: test-issuer, \
         rootcertbundle: ./tok.crt}}"
    );
    (port, [Ends(server), Ends(serve(dir, port, &auth))])
}

/// A helper that knows one registry, and the folder that it lies in.
fn helper(dir: &Path, name: &str, key: &str, user: &str, secret: &str) {
    fs::create_dir_all(dir).unwrap();
    let answer = json!({ "ServerURL": key, "Username": user, "Secret": secret });
    let script = format!(
        "#!/bin/sh\nread key\n[ \"$1 $key\" = 'get {key}' ] || {{ echo 'credentials not found in native keychain'; exit 1; }}\n\
         echo '{answer}'\n"
    );
    let path = dir.join(format!("docker-credential-{name}"));
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn config(dir: &Path, name: &str, config: &Value) -> String {
    let folder = dir.join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.json"), config.to_string()).unwrap();
    folder.to_str().unwrap().to_owned()
}

/// The `auths` that the platform gets, or the exit code and a word of what was said.
type Want<'a> = Result<Value, (i32, &'a str)>;
/// A way, the image, the arguments and the folder of Docker's configuration, and what comes of it.
type Row<'a> = (&'a str, &'a str, (Vec<String>, String), Want<'a>);

#[test]
fn tokens_and_helpers_lead_to_the_image_and_only_their_login_is_sent() {
    if !is_there() {
        return;
    }
    let basic: Registry = registry();
    let dir = basic.dir.path();
    let (port, _running) = tokens(dir);
    let host = format!("127.0.0.1:{port}");
    let (of_basic, of_tokens) = (basic.image("api"), format!("{host}/acme/app:api"));
    let auth = |text: &str| json!({ "auth": BASE64_STANDARD.encode(text) });
    let one = |host: &str, entry: Value| Ok(json!({ host: entry }));

    let tools = dir.join("tools");
    helper(&tools, "basic", &basic.host(), "me", WORD);
    helper(&tools, "identity", &host, "<token>", IDENTITY);
    helper(&tools, "empty", "elsewhere.example", "me", WORD);
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let (basic_host, none) = (basic.host(), json!({}));
    let identity = json!({ "auths": { &host: { "identitytoken": IDENTITY } } });
    let spent = json!({ "auths": { &host: { "identitytoken": "synthetic-identity-of-before" } } });
    let by_host = json!({ "credHelpers": { &basic_host: "basic" }, "credsStore": "empty" });
    let by_store = json!({ "credsStore": "identity", "auths": { &host: none } });
    let nothing = json!({ "credsStore": "empty" });
    let missing = json!({ "credsStore": "not-there" });
    let file = |name: &str, value: &Value| format!("{}/config.json", config(dir, name, value));
    let (identity, spent) = (file("identity", &identity), file("spent", &spent));
    let typed = format!("{host}=ci:{PASSWORD}");
    let wrong = format!("{host}=ci:synthetic-word-of-before");

    let given = |args: &[&str]| (args.iter().map(ToString::to_string).collect(), String::new());
    let user = |name: &str, value: &Value| {
        (vec!["--user-docker-config".to_owned()], config(dir, name, value))
    };
    let rows: [Row<'_>; 9] = [
        (
            "a password for a token",
            &of_tokens,
            given(&["--registry-cred", &typed]),
            one(&host, auth(&format!("ci:{PASSWORD}"))),
        ),
        (
            "an identity token",
            &of_tokens,
            given(&["--docker-config", &identity]),
            one(&host, json!({ "identitytoken": IDENTITY })),
        ),
        (
            "a helper of one registry",
            &of_basic,
            user("by-host", &by_host),
            one(&basic_host, auth(&format!("me:{WORD}"))),
        ),
        (
            "a helper of all, with an identity token",
            &of_tokens,
            user("by-store", &by_store),
            one(&host, json!({ "identitytoken": IDENTITY })),
        ),
        ("a wrong password", &of_tokens, given(&["--registry-cred", &wrong]), Err((6, "refuses"))),
        ("a spent token", &of_tokens, given(&["--docker-config", &spent]), Err((6, "refuses"))),
        ("no login", &of_tokens, given(&[]), Err((6, "give a login"))),
        (
            "a helper that has nothing",
            &of_basic,
            user("nothing", &nothing),
            Err((6, "give a login")),
        ),
        (
            "no helper",
            &of_basic,
            user("missing", &missing),
            Err((2, "docker-credential-not-there")),
        ),
    ];
    for (way, image, (args, folder), want) in rows {
        let mut given = Given {
            args: args.iter().map(String::as_str).collect(),
            env: vec![("PATH", path.as_str())],
            ..Given::default()
        };
        if !folder.is_empty() {
            given.env.push(("DOCKER_CONFIG", &folder));
        }
        let running = platform(Scenario::Happy);
        let proxy = Proxy::new(running.address, Call::None, Fault::Closed, false);
        let ended = run("push", &proxy.url, image, &given);
        let place = format!("{way}: {}", ended.stderr);
        match want {
            Ok(auths) => {
                assert_eq!(ended.code, Some(0), "{place}");
                assert!(ended.stderr.contains("Checked"), "{place}");
                let body = sent(&proxy.seen(Call::Import));
                let config: Value =
                    serde_json::from_str(body["dockerConfig"].as_str().unwrap()).unwrap();
                assert_eq!(config, json!({ "auths": auths }), "{place}");
            }
            Err((code, told)) => {
                assert_eq!(ended.code, Some(code), "{place}");
                assert!(ended.stderr.contains(told), "{place}");
                assert!(proxy.seen(Call::Import).is_empty(), "{place}");
            }
        }
    }
}
