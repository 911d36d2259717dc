//! What belongs to an image: what would be packed, and what says how.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt as _, fs::PermissionsExt as _},
};

use crate::repository::{Repository, SANDBOX};

/// What changes in `web` by an edit, with what is to be there before.
fn changed(before: &[(&str, &str)], edit: impl Fn(&Repository)) -> Vec<(String, String)> {
    let repository = Repository::three();
    for (name, text) in before {
        repository.write(name, text);
    }
    repository.git(&["add", "-A"]);
    repository.git(&["commit", "-q", "--allow-empty", "-m", "before"]);
    assert_eq!(repository.since("HEAD").built(), [""; 0], "at rest");
    edit(&repository);
    let plan = repository.since("HEAD");
    let committed = repository.commit("edit");
    let again = repository.since(&format!("{committed}~1"));
    assert_eq!(plan.built(), again.built(), "committed or not");
    let changes = again.changes("web").into_iter();
    changes.map(|(path, what)| (path.to_owned(), what.to_owned())).collect()
}

fn is(changes: &[(String, String)], want: &[(&str, &str)]) {
    let changes: Vec<(&str, &str)> =
        changes.iter().map(|(path, what)| (path.as_str(), what.as_str())).collect();
    assert_eq!(changes, want);
}

#[test]
fn files_that_are_sent_count_and_no_others() {
    let edit = |name: &'static str| move |repository: &Repository| repository.write(name, "2\n");
    is(&changed(&[], edit("images/web/index.html")), &[("images/web/index.html", "changed")]);
    is(&changed(&[], edit("images/web/deep/er/new")), &[("images/web/deep/er/new", "added")]);
    is(&changed(&[], edit("images/web/debug.log")), &[]);
    is(&changed(&[("images/web/debug.log", "1\n")], edit("images/web/debug.log")), &[]);
    is(&changed(&[("images/web/.env", "A=1\n")], edit("images/web/.env")), &[]);
    is(&changed(&[], edit("images/website")), &[]);
    is(&changed(&[], edit("images/web/blaxel.toml")), &[("images/web/blaxel.toml", "added")]);
    is(
        &changed(&[], |repository| repository.remove("images/web/index.html")),
        &[("images/web/index.html", "deleted")],
    );
    is(
        &changed(&[("images/web/debug.log", "1\n")], |repository| {
            repository.remove("images/web/debug.log");
        }),
        &[],
    );
}

#[test]
fn a_file_that_moves_counts_where_it_was_and_where_it_is() {
    let repository = Repository::three();
    repository.git(&["mv", "images/base/base.txt", "images/web/base.txt"]);
    repository.commit("move");
    let plan = repository.since("HEAD~1");
    assert_eq!(plan.built(), ["api", "base", "web"]);
    assert_eq!(plan.reason("base"), "`images/base/base.txt` is gone");
    assert_eq!(plan.reason("web"), "`images/web/base.txt` is new");
    // Out of every project.
    let repository = Repository::three();
    repository.git(&["mv", "images/web/index.html", "index.html"]);
    repository.commit("move");
    assert_eq!(repository.since("HEAD~1").built(), ["web"]);
    // A project that is gone is none to build.
    let repository = Repository::three();
    repository.git(&["rm", "-q", "-r", "images/web"]);
    repository.commit("remove");
    let plan = repository.since("HEAD~1");
    assert_eq!(plan.built(), [""; 0]);
    assert_eq!(plan.json["images"].as_array().unwrap().len(), 2);
}

