//! What is sent: Docker's patterns, its reader, and trees that hold more than files.

use std::{fs, path::Path};

use proptest::prelude::*;
use sandgate::project::{
    OpenError, OpenOptions, Project,
    context::{Entry, EntryKind, Exclusion, Rules, Unusable},
    open,
    path::ContextPath,
};

fn rules(text: &str) -> Rules {
    let (rules, bad) = Rules::read(text.as_bytes());
    assert!(bad.is_empty(), "{text:?}: {bad:?}");
    rules
}

#[test]
fn one_pattern_matches_as_in_docker() {
    let cases: &[(&str, &str, bool)] = &[
        // Two stars.
        ("**", "file", true),
        ("**", "dir/file", true),
        ("**/", "file", true),
        ("**/", "dir/file", true),
        ("**/**", "file", true),
        ("**/**", "dir/file", true),
        ("dir/**", "file", false),
        ("dir/**", "dir", false),
        ("dir/**", "dir/file", true),
        ("dir/**", "dir/a/b", true),
        ("dir/**/*", "dir/a", true),
        ("dir/**/*", "dir/a/b", true),
        ("dir**", "dirt", true),
        ("dir**", "dir/a", true),
        ("**/dir2/*", "dir/dir2/file", true),
        ("**/dir2/*", "dir/dir2/file/x", true),
        ("**/dir2/*", "dir2", false),
        ("**/dir2/**", "dir/dir2/dir2/file.txt", true),
        ("**file", "file", true),
        ("**file", "dir/file", true),
        ("**file", "myfile", true),
        ("**/file", "dir/file", true),
        ("**/file", "dir/dir/file", true),
        ("**/file", "myfile", false),
        ("**/file*", "dir/dir/file", true),
        ("**/file*", "dir/dir/file.txt", true),
        ("**/file*txt", "dir/dir/file.txt", true),
        ("**/file*.txt*", "dir/dir/file.txt", true),
        ("**/**/*.txt", "dir/dir/file.txt", true),
        ("**/**/*.txt2", "dir/dir/file.txt", false),
        ("**/*.txt", "file.txt", true),
        ("**/**/*.txt", "file.txt", true),
        ("a**/*.txt", "a/file.txt", true),
        ("a**/*.txt", "a/dir/file.txt", true),
        ("a**/*.txt", "a/dir/dir/file.txt", true),
        ("a/**/b", "a/b", true),
        ("a/**/b", "a/x/y/b", true),
        ("a/**/b", "ab", false),
        // One star, one character: never a slash.
        ("a/*.txt", "a/dir/file.txt", false),
        ("a/*.txt", "a/file.txt", true),
        ("a/*.txt**", "a/file.txt", true),
        ("a[b-d]e", "ae", false),
        ("a[b-d]e", "ace", true),
        ("a[b-d]e", "aae", false),
        ("a[^b-d]e", "aze", true),
        ("a[^b-d]e", "a/e", true),
        (".*", ".foo", true),
        (".*", "foo", false),
        ("abc.def", "abcdef", false),
        ("abc.def", "abc.def", true),
        ("abc.def", "abcZdef", false),
        ("abc?def", "abcZdef", true),
        ("abc?def", "abcdef", false),
        ("abc?def", "abc/def", false),
        ("a?", "aé", true),
        // Escapes, and what means nothing.
        ("a\\*b", "a*b", true),
        ("a\\*b", "axb", false),
        ("a\\\\", "a\\", true),
        ("a\\bcd", "abcd", false),
        ("file\\d", "file7", true),
        ("v\\.1", "v.1", true),
        ("a.|)$(}+{bc", "a.|)$(}+{bc", true),
        ("a^b", "a^b", true),
        ("*^b", "a^b", false),
        ("[*]", "*", false),
        ("[[:digit:]]x", "5x", true),
        ("a]b", "a]b", true),
        // The root is the only anchor.
        ("node_modules", "node_modules", true),
        ("node_modules", "web/node_modules", false),
        ("dist/proxy.py", "dist/proxy.py", true),
        ("dist/*.py", "dist/proxy.py", true),
        ("docs", "docs/a/b", true),
        ("docs", "docs2", false),
        ("a", "A", false),
        (".", "a", false),
        ("./a", "a", true),
        ("b/../a", "a", true),
        ("../a", "a", false),
    ];
    assert!(cases.len() >= 68);
    for (pattern, path, want) in cases {
        assert_eq!(rules(pattern).is_ignored(path), *want, "{pattern:?} {path:?}");
    }
}

