//! Which rules run.

use super::{rule::Rule, rules};

/// Rules by name, as `--select` and its like list them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// `ALL`.
    All,
    /// `default`: what runs when nothing is selected.
    Default,
    /// A family by its first digits: `SG`, `SG3`.
    Prefix(String),
    /// One rule, by code or name.
    One(&'static str),
}

impl Selector {
    /// Reads one; `None` where nothing has that name.
    pub fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("all") {
            return Some(Self::All);
        }
        if text.eq_ignore_ascii_case("default") {
            return Some(Self::Default);
        }
        if let Some(rule) = rules::find(text) {
            return Some(Self::One(rule.code));
        }
        let prefix = text.to_ascii_uppercase();
        let known =
            prefix.starts_with("SG") && rules::all().any(|rule| rule.code.starts_with(&prefix));
        known.then_some(Self::Prefix(prefix))
    }

    pub(super) fn matches(&self, rule: &Rule) -> bool {
        match self {
            Self::All => true,
            Self::Default => rule.default,
            Self::Prefix(prefix) => rule.code.starts_with(prefix.as_str()),
            Self::One(code) => rule.code == *code,
        }
    }

    /// How much it says: what names one rule beats what names a family, and that what names all.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::All | Self::Default => 0,
            Self::Prefix(prefix) => prefix.len(),
            Self::One(code) => code.len() + 1,
        }
    }
}

/// The name that comes closest to one that nothing has.
pub fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    rules::all()
        .flat_map(|rule| [rule.code, rule.name])
        .map(|known| (strsim::damerau_levenshtein(&name, &known.to_ascii_lowercase()), known))
        .filter(|(distance, _)| *distance <= 3)
        .min()
        .map(|(_, known)| known)
}

/// Which rules run: the default ones, unless it says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// What runs instead of the default rules.
    pub select: Option<Vec<Selector>>,
    /// What runs too.
    pub extend: Vec<Selector>,
    /// What does not run. It loses against a selector that says more: `select = ["SG404"]` beside
    /// `ignore = ["SG4"]` runs SG404.
    pub ignore: Vec<Selector>,
}

impl Selection {
    /// Whether the rule runs.
    pub fn runs(&self, rule: &Rule) -> bool {
        if self.extend.is_empty() && self.ignore.is_empty() {
            return match &self.select {
                Some(list) => list.iter().any(|selector| selector.matches(rule)),
                None => rule.default,
            };
        }
        let heaviest = |list: &[Selector]| {
            list.iter().filter(|selector| selector.matches(rule)).map(Selector::weight).max()
        };
        let base = match &self.select {
            Some(list) => heaviest(list),
            None => rule.default.then_some(0),
        };
        let wanted = base.max(heaviest(&self.extend));
        match (wanted, heaviest(&self.ignore)) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(wanted), Some(unwanted)) => wanted > unwanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<Selector> {
        let names = text.split(',').filter(|name| !name.is_empty());
        names.map(|name| Selector::parse(name).expect(name)).collect()
    }

    #[test]
    fn the_selector_that_says_most_wins() {
        for (select, extend, ignore, code, want) in [
            ("", "", "", "SG101", true),
            ("", "", "SG1", "SG101", false),
            ("", "", "sg101", "SG101", false),
            ("", "", "missing-sandbox-api", "SG101", false),
            ("", "SG101", "SG1", "SG101", true),
            ("SG4", "", "", "SG101", false),
            ("SG4", "", "", "SG401", true),
            ("SG4", "SG101", "", "SG101", true),
            ("ALL", "", "SG4", "SG401", false),
            ("ALL", "", "SG4", "SG101", true),
            ("default", "", "", "SG101", true),
            ("SG401", "", "SG4", "SG401", true),
            ("SG401", "", "SG401", "SG401", false),
            ("SG4", "", "all", "SG401", true),
        ] {
            let selection = Selection {
                select: (!select.is_empty()).then(|| list(select)),
                extend: list(extend),
                ignore: list(ignore),
            };
            let rule = rules::find(code).expect("it is a rule");
            assert_eq!(selection.runs(rule), want, "{select} | {extend} | {ignore}: {code}");
        }
    }

    #[test]
    fn rules_that_are_off_run_when_they_are_named() {
        let Some(off) = rules::all().find(|rule| !rule.default) else { return };
        assert!(!Selection::default().runs(off));
        assert!(!Selection { select: Some(list("default")), ..Selection::default() }.runs(off));
        for name in [off.code, off.name, "ALL"] {
            assert!(Selection { extend: list(name), ..Selection::default() }.runs(off), "{name}");
        }
    }

    #[test]
    fn what_nothing_is_called_is_no_selector() {
        for name in ["", "S", "SG99", "SG1011", "E501", "missing-sandbox"] {
            assert_eq!(Selector::parse(name), None, "{name}");
        }
        assert_eq!(nearest("mising-sandbox-api"), Some("missing-sandbox-api"));
        assert_eq!(nearest("SG1O1"), Some("SG101"));
        assert_eq!(nearest("something-else"), None);
    }
}
