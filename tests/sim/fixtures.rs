//! The fixture projects, sent as they lie there: the builder's own reading of Dockerfiles against real ones.

use std::{fs, path::Path};

use sandgate::sim::Scenario;

use crate::{client::Client, common::root};

fn files(dir: &Path, under: &str, out: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{under}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            files(&entry.path(), &format!("{name}/"), out);
        } else if let Ok(bytes) = fs::read(entry.path()) {
            out.push((name, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
}

#[tokio::test]
async fn good_projects_are_built_and_those_with_missing_files_are_not() {
    let client = Client::new(Scenario::Happy);
    let cases = [
        ("desktop", None),
        ("docker-in-sandbox", None),
        ("go-multistage", None),
        ("nextjs-agent", None),
        ("platform-example", None),
        ("playwright", None),
        ("private-registry", None),
        ("python-data", None),
        ("bad-contract/script-missing", Some("not found")),
        ("bad-contract/script-ignored", Some("not found")),
    ];
    for (folder, fault) in cases {
        let mut found = Vec::new();
        files(&root().join("fixtures").join(folder), "", &mut found);
        let found: Vec<_> =
            found.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let name = folder.replace('/', "-");
        assert_eq!(client.deploy(&name, &found).await.status, 200);
        let path = format!("/sandboxes/{name}");
        let ended =
            |json: &serde_json::Value| json["status"] == "DEPLOYED" || json["status"] == "FAILED";
        let (sandbox, _) = client.until(&path, ended).await;
        match fault {
            None => assert_eq!(sandbox["status"], "DEPLOYED", "{folder}: {}", sandbox["events"]),
            Some(part) => {
                let message = sandbox["events"][1]["message"].as_str().unwrap_or_default();
                assert!(message.contains(part), "{folder}: {}", sandbox["events"]);
            }
        }
    }
}
