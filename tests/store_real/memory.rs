//! How much memory an upload takes: as much for a large archive as for a small one.

use std::{fs, process::Command};

use sandgate::ship::blaxel::{Archive, push};

use crate::{
    front::{World, client},
    link::Cut,
    uploads::{Told, project, request},
};

/// Tells the other process where the platform is, and how large the archive.
const URL: &str = "SANDGATE_TEST_UPLOAD_URL";
const SIZE: &str = "SANDGATE_TEST_UPLOAD_SIZE";
/// What an upload may need beyond a small one, in kilobytes.
const MORE: u64 = 16 << 10;

#[test]
fn memory_stays_flat_for_large_archives() {
    // The whole of it takes a while: `.ci/run` waits for it.
    let large: u64 =
        if std::env::var_os("SANDGATE_REQUIRE_REAL").is_some() { 2 << 30 } else { 256 << 20 };
    let small = peak(1 << 20);
    let peak = peak(large);
    assert!(peak < small + MORE, "{peak} kB for {large} bytes, {small} kB for a megabyte");
}

/// The most memory that a process of its own had while it pushed so many bytes, in kilobytes.
fn peak(size: u64) -> u64 {
    let world = World::new(Cut::NEVER);
    world.shelf.lock().unwrap().instead = project(100);
    let out = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "memory::pushes_for_another_process", "--nocapture"])
        .env(URL, &world.url)
        .env(SIZE, size.to_string())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{text}{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(world.shelf.lock().unwrap().taken[0].bytes, size);
    let line = text.lines().find_map(|line| line.split_once("peak: ")).unwrap().1;
    line.split(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn pushes_for_another_process() {
    let Ok(url) = std::env::var(URL) else { return };
    let size: u64 = std::env::var(SIZE).unwrap().parse().unwrap();
    let file = tempfile::tempfile().unwrap();
    // A hole: it takes no room on the disk.
    file.set_len(size).unwrap();
    let archive = Archive { file, bytes: size };
    push(&client(&url), &request(), Some(&archive), &mut &Told::default()).await.unwrap();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("peak: {}", peak.trim());
}
