//! The Action's names of options: whoever wrote a workflow gave inputs.

use crate::{error::Error, settings, ship::ci::Host};

/// Options that have an input of another name.
const OTHERS: [(&str, &str); 5] = [
    ("build-arg", "build-args"),
    ("env", "envs"),
    ("production-branch", "production-branches"),
    ("protected-workspace", "protected-workspaces"),
    ("var", "vars"),
];
/// Those of the same name that helps speak of.
const SAME: [&str; 20] = [
    "allow-propagation",
    "base",
    "command",
    "comment",
    "comment-key",
    "fail-on",
    "image",
    "label",
    "max-waves",
    "name",
    "plan",
    "policy-from",
    "pr-number",
    "preview-ttl",
    "promote-to",
    "records",
    "timeout",
    "trusted",
    "wait-approval",
    "workspace",
];

/// What to do in a workflow where there are no credentials. A secret that is not there is an empty input.
const NO_KEY: &str = "give the input `api-key` (`api-key: ${{ secrets.BL_API_KEY }}`), and set the secret BL_API_KEY in the settings of the repository, or in those of the environment that the job names: runs of Dependabot and of forks do not see it";

/// What helps of other commands say, and what it is here: options that `ci` has not.
const HERE: [(&str, &str); 1] =
    [("give --port, or list it in blaxel.toml", "list it in blaxel.toml")];
/// What is an input on GitHub.
const KEYS: [(&str, &str); 3] = [
    ("set BL_API_KEY to have it built", "give the input `api-key` to have it built"),
    (
        "check BL_API_KEY (or BL_CLIENT_CREDENTIALS)",
        "check the input `api-key` and the secret that it is given (or BL_CLIENT_CREDENTIALS)",
    ),
    ("check BL_WORKSPACE and the role", "check the input `workspace` and the role"),
];
/// What there is on GitHub alone, and what is so on every other system.
const ELSEWHERE: [(&str, &str); 2] = [
    (
        "the companion workflow of docs/github-action.md comments on it",
        "its findings are told by this job, and nowhere else",
    ),
    (
        "name what a tag does with --command, or promote on `release`",
        "name what a tag does with --command",
    ),
];

fn replaced(all: &[(&str, &str)], text: &str) -> String {
    all.iter().fold(text.to_owned(), |text, (known, other)| text.replace(known, other))
}

/// Names what a workflow gave, in an error.
pub(super) fn name(host: Host, error: &mut Error) {
    // Of what is called otherwise here.
    if error.place.as_deref() == Some("--ttl") {
        error.place = Some("--preview-ttl".to_owned());
    }
    if let Some(option) = error.place.as_mut().filter(|place| place.starts_with("--")) {
        *option = beside(host, option);
    }
    error.help = error.help.take().map(|help| beside(host, &help));
}

/// A command line that cannot be read, as clap says it, in one line.
pub(super) fn unread(text: &str) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(['\'', '\n', ' ']) {
        // What a value is called.
        if part.starts_with('<') {
            out.truncate(out.trim_end().len());
            out.push_str(part.find(['\'', '\n', ' ']).map_or("", |at| &part[at..]));
        } else {
            out.push_str(part);
        }
    }
    let lines = out.lines().map(str::trim).filter(|line| !line.is_empty());
    let told =
        lines.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    let text = told.collect::<Vec<_>>().join("; ").replace('\'', "`");
    beside(Host::Github, text.trim_start_matches("error: "))
}

/// A help as it is said on a system: on GitHub with the input beside each option that has one.
pub(super) fn beside(host: Host, help: &str) -> String {
    if host == Host::Github && help == settings::NO_KEY {
        return NO_KEY.to_owned();
    }
    let help = replaced(&HERE, help);
    if host != Host::Github {
        return replaced(&ELSEWHERE, &help);
    }
    let help = replaced(&KEYS, &help);
    // Some say it themselves.
    if help.contains("input") {
        return help;
    }
    let mut out = String::new();
    let mut rest = help.as_str();
    while let Some(at) = rest.find("--") {
        let name = &rest[at + 2..];
        let end = name.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(name.len());
        let (option, after) = name.split_at(end);
        let known = OTHERS.iter().find(|(known, _)| *known == option).map(|(_, input)| *input);
        let input = known.or_else(|| SAME.into_iter().find(|known| *known == option));
        out.push_str(&rest[..at + 2 + end]);
        rest = after;
        if let Some(input) = input {
            // Not within what is to be typed.
            let typed = out.matches('`').count() % 2 == 1;
            let close = after.find('`').filter(|_| typed).map_or(0, |at| at + 1);
            out.push_str(&after[..close]);
            rest = &after[close..];
            out.push_str(&format!(" (input `{input}`)"));
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_that_of_an_input() {
        let action = include_str!("../../../action.yml");
        for input in SAME.iter().chain(OTHERS.iter().map(|(_, input)| input)) {
            assert!(action.contains(&format!("\n  {input}:\n    description:")), "{input}");
        }
    }

    #[test]
    fn a_line_of_claps_names_the_input() {
        let text = "error: invalid value 'buld' for '--command <WHAT>'\n  [possible values: auto, lint]\n\n  tip: a similar value exists: 'lint'\n\nFor more information, try '--help'.\n";
        let told = "invalid value `buld` for `--command` (input `command`); [possible values: auto, lint]; tip: a similar value exists: `lint`";
        assert_eq!(unread(text), told);
    }

    #[test]
    fn a_missing_key_is_a_missing_input() {
        assert!(beside(Host::Github, settings::NO_KEY).contains("secrets.BL_API_KEY"));
        assert_eq!(beside(Host::Gitlab, settings::NO_KEY), settings::NO_KEY);
    }

    #[test]
    fn an_input_stands_beside_its_option() {
        for (help, told) in [
            (
                "build under another --name, or so",
                "build under another --name (input `name`), or so",
            ),
            (
                "give --protected-workspace",
                "give --protected-workspace (input `protected-workspaces`)",
            ),
            ("write `--name x` there", "write `--name x` (input `name`) there"),
            ("name it with `--dockerfile`", "name it with `--dockerfile`"),
            ("give the input `name`, or --name", "give the input `name`, or --name"),
            ("check BL_WORKSPACE and the role", "check the input `workspace` and the role"),
            ("--", "--"),
        ] {
            assert_eq!(beside(Host::Github, help), told);
            assert_eq!(beside(Host::Gitlab, help), help);
        }
    }

    #[test]
    fn nothing_is_advised_that_is_not_there() {
        let port = "give --port, or list it in blaxel.toml: x";
        assert_eq!(beside(Host::Gitlab, port), "list it in blaxel.toml: x");
        let decide = include_str!("../../ship/ci/decide.rs");
        for (text, other) in ELSEWHERE {
            assert_eq!(beside(Host::Azure, text), other);
            assert!(decide.contains(text), "{text}");
        }
        let (preview, fault) =
            (include_str!("../preview/wanted.rs"), include_str!("../../ship/blaxel/fault.rs"));
        assert!(preview.contains(HERE[0].0));
        let said = |text: &str| fault.contains(text) || decide.contains(text);
        assert!(KEYS.iter().all(|(text, _)| said(text)));
    }
}
