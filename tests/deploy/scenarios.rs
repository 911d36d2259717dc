//! The client in every scenario. The names say what it must not get wrong.

use std::time::Duration;

use sandgate::{
    exit::Exit,
    ship::blaxel::{Deployed, Fault},
    sim::Scenario,
};

use crate::library::{DOCKERFILE, Deploy, Told, get, get_as, image, platform};

/// A deploy that succeeds; the image is the one that the platform runs.
fn succeeds(scenario: Scenario) -> (Deployed, Told) {
    let running = platform(scenario);
    let (result, told) = Deploy::to(&running.base_url).run();
    let deployed = result.unwrap_or_else(|fault| panic!("{scenario:?}: {fault:?}, {told:?}"));
    let sandbox = get(running.address, "/sandboxes/box");
    assert_eq!(sandbox["spec"]["runtime"]["image"], image(&deployed), "{scenario:?}");
    assert!(sandbox["status"].as_str().unwrap().eq_ignore_ascii_case("DEPLOYED"), "{sandbox}");
    assert_eq!(sandbox["metadata"]["labels"]["x-blaxel-auto-generated"], "true");
    assert_eq!(get(running.address, "/sandboxes").as_array().unwrap().len(), 1, "{scenario:?}");
    assert!(deployed.url.as_ref().is_some_and(|url| url.ends_with("/sandboxes/box")));
    assert!(told.uploaded > 100, "{told:?}");
    (deployed, told)
}

/// A deploy that does not; gives the whole error as it is told.
fn fails(scenario: Scenario, exit: Exit) -> (String, Fault, Told) {
    let running = platform(scenario);
    let (result, told) = Deploy::to(&running.base_url).run();
    ended(scenario, exit, result, told)
}

fn ended(
    scenario: Scenario,
    exit: Exit,
    result: Result<Deployed, Fault>,
    told: Told,
) -> (String, Fault, Told) {
    let fault = result.expect_err(scenario.name());
    assert_eq!(fault.exit(), exit, "{scenario:?}: {fault:?}");
    let text = fault.to_string();
    (text, fault, told)
}

/// Everything that a user is told of a fault.
fn whole(fault: Fault) -> String {
    let error = fault.into_error();
    let place = error.place.unwrap_or_default();
    format!("{}\n{place}\n{}\n{}", error.what, error.causes.join("\n"), error.help.unwrap())
}

#[test]
fn a_new_sandbox_is_built_and_its_log_told_in_order() {
    let (deployed, told) = succeeds(Scenario::Happy);
    assert!(image(&deployed).starts_with("sandbox/box:") && !deployed.reused, "{deployed:?}");
    assert_eq!(told.statuses.last().unwrap(), "DEPLOYED");
    assert!(told.notes.is_empty(), "{told:?}");
    let at = |part: &str| {
        let found = told.log.iter().position(|line| line.contains(part));
        found.unwrap_or_else(|| panic!("{part} is not in {:#?}", told.log))
    };
    assert!(at("load build definition") < at("FROM node:24"), "{:#?}", told.log);
    assert!(at("FROM node:24") < at("RUN npm ci"), "{:#?}", told.log);
    // Each line once, although every look gives all of them.
    let vertices = told.log.iter().filter(|line| line.contains("RUN npm ci")).count();
    assert_eq!(vertices, 1, "{:#?}", told.log);
}

#[test]
fn a_failed_build_names_its_step_its_line_and_the_end_of_its_log() {
    let (text, fault, told) = fails(Scenario::BuildFails, Exit::Failed);
    assert_eq!(text, "the build failed");
    let Fault::Failed(failure) = fault else { panic!("{fault:?}") };
    assert_eq!((failure.phase, failure.dockerfile_line), ("build", Some(3)));
    assert_eq!(failure.step.as_deref(), Some("RUN npm ci"));
    assert!(failure.cause.contains("exit code: 1"), "{failure:?}");
    assert!(!failure.log_tail.is_empty() && failure.log_tail.len() <= 20, "{failure:?}");
    assert!(told.log.ends_with(&failure.log_tail), "{told:?}");
}

#[test]
fn a_failed_rollout_is_not_called_a_failed_build() {
    let (text, fault, _) = fails(Scenario::RolloutFails, Exit::Failed);
    assert_eq!(text, "the rollout failed");
    let text = whole(fault);
    assert!(text.contains("STARTUP TCP probe failed"), "{text}");
}