#[test]
fn modes_and_links_count() {
    let mode = |repository: &Repository| {
        let path = repository.dir.join("images/web/index.html");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    is(&changed(&[], mode), &[("images/web/index.html", "changed")]);
    let link = |to: &'static str| {
        move |repository: &Repository| {
            let path = repository.dir.join("images/web/link");
            let _ = fs::remove_file(&path);
            std::os::unix::fs::symlink(to, path).unwrap();
        }
    };
    is(&changed(&[], link("index.html")), &[("images/web/link", "added")]);
    // A file becomes a link.
    is(
        &changed(&[("images/web/link", "1\n")], link("index.html")),
        &[("images/web/link", "changed")],
    );
    // A link that leads elsewhere, though both files are the same and were there.
    let repository = Repository::three();
    repository.write("images/web/other.html", "1\n");
    link("index.html")(&repository);
    std::os::unix::fs::symlink("..", repository.dir.join("images/web/up")).unwrap();
    repository.commit("link");
    assert_eq!(repository.since("HEAD").built(), [""; 0]);
    for links in ["follow", "keep"] {
        link("other.html")(&repository);
        let plan = repository.plan(&["--base", "HEAD", "--symlinks", links]);
        assert_eq!(plan.changes("web")["images/web/link"], "uncommitted", "{links}");
        link("index.html")(&repository);
        let plan = repository.plan(&["--base", "HEAD", "--symlinks", links]);
        assert_eq!(plan.built(), [""; 0], "{links}");
    }
    // Behind a link to a folder.
    repository.write("images/web/real/a", "1\n");
    std::os::unix::fs::symlink("real", repository.dir.join("images/web/folder")).unwrap();
    repository.commit("folder");
    assert_eq!(repository.since("HEAD").built(), [""; 0]);
    repository.change("images/web/real/a", "2\n");
    let plan = repository.since("HEAD~1");
    assert_eq!(
        plan.changes("web").into_iter().collect::<Vec<_>>(),
        [("images/web/real/a", "changed")]
    );
}

#[test]
fn an_ignore_file_that_brings_a_file_in_counts() {
    let log = [("images/web/debug.log", "1\n")];
    is(
        &changed(&log, |repository| repository.write("images/web/.dockerignore", "")),
        &[("images/web/.dockerignore", "changed")],
    );
    is(
        &changed(&log, |repository| repository.remove("images/web/.dockerignore")),
        &[("images/web/.dockerignore", "deleted")],
    );
    // One that takes a file out, and comes from nowhere.
    is(
        &changed(&[], |repository| {
            repository.write("images/web/Dockerfile.dockerignore", "index.html\n");
        }),
        &[("images/web/Dockerfile.dockerignore", "added")],
    );
    // One that is itself not sent.
    let hidden = [
        ("images/web/.dockerignore", ".blaxelignore\n"),
        ("images/web/.blaxelignore", "*.txt\n"),
        ("images/web/a.txt", "1\n"),
    ];
    is(
        &changed(&hidden, |repository| repository.write("images/web/.blaxelignore", "")),
        &[("images/web/.blaxelignore", "changed")],
    );
    is(
        &changed(&hidden, |repository| repository.remove("images/web/.blaxelignore")),
        &[("images/web/.blaxelignore", "deleted")],
    );
}

#[test]
fn the_settings_that_hold_count() {
    let settings = "[lint]\nfail-on = \"warning\"\n";
    let write =
        |name: &'static str| move |repository: &Repository| repository.write(name, settings);
    is(&changed(&[], write("sandgate.toml")), &[("sandgate.toml", "added")]);
    is(&changed(&[], write("images/sandgate.toml")), &[("images/sandgate.toml", "added")]);
    is(&changed(&[], write("other/sandgate.toml")), &[]);
    let other = [("sandgate.toml", "[lint]\n")];
    is(&changed(&other, write("sandgate.toml")), &[("sandgate.toml", "changed")]);
    // One that a nearer one hides.
    let nearer = [("sandgate.toml", "[lint]\n"), ("images/sandgate.toml", "[lint]\n")];
    is(&changed(&nearer, write("sandgate.toml")), &[]);
    is(
        &changed(&nearer, |repository| repository.remove("images/sandgate.toml")),
        &[("images/sandgate.toml", "deleted")],
    );
    // What they bring into the context.
    is(
        &changed(&[("images/web/.env.shared", "A=1\n")], |repository| {
            repository.write("sandgate.toml", "[context]\ninclude = [\".env.shared\"]\n");
        }),
        &[("sandgate.toml", "added")],
    );
}

