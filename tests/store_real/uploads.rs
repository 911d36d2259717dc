//! What arrives at the store, over links good and bad.

use std::{
    io::{Cursor, Write as _},
    sync::Mutex,
};

use sandgate::ship::{
    Reporter,
    blaxel::{Archive, Fault, Request, deploy, push},
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    front::{World, client},
    link::Cut,
};

/// What was told of an upload.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) uploaded: Mutex<Vec<u64>>,
    pub(crate) notes: Mutex<Vec<String>>,
}

impl Reporter for &Told {
    fn status(&mut self, _: &str) {}
    fn log(&mut self, _: &str) {}
    fn note(&mut self, text: &str) {
        self.notes.lock().unwrap().push(text.to_owned());
        // What follows belongs to another try.
        self.uploaded.lock().unwrap().push(0);
    }
    fn uploaded(&mut self, bytes: u64) {
        self.uploaded.lock().unwrap().push(bytes);
    }
}

/// A project with so many bytes that no packer makes smaller.
pub(crate) fn project(noise: usize) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    zip.start_file("Dockerfile", options).unwrap();
    zip.write_all(b"FROM node:24\nCOPY noise /\nCMD [\"node\"]\n").unwrap();
    zip.start_file("noise", options).unwrap();
    let mut random = fastrand::Rng::with_seed(7);
    let bytes: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(noise).collect();
    zip.write_all(&bytes).unwrap();
    zip.finish().unwrap().into_inner()
}

pub(crate) fn archive(bytes: &[u8]) -> Archive {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Archive { file, bytes: bytes.len() as u64 }
}

pub(crate) fn request() -> Request {
    Request { name: "box".into(), ..Request::default() }
}

#[tokio::test]
async fn what_was_packed_arrives() {
    let world = World::new(Cut::NEVER);
    let bytes = project(100_000);
    let told = Told::default();
    let done =
        deploy(&client(&world.url), &request(), Some(&archive(&bytes)), &mut &told).await.unwrap();
    assert!(done.image.is_some_and(|image| image.starts_with("sandbox/box:")));
    let shelf = world.shelf.lock().unwrap();
    assert_eq!(shelf.taken.len(), 1);
    assert!(shelf.taken[0].body == bytes);
    assert!(shelf.taken[0].metadata.is_empty());
    assert!(told.notes.lock().unwrap().is_empty(), "{:?}", told.notes);
}

#[tokio::test]
async fn build_settings_arrive_as_they_were_signed() {
    let world = World::new(Cut::NEVER);
    let mut request = request();
    request.labels.insert("x-blaxel-build-memory".into(), "8192".into());
    let bytes = project(1000);
    let told = Told::default();
    push(&client(&world.url), &request, Some(&archive(&bytes)), &mut &told).await.unwrap();
    let shelf = world.shelf.lock().unwrap();
    assert_eq!(shelf.taken[0].metadata["x-blaxel-build-memory"], "8192");
}

#[tokio::test]
async fn a_reset_after_a_megabyte_costs_one_more_url() {
    let world = World::new(Cut { connections: 1, after: 1 << 20 });
    let bytes = project(3 << 20);
    let told = Told::default();
    let total = bytes.len() as u64;
    deploy(&client(&world.url), &request(), Some(&archive(&bytes)), &mut &told).await.unwrap();
    let shelf = world.shelf.lock().unwrap();
    // Nothing of the first try counts, and the second had a URL of its own.
    assert_eq!((shelf.given.len(), shelf.taken.len()), (2, 1));
    assert!(shelf.taken[0].body == bytes);
    let notes = told.notes.lock().unwrap();
    assert!(notes.len() == 1 && notes[0].contains("asking for a fresh URL"), "{notes:?}");
    assert_truthful(&told.uploaded.lock().unwrap(), total);
}

#[tokio::test]
async fn a_link_that_always_breaks_is_given_up() {
    let world = World::new(Cut { connections: u64::MAX, after: 1 << 20 });
    let told = Told::default();
    let bytes = project(3 << 20);
    let ended = deploy(&client(&world.url), &request(), Some(&archive(&bytes)), &mut &told).await;
    let Err(Fault::Upload { tries: 5, .. }) = ended else { panic!("{ended:?}") };
    let shelf = world.shelf.lock().unwrap();
    assert_eq!((shelf.given.len(), shelf.taken.len()), (5, 0));
    assert!(told.uploaded.lock().unwrap().iter().all(|told| *told < bytes.len() as u64));
}

/// Within a try it grows, it is never more than there is, and the whole is told at the end.
fn assert_truthful(told: &[u64], total: u64) {
    assert_eq!(told.last(), Some(&total));
    for pair in told.windows(2) {
        assert!(pair[1] <= total && (pair[1] >= pair[0] || pair[1] == 0), "{pair:?}");
    }
    let tries: Vec<&[u64]> = told.split(|bytes| *bytes == 0).collect();
    let first = tries[0].last().copied().unwrap_or_default();
    assert!(first < total, "the first try told {first} of {total}");
}