#[test]
fn the_last_matching_line_decides() {
    for (lines, path, want) in [
        ("*\n!a", "a", false),
        ("!a\n*", "a", true),
        ("*\n!a\na/b", "a/b", true),
        ("*\n!a\na/b", "a/c", false),
        ("a\n!a/b", "a/b", false),
        ("a\n!a/b", "a/c", true),
        ("a/*\n!a/b/c", "a/b/c", false),
        ("a/*\n!a/b/c", "a/b/d", true),
        ("**/*.md\n!README.md", "README.md", false),
        ("**/*.md\n!README.md", "x/README.md", true),
        ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true),
        ("*.md\n!README*.md\nREADME-secret.md", "README-open.md", false),
        ("**\n!**/*.go", "x/y.go", false),
        ("a*\n!*/x\nab", "ab/x", false),
        ("*.d/*\n!x.d", "x.d/y", true),
        ("x.d\n!x.d\n*.d/*", "x.d/y", true),
        ("!!a", "!a", false),
        ("*\n!!a", "!a", false),
    ] {
        assert_eq!(rules(lines).is_ignored(path), want, "{lines:?} {path}");
    }
}

#[test]
fn lines_are_read_as_docker_reads_them() {
    for (text, path, want) in [
        ("\u{feff}a", "a", true),
        ("\u{feff}#a", "#a", false),
        ("#a", "#a", false),
        (" #a", "#a", true),
        ("  a\t\r\n", "a", true),
        ("/a", "a", true),
        ("//a", "a", true),
        ("a/", "a", true),
        ("a/", "a/b", true),
        ("*\n!  a", "a", false),
        ("*\n!/a", "a", false),
        ("/", "a", false),
        ("\n\n", "a", false),
        ("a\\ ", "a ", false),
        ("\u{a0}a\u{a0}", "a", true),
    ] {
        // A backslash that trimming leaves at the end is refused, so that line does not count.
        assert_eq!(Rules::read(text.as_bytes()).0.is_ignored(path), want, "{text:?} {path}");
    }
}

#[test]
fn refused_lines_are_named_and_the_others_hold() {
    for (text, want) in [
        ("a\n[\nb", &[2][..]),
        ("!", &[1]),
        ("! ", &[1]),
        ("!/", &[1]),
        ("[]a]\n[a-]\n[^]", &[1, 2, 3]),
        ("a\\", &[1]),
        ("[b-a]", &[1]),
        ("\\y", &[1]),
        ("[a]\n[^a]\n\\*", &[]),
    ] {
        let (rules, bad) = Rules::read(text.as_bytes());
        assert_eq!(bad.iter().map(|(line, _)| *line).collect::<Vec<_>>(), want, "{text:?}");
        assert_eq!(rules.iter().count() + bad.len(), text.lines().count());
    }
    let long = "a".repeat(70_000);
    assert_eq!(Rules::read(format!("b\n{long}").as_bytes()).1[0].0, 2);
}

/// The same semantics said another way: characters against characters, no machine, no shortcuts.
mod naive {
    pub(crate) fn is_ignored(lines: &[String], path: &str) -> bool {
        // What each line said of the directory above: a line that changes nothing says nothing.
        let mut said = vec![false; lines.len()];
        let mut ignored = false;
        let names: Vec<&str> = path.split('/').collect();
        for count in 1..=names.len() {
            ignored = false;
            for (line, said) in lines.iter().zip(&mut said) {
                let (negated, pattern) = match line.strip_prefix('!') {
                    Some(rest) => (true, rest),
                    None => (false, line.as_str()),
                };
                let parts: Vec<&str> =
                    pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
                *said |= negated == ignored && whole(&parts.join("/"), &names[..count].join("/"));
                if *said {
                    ignored = !negated;
                }
            }
        }
        ignored
    }

