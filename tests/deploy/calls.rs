//! The calls of a deploy and of a push, none more. `docs/shipping.md` lists them.

use sandgate::sim::Scenario;

use crate::{
    common::root,
    library::{DOCKERFILE, Deploy, platform},
    proxy::{Call, Fault, Proxy},
};

/// Takes the calls before the first look off, and the looks: each asks once, and once for the log where there is
/// something already.
fn parts<'a>(calls: &'a [String], own: &'a str) -> Vec<&'a str> {
    let logs = "GET /v0/observability/logs";
    let (first, looks) = calls.split_at(3);
    assert!(looks.iter().all(|call| call == own || call == logs), "{calls:#?}");
    assert_eq!(looks.first().map(String::as_str), Some(own), "{calls:#?}");
    assert_eq!(looks.last().map(String::as_str), Some(logs), "{calls:#?}");
    assert!(!looks.windows(2).any(|two| two[0] == logs && two[1] == logs), "{calls:#?}");
    first.iter().map(String::as_str).chain([own, logs]).collect()
}

/// Every call is named by the page.
fn documented(title: &str, calls: &[&str]) {
    let page = std::fs::read_to_string(root().join("docs/shipping.md")).unwrap();
    let section = page.split(&format!("### {title}\n")).nth(1).expect(title);
    let section = section.split("\n#").next().unwrap();
    let listed: Vec<&str> =
        section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let shown: Vec<String> = calls
        .iter()
        .map(|call| {
            let call = call.replace("/v0", "");
            call.strip_suffix("/box").map_or(call.clone(), |call| format!("{call}/NAME"))
        })
        .collect();
    assert_eq!(listed, shown, "{title}");
}

#[test]
fn a_deploy_makes_no_call_too_many() {
    let running = platform(Scenario::Happy);
    for (title, text, write) in [
        ("A new sandbox", DOCKERFILE.to_owned(), "POST /v0/sandboxes"),
        ("An update", format!("{DOCKERFILE}EXPOSE 3000\n"), "PUT /v0/sandboxes/box"),
    ] {
        let proxy = Proxy::new(running.address, Call::None, Fault::Closed, false);
        let files = [("Dockerfile", text.as_str())];
        let mut deploy = Deploy::to(&proxy.url);
        deploy.files = &files;
        deploy.run().0.unwrap();
        let calls = proxy.calls();
        let parts = parts(&calls, "GET /v0/sandboxes/box");
        assert_eq!(parts[..3], ["GET /v0/sandboxes/box", write, "PUT (store)"]);
        documented(title, &parts);
    }
}

#[test]
fn a_push_makes_no_call_too_many() {
    let running = platform(Scenario::Happy);
    let proxy = Proxy::new(running.address, Call::None, Fault::Closed, false);
    Deploy::to(&proxy.url).push().0.unwrap();
    let calls = proxy.calls();
    let parts = parts(&calls, "GET /v0/images/sandbox/box");
    assert_eq!(parts[..3], ["GET /v0/images/sandbox/box", "POST /v0/images", "PUT (store)"]);
    documented("An image", &parts);
}
