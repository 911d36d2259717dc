//! What is compared with what: right, or a loud reason why everything is built.

use std::fs;

use crate::repository::{Plan, Repository, SANDBOX, program};

const ALL: [&str; 3] = ["api", "base", "web"];

#[test]
fn without_anything_to_compare_with_everything_is_built_and_that_is_said() {
    let repository = Repository::three();
    let plan = repository.plan(&[]);
    assert_eq!(plan.built(), ALL);
    assert_eq!(plan.reason("web"), "nothing to compare with");
    plan.warns(&["every image is built", "--base REF", "--records FOLDER"]);
    // An empty variable is none.
    let mut command = repository.command(&["--format", "json"]);
    let plan = Plan::of(crate::common::finish(command.env("SANDGATE_BASE", "")));
    plan.warns(&["there is nothing to compare with"]);
    let plan = repository.plan(&["--all"]);
    assert_eq!((plan.built(), plan.reason("web")), (ALL.to_vec(), "--all"));
    plan.is_calm();
}

#[test]
fn what_changed_since_a_commit_is_built_and_what_stands_on_it() {
    let repository = Repository::three();
    let begin = repository.head();
    repository.change("README.md", "2\n");
    let plan = repository.since("HEAD~1");
    assert_eq!(plan.built(), [""; 0]);
    plan.is_calm();
    repository.change("images/base/base.txt", "2\n");
    let plan = repository.since("HEAD~1");
    assert_eq!(plan.built(), ["api", "base"]);
    assert_eq!(plan.reason("base"), "`images/base/base.txt` changed");
    assert_eq!(plan.reason("api"), "base `base` is built");
    assert!(plan.reason("web").starts_with("unchanged since HEAD~1 ("), "{}", plan.reason("web"));
    assert_eq!(plan.waves(), [["base"], ["api"]]);
    // A push of several commits, by the environment.
    repository.change("images/web/index.html", "2\n");
    let mut command = repository.command(&["--format", "json"]);
    let plan = Plan::of(crate::common::finish(command.env("SANDGATE_BASE", &begin)));
    assert_eq!(plan.built(), ALL);
    plan.is_calm();
}

#[test]
fn the_working_tree_is_what_is_compared() {
    let repository = Repository::three();
    repository.write("images/web/index.html", "2\n");
    repository.write("images/api/made.bin", "generated\n");
    let plan = repository.since("HEAD");
    assert_eq!(plan.reason("web"), "`images/web/index.html` changed, not committed");
    assert_eq!(plan.reason("api"), "`images/api/made.bin` is not tracked by git");
    assert_eq!(plan.built(), ["api", "web"]);
    repository.git(&["add", "-A"]);
    let plan = repository.since("HEAD");
    assert_eq!(plan.reason("web"), "`images/web/index.html` changed");
    assert_eq!(plan.reason("api"), "`images/api/made.bin` is new");
    // Touched is not changed.
    repository.git(&["reset", "-q", "--hard"]);
    repository.write("images/web/index.html", "1\n");
    assert_eq!(repository.since("HEAD").built(), [""; 0]);
}

#[test]
fn a_pull_request_is_what_its_merge_brings_to_the_base() {
    let repository = Repository::three();
    repository.git(&["checkout", "-q", "-b", "feature"]);
    repository.change("images/api/src/main.py", "2\n");
    repository.git(&["checkout", "-q", "main"]);
    repository.change("images/web/index.html", "2\n");
    // As GitHub checks a pull request out: the merge of both.
    repository.git(&["checkout", "-q", "--detach", "main"]);
    repository.git(&["merge", "-q", "--no-ff", "-m", "merge", "feature"]);
    let plan = repository.since("HEAD^1");
    assert_eq!(plan.built(), ["api"]);
    plan.is_calm();
    // On the branch itself, what main went on with is no change of the branch.
    repository.git(&["checkout", "-q", "feature"]);
    let plan = repository.since("main");
    assert_eq!(plan.built(), ["api", "web"]);
    plan.warns(&["HEAD is not built on `main`", "--merge-base"]);
    let plan = repository.plan(&["--base", "main", "--merge-base"]);
    assert_eq!(plan.built(), ["api"]);
    assert!(plan.reason("web").starts_with("unchanged since the merge base with main ("));
    plan.is_calm();
}

#[test]
fn a_merge_group_holds_every_pull_request_before_it() {
    let repository = Repository::three();
    let base = repository.head();
    for (branch, file) in [("one", "images/api/src/main.py"), ("two", "images/web/index.html")] {
        repository.git(&["checkout", "-q", "-b", branch, &base]);
        repository.change(file, "2\n");
    }
    repository.git(&[
        "checkout",
        "-q",
        "-b",
        &format!("gh-readonly-queue/main/pr-2-{base}"),
        &base,
    ]);
    for branch in ["one", "two"] {
        repository.git(&["merge", "-q", "--no-ff", "-m", branch, branch]);
    }
    let plan = repository.since(&base);
    assert_eq!(plan.built(), ["api", "web"]);
    plan.is_calm();
    // The group alone, behind the one that is tested at the same time.
    assert_eq!(repository.since("HEAD^1").built(), ["web"]);
}