    fn whole(pattern: &str, path: &str) -> bool {
        // Behind leading stars, text without a wildcard only has to end the path.
        if let Some(rest) = pattern.strip_prefix("**")
            && !rest.contains(['*', '?', '[', ']', '\\'])
        {
            return match rest.strip_prefix('/') {
                Some(name) => path == name || path.ends_with(rest),
                None => path.ends_with(rest),
            };
        }
        let pattern: Vec<char> = pattern.chars().collect();
        let path: Vec<char> = path.chars().collect();
        matches(&pattern, &path)
    }

    fn matches(pattern: &[char], path: &[char]) -> bool {
        match pattern {
            [] => path.is_empty(),
            ['*', '*', rest @ ..] => {
                let rest = if let ['/', rest @ ..] = rest { rest } else { rest };
                if rest.is_empty() {
                    return true;
                }
                matches(rest, path)
                    || (0..path.len()).any(|at| path[at] == '/' && matches(rest, &path[at + 1..]))
            }
            ['*', rest @ ..] => {
                let end = path.iter().position(|c| *c == '/').unwrap_or(path.len());
                (0..=end).any(|at| matches(rest, &path[at..]))
            }
            ['?', rest @ ..] => !path.is_empty() && path[0] != '/' && matches(rest, &path[1..]),
            ['\\', c, rest @ ..] => path.first() == Some(c) && matches(rest, &path[1..]),
            ['[', rest @ ..] => {
                let end = rest.iter().position(|c| *c == ']').unwrap();
                let (set, behind) = (&rest[..end], &rest[end + 1..]);
                let (negated, set) =
                    if let ['^', set @ ..] = set { (true, set) } else { (false, set) };
                !path.is_empty() && set.contains(&path[0]) != negated && matches(behind, &path[1..])
            }
            [c, rest @ ..] => path.first() == Some(c) && matches(rest, &path[1..]),
        }
    }
}

fn part() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        4 => Just("a"),
        3 => Just("b"),
        1 => Just(".c"),
        2 => Just("*"),
        1 => Just("**"),
        1 => Just("?"),
        1 => Just("[ab]"),
        1 => Just("[^a]"),
        1 => Just("\\*"),
    ];
    prop::collection::vec(atom, 1..4).prop_map(|atoms| atoms.concat())
}

fn pattern() -> impl Strategy<Value = String> {
    let start = prop_oneof![5 => Just(""), 1 => Just("/"), 1 => Just("./")];
    let end = prop_oneof![5 => Just(""), 1 => Just("/"), 1 => Just("/**")];
    (prop::bool::weighted(0.3), start, prop::collection::vec(part(), 1..4), end).prop_map(
        |(negated, start, parts, end)| {
            format!("{}{start}{}{end}", if negated { "!" } else { "" }, parts.join("/"))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn patterns_agree_with_another_implementation(
        lines in prop::collection::vec(pattern(), 1..5),
        path in "[ab.*]{1,3}(/[abc.]{1,3}){0,3}",
    ) {
        let (rules, bad) = Rules::read(lines.join("\n").as_bytes());
        prop_assert!(bad.is_empty(), "{bad:?}");
        prop_assert_eq!(rules.is_ignored(&path), naive::is_ignored(&lines, &path));
    }

    #[test]
    fn one_line_is_passed_over_as_if_it_were_not_there(
        lines in prop::collection::vec(pattern(), 1..5),
        path in "[ab.*]{1,3}(/[abc.]{1,3}){0,3}",
    ) {
        let (rules, _) = Rules::read(lines.join("\n").as_bytes());
        for rule in rules.iter() {
            let mut rest = lines.clone();
            let line = rest.remove(rule.line - 1);
            let (rest, _) = Rules::read(rest.join("\n").as_bytes());
            let without = rules.is_ignored_without(&path, rule.line);
            prop_assert_eq!(without, rest.is_ignored(&path), "without {}", line);
            let (alone, _) = Rules::read(line.strip_prefix('!').unwrap_or(&line).as_bytes());
            prop_assert_eq!(rule.covers(&path), alone.is_ignored(&path), "{} alone", line);
        }
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200), path in ".{0,20}") {
        let (rules, _) = Rules::read(&bytes);
        let _ = rules.is_ignored(&path);
    }

    #[test]
    fn any_pattern_is_read(text in "[ab/!*?\\[\\]\\\\^.:d-]{0,12}", path in "[ab/d.]{1,8}") {
        let (rules, _) = Rules::read(text.as_bytes());
        let _ = rules.is_ignored(&path);
    }
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "Dockerfile", "FROM scratch\nCOPY . /\n");
    for (path, text) in files {
        write(dir.path(), path, text);
    }
    dir
}

