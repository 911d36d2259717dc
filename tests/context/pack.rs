//! The archive: the same bytes from the same project, and other tools read it.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read as _, Seek as _},
    path::Path,
    process::Command,
};

use sandgate::{
    pack::{self, Extra, PackError, Packed},
    project::{OpenOptions, Project, open, path::ContextPath},
};

/// Path, content, executable.
type File<'a> = (&'a str, &'a [u8], bool);

const FIXTURE: &[File<'_>] = &[
    ("Dockerfile", b"FROM scratch\nCOPY . /app\n", false),
    (".dockerignore", b"*.log\nold\n", false),
    ("blaxel.toml", b"type = \"sandbox\"\nname = \"fixture\"\n", false),
    ("entrypoint.sh", b"#!/bin/sh\nexec sandbox-api\n", true),
    ("debug.log", b"not sent", false),
    ("old/x", b"not sent", false),
    ("src/main.py", b"print('hello hello hello hello hello')\n", false),
    ("src-old/a", b"", false),
    ("src/été.txt", b"utf-8", false),
];

/// What the fixture's identity is. A change here is a new version of the digest.
const DIGEST: &str = "sha256:b2d3e5b6116274e90c1c5b11b99f88a637c7a3cea5d47773f9978ecc70becb98";
/// What the archive of the fixture is. A change here is a change of the compressor or the layout.
const ARCHIVE: &str = "sha256:8aae15c1be51fcf62dc2977a956aab7e2dba65590bab87c849e2d3da83deac8f";

fn write(root: &Path, (path, content, executable): File<'_>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    set_mode(&path, if executable { 0o755 } else { 0o644 });
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

fn fixture() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in FIXTURE {
        write(dir.path(), *file);
    }
    fs::create_dir_all(dir.path().join("empty/inner")).unwrap();
    dir
}

fn read(root: &Path) -> Project {
    open(root, &OpenOptions::default()).unwrap()
}

fn packed(project: &Project, extras: Vec<Extra>, threads: usize) -> (Packed, Vec<u8>) {
    let plan = pack::plan(project, extras).unwrap();
    let mut file = tempfile::tempfile().unwrap();
    let packed = pack::write(&plan, threads, &mut file).unwrap();
    let contents = pack::digest(&plan, threads).unwrap();
    assert_eq!(
        (&contents.digest, contents.entries, contents.content_bytes, &contents.largest),
        (&packed.digest, packed.entries, packed.content_bytes, &packed.largest)
    );
    let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
    file.rewind().unwrap();
    file.read_exact(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, packed.archive_bytes);
    (packed, bytes)
}

/// Name, mode with file type, content.
fn entries(archive: &[u8]) -> Vec<(String, u32, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut file = zip.by_index(at).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            (file.name().unwrap().into_owned(), file.unix_mode().unwrap(), content)
        })
        .collect()
}

fn names(archive: &[u8]) -> Vec<String> {
    entries(archive).into_iter().map(|(name, ..)| name).collect()
}

#[test]
fn the_fixture_has_its_pinned_digest_and_bytes() {
    let (packed, bytes) = packed(&read(fixture().path()), Vec::new(), 0);
    assert_eq!(
        names(&bytes),
        [
            ".dockerignore",
            "Dockerfile",
            "blaxel.toml",
            "empty/inner/",
            "entrypoint.sh",
            "src-old/a",
            "src/main.py",
            "src/été.txt"
        ]
    );
    assert_eq!(packed.digest, DIGEST);
    #[cfg(unix)]
    assert_eq!(packed.archive_sha256, ARCHIVE);
    for (name, mode, content) in entries(&bytes) {
        let given = FIXTURE.iter().find(|(path, ..)| *path == name);
        let (want_mode, want) = match given {
            Some((_, content, true)) => (0o100_755, *content),
            Some((_, content, false)) => (0o100_644, *content),
            None => (0o040_755, &b""[..]),
        };
        assert_eq!((mode, content.as_slice()), (want_mode, want), "{name}");
    }
}