#[test]
fn the_chosen_dockerfile_counts() {
    let chosen = [
        ("images/web/blaxel.toml", "[build]\ndockerfile = \"docker/web.Dockerfile\"\n"),
        ("images/web/docker/web.Dockerfile", SANDBOX),
        ("images/web/docker/web.Dockerfile.dockerignore", "docker\nDockerfile\n"),
    ];
    is(
        &changed(&chosen, |repository| {
            repository.write("images/web/docker/web.Dockerfile", "FROM debian:13\n");
        }),
        &[("images/web/docker/web.Dockerfile", "changed")],
    );
    is(
        &changed(&chosen, |repository| {
            repository.write("images/web/docker/web.Dockerfile.dockerignore", "docker\n");
        }),
        &[("images/web/docker/web.Dockerfile.dockerignore", "changed")],
    );
    is(&changed(&chosen, |repository| repository.write("images/web/Dockerfile", "FROM a\n")), &[]);
    // The other one is packed under its name, even where no rule leaves this one out.
    is(
        &changed(&chosen[..2], |repository| repository.write("images/web/Dockerfile", "FROM a\n")),
        &[],
    );
}

#[test]
fn line_ends_and_large_files_of_a_checkout_are_no_change() {
    let repository = Repository::three();
    repository.git(&["config", "core.autocrlf", "true"]);
    repository.write("images/web/index.html", "1\r\n");
    assert_eq!(repository.since("HEAD").built(), [""; 0]);
    repository.write("images/web/index.html", "2\r\n");
    assert_eq!(repository.since("HEAD").built(), ["web"]);
    // A commit that changes the line ends does change the file.
    let repository = Repository::three();
    repository.change("images/web/index.html", "1\r\n");
    assert_eq!(repository.since("HEAD~1").built(), ["web"]);

    // The digest is that of `large`.
    let pointer = "version https://git-lfs.github.com/spec/v1\n\
        oid sha256:3ab0ea06a7dc52d16a2ea6f2f4a3f1c2ea7f9f63c5e26d9a5e96b2c7e4ab3ab9\nsize 5\n";
    let digest = sandgate_digest("large");
    let pointer = pointer
        .replace("3ab0ea06a7dc52d16a2ea6f2f4a3f1c2ea7f9f63c5e26d9a5e96b2c7e4ab3ab9", &digest);
    let repository = Repository::three();
    repository.change("images/web/model.bin", &pointer);
    let plan = repository.since("HEAD");
    assert_eq!(plan.built(), [""; 0]);
    plan.warns(&["images/web", "Git LFS", "`model.bin`", "lfs: true", "git lfs pull"]);
    repository.write("images/web/model.bin", "large");
    let plan = repository.since("HEAD");
    assert_eq!(plan.built(), [""; 0]);
    plan.is_calm();
    repository.write("images/web/model.bin", "other");
    assert_eq!(repository.since("HEAD").built(), ["web"]);
}

