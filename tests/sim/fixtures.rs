//! The fixture projects, sent as they lie there and as they are packed: the builder's own reading of Dockerfiles against real ones.

use std::{fs, path::Path};

use sandgate::sim::Scenario;
use serde_json::Value;

use crate::{
    client::{Client, archive, sandbox},
    common::{root, run},
};

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

/// The archive that sandgate makes of a project.
fn packed(dir: &Path) -> Vec<u8> {
    let target = tempfile::tempdir().unwrap();
    let file = target.path().join("context.zip");
    let run = run(dir, &["pack", ".", "-o", file.to_str().unwrap()]);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    fs::read(file).unwrap()
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
        let dir = root().join("fixtures").join(folder);
        let mut found = Vec::new();
        files(&dir, "", &mut found);
        let found: Vec<_> =
            found.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        for (how, archive) in [("whole", archive(&found)), ("packed", packed(&dir))] {
            let name = format!("{}-{how}", folder.replace('/', "-"));
            let answer = client.call("POST", "/sandboxes?upload=true", &sandbox(&name)).await;
            assert_eq!(client.upload(&answer.url(), archive).await.status, 200);
            let path = format!("/sandboxes/{name}");
            let ended = |json: &Value| json["status"] == "DEPLOYED" || json["status"] == "FAILED";
            let (sandbox, _) = client.until(&path, ended).await;
            match fault {
                None => assert_eq!(sandbox["status"], "DEPLOYED", "{name}: {}", sandbox["events"]),
                Some(part) => {
                    let message = sandbox["events"][1]["message"].as_str().unwrap_or_default();
                    assert!(message.contains(part), "{name}: {}", sandbox["events"]);
                }
            }
        }
    }
}