#[test]
fn the_first_push_of_a_branch_has_nothing_before_it() {
    let repository = Repository::three();
    for zeros in ["0".repeat(40), "0".repeat(64)] {
        let plan = repository.since(&zeros);
        assert_eq!(plan.built(), ALL);
        plan.warns(&["first push", "every image is built", "--base origin/main --merge-base"]);
    }
}

#[test]
fn a_force_push_counts_what_it_took_away() {
    let repository = Repository::three();
    let begin = repository.head();
    let before = repository.change("images/web/index.html", "2\n");
    repository.git(&["reset", "-q", "--hard", &begin]);
    repository.change("images/api/src/main.py", "2\n");
    let plan = repository.since(&before);
    assert_eq!(plan.built(), ["api", "web"]);
    assert_eq!(plan.reason("web"), "`images/web/index.html` changed");
    plan.warns(&["HEAD is not built on", "force push"]);
    // A clone never sees the commit that was dropped.
    let clone = repository.clone(&[]);
    let plan = clone.since(&before);
    assert_eq!(plan.built(), ALL);
    plan.warns(&[&before, "force push", "every image is built", "git fetch origin"]);
}

#[test]
fn a_shallow_clone_says_which_line_is_missing() {
    let repository = Repository::three();
    let begin = repository.head();
    repository.change("images/web/index.html", "2\n");
    repository.git(&["branch", "feature"]);
    let clone = repository.clone(&["--depth", "1"]);
    for (base, line) in [
        ("HEAD^1", "`fetch-depth: 2` is enough"),
        (begin.as_str(), "`git fetch --depth=1 origin "),
        ("origin/feature", "`git fetch --depth=1 origin feature:refs/remotes/origin/feature`"),
    ] {
        let plan = clone.since(base);
        assert_eq!(plan.built(), ALL);
        plan.warns(&[
            base,
            "shallow",
            "every image is built",
            "`fetch-depth: 0`",
            "GIT_DEPTH",
            line,
        ]);
    }
    let merge_base = clone.plan(&["--base", "origin/main", "--merge-base"]);
    assert_eq!(merge_base.built(), ALL, "HEAD itself");
    merge_base.warns(&["HEAD is part of `origin/main`", "every image is built"]);
    // What the message says helps: one commit is enough, its history is not needed.
    clone.git(&["fetch", "-q", "--depth=1", "origin", &begin]);
    let plan = clone.since(&begin);
    assert_eq!(plan.built(), ["web"]);
    plan.is_calm();
    let plan = clone.plan(&["--base", &begin, "--merge-base"]);
    plan.warns(&["parted", "shallow", "`fetch-depth: 0`"]);
    assert_eq!(plan.built(), ALL);
    assert_eq!(repository.clone(&["--depth", "2"]).since("HEAD^1").built(), ["web"]);
}

#[test]
fn a_clone_without_its_trees_is_not_filled_behind_the_back() {
    let repository = Repository::three();
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    repository.change("images/web/index.html", "2\n");
    let treeless = repository.clone(&["--filter=tree:0"]);
    let plan = treeless.since("HEAD~1");
    assert_eq!(plan.built(), ALL);
    plan.warns(&["git cannot list the files", "--filter=tree:0"]);
    // Without the old contents alone, all that is asked is there.
    let blobless = repository.clone(&["--filter=blob:none"]);
    let plan = blobless.since("HEAD~1");
    assert_eq!(plan.built(), ["web"]);
    plan.is_calm();
}