/// An SDK that waits for BUILDING waits for its timeout.
#[test]
fn a_build_used_again_is_a_success_without_building() {
    let (deployed, told) = succeeds(Scenario::ReusedBuild);
    assert!(deployed.reused);
    assert!(!told.statuses.iter().any(|status| status == "BUILDING"), "{told:?}");
    assert!(told.notes.iter().any(|note| note.contains("identical build")), "{told:?}");
}

/// A client that looks at the status alone reports the image of the deployment before.
#[test]
fn an_old_success_is_not_taken_for_this_one() {
    let running = platform(Scenario::StaleDeployed);
    let old = get_as(running.address, "/sandboxes/box", "stale-deployed");
    let old = old["spec"]["runtime"]["image"].as_str().unwrap();
    let (result, _) = Deploy::to(&running.base_url).run();
    let deployed = result.unwrap();
    assert_ne!(image(&deployed), old);
    assert_eq!(
        get(running.address, "/sandboxes/box")["spec"]["runtime"]["image"],
        image(&deployed)
    );
}

/// The SDKs abort at once, the CLI after 15 s.
#[test]
fn an_old_failure_is_not_taken_for_this_one() {
    let (deployed, told) = succeeds(Scenario::StaleFailed);
    assert!(!deployed.reused);
    assert_eq!(told.statuses.last().unwrap(), "DEPLOYED");
}

/// A terminal client that saw DEPLOYED before BUILDING hangs to its timeout.
#[test]
fn a_build_that_is_over_between_two_looks_is_not_missed() {
    for scenario in [Scenario::Happy, Scenario::StaleDeployed] {
        let running = platform(scenario);
        let mut deploy = Deploy::to(&running.base_url);
        deploy.pace.look = Duration::from_millis(700);
        deploy.pace.begin = Duration::from_secs(10);
        let (result, told) = deploy.run();
        result.unwrap();
        assert!(!told.statuses.iter().any(|status| status == "BUILDING"), "{told:?}");
    }
}

#[test]
fn a_build_without_end_ends_at_the_deadline() {
    let running = platform(Scenario::Slow);
    let mut deploy = Deploy::to(&running.base_url);
    deploy.timeout = Duration::from_millis(700);
    let (result, told) = deploy.run();
    let (text, fault, _) = ended(Scenario::Slow, Exit::TimedOut, result, told);
    assert_eq!(text, "the deploy did not end in time");
    let text = whole(fault);
    assert!(text.contains("the last status was BUILDING"), "{text}");
    assert!(text.contains("`box`") && text.contains("--timeout"), "{text}");
}

#[test]
fn an_upload_that_nobody_builds_is_given_up_before_the_deadline() {
    let (text, fault, _) = fails(Scenario::UpdateDropped, Exit::TimedOut);
    assert!(text.contains("did not begin to build"), "{text}");
    assert!(matches!(fault, Fault::TimedOut { .. }));
}

#[test]
fn a_status_that_is_null_or_unknown_is_waited_through() {
    let (_, told) = succeeds(Scenario::NullStatus);
    assert_eq!(told.statuses.last().unwrap(), "DEPLOYED");
    let (_, told) = succeeds(Scenario::UnknownStatus);
    assert!(told.statuses.iter().any(|status| status == "SCHEDULING_BUILDER"), "{told:?}");
    // Lower case there.
    assert_eq!(told.statuses.last().unwrap(), "DEPLOYED");
}

#[test]
fn refused_credentials_end_it_at_the_first_call() {
    for (scenario, status, help) in
        [(Scenario::Unauthorized, 401, "BL_API_KEY"), (Scenario::Forbidden, 403, "service account")]
    {
        let (_, fault, told) = fails(scenario, Exit::Auth);
        assert_eq!(told.uploaded, 0);
        let text = whole(fault);
        assert!(text.contains(&format!("{status}: ")) && text.contains(help), "{text}");
        assert!(text.contains("GET http://127.0.0.1"), "{text}");
    }
}

#[test]
fn limits_and_faults_of_single_calls_are_retried() {
    for scenario in [Scenario::RateLimited, Scenario::ServerError] {
        succeeds(scenario);
    }
}

/// A create whose answer is lost took effect: a client that reports it leaves half a sandbox.
#[test]
fn an_html_504_of_a_create_that_took_effect_is_read_back() {
    succeeds(Scenario::Html504);
}

#[test]
fn a_sandbox_that_somebody_else_made_meanwhile_is_updated() {
    succeeds(Scenario::Conflict);
}

