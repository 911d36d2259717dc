//! A pull request from its first commit to its end.

use serde_json::{Value, json};

use crate::stage::{HEAD, Stage, pull, push};

/// The next commit of the pull request.
const NEXT: &str = "5555555555555555555555555555555555555555";

/// Pushes it.
async fn newer(stage: &Stage) -> Value {
    let head = json!({"ref": "topic", "sha": NEXT});
    stage.seed("pulls", json!({"repository": "o/r", "number": 7, "head": head})).await;
    let mut next = pull("synchronize");
    next["pull_request"]["head"]["sha"] = json!(NEXT);
    next
}

/// The sandbox of the pull request.
async fn of_pull(stage: &Stage) -> Value {
    stage.platform("GET", "/sandboxes/shop-pr-7", Value::Null).await
}

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
    let next = newer(&stage).await;
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

#[tokio::test]
async fn merging_tells_of_every_workspace_that_the_image_is_shared_with() {
    let stage = Stage::new().await;
    let job = stage.job("push", &push("main", "x"), 1, &["--promote-to", "prod,stage"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let told = async |run: u64, args: &[&str]| {
        let job = stage.job("pull_request", &pull("opened"), run, args);
        assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
        job.summary
    };
    let (both, seen) = (
        "· merging exposes 1 image to <code>prod</code>, <code>stage</code>",
        "shared already: it sees the build",
    );
    // Which of them it is promoted to makes no difference to who sees the build.
    for (run, args) in [(2, &["--promote-to", "stage"][..]), (3, &[])] {
        let summary = told(run, args).await;
        assert!(summary.contains(both), "{summary}");
        assert_eq!(summary.matches(seen).count(), 2, "{summary}");
    }
    let protected = ["--promote-to", "stage", "--protected-workspace", "prod"];
    let summary = told(4, &protected).await;
    let refused = "· the build of the merge is refused for 1 image shared with <code>prod</code>";
    assert!(summary.contains(refused) && !summary.contains("merging exposes"), "{summary}");
    assert!(summary.contains("protected: the build of the merge is refused"), "{summary}");
    let push = stage.job("push", &push("main", "y"), 5, &protected);
    assert_eq!(push.run.code, Some(7), "{}", push.run.shown());
    let summary = told(6, &[&protected[..], &["--allow-propagation"]].concat()).await;
    assert!(summary.contains(both), "{summary}");
    // The merge into another branch builds nothing.
    let mut topic = pull("opened");
    topic["pull_request"]["base"]["ref"] = json!("develop");
    let job = stage.job("pull_request", &topic, 7, &protected);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert!(!job.summary.contains("erging"), "{}", job.summary);
    let args = [&protected[..], &["--production-branch", "develop"]].concat();
    let job = stage.job("pull_request", &topic, 8, &args);
    assert!(job.summary.contains(refused), "{}", job.summary);
}

#[tokio::test]
async fn an_old_run_that_is_run_again_leaves_the_newer_preview() {
    let stage = Stage::new().await;
    let job = stage.job("pull_request", &pull("opened"), 1, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let next = newer(&stage).await;
    stage.file("index.js", "console.log(2)\n");
    let job = stage.job("pull_request", &next, 2, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let image = of_pull(&stage).await["spec"]["runtime"]["image"].clone();
    let writes = || stage.calls("POST", "") + stage.calls("PUT", "") + stage.calls("PATCH", "");
    let before = writes();
    stage.file("index.js", "console.log(1)\n");
    let job = stage.job("pull_request", &pull("opened"), 1, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let notice =
        format!("::notice title=sandgate::nothing is done: {HEAD} is not the newest commit");
    assert!(job.run.stderr.contains(&notice), "{}", job.run.shown());
    assert_eq!(writes(), before, "nothing is written anywhere");
    assert_eq!(of_pull(&stage).await["spec"]["runtime"]["image"], image);
    assert_eq!(job.output("status"), "nothing", "{:?}", job.outputs);
}

#[tokio::test]
async fn a_preview_does_not_come_back_after_the_end() {
    let stage = Stage::new().await;
    stage.seed("pulls", json!({"repository": "o/r", "number": 7, "state": "closed"})).await;
    let job = stage.job("pull_request", &pull("opened"), 1, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert!(job.run.stderr.contains("the pull request 7 is closed"), "{}", job.run.shown());
    assert_eq!(stage.calls("POST", ""), 0);
}

#[tokio::test]
async fn two_repositories_do_not_share_a_preview() {
    let mut stage = Stage::new().await;
    // One that was made before previews told whose they are, or by hand.
    let by_hand = ["preview", "create", "--for", "pr-7"];
    let mut command = crate::common::command(stage.dir.path(), &by_hand);
    command.env("BL_API_URL", &stage.running.base_url).env("BL_WORKSPACE", "dev");
    let made = crate::common::finish(&mut command);
    assert_eq!(made.code, Some(0), "{}", made.shown());
    let job = stage.job("pull_request", &pull("opened"), 1, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let before = of_pull(&stage).await;
    assert_eq!(
        before["metadata"]["labels"]["sandgate-repository"].as_str().map(str::len),
        Some(16),
        "{before}"
    );
    // The other has a project of that name, and a pull request of that number.
    stage.env.insert("GITHUB_REPOSITORY", Some("o/other".to_owned()));
    stage.env.insert("SANDGATE_GITHUB_TOKEN", None);
    for action in ["opened", "closed"] {
        let job = stage.job("pull_request", &pull(action), 2, &[]);
        assert_eq!(job.run.code, Some(7), "{}", job.run.shown());
        assert!(
            job.run.stderr.contains("the preview `shop-pr-7` is of another repository"),
            "{}",
            job.run.shown()
        );
    }
    let after = of_pull(&stage).await;
    assert_eq!(after["spec"]["runtime"]["image"], before["spec"]["runtime"]["image"]);
    stage.env.clear();
    let job = stage.job("pull_request", &pull("closed"), 3, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert!(of_pull(&stage).await["metadata"].is_null());
}

#[tokio::test]
async fn what_is_known_beforehand_begins_nothing() {
    let stage = Stage::new().await;
    for (args, said) in [
        (["--preview-ttl", "7 days"], "7 days"),
        (["--name", "Foo Bar"], "`Foo Bar` is no sandbox name"),
        (["--env", "NOT_SET_ANYWHERE"], "the variable `NOT_SET_ANYWHERE` is not set"),
    ] {
        let job = stage.job("pull_request", &pull("opened"), 1, &args);
        assert_eq!(job.run.code, Some(2), "{}", job.run.shown());
        assert!(job.run.stderr.contains(said), "{said}\n{}", job.run.shown());
    }
    // Of two, one that lacks something keeps nothing from the other.
    for file in ["Dockerfile", "index.js"] {
        let text = std::fs::read_to_string(stage.path(file)).unwrap();
        stage.file(&format!("bare/{file}"), &text);
    }
    stage.file("bare/blaxel.toml", "type = \"sandbox\"\nname = \"bare\"\n");
    let job = stage.job("pull_request", &pull("opened"), 2, &["bare", "."]);
    assert_eq!(job.run.code, Some(2), "{}", job.run.shown());
    assert!(job.summary.contains("no port is known"), "{}", job.summary);
    let forge = stage.forge().await;
    let begun: Vec<&Value> = forge["statuses"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["state"] == "pending")
        .map(|one| &one["context"])
        .collect();
    assert_eq!(begun, ["sandgate/shop@dev"], "{forge}");
    assert_eq!(forge["deployments"].as_array().map(Vec::len), Some(1), "{forge}");
    let made = stage.platform("GET", "/sandboxes", Value::Null).await;
    assert_eq!(made.as_array().map(Vec::len), Some(1), "{made}");
}

#[tokio::test]
async fn a_preview_of_no_pull_request_is_refused_before_it_is_built() {
    let stage = Stage::new().await;
    let job = stage.job("push", &push("topic", "x"), 1, &["--command", "preview"]);
    assert_eq!((job.run.code, job.output("status")), (Some(2), "error"), "{}", job.run.shown());
    assert!(job.summary.starts_with("### ❌ no pull request is known"), "{}", job.summary);
    assert!(!job.summary.contains('✅'), "{}", job.summary);
    assert_eq!(stage.calls("POST", ""), 0);
}

/// What a later commit renamed is not in the checkout of the job that removes it.
#[tokio::test]
async fn the_preview_of_a_project_that_was_renamed_is_removed() {
    let stage = Stage::new().await;
    let job = stage.job("pull_request", &pull("opened"), 1, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let toml = std::fs::read_to_string(stage.path("blaxel.toml")).unwrap();
    stage.file("blaxel.toml", &toml.replace("\"shop\"", "\"store\""));
    // By hand, of a pull request that may be open, what is checked out goes.
    let by_hand = ["--command", "cleanup"];
    let job = stage.job("pull_request", &pull("synchronize"), 2, &by_hand);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let there = async |kind: &str| {
        let all = stage.platform("GET", &format!("/{kind}"), Value::Null).await;
        all.as_array().map(Vec::len)
    };
    assert_eq!((there("sandboxes").await, there("images").await), (Some(1), Some(1)));
    let job = stage.job("pull_request", &pull("closed"), 3, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert_eq!((there("sandboxes").await, there("images").await), (Some(0), Some(0)));
    assert!(job.summary.contains("shop"), "{}", job.summary);
    assert!(!job.summary.contains("store"), "it never had one: {}", job.summary);
    let forge = stage.forge().await;
    assert!(forge["deployments"].to_string().contains("inactive"), "{forge}");
}

/// Whoever may write deployments writes what they like.
#[tokio::test]
async fn a_deployment_that_is_made_up_removes_nothing_but_previews_of_its_pull_request() {
    let stage = Stage::new().await;
    for number in [7, 8] {
        let mut payload = pull("opened");
        payload["number"] = json!(number);
        payload["pull_request"]["number"] = json!(number);
        let job = stage.job("pull_request", &payload, number, &[]);
        assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    }
    let forge = stage.forge().await;
    let made = forge["deployments"][0].clone();
    for (image, workspace) in [("shop-pr-8", "dev"), ("../shop", "dev"), ("store", "prod")] {
        let mut payload = made["payload"].clone();
        payload["id"] = json!(format!("made-up-{image}"));
        payload["record"]["image"] = json!(image);
        payload["record"]["workspace"] = json!(workspace);
        let body = json!({
            "ref": made["sha"], "environment": "pr-7", "payload": payload, "auto_merge": false,
            "required_contexts": [], "task": made["task"],
        });
        stage.post("deployments", &body).await;
    }
    let job = stage.job("pull_request", &pull("closed"), 9, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let left = stage.platform("GET", "/sandboxes", Value::Null).await;
    assert_eq!(left[0]["metadata"]["name"], "shop-pr-8", "{left}");
    assert_eq!(left.as_array().map(Vec::len), Some(1), "{left}");
    assert!(!job.run.shown().contains("store"), "{}", job.run.shown());
}
