//! What a hostile build log comes to where GitHub's runner reads along.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use sandgate::sim::{Config, Scenario, start};

use crate::{
    common::finish,
    library::platform,
    stage::{Ended, Stage},
};

/// The commands that the runner would obey, as its source reads them: `::` first on a line, behind
/// white space at most, and `##[` anywhere. A carriage return ends a line, too.
fn obeyed(text: &str) -> Vec<String> {
    let mut stopped: Option<String> = None;
    let mut out = Vec::new();
    for line in text.split(['\n', '\r']) {
        let first = line.trim_start();
        let is_command = first.starts_with("::") && first[2..].contains("::");
        if let Some(word) = &stopped {
            if is_command && first.trim_end() == format!("::{word}::") {
                stopped = None;
            }
            continue;
        }
        if is_command && let Some(word) = first.trim_end().strip_prefix("::stop-commands::") {
            stopped = Some(word.to_owned());
        } else if is_command || line.contains("##[") {
            out.push(line.to_owned());
        }
    }
    assert_eq!(stopped, None, "commands stay stopped");
    out
}

/// What is told beside the mask of the upload URL's query, which is before anything else that the runner obeys.
fn without_mask(text: &str) -> String {
    let (mask, rest): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.starts_with("::add-mask::X-Amz-"));
    assert_eq!(mask.len(), 1, "{text}");
    assert!(text.find("::add-mask::") < text.find("::stop-commands::"), "{text}");
    rest.join("\n")
}

fn deployed(github: bool, more: &[&str]) -> Ended {
    let running = platform(Scenario::HostileLog);
    let stage = Stage::new();
    let mut command = stage.command(&running.base_url, more);
    if github {
        command.env("GITHUB_ACTIONS", "true");
    }
    let run = finish(&mut command);
    let ended = stage.ended(run.code, run.stdout, run.stderr);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stderr.contains("forged by the build"), "{}", ended.stderr);
    let controls = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}';
    assert!(!ended.stderr.contains(controls), "{:?}", ended.stderr);
    ended
}

#[test]
fn a_build_log_commands_no_runner() {
    let ended = deployed(true, &[]);
    assert_eq!(obeyed(&without_mask(&ended.stderr)), Vec::<String>::new(), "{}", ended.stderr);
    // Both nets hold by themselves: the words that stop commands, and what breaks each of them.
    let word = ended.stderr.lines().find_map(|line| line.strip_prefix("::stop-commands::"));
    let word = word.expect("commands are stopped").to_owned();
    assert_eq!(ended.stderr.lines().filter(|line| *line == format!("::{word}::")).count(), 1);
    let unstopped = without_mask(&ended.stderr).replace("::stop-commands::", "").replace(&word, "");
    assert_eq!(obeyed(&unstopped), ["::::"], "{unstopped}");
    assert!(ended.stderr.contains("##\\[group]forged by the build"), "{}", ended.stderr);
    let again = deployed(true, &[]);
    assert!(!again.stderr.contains(&word), "the word can be known beforehand");
}

#[test]
fn a_log_is_left_as_it_is_where_no_runner_reads_along() {
    let ended = deployed(false, &[]);
    assert!(!ended.stderr.contains("stop-commands::sandgate"), "{}", ended.stderr);
    assert!(ended.stderr.contains("##[group]forged by the build"), "{}", ended.stderr);
    let tail = ended.record["failure"]["log_tail"].to_string();
    assert!(tail.contains("##[group]forged by the build"), "{tail}");
}

#[test]
fn json_on_standard_output_commands_no_runner_and_says_the_same() {
    let ended = deployed(true, &["--format", "json"]);
    assert_eq!(obeyed(&ended.stdout), Vec::<String>::new(), "{}", ended.stdout);
    let printed: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(printed, ended.record);
}

/// While commands are stopped, the runner would show a mask as it is, and with it what is to be shown nowhere.
#[test]
fn a_token_that_is_renewed_beside_a_build_log_is_masked() {
    let secret = format!("synthetic-{}", "secret");
    let config = Config { key: Some(secret.clone()), token_lifetime: 1, ..Config::default() };
    let running = start(config).unwrap();
    let stage = Stage::new();
    let mut command = stage.command(&running.base_url, &[]);
    command.env("GITHUB_ACTIONS", "true").env_remove("BL_API_KEY");
    command.env("BL_CLIENT_CREDENTIALS", BASE64_STANDARD.encode(format!("id:{secret}")));
    let run = finish(&mut command);
    let ended = stage.ended(run.code, run.stdout, run.stderr);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let log = ended.stderr.find("::stop-commands::").expect("there is a log");
    assert!(ended.stderr[log..].contains("::add-mask::"), "{}", ended.stderr);
    let masks = ended.stderr.lines().filter(|line| line.starts_with("::add-mask::"));
    assert_eq!(obeyed(&ended.stderr), masks.collect::<Vec<_>>(), "{}", ended.stderr);
}
