//! Every scenario of the platform, and what a push makes of it. The column at the end says which official client is
//! wrong there.

use std::time::Duration;

use sandgate::{
    exit::Exit,
    ship::blaxel::{Fault, Pushed},
    sim::{Config, Scenario, start},
};

use crate::library::{DOCKERFILE, Deploy, Told, get, get_as, platform};

/// What has to come of a push.
enum Want {
    /// A new image.
    Built,
    /// The image that was there.
    Reused,
    /// An end with this exit code, these words, and a part of the whole message.
    Ends(Exit, &'static str, &'static str),
}

use Want::{Built, Ends, Reused};

/// The outcome, and which official client gets it wrong and how.
fn want(scenario: Scenario) -> (Want, &'static str) {
    match scenario {
        Scenario::Happy => (Built, ""),
        Scenario::RolloutFails => (Built, "nothing is rolled out by a push"),
        Scenario::Conflict => (Built, "409 belongs to the POST of sandboxes"),
        Scenario::AcceptConflict | Scenario::ShareExists | Scenario::LateTags => {
            (Built, "a push knows no shares")
        }
        Scenario::RateLimitedBare => (Built, "the SDKs try no call again"),
        Scenario::ResetBefore
        | Scenario::ResetAfter
        | Scenario::TruncatedJson
        | Scenario::SlowBody
        | Scenario::Stall => (Built, "the SDKs report the lost answer of a call that took effect"),
        Scenario::Redirect => (
            Ends(Exit::Platform, "answered 307", "redirects are not followed"),
            "the SDKs follow it",
        ),
        Scenario::LongLog => (Built, "`bl push` reads the first 1,000 lines alone"),
        Scenario::DuplicateLogs => (Built, ""),
        Scenario::SkewedClock => (Built, "`bl push` asks for logs by its own clock"),
        Scenario::NotAdmin => (Built, "whoever may not share may still push"),
        Scenario::ShareExpired => (Built, "a push knows no shares"),
        Scenario::StaleDeployed => {
            (Built, "`bl push` takes the BUILT of the push before for its own")
        }
        Scenario::StaleFailed => {
            (Built, "`bl push` takes the FAILED of the push before for its own")
        }
        Scenario::NullStatus => (Built, ""),
        Scenario::UnknownStatus => (Built, ""),
        Scenario::RateLimited => (Built, "the SDKs try no call again"),
        Scenario::ServerError => {
            (Built, "the SDKs try no call again; `bl` repeats the POST blindly")
        }
        Scenario::Html504 => (Built, "the SDKs report the lost answer of a call that took effect"),
        Scenario::UploadRefusedOnce => (Built, "the SDKs do not try an upload again"),
        Scenario::UploadExpired => (Built, "the SDKs do not try an upload again"),
        Scenario::LabelsUnsignedOnce => (Built, "the npm SDK sends no build settings"),
        Scenario::MissingLogs => (Built, "`bl push` stops reading logs after 10 s"),
        Scenario::LateLogs => (Built, "`bl push` stops reading logs after 10 s"),
        Scenario::ReusedBuild => (Reused, "the SDKs wait for BUILDING until their timeout"),
        Scenario::BuildFails => {
            (Ends(Exit::Failed, "the build failed", "RUN npm ci"), "`bl push` names no cause")
        }
        Scenario::HostileLog => (Ends(Exit::Failed, "the build failed", "Dockerfile:3"), ""),
        Scenario::Slow => (
            Ends(Exit::TimedOut, "the push did not end in time", "the last status was BUILDING"),
            "`bl` ends with 1 for everything",
        ),
        Scenario::UpdateDropped => (
            Ends(Exit::TimedOut, "did not begin to build", "image `box`"),
            "`bl push` waits for an hour",
        ),
        Scenario::Unauthorized => (
            Ends(Exit::Auth, "refused the credentials", "BL_API_KEY"),
            "`bl push` polls 401 until its timeout",
        ),
        Scenario::Forbidden => (
            Ends(Exit::Auth, "refused the credentials", "service account"),
            "`bl push` polls 403 until its timeout",
        ),
        Scenario::CodeAsString => (Ends(Exit::Platform, "answered 400", "QUOTA_EXCEEDED"), ""),
        Scenario::ErrorAsObject => (Ends(Exit::Platform, "answered 402", "usage limit"), ""),
        Scenario::NoUploadUrl => (Ends(Exit::Platform, "gave no upload URL", "POST"), ""),
        Scenario::UploadRefused => {
            (Ends(Exit::Platform, "could not be uploaded", "after 5 tries"), "")
        }
        Scenario::LabelsUnsigned => (
            Ends(Exit::Platform, "does not take the build settings `memoryMb`", "`[build]`"),
            "`bl` and the npm SDK build without them",
        ),
        other => panic!("{} has no row", other.name()),
    }
}

fn whole(fault: Fault) -> String {
    let error = fault.into_error();
    let place = error.place.unwrap_or_default();
    format!("{}\n{place}\n{}\n{}", error.what, error.causes.join("\n"), error.help.unwrap())
}

