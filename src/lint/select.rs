//! Which rules run.

use super::{rule::Rule, rules, suppress::equivalents};

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
        let prefix = text.to_ascii_uppercase();
        // A name is spelt in one way, as in the schema of the settings.
        if let Some(rule) = rules::all().find(|rule| rule.code == prefix || rule.name == text) {
            return Some(Self::One(rule.code));
        }
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

/// What to do about a name that no rule has: ours that say the same as another linter's rule of this
/// name, else the rule that was probably meant.
pub fn meant(name: &str) -> String {
    let ours: Vec<String> = equivalents(name.trim()).map(|code| format!("`{code}`")).collect();
    match &ours[..] {
        [] => nearest(name).map_or_else(
            || "`sandgate rules` lists them all".to_owned(),
            |known| format!("did you mean `{known}`?"),
        ),
        [one] => format!("it is another linter's; ours that says the same is {one}"),
        all => format!("it is another linter's; ours that say the same are {}", all.join(" and ")),
    }
}

/// The rule that somebody meant by a name that nothing has; `None` where that cannot be said.
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.trim().to_ascii_lowercase();
    if let Some(digits) = name.strip_prefix("sg").filter(|rest| rest.len() <= CODE) {
        return nearest_code(digits);
    }
    let names = || rules::all().map(|rule| rule.name);
    // One that begins in the same way says more than one that looks alike.
    let mut longer = names().filter(|known| name.len() >= CODE && known.starts_with(&name));
    longer.next().filter(|_| longer.next().is_none()).or_else(|| {
        names()
            .map(|known| (strsim::damerau_levenshtein(&name, known), known))
            .filter(|(distance, _)| *distance <= 3 && distance * 3 <= name.len())
            .min()
            .map(|(_, known)| known)
    })
}

/// Nothing that is longer behind `SG` is meant as a code.
const CODE: usize = 4;

/// The code whose digits look like these, have two of them in another order, or differ in one: the first of these that
/// gives exactly one. Of several, none is likelier.
fn nearest_code(digits: &str) -> Option<&'static str> {
    let alike: String = digits
        .chars()
        .map(|c| match c {
            'o' | 'q' => '0',
            'i' | 'l' | '|' => '1',
            'z' => '2',
            's' => '5',
            'b' => '8',
            other => other,
        })
        .collect();
    let only = |is_near: &dyn Fn(&str) -> bool| {
        let mut near = rules::all().map(|rule| rule.code).filter(|code| is_near(&code[2..]));
        near.next().filter(|_| near.next().is_none())
    };
    let distance = |code: &str| strsim::osa_distance(code, &alike);
    // A swap is one change where swaps count as one, and two where they do not.
    let is_swap = |code: &str| distance(code) == 1 && strsim::levenshtein(code, &alike) == 2;
    only(&|code| code == alike)
        .or_else(|| only(&is_swap))
        .or_else(|| only(&|code| distance(code) == 1))
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
        for name in
            ["", "S", "SG99", "SG1011", "E501", "missing-sandbox", "Missing-Sandbox-Api", " SG1"]
        {
            assert_eq!(Selector::parse(name), None, "{name}");
        }
    }

    #[test]
    fn rules_of_other_linters_are_told_by_ours() {
        for (name, want) in [
            ("DL3007", "it is another linter's; ours that says the same is `SG402`"),
            ("dl3025", "it is another linter's; ours that say the same are `SG111` and `SG718`"),
            ("SG1O1", "did you mean `SG101`?"),
            ("DL9999", "`sandgate rules` lists them all"),
        ] {
            assert_eq!(meant(name), want, "{name}");
        }
    }

    #[test]
    fn only_what_was_plausibly_meant_is_suggested() {
        for (typed, want) in [
            ("mising-sandbox-api", Some("missing-sandbox-api")),
            ("Missing-Sandbox", Some("missing-sandbox-api")),
            ("something-else", None),
            ("root", None),
            // Letters that look like digits.
            ("SG1O1", Some("SG101")),
            ("sg4o6", Some("SG406")),
            ("SGl12", Some("SG112")),
            // Two digits in another order.
            ("SG041", Some("SG401")),
            // One digit is another, or one is too many, and only one code is that near.
            ("SG188", Some("SG108")),
            ("SG2088", Some("SG208")),
            ("SG4011", None),
            ("SG99", None),
            // Several codes are that near, and none is likelier.
            ("SG722", None),
            ("SG903", None),
            ("SG999", None),
            ("SG000", None),
            ("SG", None),
            ("E501", None),
        ] {
            assert_eq!(nearest(typed), want, "{typed}");
        }
    }
}
