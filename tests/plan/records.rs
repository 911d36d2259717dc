//! Records of earlier runs: digests need no history.

use std::fs;

use serde_json::{Value, json};

use crate::{
    common::{command, finish},
    repository::{Repository, SANDBOX},
};

/// Pushes a project to the embedded platform, and makes the record into one of a real run.
fn push(repository: &Repository, path: &str, at: &str, edit: impl Fn(&mut Value)) -> String {
    push_with(repository, path, at, &[], edit)
}

fn push_with(
    repository: &Repository,
    path: &str,
    at: &str,
    more: &[&str],
    edit: impl Fn(&mut Value),
) -> String {
    let file = repository.dir.join(".git/record.json");
    let args = ["push", path, "--sim", "--fail-on", "never", "--record", file.to_str().unwrap()];
    let run = finish(&mut command(&repository.dir, &[&args, more].concat()));
    assert_eq!(run.code, Some(0), "{}", run.shown());
    let mut record: Value = fs::read_to_string(&file).unwrap().parse().unwrap();
    assert_eq!(record["simulated"], true);
    record["simulated"] = json!(false);
    record["workspace"] = json!("dev");
    record["started"] = json!(at);
    let name = record["name"].as_str().unwrap().to_owned();
    record["image"] = json!(format!("sandbox/{name}:t1"));
    edit(&mut record);
    let out = repository.dir.join(format!("../records/{name}-{}/record.json", at.replace(':', "")));
    fs::create_dir_all(out.parent().unwrap()).unwrap();
    fs::write(&out, record.to_string()).unwrap();
    out.to_str().unwrap().to_owned()
}

const NINE: &str = "2026-11-24T09:00:00Z";
const TEN: &str = "2026-11-24T10:00:00Z";

#[test]
fn the_same_digest_is_not_built_again_whatever_git_says() {
    let repository = Repository::three();
    push(&repository, "images/base", NINE, |_| ());
    push(&repository, "images/web", NINE, |_| ());
    let plan = repository.plan(&["--records", "../records"]);
    assert_eq!(plan.built(), ["api"]);
    assert_eq!(plan.reason("web"), "same digest as t1");
    assert_eq!(plan.reason("api"), "no earlier record");
    plan.is_calm();
    // A shallow clone of one commit, with a base that it lacks.
    let clone = repository.clone(&["--depth", "1"]);
    let records = repository.dir.join("../records");
    let plan = clone.plan(&["--base", "HEAD^1", "--records", records.to_str().unwrap()]);
    assert_eq!(plan.built(), ["api"]);
    plan.warns(&["shallow", "every image is built that no record tells otherwise of"]);
    // A change and its way back: git sees two commits, the digest none.
    repository.change("images/web/index.html", "2\n");
    let plan = repository.plan(&["--records", "../records", "--base", "HEAD~1"]);
    assert_eq!(plan.reason("web"), "`images/web/index.html` changed");
    repository.change("images/web/index.html", "1\n");
    let plan = repository.plan(&["--records", "../records", "--base", "HEAD~1"]);
    assert_eq!(plan.reason("web"), "same digest as t1");
    // `api` is not in the records, but git knows that nothing changed.
    assert!(plan.reason("api").starts_with("unchanged since"), "{}", plan.reason("api"));
}

#[test]
fn logins_for_registries_are_in_no_digest() {
    let repository = Repository::three();
    let private = SANDBOX
        .replace("debian:12", "r.example/acme/base:1")
        .replace("COPY . ", "COPY index.html ");
    repository.change("images/web/Dockerfile", &private);
    let login = ["--registry-cred", "r.example=me:synthetic-word"];
    push_with(&repository, "images/web", NINE, &login, |_| ());
    let plan = repository.plan(&["--records", "../records"]);
    assert_eq!(plan.reason("web"), "same digest as t1");
}

#[test]
fn what_was_never_built_is_though_git_sees_no_change() {
    let repository = Repository::three();
    push(&repository, "images/web", NINE, |_| ());
    // This one failed to build, say, and the next push touches something else.
    repository.change("images/web/index.html", "2\n");
    repository.change("README.md", "2\n");
    assert_eq!(repository.since("HEAD~1").built(), [""; 0]);
    let plan = repository.plan(&["--base", "HEAD~1", "--records", "../records"]);
    assert_eq!(plan.built(), ["web"]);
    assert_eq!(plan.reason("web"), "differs from t1");
}