fn read(dir: &tempfile::TempDir) -> Project {
    open(dir.path(), &OpenOptions::default()).unwrap()
}

fn sent(project: &Project) -> Vec<&str> {
    project.tree.sent().map(|entry| entry.path.as_str()).collect()
}

fn entry<'a>(project: &'a Project, path: &str) -> &'a Entry {
    project.tree.get(path).unwrap_or_else(|| panic!("`{path}` is not in the tree"))
}

#[test]
fn directories_are_entered_where_a_later_line_may_send_again() {
    let dir = project(&[
        (".dockerignore", "a\nb\n!a/keep/*.txt\n!**/deep\n"),
        ("a/x", ""),
        ("a/keep/1.txt", ""),
        ("a/keep/2.md", ""),
        ("b/c/deep", ""),
        ("b/c/other", ""),
    ]);
    assert_eq!(sent(&read(&dir)), [".dockerignore", "Dockerfile", "a/keep/1.txt", "b/c/deep"]);
}

#[test]
fn excluded_directories_are_not_searched_without_need() {
    let dir = project(&[
        (".dockerignore", "node_modules\n!src/x\n"),
        ("node_modules/a/index.js", ""),
        ("src/x", ""),
    ]);
    let project = read(&dir);
    let excluded = Exclusion::Docker { line: 1, pattern: "node_modules".into() };
    assert_eq!(entry(&project, "node_modules").excluded, Some(excluded));
    assert!(project.tree.get("node_modules/a").is_none());
}

#[test]
fn own_ignore_file_beats_the_general_one() {
    let dir = project(&[
        ("docker/app.Dockerfile", "FROM scratch\n"),
        ("docker/app.Dockerfile.dockerignore", "one\n"),
        (".dockerignore", "two\n"),
        ("one", ""),
        ("two", ""),
    ]);
    let options =
        OpenOptions { dockerfile: Some("docker/app.Dockerfile".into()), ..OpenOptions::default() };
    let project = open(dir.path(), &options).unwrap();
    assert!(entry(&project, "one").excluded.is_some());
    assert!(entry(&project, "two").excluded.is_none());
}

#[test]
fn secrets_are_left_out_until_they_are_included() {
    let dir = project(&[
        (".env", "A=1"),
        (".env.example", ""),
        ("app/.env.local", ""),
        (".git/config", ""),
        ("keys/id_rsa", ""),
        (".docker/config.json", "{}"),
    ]);
    let project = read(&dir);
    assert_eq!(sent(&project), [".docker", ".env.example", "Dockerfile", "app", "keys"]);
    assert!(matches!(entry(&project, ".env").excluded, Some(Exclusion::Always(_))));
    let options =
        OpenOptions { include: vec![".env".into(), ".git".into()], ..OpenOptions::default() };
    let project = open(dir.path(), &options).unwrap();
    assert!(sent(&project).contains(&".env"));
    assert!(sent(&project).contains(&".git/config"));
    assert!(!sent(&project).contains(&"app/.env.local"));
    let options = OpenOptions { include: vec!["[".into()], ..OpenOptions::default() };
    assert!(matches!(open(dir.path(), &options), Err(OpenError::Include { .. })));
}

#[test]
fn dockerfile_ignore_file_and_manifest_are_always_sent() {
    let dir = project(&[(".dockerignore", "*\n"), ("blaxel.toml", ""), ("x", "")]);
    assert_eq!(sent(&read(&dir)), [".dockerignore", "Dockerfile", "blaxel.toml"]);
}

#[test]
fn both_ignore_files_apply() {
    let dir = project(&[
        (".dockerignore", "a\n"),
        (".blaxelignore", "b\n!a\n"),
        ("a", ""),
        ("x/b", ""),
        ("c", ""),
    ]);
    let project = read(&dir);
    assert!(matches!(entry(&project, "a").excluded, Some(Exclusion::Docker { .. })));
    assert!(matches!(entry(&project, "x/b").excluded, Some(Exclusion::Blaxel { line: 1, .. })));
    assert!(entry(&project, "c").excluded.is_none());
}