#[test]
fn the_same_project_is_the_same_bytes() {
    let first = packed(&read(fixture().path()), Vec::new(), 1);
    for threads in [2, 3, 8] {
        assert_eq!(packed(&read(fixture().path()), Vec::new(), threads), first);
    }
    // Made in the other order, at another time, with other bits for group and others.
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("empty/inner")).unwrap();
    for file in FIXTURE.iter().rev() {
        write(dir.path(), *file);
        let path = dir.path().join(file.0);
        set_mode(&path, if file.2 { 0o700 } else { 0o666 });
        let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_hours(24);
        fs::File::options().append(true).open(&path).unwrap().set_modified(long_ago).unwrap();
    }
    assert_eq!(packed(&read(dir.path()), Vec::new(), 0), first);
}

#[test]
fn every_part_of_an_entry_changes_the_digest() {
    let digest = |change: &dyn Fn(&Path)| {
        let dir = fixture();
        change(dir.path());
        packed(&read(dir.path()), Vec::new(), 0).0.digest
    };
    let plain = digest(&|_| ());
    assert_ne!(plain, digest(&|root| write(root, ("src/main.py", b"x", false))));
    assert_ne!(plain, digest(&|root| fs::rename(root.join("src"), root.join("lib")).unwrap()));
    assert_ne!(plain, digest(&|root| fs::create_dir(root.join("more")).unwrap()));
    #[cfg(unix)]
    assert_ne!(plain, digest(&|root| set_mode(&root.join("src/main.py"), 0o755)));
    // What is not sent does not count.
    assert_eq!(plain, digest(&|root| write(root, ("debug.log", b"changed", false))));
}

#[test]
fn another_dockerfile_is_uploaded_as_dockerfile() {
    let dir = tempfile::tempdir().unwrap();
    for file in [
        ("Dockerfile", &b"FROM root"[..], false),
        ("Dockerfile.dockerignore", b"never", false),
        ("docker/prod.Dockerfile", b"FROM prod", false),
        ("docker/prod.Dockerfile.dockerignore", b"drop", false),
        (".dockerignore", b"keep", false),
        ("drop", b"", false),
        ("keep", b"", false),
    ] {
        write(dir.path(), file);
    }
    let options =
        OpenOptions { dockerfile: Some("docker/prod.Dockerfile".into()), ..OpenOptions::default() };
    let project = open(dir.path(), &options).unwrap();
    let (_, bytes) = packed(&project, Vec::new(), 0);
    let found: BTreeMap<String, Vec<u8>> =
        entries(&bytes).into_iter().map(|(name, _, content)| (name, content)).collect();
    assert_eq!(found["Dockerfile"], b"FROM prod");
    assert_eq!(found["Dockerfile.dockerignore"], b"drop");
    assert!(found.contains_key("keep") && !found.contains_key("drop"));

    fs::remove_file(dir.path().join("Dockerfile")).unwrap();
    write(dir.path(), ("Dockerfile/x", b"", false));
    let project = open(dir.path(), &options).unwrap();
    assert!(matches!(pack::plan(&project, Vec::new()), Err(PackError::Taken { .. })));
}

#[test]
fn extras_replace_what_has_their_name_and_no_name_is_twice() {
    let dir = fixture();
    write(dir.path(), (".docker/other", b"", false));
    let extra =
        |path: &str| Extra { path: ContextPath::new(path), bytes: b"given".to_vec(), counts: true };
    let extras = vec![extra(".docker/config.json"), extra(".env.build"), extra("src/main.py")];
    assert!(!format!("{extras:?}").contains("given"));
    let (_, bytes) = packed(&read(dir.path()), extras, 0);
    let found = entries(&bytes);
    for name in [".docker/config.json", ".env.build", "src/main.py"] {
        let same: Vec<_> = found.iter().filter(|(path, ..)| path == name).collect();
        assert_eq!(same.len(), 1, "{name}");
        assert_eq!(same[0].2, b"given");
    }
}