#[test]
fn refusals_are_told_in_every_form() {
    let (_, fault, _) = fails(Scenario::CodeAsString, Exit::Platform);
    let text = whole(fault);
    assert!(text.contains("memory is above the maximum of your tier (QUOTA_EXCEEDED)"), "{text}");
    let (_, fault, _) = fails(Scenario::ErrorAsObject, Exit::Platform);
    let text = whole(fault);
    assert!(text.contains("the usage limit of the account is reached"), "{text}");
    assert!(text.contains("quota"), "{text}");
}

#[test]
fn an_answer_without_an_upload_url_is_a_fault_and_not_a_success() {
    let (text, _, told) = fails(Scenario::NoUploadUrl, Exit::Platform);
    assert_eq!((text.as_str(), told.uploaded), ("the platform gave no upload URL", 0));
}

#[test]
fn a_refused_upload_is_tried_again_with_a_fresh_url() {
    for scenario in [Scenario::UploadRefusedOnce, Scenario::UploadExpired] {
        let (_, told) = succeeds(scenario);
        assert_eq!(told.notes.len(), 1, "{told:?}");
        assert!(told.notes[0].contains("fresh URL"), "{told:?}");
    }
    let (text, fault, told) = fails(Scenario::UploadRefused, Exit::Platform);
    assert_eq!(text, "the archive could not be uploaded");
    assert_eq!(told.notes.len(), 4, "{told:?}");
    let text = whole(fault);
    assert!(text.contains("after 5 tries") && text.contains("Access Denied"), "{text}");
    // A signed URL is a credential.
    assert!(!text.contains("X-Amz") && !format!("{told:?}").contains("X-Amz"), "{text}");
}

/// A first URL that is not signed with the build settings would build without them.
#[test]
fn build_settings_that_were_not_signed_are_asked_for_again() {
    for scenario in [Scenario::LabelsUnsignedOnce, Scenario::Happy] {
        let running = platform(scenario);
        let mut deploy = Deploy::to(&running.base_url);
        deploy.request.labels.insert("x-blaxel-build-memory".into(), "8192".into());
        let (result, told) = deploy.run();
        result.unwrap();
        assert!(told.notes.is_empty(), "{told:?}");
        let labels = get(running.address, "/sandboxes/box")["metadata"]["labels"].clone();
        assert_eq!(labels["x-blaxel-build-memory"], "8192");
    }
}

#[test]
fn build_settings_that_are_never_signed_end_it_before_the_upload() {
    let running = platform(Scenario::LabelsUnsigned);
    let mut deploy = Deploy::to(&running.base_url);
    for (name, value) in [("build-memory", "8192"), ("build-other", "x")] {
        deploy.request.labels.insert(format!("x-blaxel-{name}"), value.into());
    }
    deploy.request.labels.insert("team".into(), "a".into());
    let (result, told) = deploy.run();
    let (text, fault, told) = ended(Scenario::LabelsUnsigned, Exit::Platform, result, told);
    assert_eq!(
        text,
        "the platform does not take the build settings `memoryMb`, `x-blaxel-build-other`"
    );
    assert_eq!((told.uploaded, fault.phase()), (0, Some("upload")));
    assert!(whole(fault).contains("`[build]` of blaxel.toml"));
    // Without build settings there is nothing to sign.
    succeeds(Scenario::LabelsUnsigned);
}

/// Colours and carriage returns are gone; everything else is for the shell to escape.
#[test]
fn a_log_is_told_as_a_terminal_would_leave_it() {
    let (_, fault, told) = fails(Scenario::HostileLog, Exit::Failed);
    assert!(told.log.iter().all(|line| !line.contains(['\u{1b}', '\r'])), "{told:?}");
    for line in ["::error::forged by the build", "red and cleared", "half"] {
        assert!(told.log.iter().any(|told| told == line), "{line}: {told:?}");
    }
    let Fault::Failed(failure) = fault else { panic!("{fault:?}") };
    assert_eq!(failure.dockerfile_line, Some(3));
}

#[test]
fn a_log_that_is_missing_or_late_is_no_fault() {
    let (_, told) = succeeds(Scenario::MissingLogs);
    assert!(told.log.is_empty(), "{told:?}");
    succeeds(Scenario::LateLogs);
}

