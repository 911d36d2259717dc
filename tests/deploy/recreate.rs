//! Environment variables that changed, and what is done about them when the caller says so.

use sandgate::sim::Scenario;

use crate::{
    library::{Deploy, get, platform},
    stage::Stage,
};

#[test]
fn a_sandbox_is_created_anew_only_where_its_variables_changed() {
    let running = platform(Scenario::Happy);
    let with = |value: &str, recreate: bool| {
        let mut deploy = Deploy::to(&running.base_url);
        deploy.request.envs = vec![("A".to_owned(), value.to_owned())];
        deploy.request.recreate = recreate;
        let (result, told) = deploy.run();
        result.unwrap();
        let sandbox = get(running.address, "/sandboxes/box");
        assert_eq!(sandbox["spec"]["runtime"]["envs"][0]["value"], value);
        (sandbox["metadata"]["createdAt"].clone(), told)
    };
    let (first, _) = with("1", false);
    let (same, told) = with("1", true);
    assert_eq!(same, first);
    assert!(!told.notes.iter().any(|note| note.contains("deleting")), "{told:?}");
    let (new, told) = with("2", true);
    assert_ne!(new, first);
    let note = told.notes.iter().find(|note| note.contains("deleting")).unwrap();
    for part in ["variables A differ", "files, processes and previews"] {
        assert!(note.contains(part), "{note}");
    }
    assert_eq!(get(running.address, "/sandboxes").as_array().unwrap().len(), 1);
}

#[test]
fn the_command_offers_it_and_hides_the_values() {
    let running = platform(Scenario::Happy);
    let stage = Stage::new();
    let run = |more: &[&str]| stage.run(&running.base_url, more);
    assert_eq!(run(&["--env", "API_TOKEN=hush-hush-1"]).code, Some(0));
    let changed = run(&["--env", "API_TOKEN=hush-hush-2"]);
    assert_eq!(changed.code, Some(2), "{}", changed.stderr);
    assert!(changed.stderr.contains("--recreate"), "{}", changed.stderr);
    let anew = run(&["--env", "API_TOKEN=hush-hush-2", "--recreate"]);
    assert_eq!(anew.code, Some(0), "{}", anew.stderr);
    for ended in [changed, anew] {
        let all = format!("{}{}{}", ended.stdout, ended.stderr, ended.record);
        assert!(!all.contains("hush-hush"), "{all}");
    }
    let sandbox = get(running.address, "/sandboxes/box");
    assert_eq!(sandbox["spec"]["runtime"]["envs"][0]["value"], "hush-hush-2");
}
