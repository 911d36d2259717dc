//! Images that stand on others.

use crate::repository::{Plan, Repository, SANDBOX, program};

/// A repository of images and the text of their Dockerfiles.
fn images(all: &[(&str, &str)]) -> Repository {
    let repository = Repository::new();
    for (name, text) in all {
        repository.write(&format!("{name}/Dockerfile"), &format!("{text}\n# sandbox-api\n"));
    }
    repository.commit("begin");
    repository
}

#[test]
fn every_way_to_name_an_image_of_the_repository_is_followed() {
    let repository = images(&[
        ("base", "FROM debian:12"),
        ("a-from", "FROM sandbox/base"),
        ("b-registry", "FROM us.registry.blaxel.ai/acme/sandbox/base:latest"),
        ("c-copy", "FROM debian:12\nCOPY --from=sandbox/base:latest /a /b"),
        ("d-mount", "FROM debian:12\nRUN --mount=type=bind,from=sandbox/base,target=/b cp /b/a /a"),
        ("e-arg", "ARG TAG\nFROM sandbox/base:${TAG}"),
        ("f-default", "ARG TAG=k3x9f2\nFROM sandbox/base:$TAG"),
        ("g-host", "ARG REG\nFROM ${REG}/sandbox/base"),
        ("h-stage", "FROM sandbox/base AS one\nFROM debian:12\nCOPY --from=one /a /a"),
        ("n-unused", "FROM sandbox/base AS unused\nFROM debian:12"),
        ("o-pinned", "FROM sandbox/base:k3x9f2"),
        ("p-digest", "FROM sandbox/base@sha256:0123456789abcdef"),
        ("q-elsewhere", "FROM ghcr.io/acme/sandbox/base"),
        ("q-variable", "ARG ORG\nFROM ghcr.io/${ORG}/sandbox/base:v1"),
        ("r-stage", "FROM debian:12 AS sandbox/base\nFROM debian:12"),
    ]);
    repository.write("i-image/blaxel.toml", "image = \"sandbox/base:latest\"\n");
    repository.commit("image");
    repository.write("base/new", "1\n");
    let plan = repository.since("HEAD");
    assert_eq!(
        plan.built(),
        [
            "a-from",
            "b-registry",
            "base",
            "c-copy",
            "d-mount",
            "e-arg",
            "f-default",
            "g-host",
            "h-stage",
            "i-image"
        ]
    );
    assert_eq!(plan.reason("a-from"), "base `base` is built");
    assert_eq!(plan.image("a-from")["wave"], 1);
    plan.warns(&["`o-pinned` stands on one build, `sandbox/base:k3x9f2`"]);
}

#[test]
fn a_finished_image_has_no_context() {
    let repository = images(&[("base", "FROM debian:12")]);
    repository.write("app/blaxel.toml", "image = \"ghcr.io/acme/app:1\"\n");
    repository.write("app/notes.txt", "1\n");
    repository.commit("app");
    repository.write("app/notes.txt", "2\n");
    assert_eq!(repository.since("HEAD").built(), [""; 0]);
    repository.write("app/blaxel.toml", "image = \"ghcr.io/acme/app:2\"\n");
    let plan = repository.since("HEAD");
    assert_eq!(plan.reason("app"), "`app/blaxel.toml` changed, not committed");
    assert_eq!(plan.image("app")["digest"], serde_json::Value::Null);
}

#[test]
fn a_base_is_done_before_what_stands_on_it() {
    let repository = images(&[
        ("a", "FROM sandbox/b\nCOPY --from=sandbox/d /x /x"),
        ("b", "FROM sandbox/c"),
        ("c", "FROM debian:12"),
        ("d", "FROM debian:12"),
        ("e", "FROM sandbox/d"),
    ]);
    let plan = repository.plan(&["--all"]);
    assert_eq!(plan.waves(), [vec!["c", "d"], vec!["b", "e"], vec!["a"]]);
    // What is not built is not waited for, but what is below it is.
    repository.write("c/new", "1\n");
    let plan = repository.plan(&["--base", "HEAD", "--only", "a,c"]);
    assert_eq!(plan.waves(), [["c"], ["a"]]);
    assert_eq!(plan.json["waves"][1][0]["after"], serde_json::json!(["c"]));
    assert_eq!(plan.reason("b"), "not named by --only");
    repository.write("e/new", "1\n");
    let plan = repository.since("HEAD");
    assert_eq!(plan.waves(), [vec!["c", "e"], vec!["b"], vec!["a"]]);
}