#[test]
fn a_base_that_was_built_since_is_taken_over() {
    let repository = Repository::three();
    push(&repository, "images/base", NINE, |_| ());
    push(&repository, "images/api", TEN, |_| ());
    push(&repository, "images/web", NINE, |_| ());
    let records = ["--records", "../records"];
    assert_eq!(repository.plan(&records).built(), [""; 0]);
    push(&repository, "images/base", "2026-11-24T11:00:00Z", |record| {
        record["image"] = json!("sandbox/base:t2");
    });
    let plan = repository.plan(&records);
    assert_eq!(plan.built(), ["api"]);
    assert_eq!(plan.reason("api"), "base `base` was built since (t2)");
    assert_eq!(plan.reason("base"), "same digest as t2");
    repository.change("images/base/base.txt", "2\n");
    let plan = repository.plan(&records);
    assert_eq!(plan.reason("api"), "base `base` is built");
    assert_eq!(plan.built(), ["api", "base"]);
}

#[test]
fn only_real_runs_of_the_right_kind_count() {
    for edit in [
        |record: &mut Value| record["simulated"] = json!(true),
        |record: &mut Value| record["dry_run"] = json!(true),
        |record: &mut Value| record["version"] = json!(2),
        |record: &mut Value| record["name"] = json!("other"),
        |record: &mut Value| record["started"] = json!("yesterday"),
    ] {
        let repository = Repository::three();
        push(&repository, "images/web", NINE, edit);
        let plan = repository.plan(&["--records", "../records"]);
        assert_eq!(plan.reason("web"), "no earlier record");
    }
    let repository = Repository::three();
    push(&repository, "images/web", NINE, |_| ());
    let reason = |args: &[&str]| {
        let plan = repository.plan(&[&["--records", "../records"], args].concat());
        plan.reason("web").to_owned()
    };
    assert_eq!(reason(&["-w", "dev"]), "same digest as t1");
    assert_eq!(reason(&["-w", "prod"]), "no earlier record");
    assert_eq!(reason(&["--records-of", "push"]), "same digest as t1");
    assert_eq!(reason(&["--records-of", "deploy"]), "no earlier record");
    let plan = repository.plan(&["--records", "../records", "-w", "prod"]);
    plan.warns(&["none of the 1 records counts", "(prod)"]);
    // The last one is what is there: an older one of the same content was replaced.
    push(&repository, "images/web", TEN, |record| record["context_digest"] = json!("sha256:00"));
    assert_eq!(reason(&[]), "differs from t1");
    // Where nothing told a tag, it is told when that was.
    push(&repository, "images/web", "2026-11-24T12:00:00Z", |record| record["image"] = Value::Null);
    assert_eq!(reason(&[]), "same digest as the build of 2026-11-24T12:00:00Z");
}

#[test]
fn a_later_run_that_did_not_succeed_makes_the_answer_unknown() {
    for status in ["failed", "timed-out", "accepted", "cancelled", "refused", "error"] {
        let repository = Repository::three();
        push(&repository, "images/web", NINE, |_| ());
        push(&repository, "images/web", TEN, |record| {
            record["status"] = json!(status);
            record["context_digest"] = json!("sha256:00");
        });
        // The content is that of the first again.
        let records = ["--records", "../records", "--base", "HEAD"];
        let plan = repository.plan(&records);
        assert_eq!(plan.built(), ["web"]);
        let want = format!("its run of 2026-11-24T10:00:00Z did not succeed: {status}");
        assert_eq!(plan.reason("web"), want);
        assert_eq!(plan.image("web")["reasons"][0]["code"], "not-succeeded");
        assert_eq!(plan.image("web")["earlier"]["image"], "sandbox/web:t1");
        assert_eq!(plan.json["records"], 1);
        push(&repository, "images/web", "2026-11-24T11:00:00Z", |_| ());
        assert_eq!(repository.plan(&records).reason("web"), "same digest as t1");
    }
}

#[test]
fn what_no_record_tells_of_is_told() {
    let repository = Repository::three();
    push(&repository, "images/web", NINE, |_| ());
    let plan = repository.plan(&["--records", "../records", "--base", "HEAD"]);
    assert_eq!(plan.built(), [""; 0]);
    plan.warns(&["no record tells of `api` and 1 more", "--all"]);
    // A build that failed is known by its record, though there is no other.
    push(&repository, "images/api", NINE, |record| record["status"] = json!("failed"));
    let plan = repository.plan(&["--records", "../records", "--base", "HEAD"]);
    assert_eq!(plan.built(), ["api"]);
    plan.warns(&["no record tells of `base`,"]);
}