#[test]
fn what_is_about_shares_does_not_touch_a_deploy() {
    succeeds(Scenario::ShareExpired);
    succeeds(Scenario::NotAdmin);
    succeeds(Scenario::AcceptConflict);
    succeeds(Scenario::ShareExists);
    succeeds(Scenario::LateTags);
}

#[test]
fn a_change_that_breaks_on_the_way_is_made_once() {
    for scenario in [
        Scenario::ResetBefore,
        Scenario::ResetAfter,
        Scenario::TruncatedJson,
        Scenario::SlowBody,
        Scenario::RateLimitedBare,
    ] {
        succeeds(scenario);
    }
    let running = platform(Scenario::Stall);
    let mut deploy = Deploy::to(&running.base_url);
    deploy.pace.answer = Duration::from_millis(600);
    deploy.run().0.unwrap();
    assert_eq!(get(running.address, "/sandboxes").as_array().unwrap().len(), 1);
}

#[test]
fn a_redirect_is_not_followed() {
    let running = platform(Scenario::Redirect);
    let (result, told) = Deploy::to(&running.base_url).run();
    let (text, _, _) = ended(Scenario::Redirect, Exit::Platform, result, told);
    assert!(text.contains("307"), "{text}");
    let calls = running.calls();
    assert!(calls.iter().all(|call| call.host.starts_with("127.0.0.1:")), "{calls:?}");
}

#[test]
fn logs_are_told_once_whatever_their_form() {
    let happy = succeeds(Scenario::Happy).1.log;
    for scenario in [Scenario::DuplicateLogs, Scenario::SkewedClock] {
        assert_eq!(succeeds(scenario).1.log, happy, "{scenario:?}");
    }
    // A deploy that is done waits a moment for the log, and no longer: a slow machine may miss its end.
    let told = (0..5).map(|_| {
        let running = platform(Scenario::LongLog);
        let mut deploy = Deploy::to(&running.base_url);
        deploy.pace.look *= 5;
        let (result, told) = deploy.run();
        result.unwrap();
        told.log.iter().filter(|line| line.contains(" of 2500")).count()
    });
    let told: Vec<usize> = told.take_while(|told| *told != 2500).collect();
    assert!(told.len() < 5 && told.iter().all(|told| *told < 2500), "{told:?}");
}

#[test]
fn labels_that_were_there_are_kept_but_for_build_settings() {
    let running = platform(Scenario::Happy);
    let mut first = Deploy::to(&running.base_url);
    first.request.labels = [("team", "a"), ("tier", "b"), ("x-blaxel-build-memory", "8192")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    first.run().0.unwrap();
    let changed = format!("{DOCKERFILE}EXPOSE 3000\n");
    let files = [("Dockerfile", changed.as_str())];
    let mut second = Deploy::to(&running.base_url);
    second.files = &files;
    second.request.labels.insert("tier".into(), "c".into());
    let (result, _) = second.run();
    assert!(!result.unwrap().reused);
    let labels = get(running.address, "/sandboxes/box")["metadata"]["labels"].clone();
    assert_eq!(
        labels,
        serde_json::json!({"team": "a", "tier": "c", "x-blaxel-auto-generated": "true"})
    );
}

#[test]
fn environment_variables_of_a_sandbox_cannot_change() {
    let running = platform(Scenario::Happy);
    let with = |envs: &[(&str, &str)]| {
        let mut deploy = Deploy::to(&running.base_url);
        deploy.request.envs =
            envs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        deploy.run().0
    };
    with(&[("A", "1"), ("B", "2")]).unwrap();
    // The same in another order, and none at all, change nothing.
    with(&[("B", "2"), ("A", "1")]).unwrap();
    with(&[]).unwrap();
    for (envs, names) in [
        (&[("A", "1"), ("B", "3")][..], ": B"),
        (&[("A", "1")], ": B"),
        (&[("A", "1"), ("B", "2"), ("C", "")], ": C"),
        (&[("X", "1")], ": X, A, B"),
    ] {
        let fault = with(envs).unwrap_err();
        assert_eq!(fault.exit(), Exit::Usage);
        let text = whole(fault);
        assert!(
            text.contains(&format!("exists with other environment variables{names}\n")),
            "{text}"
        );
        assert!(text.contains("--recreate"), "{text}");
    }
}

#[test]
fn every_scenario_has_its_test() {
    for scenario in Scenario::all() {
        let named = format!("Scenario::{scenario:?}");
        assert!(include_str!("scenarios.rs").contains(&named), "{named} is not tested");
    }
}