fn sandgate_digest(text: &str) -> String {
    let done = std::process::Command::new("sh")
        .args(["-c", &format!("printf %s '{text}' | sha256sum | cut -d' ' -f1")])
        .output()
        .unwrap();
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

#[test]
fn submodules_are_looked_into() {
    let library = Repository::new();
    library.write("lib.txt", "1\n");
    let one = library.commit("one");
    library.change("lib.txt", "2\n");
    let repository = Repository::three();
    let url = format!("file://{}", library.dir.display());
    repository.git(&["submodule", "--quiet", "add", &url, "images/web/lib"]);
    repository.commit("add");
    let plan = repository.since("HEAD~1");
    assert_eq!(plan.built(), ["web"]);
    assert_eq!(plan.changes("web")["images/web/lib"], "added");
    assert_eq!(repository.since("HEAD").built(), [""; 0]);
    // At another commit, both of which are there.
    let move_to = |commit: &str| {
        let lib = repository.dir.join("images/web/lib");
        repository.git(&["-C", lib.to_str().unwrap(), "checkout", "-q", commit]);
    };
    move_to(&one);
    let plan = repository.since("HEAD");
    assert_eq!(plan.built(), ["web"]);
    assert_eq!(
        plan.changes("web").into_iter().collect::<Vec<_>>(),
        [("images/web/lib/lib.txt", "changed")]
    );
    repository.commit("move");
    assert_eq!(repository.since("HEAD").built(), [""; 0]);
    // Of a clone without them, it is said what is missing.
    let clone = repository.clone(&[]);
    let plan = clone.since("HEAD");
    assert_eq!(plan.built(), [""; 0]);
    plan.warns(&["submodule `images/web/lib` is not checked out", "submodules: true"]);
    assert_eq!(
        clone.since("HEAD~1").reason("web"),
        "the submodule `images/web/lib` is at another commit"
    );
    // Shallow: the commit before is not there.
    clone.git(&["submodule", "--quiet", "update", "--init", "--depth=1"]);
    let plan = clone.since("HEAD");
    assert_eq!(plan.built(), [""; 0]);
    plan.is_calm();
    // One that no project holds is nobody's.
    let repository = Repository::three();
    repository.git(&["submodule", "--quiet", "add", &url, "lib"]);
    repository.commit("add");
    let plan = repository.clone(&[]).since("HEAD~1");
    assert_eq!(plan.built(), [""; 0]);
    plan.is_calm();
}

#[test]
fn a_project_in_a_submodule_is_compared_with_what_the_repository_names() {
    let library = Repository::new();
    library.write("web/Dockerfile", SANDBOX);
    library.write("web/a.txt", "1\n");
    library.commit("begin");
    let repository = Repository::new();
    repository.write("images/api/Dockerfile", SANDBOX);
    let url = format!("file://{}", library.dir.display());
    repository.git(&["submodule", "--quiet", "add", &url, "vendor/img"]);
    let begin = repository.commit("begin");
    library.change("web/a.txt", "2\n");
    library.change("README.md", "2\n");
    repository.git(&["submodule", "--quiet", "update", "--remote"]);
    repository.commit("two at once");
    for base in ["HEAD~1", &begin] {
        let plan = repository.since(base);
        assert_eq!(plan.built(), ["web"], "{base}");
        assert_eq!(plan.reason("web"), "`vendor/img/web/a.txt` changed");
        plan.is_calm();
    }
    assert_eq!(repository.since("HEAD").built(), [""; 0]);
    // Inside of it, its own history is meant.
    let mut inside = repository.command(&["--base", "HEAD~1", "--format", "json"]);
    inside.current_dir(repository.dir.join("vendor/img"));
    assert_eq!(crate::repository::Plan::of(crate::common::finish(&mut inside)).built(), [""; 0]);
}

#[test]
fn names_that_are_not_utf_8() {
    let repository = Repository::three();
    let folder = repository.dir.join(OsStr::from_bytes(b"images/caf\xe9"));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("Dockerfile"), SANDBOX).unwrap();
    fs::write(folder.join("blaxel.toml"), "name = \"cafe\"\n").unwrap();
    // One that cannot be packed.
    let odd = repository.dir.join(OsStr::from_bytes(b"images/web/\xe9.txt"));
    fs::write(odd, "1\n").unwrap();
    repository.commit("names");
    let plan = repository.since("HEAD");
    assert_eq!(plan.built(), ["cafe"]);
    plan.warns(&["images/caf", "not UTF-8", "counts as changed"]);
}

#[test]
fn every_link_on_the_way_counts_and_what_is_gone_behind_it() {
    let link = |repository: &Repository, to: &str, name: &str| {
        let path = repository.dir.join(name);
        let _ = fs::remove_file(&path);
        std::os::unix::fs::symlink(to, path).unwrap();
    };
    let repository = Repository::three();
    repository.write("images/web/.dockerignore", "lib\nv\n");
    for (name, text) in [("lib/x", "x"), ("lib/deep/y", "y"), ("v/1/f", "1"), ("v/2/f", "2")] {
        repository.write(&format!("images/web/{name}"), text);
    }
    link(&repository, "lib", "images/web/inc");
    link(&repository, "1", "images/web/v/current");
    link(&repository, "./v/current", "images/web/cur");
    repository.commit("links");
    assert_eq!(repository.since("HEAD").built(), [""; 0]);
    repository.git(&["rm", "-q", "images/web/lib/deep/y"]);
    repository.commit("gone");
    assert_eq!(repository.since("HEAD~1").reason("web"), "`images/web/lib/deep/y` is gone");
    link(&repository, "2", "images/web/v/current");
    repository.commit("elsewhere");
    assert_eq!(repository.since("HEAD~1").reason("web"), "`images/web/v/current` changed");
}

