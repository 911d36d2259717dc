//! Every scenario of the platform, and what a deploy makes of it. The column at the end says which official client is
//! wrong there, and how.

use std::time::Duration;

use sandgate::{exit::Exit, sim::Scenario};

use crate::library::{Deploy, get, get_as, image, platform};

/// What has to come of a deploy.
enum Want {
    /// A new image runs.
    Runs,
    /// The image that was there runs, and that is said.
    Reused,
    /// An end with this exit code, these words, and a part of the whole message.
    Ends(Exit, &'static str, &'static str),
}

use Want::{Ends, Reused, Runs};

/// The outcome, and which official client gets it wrong and how.
fn want(scenario: Scenario) -> (Want, &'static str) {
    match scenario {
        Scenario::Happy => (Runs, "`bl deploy` ends in CI when the upload does"),
        Scenario::StaleDeployed => (Runs, "who looks at the status alone reports the image before"),
        Scenario::StaleFailed => (Runs, "the SDKs abort at once, `bl` after 15 s"),
        Scenario::ReusedBuild => (Reused, "the SDKs wait for BUILDING until their timeout"),
        Scenario::NullStatus | Scenario::UnknownStatus => (Runs, ""),
        Scenario::RateLimited | Scenario::RateLimitedBare => (Runs, "the SDKs try no call again"),
        Scenario::ServerError => {
            (Runs, "the SDKs try no call again; `bl` repeats the POST blindly")
        }
        Scenario::Html504
        | Scenario::ResetBefore
        | Scenario::ResetAfter
        | Scenario::TruncatedJson
        | Scenario::SlowBody
        | Scenario::Stall => (Runs, "the SDKs report the lost answer of a call that took effect"),
        Scenario::Conflict => (Runs, "`bl deploy` sends up to three POSTs before its PUT"),
        Scenario::UploadRefusedOnce | Scenario::UploadExpired => {
            (Runs, "the SDKs do not try an upload again")
        }
        Scenario::LabelsUnsignedOnce => (Runs, "the Python SDK gives up, the npm SDK sends none"),
        Scenario::MissingLogs | Scenario::LateLogs => (Runs, "`bl` stops reading logs after 10 s"),
        Scenario::LongLog => (Runs, "`bl` reads the first 1,000 lines alone"),
        Scenario::DuplicateLogs => (Runs, ""),
        Scenario::SkewedClock => (Runs, "`bl` asks for logs by its own clock"),
        Scenario::NotAdmin => (Runs, "whoever may not share may still deploy"),
        Scenario::ShareExpired
        | Scenario::AcceptConflict
        | Scenario::ShareExists
        | Scenario::LateTags => (Runs, "a deploy knows no shares"),
        Scenario::BuildFails => {
            (Ends(Exit::Failed, "the build failed", "RUN npm ci"), "`bl deploy` ends with 0 in CI")
        }
        Scenario::RolloutFails => (
            Ends(Exit::Failed, "the rollout failed", "STARTUP TCP probe failed"),
            "`bl deploy` ends with 0 in CI",
        ),
        Scenario::HostileLog => (Ends(Exit::Failed, "the build failed", "Dockerfile:3"), ""),
        Scenario::Slow => (
            Ends(Exit::TimedOut, "the deploy did not end in time", "the last status was BUILDING"),
            "`bl` ends with 1 for everything",
        ),
        Scenario::UpdateDropped => (
            Ends(Exit::TimedOut, "did not begin to build", "sandbox `box`"),
            "`bl deploy` waits in a terminal for an hour",
        ),
        Scenario::Unauthorized => (
            Ends(Exit::Auth, "refused the credentials", "BL_API_KEY"),
            "`bl` and the SDKs poll 401 until their timeout",
        ),
        Scenario::Forbidden => (
            Ends(Exit::Auth, "refused the credentials", "service account"),
            "`bl` and the SDKs poll 403 until their timeout",
        ),
        Scenario::Redirect => (
            Ends(Exit::Platform, "answered 307", "redirects are not followed"),
            "the SDKs follow it",
        ),
        Scenario::CodeAsString => (Ends(Exit::Platform, "answered 400", "QUOTA_EXCEEDED"), ""),
        Scenario::ErrorAsObject => (Ends(Exit::Platform, "answered 402", "usage limit"), ""),
        Scenario::NoUploadUrl => (Ends(Exit::Platform, "gave no upload URL", "sandboxes"), ""),
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

fn check(scenario: Scenario) {
    let (want, wrong) = want(scenario);
    let running = platform(scenario);
    // What was there before shows in the scenarios that have a past.
    let before = match scenario {
        Scenario::StaleDeployed | Scenario::StaleFailed | Scenario::ReusedBuild => {
            let before = get_as(running.address, "/sandboxes/box", scenario.name());
            before["spec"]["runtime"]["image"].as_str().map(str::to_owned)
        }
        _ => None,
    };
    let mut deploy = Deploy::to(&running.base_url);
    if matches!(scenario, Scenario::LabelsUnsigned | Scenario::LabelsUnsignedOnce) {
        deploy.request.labels.insert("x-blaxel-build-memory".into(), "8192".into());
    }
    if scenario == Scenario::Stall {
        deploy.pace.answer = Duration::from_millis(600);
    }
    if scenario == Scenario::Slow {
        deploy.timeout = Duration::from_secs(4);
    }
    let (result, told) = deploy.run();
    let place = format!("{} ({wrong}): {result:?}\n{told:?}", scenario.name());
    assert!(get(running.address, "/sandboxes").as_array().unwrap().len() <= 1, "{place}");
    match (want, result) {
        (Runs, Ok(deployed)) => {
            let sandbox = get(running.address, "/sandboxes/box");
            assert_eq!(sandbox["spec"]["runtime"]["image"], image(&deployed), "{place}");
            assert_ne!(before.as_deref(), Some(image(&deployed)), "{place}");
            assert!(!deployed.reused && !deployed.accepted, "{place}");
        }
        (Reused, Ok(deployed)) => {
            assert!(deployed.reused, "{place}");
            assert_eq!(before.as_deref(), Some(image(&deployed)), "{place}");
        }
        (Ends(exit, what, part), Err(fault)) => {
            assert_eq!(fault.exit(), exit, "{place}");
            let error = fault.into_error();
            let text = format!(
                "{}\n{}\n{}\n{}",
                error.what,
                error.place.unwrap_or_default(),
                error.causes.join("\n"),
                error.help.unwrap()
            );
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
