//! A pull request from its first commit to its end.

use serde_json::{Value, json};

use crate::stage::{Stage, pull};

#[tokio::test]
async fn a_pull_request_gets_a_preview_and_one_comment_that_says_what_merging_does() {
    let stage = Stage::new().await;
    let job = stage.job("pull_request", &pull("opened"), 1, &["--promote-to", "prod"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let url = job.output("preview-url");
    assert!(url.starts_with("http"), "{:?}", job.outputs);
    assert_eq!(job.output("status"), "succeeded");
    assert!(job.output("image-id").starts_with("sandbox/shop-pr-7:"), "{:?}", job.outputs);
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    for part in [
        "### ✅ Sandbox images: 1 is fine · merging exposes 1 image to <code>prod</code>",
        "Preview in <code>dev</code>",
        "What merging does",
        &format!("[open]({url})"),
    ] {
        assert!(comment.contains(part), "{part}\n{comment}");
    }
    assert!(job.output("comment-url").contains("/o/r/pull/7#"), "{:?}", job.outputs);
    let forge = stage.forge().await;
    let states: Vec<&str> = forge["statuses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["state"].as_str().unwrap())
        .collect();
    assert_eq!(states.len(), 2, "one before it is built, one after: {forge}");
    // The preview of the simulator is on this machine, which is no page to link to.
    let ended = &forge["statuses"][1];
    assert_eq!(ended["target_url"], "https://github.com/o/r/actions/runs/1", "{forge}");

    // The next commit changes the same comment.
    let mut next = pull("synchronize");
    next["pull_request"]["head"]["sha"] = json!("5555555555555555555555555555555555555555");
    stage.file("index.js", "console.log(2)\n");
    let job = stage.job("pull_request", &next, 2, &["--promote-to", "prod"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    assert!(comment.contains("Earlier commits (1)"), "{comment}");

    // It is closed: nothing is left but the comment.
    let job = stage.job("pull_request", &pull("closed"), 3, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    for kind in ["sandboxes", "images"] {
        let left = stage.platform("GET", &format!("/{kind}"), Value::Null).await;
        assert_eq!(left.as_array().map(Vec::len), Some(0), "{kind}: {left}");
    }
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    assert!(comment.contains("🧹 The previews of this pull request are removed."), "{comment}");
    let forge = stage.forge().await;
    let states = forge["deployments"].to_string();
    assert!(states.contains("inactive"), "{states}");
}