#[test]
fn a_link_that_is_left_out_may_lead_to_what_is_brought_back() {
    let repository = Repository::three();
    repository.write("images/web/.dockerignore", "v\ncur\n!cur/f\nout\n");
    for name in ["v/1/f", "v/1/g", "v/2/f", "v/2/g"] {
        repository.write(&format!("images/web/{name}"), name);
    }
    let link = |to: &str, name: &str| {
        let path = repository.dir.join("images/web").join(name);
        let _ = fs::remove_file(&path);
        std::os::unix::fs::symlink(to, path).unwrap();
    };
    link("v/1", "cur");
    link("v/1", "out");
    repository.commit("links");
    repository.change("images/web/v/1/g", "2\n");
    assert_eq!(repository.since("HEAD~1").built(), [""; 0]);
    link("v/2", "out");
    repository.commit("nothing is sent behind it");
    assert_eq!(repository.since("HEAD~1").built(), [""; 0]);
    link("v/2", "cur");
    repository.commit("elsewhere");
    assert_eq!(repository.since("HEAD~1").reason("web"), "`images/web/cur` changed");
    repository.remove("images/web/v/2/f");
    repository.commit("gone");
    assert_eq!(repository.since("HEAD~1").reason("web"), "`images/web/v/2/f` is gone");
}

#[test]
fn the_ignore_file_that_held_counts_though_another_leaves_it_out() {
    for (before, gone) in [
        (
            [
                ("images/web/Dockerfile.dockerignore", "b.txt\n"),
                ("images/web/.dockerignore", "*.dockerignore\n.dockerignore\na.txt\n"),
            ],
            "images/web/Dockerfile.dockerignore",
        ),
        (
            [
                ("images/web/.dockerignore", "b.txt\n"),
                ("images/web/.blaxelignore", ".dockerignore\n"),
            ],
            "images/web/.dockerignore",
        ),
    ] {
        is(&changed(&before, |repository| repository.remove(gone)), &[(gone, "deleted")]);
    }
}

#[test]
fn files_that_are_links_count_by_what_they_lead_to() {
    for (name, to, target, before, after) in [
        (
            "images/web/blaxel.toml",
            "k/f",
            "images/web/k/f",
            "name = \"web\"\n",
            "name = \"web\"\nregion = \"eu\"\n",
        ),
        ("images/web/.blaxelignore", "k/f", "images/web/k/f", "", "b.txt\n"),
        (
            "images/web/sandgate.toml",
            "../../s.toml",
            "s.toml",
            "[lint]\n",
            "[context]\ninclude = [\".env.shared\"]\n",
        ),
    ] {
        let repository = Repository::three();
        repository.write("images/web/.dockerignore", "k\n.blaxelignore\n");
        repository.write("images/web/b.txt", "1\n");
        repository.write(target, before);
        std::os::unix::fs::symlink(to, repository.dir.join(name)).unwrap();
        repository.commit("link");
        assert_eq!(repository.since("HEAD").built(), [""; 0], "{name}");
        repository.change(target, after);
        let plan = repository.since("HEAD~1");
        assert_eq!(plan.reason("web"), format!("`{target}` changed"));
    }
}

#[test]
fn a_settings_file_that_is_named_counts() {
    let repository = Repository::three();
    repository.write("images/web/.env.shared", "A=1\n");
    repository.change("ci/s.toml", "");
    let args = ["--config", "ci/s.toml", "--only", "web", "--base"];
    assert_eq!(repository.plan(&[&args[..], &["HEAD"]].concat()).built(), [""; 0]);
    repository.change("ci/s.toml", "[context]\ninclude = [\".env.shared\"]\n");
    let plan = repository.plan(&[&args[..], &["HEAD~1"]].concat());
    assert_eq!(plan.reason("web"), "`ci/s.toml` changed");
    // Those of folders count no more, and are not missed.
    repository.change("images/sandgate.toml", "[lint]\n");
    repository.remove("images/sandgate.toml");
    repository.commit("gone");
    let gone = |args: &[&str]| repository.plan(&[args, &["--base", "HEAD~1"]].concat());
    assert_eq!(gone(&[]).reason("web"), "`images/sandgate.toml` is gone");
    assert_eq!(gone(&["--config", "ci/s.toml"]).built(), [""; 0]);
    assert_eq!(gone(&["--no-config"]).built(), [""; 0]);
}