#[test]
fn named_files_are_kept_and_others_are_not() {
    let dir = project(&[
        ("Dockerfile", "FROM scratch\nCOPY scripts/run-all.sh /\nENTRYPOINT [\"/run-all.sh\"]\n"),
        (".dockerignore", "scripts/helper.conf\n"),
        ("scripts/run-all.sh", "#!/bin/sh\nexec supervisord -c helper.conf\n"),
        ("scripts/helper.conf", "[program:x]\n"),
        ("scripts/other.sh", ""),
        ("start.sh", "#!/bin/sh\n"),
        ("node_modules/x/run-all.sh", ""),
    ]);
    let project = read(&dir);
    let kept: Vec<&str> = project.files.keys().map(ContextPath::as_str).collect();
    assert_eq!(kept, ["scripts/helper.conf", "scripts/run-all.sh", "start.sh"]);
}

#[test]
fn a_dockerfile_that_cannot_be_used_is_an_error() {
    for (given, problem) in [
        ("nope", "does not exist"),
        ("../Dockerfile", "lies outside"),
        ("/etc/passwd", "lies outside"),
        ("dir", "is a directory"),
        ("a/../../x", "lies outside"),
    ] {
        let dir = project(&[("dir/x", "")]);
        let options = OpenOptions { dockerfile: Some(given.into()), ..OpenOptions::default() };
        let err = open(dir.path(), &options).unwrap_err().to_string();
        assert!(err.contains(problem), "{given}: {err}");
    }
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "docker/Dockerfile", "");
    let Err(OpenError::Dockerfile { help, .. }) = open(dir.path(), &OpenOptions::default()) else {
        panic!("there is no Dockerfile")
    };
    assert!(help.contains("docker/Dockerfile"), "{help}");
    assert!(matches!(
        open(&dir.path().join("nope"), &OpenOptions::default()),
        Err(OpenError::Root { .. })
    ));
    assert!(matches!(
        open(&dir.path().join("docker/Dockerfile"), &OpenOptions::default()),
        Err(OpenError::Root { .. })
    ));
}

#[cfg(unix)]
mod special {
    use std::{
        ffi::OsStr,
        os::unix::{ffi::OsStrExt as _, fs::symlink, net::UnixListener},
        process::Command,
    };

    use super::*;