#[test]
fn without_git_or_a_repository_everything_is_built() {
    let repository = Repository::three();
    let run = |name: &str, value: &str| {
        let mut command = repository.command(&["--base", "HEAD", "--format", "json"]);
        Plan::of(crate::common::finish(command.env(name, value)))
    };
    let plan = run("PATH", "/nowhere");
    assert_eq!(plan.built(), ALL);
    plan.warns(&["git cannot be started", "install git"]);
    // As in a container that another user cloned for.
    let plan = run("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    assert_eq!(plan.built(), ALL);
    plan.warns(&["belongs to another user", "git config --global --add safe.directory"]);
    fs::remove_dir_all(repository.dir.join(".git")).unwrap();
    let plan = repository.since("HEAD");
    assert_eq!(plan.built(), ALL);
    plan.warns(&["no git repository", "every image of them is built"]);
}

#[test]
fn an_unknown_name_is_no_option() {
    let repository = Repository::three();
    for base in ["orgin/main", "--output=x", "-x", "HEAD:README.md", "a b", "$(touch ran)"] {
        let plan = repository.plan(&[&format!("--base={base}")]);
        assert_eq!(plan.built(), ALL, "{base}");
        plan.warns(&[base, "not in this repository", "check `--base`"]);
    }
    assert!(!repository.dir.join("ran").exists() && !repository.dir.join("x").exists());
}

#[test]
fn what_is_wrong_with_a_name_is_told() {
    let repository = Repository::three();
    for (base, why) in [
        ("HEAD~99", "does not go back that far"),
        ("HEAD..HEAD", "no single commit"),
        ("HEAD:images", "no single commit"),
        ("release", "it was not fetched"),
        ("1111111111111111111111111111111111111111", "a force push dropped it"),
    ] {
        repository.since(base).warns(&[base, why, "every image is built", "check `--base`"]);
    }
    let plan = repository.plan(&["--base", "release", "--only", "web"]);
    plan.warns(&["every image that `--only` names is built"]);
    let empty = Repository::new();
    empty.write("images/web/Dockerfile", SANDBOX);
    empty.since("HEAD~1").warns(&["there is no commit yet"]);
}

#[test]
fn another_repository_of_the_environment_does_not_count() {
    let (repository, other) = (Repository::three(), Repository::three());
    other.write("images/web/index.html", "2\n");
    let other = other.dir.join(".git");
    let mut command = repository.command(&["--base", "HEAD", "--format", "json"]);
    command.env("GIT_DIR", &other).env("GIT_INDEX_FILE", other.join("none"));
    command.env("GIT_WORK_TREE", "/").env("GIT_OBJECT_DIRECTORY", "/nowhere");
    let plan = Plan::of(crate::common::finish(&mut command));
    assert_eq!(plan.built(), [""; 0]);
    plan.is_calm();
}

#[test]
fn a_commit_that_is_missing_is_not_fetched() {
    let missing = "1".repeat(40);
    for (name, value) in [
        ("core.sshCommand", "touch ran;"),
        ("remote.origin.uploadpack", "touch ran;"),
        ("protocol.ext.allow", "always"),
    ] {
        let repository = Repository::three();
        let url = match name {
            "core.sshCommand" => "ssh://x@127.0.0.1/x".to_owned(),
            "protocol.ext.allow" => "ext::touch ran".to_owned(),
            _ => repository.dir.display().to_string(),
        };
        for (name, value) in [
            ("core.repositoryformatversion", "1"),
            ("extensions.partialClone", "origin"),
            ("remote.origin.promisor", "true"),
            ("remote.origin.url", &url),
            ("protocol.allow", "always"),
            (name, value),
        ] {
            repository.git(&["config", name, value]);
        }
        let plan = repository.since(&missing);
        assert_eq!(plan.built(), ALL);
        plan.warns(&[&missing, "is not in this repository"]);
        let mut lint =
            crate::common::command(&repository.dir, &["lint", "--policy-from", &missing]);
        crate::common::finish(&mut lint);
        assert!(!repository.dir.join("ran").exists(), "{name}");
    }
}

#[test]
fn contents_are_named_by_sha_256_where_the_repository_is() {
    let repository = Repository::made(&["init", "-q", "--object-format=sha256", "."]);
    repository.write("a/Dockerfile", SANDBOX);
    repository.write("b/Dockerfile", SANDBOX);
    repository.commit("begin");
    repository.change("b/new.txt", "");
    assert_eq!(repository.since("HEAD~1").built(), ["b"]);
}

#[test]
fn nothing_of_the_repository_runs() {
    let repository = Repository::three();
    let (mark, trap) = (repository.dir.join("ran"), repository.dir.join("trap.sh"));
    program(&trap, &format!("#!/bin/sh\necho \"$@\" >> {}\ncat\n", mark.display()));
    let trap = trap.to_str().unwrap();
    repository.write(".gitattributes", "* diff=trap filter=trap ident\n");
    repository.git(&["add", ".gitattributes"]);
    repository.git(&["commit", "-q", "-m", "attributes"]);
    for (name, value) in [
        ("core.fsmonitor", trap),
        ("core.pager", trap),
        ("core.sshCommand", trap),
        ("core.askPass", trap),
        ("core.hooksPath", ".hooks"),
        ("core.alternateRefsCommand", trap),
        ("diff.external", trap),
        ("diff.trap.command", trap),
        ("diff.trap.textconv", trap),
        ("filter.trap.clean", trap),
        ("filter.trap.smudge", trap),
        ("filter.trap.process", trap),
        ("filter.trap.required", "true"),
        ("gpg.program", trap),
        ("credential.helper", trap),
        ("alias.ls-tree", &format!("!{trap}")),
        ("alias.rev-parse", &format!("!{trap}")),
    ] {
        repository.git(&["config", name, value]);
    }
    let hooks = repository.dir.join(".hooks");
    fs::create_dir(&hooks).unwrap();
    for hook in
        ["post-index-change", "fsmonitor-watchman", "query-watchman", "reference-transaction"]
    {
        program(&hooks.join(hook), &format!("#!/bin/sh\n{trap}\n"));
    }
    // Stale times, and a change: what a diff would look into.
    repository.write("images/base/base.txt", "1\n");
    repository.write("images/web/index.html", "2\n");
    let _ = fs::remove_file(&mark);
    let plan = repository.since("HEAD");
    assert_eq!(plan.built(), ["web"]);
    assert!(!mark.exists(), "{}", fs::read_to_string(&mark).unwrap_or_default());
}
