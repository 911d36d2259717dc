//! The tree against what Docker's own client sends.
//!
//! A small server on a Unix socket plays the daemon: it answers `/_ping` and keeps the tar of
//! `POST /build`. No engine, no image, no network.
#![cfg(unix)]

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    process::Command,
    sync::mpsc::{Sender, channel},
    thread,
};

use sandgate::project::{OpenOptions, context::Rules, open};

const TREES: usize = 5;
const IGNORE_FILES: usize = 40;

#[test]
fn the_tree_is_what_dockers_client_sends() {
    if Command::new("docker").arg("--version").output().is_err() {
        assert!(std::env::var_os("SANDGATE_REQUIRE_REAL").is_none(), "there is no docker CLI");
        eprintln!("SKIPPED: no docker CLI");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let socket = place.path().join("d.sock");
    let (tars, received) = channel();
    let listener = UnixListener::bind(&socket).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let tars = tars.clone();
            thread::spawn(move || serve(&stream.unwrap(), &tars));
        }
    });

    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut refused, mut compared) = (0, 0);
    for number in 0..TREES {
        let root = place.path().join(format!("tree{number}"));
        make_tree(&root, &mut random);
        for _ in 0..IGNORE_FILES {
            let text = ignore_file(&mut random);
            fs::write(root.join(".dockerignore"), &text).unwrap();
            let output = Command::new("docker")
                .args(["build", "-q", "."])
                .current_dir(&root)
                .env("DOCKER_HOST", format!("unix://{}", socket.display()))
                .env("DOCKER_BUILDKIT", "0")
                .env("DOCKER_CONFIG", place.path())
                .output()
                .unwrap();
            let project = open(&root, &OpenOptions::default()).unwrap();
            let ignore = project.docker_ignore.as_ref().unwrap();
            let Ok(tar) = received.try_recv() else {
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(!ignore.bad_lines.is_empty(), "Docker refuses {text:?}: {said}");
                refused += 1;
                continue;
            };
            assert!(ignore.bad_lines.is_empty(), "{text:?}: Docker accepts {:?}", ignore.bad_lines);
            let ours: BTreeSet<String> = project
                .tree
                .sent()
                .map(|entry| entry.path.to_string())
                .filter(|path| !pruned(&ignore.rules, path))
                .collect();
            assert_eq!(ours, names(&tar), "{text:?}");
            compared += 1;
        }
    }
    assert!(refused > 0 && compared >= 150, "{refused} refused, {compared} compared");
}

/// The classic client (unlike `BuildKit`) does not enter an ignored directory unless the text of a
/// `!` line starts with it.
fn pruned(rules: &Rules, path: &str) -> bool {
    path.match_indices('/').map(|(at, _)| &path[..at]).any(|dir| {
        rules.is_ignored(dir)
            && !rules.iter().any(|rule| {
                rule.negated
                    && format!("{}/", rule.written.trim_start_matches(['!', '/']))
                        .starts_with(&format!("{dir}/"))
            })
    })
}

fn serve(stream: &UnixStream, tars: &Sender<Vec<u8>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if line.trim().is_empty() {
                break;
            }
            head.push(line.trim().to_owned());
        }
        let request = head[0].clone();
        let body =
            if head.iter().any(|line| line.eq_ignore_ascii_case("transfer-encoding: chunked")) {
                chunked(&mut reader)
            } else {
                Vec::new()
            };
        let answer = if request.starts_with("POST") && request.contains("/build") {
            tars.send(body).unwrap();
            "{\"stream\":\"sha256:0\\n\"}\n"
        } else if request.contains("_ping") {
            "OK"
        } else {
            "{}"
        };
        let text = if request.starts_with("HEAD") { "" } else { answer };
        let mut out = stream;
        let sent = write!(
            out,
            "HTTP/1.1 200 OK\r\nApi-Version: 1.43\r\nOstype: linux\r\nServer: Docker/24.0 (linux)\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            text.len(),
        );
        if sent.is_err() {
            return;
        }
    }
}

fn chunked(reader: &mut BufReader<&UnixStream>) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        // A client that gives up, because of a bad pattern, closes the connection half-way.
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return body;
        }
        let length = usize::from_str_radix(line.trim(), 16).unwrap();
        let mut chunk = vec![0; length + 2];
        reader.read_exact(&mut chunk).unwrap();
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&chunk[..length]);
    }
}

/// The names in a tar, without the `/` of directories.
fn names(tar: &[u8]) -> BTreeSet<String> {
    let field = |header: &[u8]| -> String {
        let end = header.iter().position(|b| *b == 0).unwrap_or(header.len());
        String::from_utf8(header[..end].to_vec()).unwrap()
    };
    let mut found = BTreeSet::new();
    let mut at = 0;
    while let Some(header) = tar.get(at..at + 512).filter(|header| header[0] != 0) {
        let size = usize::from_str_radix(field(&header[124..135]).trim(), 8).unwrap();
        if !matches!(header[156], b'x' | b'g') {
            assert_eq!(header[345], 0, "no name here is long");
            found.insert(field(&header[..100]).trim_end_matches('/').to_owned());
        }
        at += 512 + size.div_ceil(512) * 512;
    }
    found
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

const NAMES: &[&str] = &["a", "b", "ab", "c.md", "d.txt", ".e", "node_modules", "src"];

fn make_tree(root: &Path, random: &mut Random) {
    fs::create_dir_all(root).unwrap();
    fs::write(root.join("Dockerfile"), "FROM scratch\nCOPY . /\n").unwrap();
    for _ in 0..24 {
        let depth = 1 + random.below(4);
        let path: Vec<&str> = (0..depth).map(|_| random.of(NAMES)).collect();
        let path = root.join(path.join("/"));
        // A name that is a file already stays one.
        if fs::create_dir_all(path.parent().unwrap()).is_ok() && !path.exists() {
            if random.below(6) == 0 {
                fs::create_dir(path).unwrap();
            } else {
                fs::write(path, "x").unwrap();
            }
        }
    }
}

fn ignore_file(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(5) {
        let negated = random.below(3) == 0;
        text.push_str(random.of(&["", "", "", "", " ", "#"]));
        text.push_str(if negated { "!" } else { "" });
        text.push_str(random.of(&["", "", "", "/"]));
        let depth = 1 + random.below(3);
        let parts: Vec<String> = (0..depth)
            .map(|_| match random.below(8) {
                0 => "*".into(),
                1 => "**".into(),
                2 => format!("{}*", random.of(&["a", "c", "n", "."])),
                3 => format!("*{}", random.of(&["b", ".md", ".txt", "s"])),
                4 => random.of(&["?", "[ab]", "[^a]", "a?", "[a-c]*", "\\a", "s\\rc"]).into(),
                _ => random.of(NAMES).to_owned(),
            })
            .collect();
        text.push_str(&parts.join("/"));
        text.push_str(random.of(&["", "", "", " ", "\r"]));
        text.push('\n');
    }
    if random.below(24) == 0 {
        text.push_str(random.of(&["[\n", "!\n", "a[]b\n", "x\\\n"]));
    }
    text
}