#[test]
fn a_base_that_ended_while_its_child_was_built_is_newer() {
    let repository = Repository::three();
    push(&repository, "images/base", NINE, |record| {
        record["timings"] = json!([{"phase": "total", "seconds": 7200.5}]);
    });
    push(&repository, "images/api", TEN, |_| ());
    let plan = repository.plan(&["--records", "../records"]);
    assert_eq!(plan.reason("api"), "base `base` was built since (t1)");
    // One that began when its base was done is not.
    let leg = |image: &str, finished: &str, seconds: u64| {
        let digest = repository.plan(&["--all"]).image(image)["digest"].clone();
        json!({
            "version": 1, "kind": "leg", "image": image, "workspace": "dev", "did": "push",
            "status": "succeeded", "digest": digest, "finished": finished, "seconds": seconds,
            "reference": format!("sandbox/{image}:t2"),
        })
    };
    let legs = [
        leg("base", "2026-11-24T12:00:00Z", 60),
        leg("api", "2026-11-24T12:01:00Z", 60),
        leg("web", "2026-11-24T12:01:00Z", 60),
    ];
    let all = json!({"version": 1, "kind": "legs", "legs": legs});
    fs::write(repository.dir.join("../records/legs.json"), all.to_string()).unwrap();
    let plan = repository.plan(&["--records", "../records"]);
    assert_eq!(plan.built(), [""; 0]);
    assert_eq!(plan.reason("api"), "same digest as t2");
}

#[test]
fn records_of_several_workspaces_are_told_apart() {
    let repository = Repository::three();
    push(&repository, "images/web", NINE, |_| ());
    push(&repository, "images/api", NINE, |record| record["workspace"] = json!("prod"));
    let plan = repository.plan(&["--records", "../records"]);
    plan.warns(&["several workspaces, `dev`, `prod`", "-w"]);
    repository.plan(&["--records", "../records", "-w", "dev"]).is_calm();
}

#[test]
fn a_finished_image_has_a_record_and_nothing_to_compare() {
    let repository = Repository::three();
    push(&repository, "images/web", NINE, |record| record["context_digest"] = Value::Null);
    // It was finished, and is built now.
    assert_eq!(repository.plan(&["--records", "../records"]).reason("web"), "differs from t1");
    repository.change("images/web/blaxel.toml", "image = \"ghcr.io/acme/web:1\"\n");
    let plan = repository.plan(&["--records", "../records"]);
    assert_eq!(plan.reason("web"), "nothing to compare with");
    let plan = repository.plan(&["--records", "../records", "--base", "HEAD"]);
    assert!(plan.reason("web").starts_with("unchanged since"), "{}", plan.reason("web"));
}

#[test]
fn build_arguments_are_in_the_digest_as_a_push_has_them() {
    let repository = Repository::new();
    repository.write("app/Dockerfile", SANDBOX);
    repository.write("app/.dockerignore", ".env.build\n");
    repository.write("app/blaxel.toml", "[build.args]\nONE = \"1\"\n");
    repository.commit("begin");
    push(&repository, "app", NINE, |_| ());
    let plan = repository.plan(&["--records", "../records"]);
    assert_eq!(plan.reason("app"), "same digest as t1");
    let plan = repository.plan(&["--records", "../records", "--build-arg", "TWO=2"]);
    assert_eq!(plan.reason("app"), "differs from t1");
}

#[test]
fn a_record_that_is_named_has_to_be_one() {
    let repository = Repository::three();
    let good = push(&repository, "images/web", NINE, |_| ());
    assert_eq!(repository.plan(&["--records", &good]).reason("web"), "same digest as t1");
    let simulated =
        push(&repository, "images/web", TEN, |record| record["simulated"] = json!(true));
    let plan = repository.plan(&["--records", &simulated]);
    plan.warns(&["does not count", "nothing of that run was real"]);
    for (name, text) in
        [("empty.json", ""), ("other.json", "{\"version\": 1}"), ("list.json", "[]")]
    {
        repository.write(name, text);
        let run = repository.run(&["--records", name]);
        assert_eq!(run.code, Some(2), "{}", run.shown());
        assert!(run.stderr.contains("the record cannot be read"), "{}", run.shown());
        // Among others, it is none of theirs.
        assert_eq!(repository.run(&["--records", "."]).code, Some(0));
    }
    let run = repository.run(&["--records", "nowhere"]);
    assert_eq!(run.code, Some(2), "{}", run.shown());
}
