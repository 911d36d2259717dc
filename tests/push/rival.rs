//! The answer of an upload is lost, and in these seconds somebody else uploads to the same name.

use std::{thread, time::Duration};

use sandgate::{
    ship::blaxel::Fault,
    sim::{Config, Fault as SimFault, Running, Scenario, start},
};

use crate::library::{DOCKERFILE, Deploy, get, image};

/// The store answers the second upload with this, which leaves open whether it has it.
fn platform(kind: &str) -> Running {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let fault: SimFault = format!("PUT /store/*#2={kind}").parse().unwrap();
    let faults = vec![fault];
    let config =
        Config { scenario: Scenario::Happy, faults, time_factor: 0.05, ..Config::default() };
    start(config).unwrap()
}

/// Tags that each name one build, oldest first.
fn tags(running: &Running) -> Vec<String> {
    let image = get(running.address, "/images/sandbox/box");
    let tags = image["spec"]["tags"].as_array().unwrap().iter();
    let names = tags.map(|tag| tag["name"].as_str().unwrap().to_owned());
    names.filter(|tag| tag != "latest").collect()
}

/// Uploads `theirs` as soon as the upload of somebody else was met by the fault.
fn rival(running: &Running, deploy: bool) {
    while !running.calls().iter().any(|call| call.fault.is_some()) {
        thread::sleep(Duration::from_millis(1));
    }
    let theirs = format!("{DOCKERFILE}EXPOSE 4000\n");
    let files = [("Dockerfile", theirs.as_str())];
    let mut upload = Deploy::to(&running.base_url);
    upload.files = &files;
    upload.request.no_wait = true;
    let ended: Result<(), Fault> =
        if deploy { upload.run().0.map(|_| ()) } else { upload.push().0.map(|_| ()) };
    ended.unwrap();
}

fn ours(running: &Running, deploy: bool) -> (String, bool) {
    let ours = format!("{DOCKERFILE}EXPOSE 3000\n");
    let files = [("Dockerfile", ours.as_str())];
    let mut upload = Deploy::to(&running.base_url);
    upload.files = &files;
    // The others get their time.
    upload.pace.look = Duration::from_millis(300);
    let (image, reused, told) = if deploy {
        let (done, told) = upload.run();
        let done = done.unwrap();
        (image(&done).to_owned(), done.reused, told)
    } else {
        let (done, told) = upload.push();
        let done = done.unwrap();
        (done.image.expect("it is known"), done.reused, told)
    };
    let said = told.notes.iter().any(|note| note.contains("uploading again once that is over"));
    assert!(said, "{:?}", told.notes);
    (image, reused)
}

#[test]
fn what_somebody_else_uploads_meanwhile_is_not_taken_for_ours() {
    for deploy in [false, true] {
        // Nothing landed.
        let running = platform("500");
        // There is a build already, so that a tag has to be told from others.
        Deploy::to(&running.base_url).run().0.unwrap();
        let (ours, reused) = thread::scope(|scope| {
            scope.spawn(|| rival(&running, deploy));
            ours(&running, deploy)
        });
        let tags = tags(&running);
        assert_eq!(tags.len(), 3, "deploy {deploy}: {tags:?}");
        assert_eq!(ours, format!("sandbox/box:{}", tags[2]), "deploy {deploy}: {tags:?}");
        assert!(!reused);
        if deploy {
            let sandbox = get(running.address, "/sandboxes/box");
            assert_eq!(sandbox["spec"]["runtime"]["image"], ours.as_str());
        }
    }
}

#[test]
fn what_landed_although_its_answer_was_lost_is_built_once() {
    for deploy in [false, true] {
        let running = platform("500-after");
        Deploy::to(&running.base_url).run().0.unwrap();
        let (ours, reused) = ours(&running, deploy);
        let tags = tags(&running);
        assert_eq!(tags.len(), 2, "deploy {deploy}: {tags:?}");
        assert_eq!(ours, format!("sandbox/box:{}", tags[1]), "deploy {deploy}: {tags:?}");
        assert!(reused);
    }
}
