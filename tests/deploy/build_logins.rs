//! Logins for the registries of base images: sent for the builder, and kept out of the image.

use std::io::{Cursor, Read as _};

use sandgate::sim::Scenario;
use serde_json::{Value, json};

use crate::{
    library::platform,
    proxy::{Call, Fault, Proxy},
    stage::{Ended, Stage},
};

const CRED: &str = "r.example=me:synthetic-word";

/// A deploy with a login; gives the logins of the archive.
fn deployed(dockerfile: &str, more: &[&str]) -> (Ended, Option<Value>) {
    let stage = Stage::new();
    stage.write("Dockerfile", dockerfile);
    let running = platform(Scenario::Happy);
    let proxy = Proxy::new(running.address, Call::None, Fault::Closed, false);
    let ended = stage.run(&proxy.url, more);
    let all = format!("{}{}{}", ended.stdout, ended.stderr, ended.record);
    assert!(!all.contains("synthetic-word"), "{all}");
    let logins = proxy.seen(Call::Upload).pop().and_then(|upload| {
        let mut archive = zip::ZipArchive::new(Cursor::new(upload.body)).unwrap();
        let mut text = String::new();
        archive.by_name(".docker/config.json").ok()?.read_to_string(&mut text).unwrap();
        Some(serde_json::from_str(&text).unwrap())
    });
    (ended, logins)
}

#[test]
fn a_login_is_sent_for_a_base_of_its_registry_alone() {
    let private = "FROM r.example/acme/base:1\nCOPY index.js .\n";
    let args = ["--registry-cred", CRED, "--registry-cred", "other.example=me:synthetic-word"];
    let (ended, logins) = deployed(private, &args);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let auths = json!({ "auths": { "r.example": { "auth": "bWU6c3ludGhldGljLXdvcmQ=" } } });
    assert_eq!(logins, Some(auths));
    // Nobody asked for one; nobody needs one. What is built is the same.
    let (open, logins) = deployed(private, &[]);
    assert_eq!(logins, None);
    for same in ["context_digest", "deploy_key"] {
        assert!(open.record[same].is_string(), "{}", open.record);
        assert_eq!(open.record[same], ended.record[same], "{same}");
    }
    let (ended, logins) = deployed("FROM node:24-slim\nCOPY index.js .\n", &args);
    assert_eq!((ended.code, logins), (Some(0), None));
    assert!(ended.stderr.contains("none is sent"), "{}", ended.stderr);
}

#[test]
fn a_login_that_would_end_up_in_the_image_is_refused() {
    let (ended, logins) =
        deployed("FROM r.example/acme/base:1\nCOPY . .\n", &["--registry-cred", CRED]);
    assert_eq!((ended.code, logins), (Some(7), None), "{}", ended.stderr);
    assert!(ended.stderr.contains("logins for registries would be copied"), "{}", ended.stderr);
    assert!(ended.stderr.contains("Dockerfile:2"), "{}", ended.stderr);
}
