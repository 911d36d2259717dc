//! Every call, as it is meant to go.

use sandgate::ship::forge::{
    github::{
        checks::{self, Annotation, Conclusion, Level},
        comments, deployments, pulls, statuses, users,
    },
    row,
};
use serde_json::json;

use crate::world::{BOT, HEAD, MERGE, World, client, row};

/// So many annotations.
pub(crate) fn annotations(count: u32) -> Vec<Annotation> {
    let one = |line| Annotation {
        path: "images/web/Dockerfile".to_owned(),
        start_line: line,
        end_line: line,
        columns: Some((1, 5)),
        level: Level::Warning,
        title: "SG001".to_owned(),
        message: format!("number {line}"),
    };
    (1..=count).map(one).collect()
}

#[tokio::test]
async fn statuses_are_made_and_the_newest_of_each_context_counts() {
    let world = World::new(&[]).await;
    let client = world.client();
    for (context, state) in [
        ("sandgate/web", statuses::State::Pending),
        ("other", statuses::State::Error),
        ("sandgate/web", statuses::State::Failure),
    ] {
        let target_url = Some("https://ci.example/1");
        let new = statuses::New { context, state, description: &"ü".repeat(200), target_url };
        let made = statuses::create(&client, HEAD, &new).await.unwrap();
        assert_eq!((made.context.as_str(), made.state), (context, state));
        assert_eq!(made.description.chars().count(), 140);
        assert_eq!(made.author.as_deref(), Some(BOT));
    }
    assert_eq!(world.there().await["statuses"].as_array().unwrap().len(), 3);
    let newest = statuses::newest(&client, HEAD).await.unwrap();
    let web = newest.iter().find(|one| one.context == "sandgate/web").unwrap();
    assert_eq!((newest.len(), web.state), (2, statuses::State::Failure));
    assert!(statuses::newest(&client, MERGE).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_row_is_read_as_it_was_written_and_the_newest_over_all_commits_counts() {
    let world = World::new(&[]).await;
    let client = world.client();
    let long = row(&"x".repeat(240), "long");
    for row in [&row("web", "old"), &row("api", "one"), &row("web", "new"), &long] {
        row::publish(&client, row).await.unwrap();
    }
    let later = row::Row { sha: MERGE.to_owned(), ..row("api", "two") };
    row::publish(&client, &later).await.unwrap();
    let other = statuses::New {
        context: "someone/else",
        state: statuses::State::Error,
        description: "",
        target_url: None,
    };
    statuses::create(&client, HEAD, &other).await.unwrap();
    for shas in [[HEAD, MERGE], [MERGE, HEAD]] {
        let rows = row::read(&client, &shas).await.unwrap();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows, [row("web", "new"), long.clone(), later.clone()], "as they were written");
    }
}

#[tokio::test]
async fn deployments_carry_a_record() {
    let world = World::new(&[]).await;
    let client = world.client();
    let new = |id, sha| deployments::New {
        sha,
        environment: "pr 7/ä&b",
        description: "web at k3x9f2",
        id,
        record: json!({"image": "sandbox/web:k3x9f2"}),
        transient: true,
        production: false,
    };
    // A status that is not well holds no deployment back.
    row::publish(&client, &row::Row { state: statuses::State::Failure, ..row("web", "bad") })
        .await
        .unwrap();
    let first = deployments::create(&client, &new("run 1", HEAD)).await.unwrap();
    let second = deployments::create(&client, &new("run 2", MERGE)).await.unwrap();
    assert_eq!(first.record["image"], "sandbox/web:k3x9f2");
    assert_eq!((first.sha.as_str(), first.key.as_str()), (HEAD, "run 1"));
    let of_head = deployments::list(&client, Some(HEAD), "pr 7/ä&b").await.unwrap();
    assert_eq!(of_head, std::slice::from_ref(&first));
    let all = deployments::list(&client, None, "pr 7/ä&b").await.unwrap();
    assert_eq!(all.len(), 2);
    assert!(deployments::list(&client, None, "elsewhere").await.unwrap().is_empty());
    for state in [deployments::State::InProgress, deployments::State::Success] {
        let status = deployments::NewStatus {
            state,
            description: "on its way",
            log_url: Some("https://ci.example/1"),
            environment_url: Some("https://preview.example"),
            auto_inactive: false,
        };
        deployments::set(&client, second.id, &status).await.unwrap();
    }
    let statuses = deployments::statuses(&client, second.id).await.unwrap();
    assert_eq!(statuses[0].state, Some(deployments::State::Success), "newest first");
    assert_eq!(statuses[0].environment_url.as_deref(), Some("https://preview.example"));
    let ended = deployments::NewStatus {
        state: deployments::State::Inactive,
        description: "closed",
        log_url: None,
        environment_url: None,
        auto_inactive: false,
    };
    deployments::set(&client, second.id, &ended).await.unwrap();
    let statuses = deployments::statuses(&client, second.id).await.unwrap();
    assert_eq!(statuses[0].state, Some(deployments::State::Inactive));
}

#[tokio::test]
async fn a_check_run_takes_any_number_of_annotations() {
    let world = World::new(&[]).await;
    let client = world.client();
    let annotations = annotations(120);
    let new = checks::New {
        name: "sandgate",
        sha: HEAD,
        id: "run 1",
        details_url: Some("https://ci.example/1"),
        conclusion: Conclusion::Failure,
        title: "120 warnings",
        summary: "All of them.",
        annotations: &annotations,
    };
    let made = checks::create(&client, &new).await.unwrap();
    assert_eq!(made.annotations, 120);
    let there = world.there().await;
    let kept = there["checks"][0]["annotations"].as_array().unwrap();
    assert_eq!(kept.len(), 120);
    assert_eq!(kept[119]["message"], "number 120");
    assert_eq!(world.calls("POST", "/check-runs").len(), 1);
    let batches = world.running.calls().into_iter().filter(|call| call.method == "PATCH").count();
    assert_eq!(batches, 2);
    let runs = checks::list(&client, HEAD, "sandgate").await.unwrap();
    assert_eq!((runs.len(), runs[0].key.as_str(), runs[0].annotations), (1, "run 1", 120));
}

#[tokio::test]
async fn pull_requests_are_found_by_number_commit_and_branch() {
    let world = World::new(&[]).await;
    let client = world.client();
    let pull = pulls::get(&client, 7).await.unwrap().unwrap();
    assert_eq!((pull.number, pull.open, pull.merged), (7, true, false));
    assert_eq!((pull.head.sha.as_str(), pull.head.branch.as_str()), (HEAD, "bump"));
    assert_eq!(pull.base.branch, "main");
    assert!(!pull.is_from_fork());
    assert_eq!(pulls::get(&client, 8).await.unwrap(), None);
    assert_eq!(pulls::of_commit(&client, HEAD).await.unwrap(), std::slice::from_ref(&pull));
    assert_eq!(pulls::from_branch(&client, "o:bump").await.unwrap().len(), 1);
    assert!(pulls::from_branch(&client, "x:bump").await.unwrap().is_empty());

    let fork = json!({"repository": "o/r", "number": 8, "head": {"repo": "fork/r"}});
    world.seed("pulls", fork).await;
    let pull = pulls::get(&client, 8).await.unwrap().unwrap();
    assert!(pull.is_from_fork());
    world.seed("pulls", json!({"repository": "o/r", "number": 8, "head": {"repo": null}})).await;
    let pull = pulls::get(&client, 8).await.unwrap().unwrap();
    assert_eq!(pull.head.repository, None);
    assert!(pull.is_from_fork(), "one that is deleted");
}

#[tokio::test]
async fn a_merge_is_known_of_its_commit_after_a_while() {
    let world = World::new(&[]).await;
    let client = world.client();
    // An hour, of which a fiftieth passes.
    let merged = json!({"repository": "o/r", "number": 7, "merged": true, "merge_commit_sha": MERGE, "lag": 3600});
    world.seed("pulls", merged).await;
    let pull = pulls::get(&client, 7).await.unwrap().unwrap();
    assert!(pull.merged && !pull.open);
    assert_eq!(pull.merge_commit.as_deref(), Some(MERGE));
    assert!(pulls::of_commit(&client, MERGE).await.unwrap().is_empty(), "not yet");
    let merged = json!({"repository": "o/r", "number": 7, "merged": true, "lag": 0});
    world.seed("pulls", merged).await;
    let found = pulls::of_commit(&client, MERGE).await.unwrap();
    assert_eq!((found.len(), found[0].number, found[0].merged), (1, 7, true));
    // The commit is filled for one that was not merged, too.
    let unmerged =
        json!({"repository": "o/r", "number": 9, "state": "closed", "merge_commit_sha": MERGE});
    world.seed("pulls", unmerged).await;
    assert!(!pulls::get(&client, 9).await.unwrap().unwrap().merged);
    assert_eq!(pulls::of_commit(&client, MERGE).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_token_tells_whose_it_is() {
    let world = World::new(&[]).await;
    let client_of_job = world.client();
    assert_eq!(client_of_job.repository(), "o/r");
    assert_eq!(users::me(&client_of_job).await.unwrap(), None);
    let person = client(&world.api, "ghp_ada");
    assert_eq!(users::me(&person).await.unwrap().as_deref(), Some("ada"));
}

#[tokio::test]
async fn comments_of_every_page_are_read() {
    let world = World::new(&[]).await;
    let client = world.client();
    world
        .seed("comments", json!({"repository": "o/r", "issue": 7, "count": 250, "body": "x"}))
        .await;
    let all = comments::list(&client, 7).await.unwrap();
    assert_eq!(all.len(), 250);
    assert_eq!(world.running.calls().len(), 3);
    assert!(all.windows(2).all(|two| two[0].id < two[1].id));
    let found = comments::find(&client, all[249].id).await.unwrap().unwrap();
    assert_eq!((found.author.as_str(), found.body.as_str()), ("octocat", "x"));
    assert!(comments::delete(&client, found.id).await.unwrap());
    assert!(!comments::delete(&client, found.id).await.unwrap());
    assert_eq!(comments::find(&client, found.id).await.unwrap(), None);
}
