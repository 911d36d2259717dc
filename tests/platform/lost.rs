//! Answers that get lost: what was asked for takes effect once, and is known to have.

use std::{
    collections::BTreeSet,
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use sandgate::{
    ship::blaxel::{
        images,
        pending::{self, Direction},
        sandboxes::{self, Create},
        shares::{self, Shared},
    },
    sim::Scenario,
};

use crate::world::{World, app, client};

/// When a call is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Before the platform sees it.
    Before,
    /// After it took effect.
    After,
}

/// Something between the client and the platform that cuts the first POST and the first DELETE of each path.
pub(crate) struct Link {
    pub(crate) url: String,
    posts: Arc<AtomicUsize>,
}

impl Link {
    pub(crate) fn new(world: &World, cut: Cut) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v0", listener.local_addr().unwrap());
        let (to, posts) = (world.running.address, Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&posts);
        thread::spawn(move || {
            let mut met = BTreeSet::new();
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let Some(request) = request(&mut stream) else { continue };
                let line = request.split(|byte| *byte == b'\r').next().unwrap().to_vec();
                let post = line.starts_with(b"POST ");
                counted.fetch_add(usize::from(post), Ordering::SeqCst);
                let cuts = (post || line.starts_with(b"DELETE ")) && met.insert(line);
                if cuts && cut == Cut::Before {
                    let _ = stream.shutdown(Shutdown::Both);
                    continue;
                }
                let mut up = TcpStream::connect(to).unwrap();
                up.write_all(&request).unwrap();
                let mut answer = Vec::new();
                up.read_to_end(&mut answer).unwrap();
                if cuts {
                    let _ = stream.shutdown(Shutdown::Both);
                    continue;
                }
                let _ = stream.write_all(&answer);
            }
        });
        Self { url, posts }
    }
}

/// One request, which asks for the connection to be closed behind its answer.
fn request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |text| text.trim().parse().unwrap());
            if bytes.len() >= end + 4 + length {
                let at = bytes.iter().position(|byte| *byte == b'\n')? + 1;
                bytes.splice(at..at, *b"connection: close\r\n");
                return Some(bytes);
            }
        }
        let read = stream.read(&mut chunk).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
    }
}

#[tokio::test]
async fn a_share_is_made_once() {
    for (cut, posts) in [(Cut::Before, 2), (Cut::After, 1)] {
        let world = World::new(Scenario::Happy);
        world.image("ws", "app", "t1").await;
        let link = Link::new(&world, cut);
        let near = client(&link.url, "ws");
        let target = "prod".parse().unwrap();
        let shared = shares::share(&near, &app(), &target, None).await.unwrap();
        assert_eq!(shared, Shared::Now, "{cut:?}");
        assert_eq!(link.posts.load(Ordering::SeqCst), posts, "{cut:?}");
        assert_eq!(shares::list(&near, &app()).await.unwrap().len(), 1, "{cut:?}");
        assert!(shares::unshare(&near, &app(), &target).await.unwrap(), "{cut:?}");
        assert!(shares::list(&near, &app()).await.unwrap().is_empty(), "{cut:?}");
    }
}

#[tokio::test]
async fn an_offer_is_made_and_answered_once() {
    for (cut, posts) in [(Cut::Before, 2), (Cut::After, 1)] {
        for accept in [true, false] {
            let world = World::new(Scenario::Happy);
            world.image("ws", "app", "t1").await;
            let link = Link::new(&world, cut);
            let near = client(&link.url, "ws");
            let target = "far".parse().unwrap();
            let shared = shares::share(&near, &app(), &target, Some("other")).await.unwrap();
            let Shared::Waiting { id: Some(id), .. } = shared else { panic!("{shared:?}") };
            assert_eq!(link.posts.load(Ordering::SeqCst), posts, "{cut:?}");
            assert_eq!(pending::list(&near, Direction::Outgoing).await.unwrap().len(), 1);

            let link = Link::new(&world, cut);
            let far = client(&link.url, "far");
            let id = id.parse().unwrap();
            if accept {
                pending::accept(&far, &id, false).await.unwrap();
            } else {
                pending::decline(&far, &id).await.unwrap();
            }
            assert_eq!(link.posts.load(Ordering::SeqCst), posts, "{cut:?}");
            assert_eq!(images::find(&far, &app()).await.unwrap().is_some(), accept);
        }
    }
}

#[tokio::test]
async fn a_sandbox_is_created_and_deleted_once() {
    for (cut, posts) in [(Cut::Before, 2), (Cut::After, 1)] {
        let world = World::new(Scenario::Happy);
        world.image("ws", "app", "t1").await;
        let link = Link::new(&world, cut);
        let client = client(&link.url, "ws");
        let name = "live".parse().unwrap();
        sandboxes::create(&client, &Create::new(name, "sandbox/app:t1")).await.unwrap();
        assert_eq!(link.posts.load(Ordering::SeqCst), posts, "{cut:?}");
        let name = "live".parse().unwrap();
        assert!(sandboxes::delete(&client, &name).await.unwrap(), "{cut:?}");
    }
}

#[tokio::test]
async fn an_image_is_deleted_once() {
    for cut in [Cut::Before, Cut::After] {
        for whole in [true, false] {
            let world = World::new(Scenario::Happy);
            world.image("ws", "app", "t1").await;
            world.image("ws", "app", "t2").await;
            let client = client(&Link::new(&world, cut).url, "ws");
            if whole {
                images::delete(&client, &app()).await.unwrap();
            } else {
                images::delete_tag(&client, &app(), &"t1".parse().unwrap()).await.unwrap();
            }
            let left = images::find(&client, &app()).await.unwrap();
            assert_eq!(left.is_none(), whole, "{cut:?}");
        }
    }
}