#[test]
fn other_line_ends_are_a_change_where_git_does_not_make_them() {
    let repository = Repository::three();
    repository.write("images/web/index.html", "1\r\n");
    assert_eq!(
        repository.since("HEAD").reason("web"),
        "`images/web/index.html` changed, not committed"
    );
    repository.write(".gitattributes", "*.html text eol=crlf\n");
    repository.git(&["add", ".gitattributes"]);
    repository.git(&["commit", "-q", "-m", "attributes"]);
    let plan = repository.plan(&["--base", "HEAD~1", "--only", "web"]);
    assert_eq!(plan.reason("web"), "`.gitattributes` is new");
    assert_eq!(repository.since("HEAD").built(), [""; 0]);
    repository.write(".gitattributes", "*.html -text\n");
    repository.git(&["add", ".gitattributes"]);
    repository.git(&["commit", "-q", "-m", "none"]);
    assert_eq!(repository.since("HEAD").built(), ["web"]);
    // What the settings of the clone make of text.
    repository.write(".gitattributes", "*.html text\n");
    repository.git(&["add", ".gitattributes"]);
    repository.git(&["commit", "-q", "-m", "text"]);
    let built = || repository.since("HEAD").built().len();
    let set = |name: &str, value: &str| repository.git(&["config", name, value]);
    assert_eq!(built(), 1);
    set("core.eol", "CRLF");
    assert_eq!(built(), 0);
    set("core.autocrlf", "input");
    assert_eq!(built(), 1);
    set("core.autocrlf", "true");
    assert_eq!(built(), 0);
    set("core.autocrlf", "false");
    set("core.eol", "lf");
    assert_eq!(built(), 1);
    // A name without a value says yes.
    let config = repository.dir.join(".git/config");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{text}[core]\n\tautocrlf\n")).unwrap();
    assert_eq!(built(), 0);
}

#[test]
fn projects_that_git_tracks_are_found() {
    let repository = Repository::three();
    // Above the repository, as in a home.
    fs::write(repository.dir.parent().unwrap().join(".gitignore"), "*\n").unwrap();
    repository.write(".gitignore", "build/\n");
    for name in [".sandboxes/hid", "build/out", "build/made"] {
        repository.write(&format!("{name}/Dockerfile"), SANDBOX);
    }
    repository.write(".devcontainer/Dockerfile", "FROM debian:12\n");
    repository.git(&["add", "-f", ".gitignore", ".sandboxes", ".devcontainer", "build/out"]);
    repository.git(&["commit", "-q", "-m", "hidden"]);
    let plan = repository.since("HEAD~1");
    assert_eq!(plan.built(), ["hid", "out"]);
    assert_eq!(plan.json["images"].as_array().unwrap().len(), 5);
    // An agent at the top is no sandbox.
    repository.write("blaxel.toml", "type = \"agent\"\n");
    assert_eq!(repository.since("HEAD").json["images"].as_array().unwrap().len(), 5);
    let agent = Repository::new();
    agent.write("blaxel.toml", "type = \"agent\"\n");
    agent.write("Dockerfile", "FROM debian:12\n");
    let run = agent.run(&["--all"]);
    assert_eq!(run.code, Some(2), "{}", run.shown());
    assert!(run.stderr.contains("its blaxel.toml is that of an agent"), "{}", run.shown());
}

#[test]
fn a_project_that_cannot_be_read_is_planned_and_says_why() {
    let repository = Repository::three();
    repository.git(&["mv", "images/web/Dockerfile", "images/web/Dockerfile.old"]);
    repository.write("images/web/blaxel.toml", "name = \"web\"\n");
    repository.write("images/api/sandgate.toml", "[lint]\nnone = 1\n");
    repository.commit("break");
    let plan = repository.since("HEAD");
    assert_eq!(plan.built(), ["api", "web"]);
    assert_eq!(plan.reason("web"), "cannot be read: `Dockerfile` does not exist");
    assert!(plan.reason("api").contains("images/api/sandgate.toml:2:1"), "{}", plan.reason("api"));
}

#[test]
fn there_has_to_be_something_to_plan() {
    let repository = Repository::new();
    repository.write("README.md", "1\n");
    for (path, want) in
        [(".", "there is no sandbox project below `.`"), ("nowhere", "`nowhere` does not exist")]
    {
        let run = repository.run(&[path]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{}", run.shown());
        assert!(run.stderr.contains(want), "{}", run.shown());
        assert!(!run.stderr.contains("an agent"), "{}", run.shown());
    }
}