fn pushed(scenario: Scenario) -> (Result<Pushed, Fault>, Told, Vec<String>, Vec<String>) {
    let running = platform(scenario);
    let path = "/images/sandbox/box";
    let tags = |value: &serde_json::Value| -> Vec<String> {
        let all = value["spec"]["tags"].as_array().cloned().unwrap_or_default();
        let named = all.iter().map(|tag| tag["name"].as_str().unwrap().to_owned());
        named.filter(|name| name != "latest").collect()
    };
    // What was there before shows in the scenario that has a past.
    let before = match scenario {
        Scenario::StaleDeployed | Scenario::StaleFailed | Scenario::ReusedBuild => {
            tags(&get_as(running.address, path, scenario.name()))
        }
        _ => Vec::new(),
    };
    let mut push = Deploy::to(&running.base_url);
    if matches!(scenario, Scenario::LabelsUnsigned | Scenario::LabelsUnsignedOnce) {
        push.request.labels.insert("x-blaxel-build-memory".into(), "8192".into());
    }
    if scenario == Scenario::Stall {
        push.pace.answer = Duration::from_millis(600);
    }
    if scenario == Scenario::Slow {
        push.timeout = Duration::from_secs(3);
    }
    let (result, told) = push.push();
    let after = tags(&get(running.address, path));
    assert_eq!(get(running.address, "/sandboxes").as_array().unwrap().len(), before.len().min(1));
    (result, told, before, after)
}

fn check(scenario: Scenario) {
    let (want, _) = want(scenario);
    let (result, told, before, after) = pushed(scenario);
    let place = format!("{}: {result:?}\n{told:?}\n{before:?} {after:?}", scenario.name());
    match (want, result) {
        (Built, Ok(pushed)) => {
            let new: Vec<_> = after.iter().filter(|tag| !before.contains(tag)).collect();
            assert_eq!(new.len(), 1, "{place}");
            let image = format!("sandbox/box:{}", new[0]);
            assert_eq!(pushed.image.as_deref(), Some(image.as_str()), "{place}");
            assert!(!pushed.reused && !pushed.accepted, "{place}");
            assert!(told.uploaded > 100, "{place}");
        }
        (Reused, Ok(pushed)) => {
            assert!(pushed.reused, "{place}");
            assert_eq!(after, before, "{place}");
            // There is one that it can be.
            let image = format!("sandbox/box:{}", before[0]);
            assert_eq!(pushed.image.as_deref(), Some(image.as_str()), "{place}");
        }
        (Ends(exit, what, part), Err(fault)) => {
            assert_eq!(fault.exit(), exit, "{place}");
            let text = whole(fault);
            assert!(text.contains(what) && text.contains(part), "{place}\n{text}");
            assert!(!text.contains("X-Amz"), "{place}");
        }
        _ => panic!("{place}"),
    }
}

#[test]
fn every_scenario_ends_as_it_has_to() {
    // Each of them mostly waits.
    std::thread::scope(|scope| {
        for scenario in Scenario::all() {
            scope.spawn(move || check(scenario));
        }
    });
}

#[test]
fn a_failed_build_is_told_as_that_of_a_deploy() {
    let (result, told, ..) = pushed(Scenario::BuildFails);
    let Err(Fault::Failed(failure)) = result else { panic!("{result:?}") };
    assert_eq!((failure.phase, failure.dockerfile_line), ("build", Some(3)));
    assert_eq!(failure.step.as_deref(), Some("RUN npm ci"));
    assert!(failure.cause.contains("exit code: 1"), "{failure:?}");
    assert!(!failure.log_tail.is_empty() && told.log.ends_with(&failure.log_tail), "{told:?}");
}

/// A build that is used again among several cannot be told apart, unless somebody wrote it down.
#[test]
fn a_reused_build_among_several_has_no_known_tag() {
    let running = platform(Scenario::Happy);
    let other = format!("{DOCKERFILE}EXPOSE 3000\n");
    let mut images = Vec::new();
    for text in [DOCKERFILE, &other, DOCKERFILE] {
        let files = [("Dockerfile", text)];
        let mut push = Deploy::to(&running.base_url);
        push.files = &files;
        images.push(push.push().0.unwrap());
    }
    assert!(!images[0].reused && !images[1].reused);
    assert_ne!(images[0].image, images[1].image);
    assert_eq!((images[2].reused, &images[2].image), (true, &None));
    assert!(images[2].images.contains(images[0].image.as_ref().unwrap()));
}

#[test]
fn a_push_beside_a_push_is_not_taken_for_it() {
    // A build that lasts long enough for the slower of the two to begin.
    let running = start(Config { time_factor: 2.0, ..Config::default() }).unwrap();
    let url = running.base_url.as_str();
    let run = |text: String| {
        let files = [("Dockerfile", text.as_str())];
        let mut push = Deploy::to(url);
        push.files = &files;
        push.pace.begin = Duration::from_secs(20);
        push.push().0
    };
    let (one, two) = std::thread::scope(|scope| {
        let one = scope.spawn(|| run(format!("{DOCKERFILE}EXPOSE 1\n")));
        let two = scope.spawn(|| run(format!("{DOCKERFILE}EXPOSE 2\n")));
        (one.join().unwrap(), two.join().unwrap())
    });
    for result in [one, two] {
        let fault = result.unwrap_err();
        assert_eq!(fault.exit(), Exit::Failed);
        let text = whole(fault);
        assert!(text.contains("somebody else pushed the image `box` meanwhile"), "{text}");
        assert!(text.contains("sandbox/box:"), "{text}");
    }
}

#[test]
fn whoever_does_not_wait_is_told_so() {
    let running = platform(Scenario::Slow);
    let mut push = Deploy::to(&running.base_url);
    push.request.no_wait = true;
    let (result, told) = push.push();
    let pushed = result.unwrap();
    assert!(pushed.accepted && pushed.image.is_none(), "{pushed:?}");
    assert!(told.uploaded > 100 && told.statuses.is_empty(), "{told:?}");
}
