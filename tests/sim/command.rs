//! `sandgate sim` as a process.

use crate::common::{command, root, run};

#[test]
fn an_unknown_scenario_is_answered_with_the_list() {
    let run = run(root(), &["sim", "--scenario", "nope"]);
    assert_eq!(run.code, Some(2), "{}", run.shown());
    assert_eq!(run.stdout, "");
    for scenario in sandgate::sim::Scenario::all() {
        assert!(run.stderr.contains(scenario.name()), "{}", run.shown());
        assert!(run.stderr.contains(scenario.describe()), "{}", run.shown());
    }
}

#[test]
fn a_port_in_use_is_said_clearly() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let run = run(root(), &["sim", "--port", &port]);
    assert_eq!(run.code, Some(2), "{}", run.shown());
    assert!(run.stderr.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{}", run.shown());
}

#[cfg(unix)]
#[test]
fn it_says_where_it_is_and_ends_on_a_signal() {
    use std::{
        io::{BufRead as _, BufReader, Read as _, Write as _},
        net::TcpStream,
        process::Stdio,
    };
    let key = format!("synthetic-{}", "key-of-a-test");
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut child = command(root(), &["sim", "--key", &key])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("http://").unwrap();
        let address = address.strip_suffix("/v0").unwrap();
        for (sent, status) in [(key.as_str(), "200"), ("other", "401")] {
            let mut stream = TcpStream::connect(address).unwrap();
            write!(
                stream,
                "GET /v0/workspaces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sent}\r\nConnection: close\r\n\r\n"
            )
            .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
            assert!(!answer.contains(&key), "{answer}");
        }
        let id = child.id().to_string();
        assert!(std::process::Command::new("kill").args([signal, &id]).status().unwrap().success());
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{told}");
        assert!(told.contains("BL_API_URL") && told.contains("BL_WORKSPACE"), "{told}");
        assert!(!told.contains(&key), "the key was printed: {told}");
    }
}

#[test]
fn what_there_is_to_choose_from_is_listed_and_stands_in_the_page() {
    let page = std::fs::read_to_string(root().join("docs/simulator.md")).unwrap();
    for option in ["--scenario", "--fault"] {
        let run = run(root(), &["sim", option, "help"]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.shown());
        assert!(page.contains(&run.stdout), "docs/simulator.md has no\n{}", run.stdout);
    }
}

#[test]
fn what_cannot_be_started_is_said_with_the_way_out() {
    let dir = tempfile::tempdir().unwrap();
    let none = dir.path().join("none.json").to_str().unwrap().to_owned();
    for (args, told) in [
        (&["--fault", "POST /sandboxes=boom"][..], "no fault is called `boom`"),
        (&["--fault", "nonsense"], "METHOD PATH"),
        (&["--workspace", "=x"], "names no workspace"),
        (&["--key", ""], "`--key` is empty"),
        (&["--log", "/nonexistent/x"], "cannot be written"),
        (&["--replay", &none], "cannot be played"),
        (&["--record", &none], "--upstream"),
        (&["--record", &none, "--upstream", "http://platform.example/v0"], "http"),
    ] {
        let mut all = vec!["sim"];
        all.extend(args);
        let run = run(root(), &all);
        assert_eq!(run.code, Some(2), "{}", run.shown());
        assert!(
            run.stderr.contains(told) && run.stderr.contains("help"),
            "{told}: {}",
            run.shown()
        );
    }
    assert!(!std::path::Path::new(&none).exists());
}

/// Every part of the small world is there, and its shares can be answered.
#[cfg(unix)]
#[test]
fn a_small_world_is_served() {
    use std::{
        io::{BufRead as _, BufReader, Read as _},
        process::Stdio,
    };
    /// Ended even where an assertion fails.
    struct Server(std::process::Child);
    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
    let mut sim = command(root(), &["sim", "--furnished"]);
    sim.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut server = Server(sim.spawn().unwrap());
    let child = &mut server.0;
    let mut api = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut api).unwrap();
    let typed = |workspace: &str, line: &str| {
        let args: Vec<&str> = line.split(' ').collect();
        let mut command = command(root(), &args);
        command.env("BL_API_URL", api.trim_end()).env("BL_WORKSPACE", workspace);
        command.env("BL_API_KEY", "any");
        let run = crate::common::finish(&mut command);
        assert_eq!(run.code, Some(0), "{line}: {}", run.shown());
        run.stdout
    };
    for (workspace, line, shown) in [
        ("demo", "image list", &["sandbox/app", "sandbox/worker", "sandbox/base"][..]),
        ("demo", "image tags app", &["t1", "t2", "t3", "latest"]),
        ("demo", "image shares app", &["staging", "ACTIVE", "partner", "PENDING"]),
        ("demo", "image pending", &["incoming", "sandbox/tools", "outgoing", "sandbox/app"]),
        ("demo", "sandbox get live", &["DEPLOYED", "sandbox/app:t2", "3000"]),
        ("demo", "sandbox logs live --since 2d", &["app listening on :3000"]),
        ("staging", "image list", &["sandbox/app", "demo"]),
        ("partner", "image list", &["sandbox/base", "sandbox/tools"]),
        ("other", "image list", &["no image"]),
    ] {
        let told = typed(workspace, line);
        for part in shown {
            assert!(told.contains(part), "{workspace}: {line}: {told}");
        }
    }
    let pending: serde_json::Value =
        serde_json::from_str(&typed("demo", "image pending --format json")).unwrap();
    let all = pending["pending"].as_array().unwrap();
    let incoming = all.iter().find(|share| share["direction"] == "incoming").unwrap();
    typed("demo", &format!("image accept {}", incoming["id"].as_str().unwrap()));
    assert!(typed("demo", "image get tools").contains("sandbox/tools"));
    child.kill().unwrap();
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(told.contains("it begins with the images `app`"), "{told}");
}
