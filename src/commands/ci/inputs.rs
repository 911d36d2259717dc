//! The Action's names of options: whoever wrote a workflow gave inputs.

use crate::ship::ci::Host;

/// Options that have an input of another name.
const OTHERS: [(&str, &str); 5] = [
    ("build-arg", "build-args"),
    ("env", "envs"),
    ("production-branch", "production-branches"),
    ("protected-workspace", "protected-workspaces"),
    ("var", "vars"),
];
/// Those of the same name that helps speak of.
const SAME: [&str; 15] = [
    "allow-propagation",
    "base",
    "comment-key",
    "fail-on",
    "image",
    "label",
    "max-waves",
    "name",
    "policy-from",
    "pr-number",
    "promote-to",
    "records",
    "timeout",
    "wait-approval",
    "workspace",
];

/// A help with the input beside each option that has one.
pub(super) fn beside(host: Host, help: &str) -> String {
    // Some say it themselves.
    if host != Host::Github || help.contains("input") {
        return help.to_owned();
    }
    let mut out = String::new();
    let mut rest = help;
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
            ("--", "--"),
        ] {
            assert_eq!(beside(Host::Github, help), told);
            assert_eq!(beside(Host::Gitlab, help), help);
        }
    }
}
