//! People who logged in with the official client.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use sandgate::sim::{Config, Running, start};
use serde_json::{Value, json};

use crate::common::{Run, command, finish};

const SECRET: &str = "synthetic-secret-of-the-platform";

/// A platform that knows one key.
fn locked() -> Running {
    start(Config { key: Some(SECRET.to_owned()), ..Config::default() }).unwrap()
}

/// A home with a login, readable by its owner alone.
fn home(config: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".blaxel")).unwrap();
    let file = home.path().join(".blaxel/config.yaml");
    fs::write(&file, config).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    home
}

fn list(home: &Path, running: Option<&Running>, more: &[(&str, &str)]) -> Run {
    let mut command = command(home, &["sandbox", "list"]);
    command.env_remove("BL_API_KEY").env("HOME", home);
    if let Some(running) = running {
        command.env("BL_API_URL", &running.base_url);
    }
    command.envs(more.iter().copied());
    let file = home.join(".blaxel/config.yaml");
    let before = fs::read(&file).unwrap_or_default();
    let run = finish(&mut command);
    assert_eq!(fs::read(&file).unwrap_or_default(), before, "the login was changed");
    for secret in [SECRET, "refresh-", "device-"] {
        assert!(!run.shown().contains(secret), "{}", run.shown());
    }
    run
}

/// An access token that says when it is over.
fn jwt(exp: i64) -> String {
    let body = BASE64_URL_SAFE_NO_PAD.encode(json!({ "exp": exp }).to_string());
    format!("e30.{body}.c2ln")
}

#[test]
fn a_key_of_the_login_is_used() {
    let running = locked();
    let config = format!(
        "context:\n  workspace: one\nworkspaces:\n- name: one\n  credentials:\n    apiKey: {SECRET}\n"
    );
    let home = home(&config);
    let run = list(home.path(), Some(&running), &[]);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    // Whoever gives a key of their own means that one.
    let run = list(
        home.path(),
        Some(&running),
        &[("BL_API_KEY", "wrong-key-1"), ("BL_WORKSPACE", "one")],
    );
    assert_eq!(run.code, Some(6), "{}", run.shown());
    let run = list(home.path(), Some(&running), &[("BL_WORKSPACE", "two")]);
    assert_eq!(run.code, Some(6), "{}", run.shown());
    assert!(run.stderr.contains("nobody is logged in to the workspace `two`"), "{}", run.stderr);
}

#[test]
fn both_spellings_of_client_credentials_are_exchanged() {
    use base64::prelude::BASE64_STANDARD;
    let running = locked();
    let client = BASE64_STANDARD.encode(format!("id:{SECRET}"));
    for spelling in ["client_credentials", "clientCredentials"] {
        let home = home(&format!(
            "context: {{workspace: one}}\nworkspaces:\n- name: one\n  credentials:\n    {spelling}: {client}\n"
        ));
        let run = list(home.path(), Some(&running), &[]);
        assert_eq!(run.code, Some(0), "{}", run.shown());
    }
}

#[tokio::test]
async fn a_token_that_is_over_is_refreshed_in_memory() {
    use base64::prelude::BASE64_STANDARD;
    let running = locked();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/oauth/token", running.base_url);
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("id:{SECRET}")));
    let body = json!({ "grant_type": "client_credentials" }).to_string();
    let given = http.post(&url).header("Authorization", basic).body(body).send().await.unwrap();
    let given: Value = serde_json::from_str(&given.text().await.unwrap()).unwrap();
    let (access, refresh) =
        (given["access_token"].as_str().unwrap(), given["refresh_token"].as_str().unwrap());
    let config = |access: &str, refresh: &str| {
        format!(
            "context: {{workspace: one}}\nworkspaces:\n- name: one\n  credentials:\n    access_token: {access}\n    refresh_token: {refresh}\n    expires_in: 7200\n    device_code: device-1\n"
        )
    };
    // One that is over says so; one that was revoked does not; one that counts is used as it is.
    let (over, revoked) = (jwt(1_000_000_000), jwt(4_000_000_000));
    for (access, refresh, code) in [
        (over.as_str(), refresh, 0),
        (revoked.as_str(), refresh, 0),
        (access, "refresh-unknown", 0),
        (over.as_str(), "refresh-unknown", 6),
        (over.as_str(), "''", 6),
        (revoked.as_str(), "''", 6),
    ] {
        let home = home(&config(access, refresh));
        let run = list(home.path(), Some(&running), &[]);
        assert_eq!(run.code, Some(code), "{}", run.shown());
        if code == 6 {
            assert!(run.stderr.contains("`bl login one` renews it"), "{}", run.stderr);
        }
    }
}

#[test]
fn a_file_that_cannot_be_used_is_told_without_its_content() {
    let secret = format!("context: {{workspace: one}}\nworkspaces: {SECRET}\n");
    let broken = home(&secret);
    let run = list(broken.path(), None, &[]);
    assert_eq!(run.code, Some(2), "{}", run.shown());
    assert!(run.stderr.contains("cannot be read"), "{}", run.stderr);

    let open = home(&format!(
        "context: {{workspace: one}}\nworkspaces:\n- name: one\n  credentials: {{apiKey: {SECRET}}}\n"
    ));
    let file = open.path().join(".blaxel/config.yaml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let run = list(open.path(), None, &[]);
    assert_eq!(run.code, Some(2), "{}", run.shown());
    assert!(run.stderr.contains("chmod 600"), "{}", run.stderr);

    let none = tempfile::tempdir().unwrap();
    let run = list(none.path(), None, &[]);
    assert_eq!(run.code, Some(6), "{}", run.shown());
    assert!(run.stderr.contains("bl login"), "{}", run.stderr);
}

#[test]
fn the_login_chooses_the_platform_unless_the_caller_does() {
    let running = locked();
    let config = |env: &str| {
        format!(
            "context: {{workspace: one}}\nworkspaces:\n- name: one\n  env: {env}\n  credentials: {{apiKey: {SECRET}}}\n"
        )
    };
    let odd = home(&config("elsewhere"));
    let run = list(odd.path(), None, &[]);
    assert_eq!(run.code, Some(2), "{}", run.shown());
    assert!(run.stderr.contains("`elsewhere` is no environment"), "{}", run.stderr);
    let run = list(odd.path(), Some(&running), &[]);
    assert_eq!(run.code, Some(0), "{}", run.shown());
}
