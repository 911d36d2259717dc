//! What `sandgate ci` compares the checkout with.

use serde_json::json;

use crate::{
    common::{Run, command, finish},
    repository::Repository,
};

fn push(repository: &Repository, name: &str) -> Run {
    let head = repository.head();
    let event = json!({
        "ref": name, "before": "0".repeat(40), "after": head, "created": true, "head_commit": {"id": head},
        "repository": {"full_name": "o/r", "default_branch": "main"},
    });
    let file = repository.dir.parent().unwrap().join("push.json");
    std::fs::write(&file, event.to_string()).unwrap();
    let args = ["ci", "--event-name", "push", "--command", "plan", "--dry-run", "--event"];
    let mut run = command(&repository.dir, &[&args[..], &[file.to_str().unwrap()]].concat());
    finish(run.env("GITHUB_SHA", head))
}

#[test]
fn the_first_push_of_a_branch() {
    let repository = Repository::three();
    repository.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    // The default branch, a tag, and a branch that begins where it is.
    for (name, why) in [
        ("refs/heads/main", "no commit to compare with"),
        ("refs/tags/v1", "no commit to compare with"),
        ("refs/heads/feature", "HEAD is part of `origin/main`"),
    ] {
        let run = push(&repository, name);
        assert_eq!(run.code, Some(0), "{}", run.shown());
        assert!(run.stdout.contains("3 of 3 images to build"), "{}", run.shown());
        assert!(run.stderr.contains(why), "{}", run.shown());
        assert!(!run.stderr.contains("--base REF"), "{}", run.shown());
    }
    repository.change("images/web/index.html", "2\n");
    let run = push(&repository, "refs/heads/feature");
    assert!(run.stdout.contains("1 of 3 images to build"), "{}", run.shown());
}
