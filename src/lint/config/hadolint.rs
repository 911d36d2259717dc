//! `.hadolint.yaml`: the rules that a project ignores, as far as they are ours too.

use serde::Deserialize;

use crate::lint::{diagnostic::Severity, rules, select::Selector, suppress};

/// A project's file is a few lines.
const LARGEST: usize = 1 << 20;

#[derive(Deserialize, Default)]
#[serde(default)]
struct File {
    ignored: Vec<String>,
}

/// The rules of ours that a `.hadolint.yaml` ignores; `Err` says why it cannot be read.
///
/// What makes a sandbox fail stays on: nobody who wrote the file for hadolint meant that.
pub fn read(text: &str) -> Result<Vec<Selector>, String> {
    if text.len() > LARGEST {
        return Err("it is larger than 1 MiB".into());
    }
    let file: Option<File> = serde_saphyr::from_str(text).map_err(|err| {
        let text = err.to_string();
        text.lines().next().unwrap_or("it is no YAML").to_owned()
    })?;
    let ignored = file.unwrap_or_default().ignored;
    let ours = ignored.iter().flat_map(|name| suppress::equivalents(name.trim()));
    let harmless = ours.filter_map(rules::find).filter(|rule| rule.severity < Severity::Error);
    Ok(harmless.filter_map(|rule| Selector::parse(rule.code)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignores_what_is_ours_and_no_error() {
        let names = |text: &str| {
            let list = read(text).expect(text);
            list.iter().map(|one| format!("{one:?}")).collect::<Vec<_>>().join(" ")
        };
        for (text, want) in [
            ("ignored:\n  - DL3009\n  - DL3059\n  - SC2086\n", "One(\"SG406\")"),
            ("ignored: [DL3025, 'dl3007'] # why\n", "One(\"SG718\") One(\"SG402\")"),
            ("failure-threshold: error\n", ""),
            ("", ""),
            ("---\n# nothing\n", ""),
            ("override:\n  error: [DL3001]\ntrustedRegistries: [docker.io]\n", ""),
        ] {
            assert_eq!(names(text), want, "{text}");
        }
        for text in ["ignored: {a: b}", "ignored: [", "- a\n- b\n", "ignored:\n\t- x"] {
            let why = read(text).expect_err(text);
            assert!(!why.is_empty() && !why.contains('\n'), "{why}");
        }
        assert!(read(&" ".repeat(LARGEST + 1)).is_err());
    }
}
