//! The log of a build, as badly as a platform can tell it.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use sandgate::{
    ship::blaxel::{Client, Credentials, Fault, Host, Logs, Secret},
    sim::Scenario,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::library::{DOCKERFILE, Deploy, FAST, Told, platform};

/// A platform that has nothing but a log.
struct Platform {
    url: String,
    world: Arc<Mutex<World>>,
}

#[derive(Default)]
struct World {
    /// Seconds of a day, and text.
    lines: Vec<(u32, String)>,
    /// Each line comes twice.
    doubles: bool,
    /// What is answered instead of the log.
    broken: Option<&'static str>,
    calls: usize,
}

fn at(second: u32) -> String {
    format!("2026-11-25T{:02}:{:02}:{:02}.123456789Z", second / 3600, second / 60 % 60, second % 60)
}

impl World {
    fn answer(&mut self, query: &BTreeMap<String, String>) -> String {
        self.calls += 1;
        if let Some(broken) = self.broken {
            return broken.to_owned();
        }
        let number = |name: &str| query[name].parse::<usize>().unwrap();
        let mut lines: Vec<Value> = self
            .lines
            .iter()
            .flat_map(|line| std::iter::repeat_n(line, if self.doubles { 2 } else { 1 }))
            .map(|(second, text)| json!({ "timestamp": at(*second), "message": text }))
            .collect();
        lines.sort_by_key(|line| std::cmp::Reverse(line["timestamp"].as_str().unwrap().to_owned()));
        let page: Vec<Value> =
            lines.iter().skip(number("offset")).take(number("limit")).cloned().collect();
        if lines.is_empty() {
            return "{}".to_owned();
        }
        json!({ "box": { "logs": page, "totalCount": lines.len() } }).to_string()
    }
}

impl Platform {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v0", listener.local_addr().unwrap());
        let world = Arc::new(Mutex::new(World::default()));
        let shared = Arc::clone(&world);
        // It ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut bytes = [0; 8192];
                let count = stream.read(&mut bytes).unwrap();
                let head = String::from_utf8_lossy(&bytes[..count]).into_owned();
                let query = head.split(['?', ' ']).nth(2).unwrap_or_default();
                let query = query
                    .split('&')
                    .filter_map(|pair| pair.split_once('='))
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
                let body = shared.lock().unwrap().answer(&query);
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                );
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            }
        });
        Self { url, world }
    }

    fn add(&self, lines: impl IntoIterator<Item = u32>) {
        let lines = lines.into_iter().map(|second| (second, format!("line {second}")));
        self.world.lock().unwrap().lines.extend(lines);
    }

    fn calls(&self) -> usize {
        std::mem::take(&mut self.world.lock().unwrap().calls)
    }

    /// What is told from second 100 on, look by look.
    fn told(&self, steps: &mut dyn FnMut(usize) -> bool) -> (Vec<String>, Vec<Result<(), Fault>>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let host = Host::new(Some(&self.url), None).unwrap();
            let deadline = Instant::now() + Duration::from_mins(1);
            let key = Credentials::Key(Secret::new("synthetic-key"));
            let mut pace = FAST;
            // An answer that takes longer than five looks is not waited for.
            pace.look = Duration::from_secs(2);
            let client = Client::new(host, key, "ws", deadline).unwrap().paced(pace);
            let mut logs = Logs::new("box", at(100).parse().unwrap());
            let (mut told, mut results) = (Told::default(), Vec::new());
            let mut number = 0;
            while steps(number) {
                results.push(logs.look(&client, &mut told).await);
                number += 1;
            }
            logs.finish(&client, &mut told);
            (told.log, results)
        })
    }
}

fn lines(seconds: impl IntoIterator<Item = u32>) -> Vec<String> {
    seconds.into_iter().map(|second| format!("line {second}")).collect()
}

#[test]
fn more_than_one_page_is_told_whole_and_in_order() {
    let platform = Platform::new();
    platform.add(100..2650);
    let mut calls = Vec::new();
    let (told, _) = platform.told(&mut |number| {
        calls.push(platform.calls());
        if number == 1 {
            platform.add(2650..2700);
        }
        number < 3
    });
    assert_eq!(told, lines(100..2700));
    // Three pages; then one with something new and one that is known; then one.
    assert_eq!(calls, [0, 3, 2, 1]);
}

#[test]
fn a_line_is_told_once_however_often_it_comes() {
    let platform = Platform::new();
    platform.add(100..700);
    platform.world.lock().unwrap().doubles = true;
    let (told, _) = platform.told(&mut |number| number < 3);
    assert_eq!(told, lines(100..700));
}

#[test]
fn a_late_line_stands_in_its_place_if_it_is_not_too_late() {
    let platform = Platform::new();
    platform.add([100, 101, 105]);
    let (told, _) = platform.told(&mut |number| {
        match number {
            1 => platform.add([103]),
            // All before it has been told by now.
            3 => platform.add([102]),
            _ => (),
        }
        number < 5
    });
    assert_eq!(told, lines([100, 101, 103, 105, 102]));
}

#[test]
fn an_earlier_build_and_a_silent_platform_tell_nothing() {
    let platform = Platform::new();
    platform.add(0..100);
    assert_eq!(platform.told(&mut |number| number < 2).0, Vec::<String>::new());
    // Nothing for a while is no fault, and no reason to stop.
    let platform = Platform::new();
    let (told, results) = platform.told(&mut |number| {
        if number == 40 {
            platform.add([100]);
        }
        number < 42
    });
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(told, lines([100]));
}

#[test]
fn a_log_that_cannot_be_read_for_a_while_goes_on() {
    let platform = Platform::new();
    platform.add([100]);
    let (told, results) = platform.told(&mut |number| {
        platform.world.lock().unwrap().broken =
            matches!(number, 1..=7).then_some("<html>gateway</html>");
        if number == 3 {
            platform.add([101]);
        }
        number < 9
    });
    assert_eq!(results.iter().filter(|result| result.is_err()).count(), 7);
    assert_eq!(told, lines([100, 101]));
}

/// However soon the second one follows: the lines of a build are older than its end.
#[test]
fn the_log_of_a_deploy_holds_nothing_of_the_one_before() {
    let running = platform(Scenario::Happy);
    let run = |step: &str| {
        let text = format!("{DOCKERFILE}RUN {step}\n");
        let files = [("Dockerfile", text.as_str())];
        let mut deploy = Deploy::to(&running.base_url);
        deploy.files = &files;
        let (result, told) = deploy.run();
        result.unwrap();
        told.log.join("\n")
    };
    assert!(run("first").contains("RUN first"));
    let second = run("second");
    assert!(second.contains("RUN second") && !second.contains("RUN first"), "{second}");
}