#[test]
fn only_knows_the_names() {
    let repository = images(&[("web", SANDBOX), ("api", SANDBOX)]);
    let run = repository.run(&["--all", "--only", "wbe"]);
    assert_eq!(run.code, Some(2), "{}", run.shown());
    assert!(run.stderr.contains("there is no image `wbe`"), "{}", run.shown());
    assert!(run.stderr.contains("did you mean `web`?"), "{}", run.shown());
}

#[test]
fn a_cycle_is_named() {
    let repository = images(&[
        ("a", "FROM sandbox/b:latest"),
        ("b", "FROM debian:12\nCOPY --from=sandbox/c /x /x"),
        ("c", "FROM sandbox/a"),
        ("d", "FROM sandbox/a"),
    ]);
    let run = repository.run(&["--all"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{}", run.shown());
    for part in ["`a` → `b` → `c` → `a`", "--> a", "it names `sandbox/b:latest`", "by its tag"]
    {
        assert!(run.stderr.contains(part), "{}", run.shown());
    }
    // A build of itself, by its tag, is none.
    repository.write("c/Dockerfile", "FROM sandbox/a:k3x9f2\n# sandbox-api\n");
    assert_eq!(repository.plan(&["--all"]).waves(), [["c"], ["b"], ["a"], ["d"]]);
}

#[test]
fn an_image_may_go_on_from_its_own_last_build() {
    let repository = images(&[("a", "FROM sandbox/a"), ("b", "FROM sandbox/a")]);
    assert_eq!(repository.plan(&["--all"]).waves(), [["a"], ["b"]]);
}

#[test]
fn images_of_another_workspace_are_not_of_this_repository() {
    let repository = images(&[
        ("base", "FROM us.registry.blaxel.ai/platform-team/sandbox/base:latest"),
        ("api", "FROM sandbox/base"),
        ("web", "FROM us.registry.blaxel.ai/platform-team/sandbox/api"),
    ]);
    repository.write("api/new", "1\n");
    let plan = repository.plan(&["--base", "HEAD", "-w", "mine"]);
    assert_eq!(plan.built(), ["api"]);
    // Nobody says which workspace is meant: it may be this one.
    assert_eq!(repository.since("HEAD").built(), ["api", "web"]);
}

#[test]
fn a_base_outside_of_the_paths_is_looked_at() {
    let repository = images(&[
        ("images/root", SANDBOX),
        ("images/base", "FROM sandbox/root"),
        ("images/api", "FROM sandbox/base"),
        ("images/web", SANDBOX),
    ]);
    let planned = |base: &str| repository.plan(&["images/api", "images/web", "--base", base]);
    assert_eq!(planned("HEAD").built(), [""; 0]);
    planned("HEAD").is_calm();
    repository.change("images/root/new", "1\n");
    let plan = planned("HEAD~1");
    assert_eq!(plan.built(), ["api"]);
    assert_eq!(plan.waves(), [["api"]]);
    assert_eq!(plan.json["images"].as_array().unwrap().len(), 2, "{}", plan.json);
    assert_eq!(plan.reason("api"), "base `base` has to be built, and is left out here");
    plan.warns(&["`api` stands on `base`", "left out", "gets the `base` that is there"]);
    // The same by name.
    let plan = repository.plan(&["--only", "api", "--base", "HEAD~1"]);
    assert_eq!(plan.reason("api"), "base `base` has to be built, and is left out here");
    assert_eq!(plan.reason("base"), "not named by --only");
    plan.warns(&["`api` stands on `base`", "left out"]);
}

#[test]
fn a_base_of_which_nobody_knows_more_is_not_called_left_out() {
    let repository = images(&[("images/base", SANDBOX), ("images/api", "FROM sandbox/base")]);
    let calm = |args: &[&str], reason: &str| {
        let plan = repository.plan(args);
        assert_eq!(plan.reason("api"), reason, "{args:?}");
        let reasons = plan.image("api")["reasons"].to_string();
        assert!(!reasons.contains("left-out"), "{args:?}: {reasons}");
        assert!(!plan.stderr.contains("left out"), "{args:?}: {}", plan.stderr);
    };
    calm(&["images/api", "--all"], "--all");
    calm(&["--all", "--only", "api"], "--all");
    calm(&["--all", "--only", "api", "--base", "HEAD"], "--all");
    calm(&["images/api"], "nothing to compare with");
    calm(&["--only", "api"], "nothing to compare with");
    calm(&["images/api", "--base", "none"], "nothing to compare with");
    // What is known is told, whatever else is asked for.
    repository.write("images/base/new", "1\n");
    for args in [&["images/api"][..], &["--only", "api"]] {
        let plan = repository.plan(&[args, &["--all", "--base", "HEAD"]].concat());
        plan.warns(&["`api` stands on `base`", "left out"]);
    }
}

#[test]
fn git_is_asked_once_for_all_bases_outside_of_the_paths() {
    let repository = images(&[
        ("root", SANDBOX),
        ("low", "FROM sandbox/root"),
        ("high", "FROM sandbox/low"),
        ("api", "FROM sandbox/high"),
        ("web", SANDBOX),
    ]);
    let asked = |path: &str| {
        let tools = tempfile::tempdir().unwrap();
        let log = tools.path().join("log");
        let old = std::env::var("PATH").unwrap();
        program(
            &tools.path().join("git"),
            &format!(
                "#!/bin/sh\necho \"$*\" >> '{}'\nPATH='{old}' exec git \"$@\"\n",
                log.display()
            ),
        );
        let mut command = repository.command(&[path, "--base", "HEAD", "--format", "json"]);
        let path = format!("{}:{old}", tools.path().display());
        Plan::of(crate::common::finish(command.env("PATH", path))).is_calm();
        let log = std::fs::read_to_string(log).unwrap();
        log.lines().filter(|line| line.contains("ls-tree")).count()
    };
    assert_eq!((asked("web"), asked("api")), (1, 2));
}

#[test]
fn what_stands_on_an_image_of_a_workspace_is_an_image() {
    let repository = Repository::new();
    repository.write("base/Dockerfile", SANDBOX);
    repository.write("api/Dockerfile", "FROM sandbox/base\n");
    repository.write("tool/Dockerfile", "FROM debian:12\nCOPY sandbox/ /x\n");
    repository.commit("begin");
    assert_eq!(repository.plan(&["--all"]).waves(), [["base"], ["api"]]);
}

#[test]
fn a_chosen_dockerfile_is_no_image_of_its_own() {
    let repository = Repository::new();
    for dir in ["", "images/api/"] {
        repository.write(&format!("{dir}docker/Dockerfile"), SANDBOX);
        let text = "name = \"one\"\n[build]\ndockerfile = \"docker/Dockerfile\"\n";
        repository.write(&format!("{dir}blaxel.toml"), text);
    }
    repository.commit("begin");
    let plan = repository.plan(&["--all", "images"]);
    assert_eq!(plan.built(), ["one"]);
    assert_eq!(plan.image("one")["path"], "images/api");
    assert_eq!(repository.plan(&["--all"]).built(), ["one", "one"]);
}

#[test]
fn a_name_without_a_plain_letter_is_made_one() {
    let repository = images(&[("日本", SANDBOX), ("two/日本", SANDBOX), ("é", SANDBOX)]);
    let plan = repository.plan(&["--all"]);
    assert_eq!(plan.waves(), [["image-65e5-672c", "image-e9", "image-65e5-672c-2"]]);
}

#[test]
fn a_pipeline_of_so_many_waves_refuses_more() {
    let repository = images(&[("a", "FROM sandbox/b"), ("b", "FROM sandbox/c"), ("c", SANDBOX)]);
    assert_eq!(repository.run(&["--all", "--max-waves", "3"]).code, Some(0));
    let run = repository.run(&["--all", "--max-waves", "2"]);
    assert_eq!(run.code, Some(2), "{}", run.shown());
    assert!(run.stderr.contains("need 3 waves, and 2 are wanted at most"), "{}", run.shown());
    let run = repository.run(&["--all", "--max-waves", "0"]);
    assert!(run.code == Some(2) && run.stderr.contains("from 1 on"), "{}", run.shown());
}

#[test]
fn two_projects_of_one_name_are_told() {
    let repository = images(&[("one/app", SANDBOX), ("two/app", SANDBOX)]);
    let plan = repository.plan(&["--all"]);
    plan.warns(&["`one/app` and `two/app` make the same image, `app`"]);
    assert_eq!(plan.waves(), [["app", "app-2"]], "neither is lost");
    let repository = images(&[("app", SANDBOX)]);
    repository.write("app/Dockerfile.web", SANDBOX);
    let paths = ["--all", "app/Dockerfile", "app/Dockerfile.web"];
    repository.plan(&paths).warns(&["`app` and `app/Dockerfile.web` make the same image"]);
    let table = repository.run(&paths).stdout;
    assert!(table.contains("app/Dockerfile.web"), "{table}");
}
