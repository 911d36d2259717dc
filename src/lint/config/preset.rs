//! Settings to start from.

use crate::lint::{
    diagnostic::Severity,
    policy::FailOn,
    select::{Selection, Selector},
};

/// A preset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Preset {
    /// The rules that are on by default; errors fail.
    #[default]
    Default,
    /// Every rule but those about style; warnings fail.
    Strict,
    /// As strict; what makes an image another one tomorrow is an error, and neither a broken start
    /// nor a credential can be suppressed.
    Release,
}

/// The names, for messages.
pub(super) const NAMES: [&str; 3] = ["default", "release", "strict"];

/// Prefixes of the rules that are about style, or about versions that nobody needs to pin.
const STYLE: &[&str] = &["SG79", "SG417", "SG418"];

const RELEASE_ERRORS: &[&str] = &["SG401", "SG402", "SG403"];

const NEVER_SUPPRESSED: &[&str] = &["SG1", "SG2"];

impl Preset {
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "default" => Some(Self::Default),
            "strict" => Some(Self::Strict),
            "release" => Some(Self::Release),
            _ => None,
        }
    }

    /// Adds what it runs and leaves out. What somebody names is stronger.
    pub fn extend(self, selection: &mut Selection) {
        if self != Self::Default {
            selection.extend.push(Selector::All);
            selection.ignore.extend(selectors(STYLE));
        }
    }

    /// Severities that it changes.
    pub fn severity(self) -> Vec<(Selector, Severity)> {
        match self {
            Self::Release => {
                selectors(RELEASE_ERRORS).map(|rule| (rule, Severity::Error)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Rules that it lets nobody silence.
    pub fn no_suppress(self) -> Vec<Selector> {
        match self {
            Self::Release => selectors(NEVER_SUPPRESSED).collect(),
            _ => Vec::new(),
        }
    }

    /// What fails a run.
    pub fn fail_on(self) -> FailOn {
        match self {
            Self::Default => FailOn::Error,
            Self::Strict | Self::Release => FailOn::Warning,
        }
    }
}

fn selectors(names: &'static [&'static str]) -> impl Iterator<Item = Selector> {
    names.iter().filter_map(|name| Selector::parse(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::rules;

    #[test]
    fn every_name_is_one() {
        for name in STYLE.iter().chain(RELEASE_ERRORS).chain(NEVER_SUPPRESSED) {
            assert!(Selector::parse(name).is_some(), "{name}");
        }
        assert!(NAMES.iter().all(|name| Preset::parse(name).is_some()));
    }

    #[test]
    fn strict_runs_all_but_style_and_the_user_is_stronger() {
        let mut selection = Selection::default();
        Preset::Strict.extend(&mut selection);
        for rule in rules::all() {
            let style = STYLE.iter().any(|style| rule.code.starts_with(style));
            assert_eq!(selection.runs(rule), !style, "{}", rule.code);
        }
        selection.extend.extend(Selector::parse("SG790"));
        assert!(selection.runs(rules::find("SG790").expect("it is a rule")));
        selection.ignore.extend(Selector::parse("SG4"));
        assert!(!selection.runs(rules::find("SG401").expect("it is a rule")));
    }
}