    fn unusable<'a>(project: &'a Project, path: &str) -> &'a Unusable {
        match &entry(project, path).kind {
            EntryKind::Unusable(why) => why,
            other => panic!("`{path}` is {other:?}"),
        }
    }

    #[test]
    fn what_is_no_file_is_said_to_be_unusable() {
        let dir = project(&[]);
        let root = dir.path();
        assert!(Command::new("mkfifo").arg(root.join("pipe")).status().unwrap().success());
        let _socket = UnixListener::bind(root.join("socket")).unwrap();
        fs::write(root.join(OsStr::from_bytes(b"a\xff")), "").unwrap();
        let mut mknod = Command::new("mknod");
        let made = mknod.arg(root.join("null")).args(["c", "1", "3"]).output();
        let project = read(&dir);
        assert_eq!(unusable(&project, "pipe"), &Unusable::Fifo);
        assert_eq!(unusable(&project, "socket"), &Unusable::Socket);
        assert_eq!(unusable(&project, "a\u{fffd}"), &Unusable::Name);
        if made.is_ok_and(|made| made.status.success()) {
            assert_eq!(unusable(&project, "null"), &Unusable::Device);
        }
    }

    #[test]
    fn links_are_followed_inside_the_root_alone() {
        let dir = project(&[("real/x", "1"), ("real/y/z", "2")]);
        let outside = tempfile::tempdir().unwrap();
        write(outside.path(), "secret", "s");
        let root = dir.path();
        symlink("real", root.join("dir")).unwrap();
        symlink("real/x", root.join("file")).unwrap();
        symlink(outside.path().join("secret"), root.join("out")).unwrap();
        symlink("nowhere", root.join("broken")).unwrap();
        symlink("self", root.join("self")).unwrap();
        symlink("..", root.join("real/y/up")).unwrap();
        let project = read(&dir);
        assert_eq!(entry(&project, "file").kind, EntryKind::File { size: 1, executable: false });
        assert!(entry(&project, "dir/y/z").via_link);
        assert!(matches!(unusable(&project, "out"), Unusable::LinkOutside { .. }));
        assert!(matches!(unusable(&project, "broken"), Unusable::BrokenLink { .. }));
        assert!(matches!(unusable(&project, "self"), Unusable::LinkLoop { .. }));
        assert!(matches!(unusable(&project, "real/y/up"), Unusable::LinkLoop { .. }));
        assert!(matches!(unusable(&project, "dir/y/up"), Unusable::LinkLoop { .. }));
    }

    #[test]
    fn links_between_two_directories_end() {
        let dir = project(&[("a/x", ""), ("b/y", "")]);
        symlink("../b", dir.path().join("a/to-b")).unwrap();
        symlink("../a", dir.path().join("b/to-a")).unwrap();
        let project = read(&dir);
        assert!(project.tree.get("a/to-b/y").is_some());
        assert!(matches!(unusable(&project, "a/to-b/to-a"), Unusable::LinkLoop { .. }));
    }

    #[test]
    fn links_that_double_the_tree_end() {
        let dir = project(&[("d40/x", "")]);
        for level in 0..40 {
            let at = dir.path().join(format!("d{level}"));
            fs::create_dir(&at).unwrap();
            for side in ["l", "r"] {
                symlink(format!("../d{}", level + 1), at.join(side)).unwrap();
            }
        }
        let project = read(&dir);
        assert!(project.tree.entries.len() < 300_000);
        assert!(
            project.tree.entries.iter().any(|entry| {
                matches!(&entry.kind, EntryKind::Unusable(Unusable::Unreadable(_)))
            })
        );
    }

    #[test]
    fn kept_links_stay_links_and_never_lead_out() {
        let dir = project(&[("real/x", "1"), ("real/deep/y", "")]);
        let root = dir.path();
        symlink("real", root.join("dir")).unwrap();
        symlink("../real/x", root.join("real/again")).unwrap();
        symlink("../x", root.join("out")).unwrap();
        symlink(root.join("real"), root.join("absolute")).unwrap();
        symlink(".", root.join("here")).unwrap();
        symlink("here/..", root.join("through")).unwrap();
        let options = OpenOptions { keep_links: true, ..OpenOptions::default() };
        let project = open(root, &options).unwrap();
        assert_eq!(entry(&project, "dir").kind, EntryKind::Link { target: "real".into() });
        assert!(matches!(entry(&project, "real/again").kind, EntryKind::Link { .. }));
        for path in ["out", "absolute", "through"] {
            assert!(matches!(unusable(&project, path), Unusable::LinkOutside { .. }), "{path}");
        }
        assert!(project.tree.get("dir/x").is_none());
    }

    #[test]
    fn a_link_to_a_secret_is_left_out_too() {
        let dir = project(&[(".env", "A=1"), ("keys/id_rsa", "")]);
        symlink(".env", dir.path().join("settings")).unwrap();
        symlink(".git", dir.path().join("history")).unwrap();
        write(dir.path(), ".git/config", "");
        let project = read(&dir);
        for path in ["settings", "history"] {
            let excluded = &entry(&project, path).excluded;
            assert!(matches!(excluded, Some(Exclusion::Always(_))), "{path}");
        }
        assert!(!sent(&project).iter().any(|path| path.starts_with("history")));
    }

    #[test]
    fn a_dockerfile_that_is_no_file_never_blocks() {
        for (make, problem) in [
            (
                (|path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()))
                    as fn(&Path),
                "not a regular file",
            ),
            (|path| symlink("/etc/hostname", path).unwrap(), "out of the project"),
            (|path| symlink("Dockerfile", path).unwrap(), "back to itself"),
            (|path| symlink("gone", path).unwrap(), "does not exist"),
            (|path| symlink("/dev/zero", path).unwrap(), "out of the project"),
            (|path| fs::File::create(path).unwrap().set_len(17 << 20).unwrap(), "16 MiB"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            make(&dir.path().join("Dockerfile"));
            let err = open(dir.path(), &OpenOptions::default()).unwrap_err().to_string();
            assert!(err.contains(problem), "{err}");
        }
    }
}