#[test]
fn credentials_are_sent_and_are_in_no_digest() {
    let dir = fixture();
    let with = |bytes: &str, counts: bool| {
        let path = ContextPath::new(".docker/config.json");
        let extra = Extra { path, bytes: bytes.as_bytes().to_vec(), counts };
        packed(&read(dir.path()), vec![extra], 0).0
    };
    let without = packed(&read(dir.path()), Vec::new(), 0).0;
    let (one, other) = (with("one", false), with("other", false));
    assert_eq!((&one.digest, &other.digest), (&without.digest, &without.digest));
    assert_eq!(one.entries, without.entries + 1);
    assert_ne!(with("one", true).digest, without.digest);
}

#[test]
fn large_files_are_streamed_and_noise_is_stored() {
    let dir = fixture();
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[0]
    })
    .take(17 << 20)
    .collect();
    write(dir.path(), ("noise.bin", &noise, false));
    let text = b"all work and no play\n".repeat(900_000);
    write(dir.path(), ("text.txt", &text, false));
    write(dir.path(), ("middle.bin", &noise[..9 << 20], false));
    let (packed, bytes) = packed(&read(dir.path()), Vec::new(), 2);
    assert_eq!(packed.largest[0], ("text.txt".to_owned(), text.len() as u64));
    assert_eq!(packed.largest[1].0, "noise.bin");
    assert!(bytes.len() < (27 << 20), "{}", bytes.len());
    let found: BTreeMap<String, Vec<u8>> =
        entries(&bytes).into_iter().map(|(name, _, content)| (name, content)).collect();
    assert!(found["noise.bin"] == noise && found["text.txt"] == text);
    assert!(found["middle.bin"] == noise[..9 << 20]);
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    assert_eq!(zip.by_name("noise.bin").unwrap().compression(), zip::CompressionMethod::Stored);
}

#[test]
fn a_file_that_changes_or_goes_away_is_named() {
    let dir = fixture();
    // Text that is linted is held already.
    write(dir.path(), ("logo.png", b"\x89PNG", false));
    let project = read(dir.path());
    let plan = pack::plan(&project, Vec::new()).unwrap();
    let mut out = tempfile::tempfile().unwrap();
    write(dir.path(), ("logo.png", b"longer than it was before, by some bytes more", false));
    let err = pack::write(&plan, 0, &mut out).unwrap_err();
    assert!(matches!(&err, PackError::Changed { path } if path == "logo.png"), "{err}");
    fs::remove_file(dir.path().join("logo.png")).unwrap();
    let err = pack::digest(&plan, 0).unwrap_err();
    assert!(matches!(&err, PackError::Vanished { path } if path == "logo.png"), "{err}");
}

#[test]
fn what_was_linted_is_what_is_packed() {
    let dir = fixture();
    let project = read(dir.path());
    write(dir.path(), ("entrypoint.sh", b"changed after the project was read", true));
    let (_, bytes) = packed(&project, Vec::new(), 0);
    let found = entries(&bytes);
    let entrypoint = found.iter().find(|(name, ..)| name == "entrypoint.sh").unwrap();
    assert_eq!(entrypoint.2, b"#!/bin/sh\nexec sandbox-api\n");
}

#[test]
fn inspection_sees_each_file_once() {
    let dir = fixture();
    let project = read(dir.path());
    let plan = pack::plan(&project, Vec::new()).unwrap();
    let seen = std::sync::Mutex::new(BTreeMap::new());
    let mut out = tempfile::tempfile().unwrap();
    pack::write_inspected(
        &plan,
        0,
        &mut out,
        Some(&|entry, bytes| {
            assert!(seen.lock().unwrap().insert(entry.path.clone(), bytes.to_vec()).is_none());
        }),
    )
    .unwrap();
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.len(), 7);
    assert_eq!(seen["src/main.py"], b"print('hello hello hello hello hello')\n");
}

#[test]
fn a_bad_ignore_file_is_not_guessed_at() {
    let dir = fixture();
    write(dir.path(), (".dockerignore", b"a\n[\n", false));
    let err = pack::plan(&read(dir.path()), Vec::new()).unwrap_err();
    assert!(matches!(err, PackError::IgnoreFile { line: 2, .. }), "{err}");
}

#[cfg(unix)]
#[test]
fn kept_links_are_links() {
    let dir = fixture();
    std::os::unix::fs::symlink("src/main.py", dir.path().join("main")).unwrap();
    std::os::unix::fs::symlink("src", dir.path().join("dir")).unwrap();
    let (followed, bytes) = packed(&read(dir.path()), Vec::new(), 0);
    assert!(names(&bytes).contains(&"dir/main.py".to_owned()));
    let options = OpenOptions { keep_links: true, ..OpenOptions::default() };
    let (kept, bytes) = packed(&open(dir.path(), &options).unwrap(), Vec::new(), 0);
    assert_ne!(followed.digest, kept.digest);
    let found = entries(&bytes);
    let link = found.iter().find(|(name, ..)| name == "dir").unwrap();
    assert_eq!((link.1, link.2.as_slice()), (0o120_777, &b"src"[..]));
}

/// Whether to run against `tool`; a machine that has to have it fails instead.
#[expect(clippy::print_stderr, reason = "a test that did not run has to be seen")]
fn has(tool: &str) -> bool {
    if Command::new(tool).arg("--version").output().is_ok() {
        return true;
    }
    assert!(std::env::var_os("SANDGATE_REQUIRE_REAL").is_none(), "there is no {tool}");
    eprintln!("SKIPPED: no {tool}");
    false
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[cfg(unix)]
#[test]
fn other_tools_read_the_archive_with_its_modes() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = fixture();
    std::os::unix::fs::symlink("src/main.py", dir.path().join("main")).unwrap();
    let options = OpenOptions { keep_links: true, ..OpenOptions::default() };
    let (_, bytes) = packed(&open(dir.path(), &options).unwrap(), Vec::new(), 0);
    let place = tempfile::tempdir().unwrap();
    let archive = place.path().join("a.zip");
    fs::write(&archive, bytes).unwrap();
    let check = |root: &Path| {
        for (path, content, executable) in FIXTURE {
            let sent = !matches!(*path, "debug.log" | "old/x");
            assert_eq!(root.join(path).exists(), sent, "{path}");
            if sent {
                assert_eq!(fs::read(root.join(path)).unwrap(), *content, "{path}");
                let mode = fs::metadata(root.join(path)).unwrap().permissions().mode();
                assert_eq!(mode & 0o100 != 0, *executable, "{path}");
            }
        }
        assert!(root.join("empty/inner").is_dir());
        assert_eq!(fs::read_link(root.join("main")).unwrap(), Path::new("src/main.py"));
    };
    if has("unzip") {
        assert!(run(Command::new("unzip").arg("-t").arg(&archive)).contains("No errors"));
        let to = place.path().join("unzip");
        run(Command::new("unzip")
            .args(["-q", "-d"])
            .arg(&to)
            .arg(&archive)
            .env("LC_ALL", "C.UTF-8"));
        check(&to);
    }
    if has("bsdtar") {
        let to = place.path().join("bsdtar");
        fs::create_dir(&to).unwrap();
        run(Command::new("bsdtar")
            .arg("-xf")
            .arg(&archive)
            .arg("-C")
            .arg(&to)
            .env("LC_ALL", "C.UTF-8"));
        check(&to);
    }
    if has("python3") {
        let script = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n\
                      for i in z.infolist(): print(oct(i.external_attr >> 16), i.date_time[0], i.filename)\n";
        let said =
            run(Command::new("python3").args(["-c", script]).arg(&archive).env("PYTHONUTF8", "1"));
        assert!(said.contains("0o100755 1980 entrypoint.sh\n"), "{said}");
        assert!(said.contains("0o120777 1980 main\n"), "{said}");
        assert!(said.contains("0o40755 1980 empty/inner/\n"), "{said}");
    }
}
