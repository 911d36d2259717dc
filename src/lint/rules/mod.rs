//! Every rule. To add one: its file in its family's folder, its page in `rules/`, its line in the
//! family's `mod.rs`.

mod base;
mod brought;
mod cache;
mod context;
mod contract;
mod correctness;
mod manifest;
mod meta;
mod secrets;
mod security;

use super::{diagnostic::Severity, rule::Rule};

/// Declares the modules of a family and the slice of their rules; in brackets, the severities that a check gives to some
/// of its findings in place of the rule's own.
macro_rules! family {
    ($($name:ident $([$($also:ident)*])?)*) => {
        $(mod $name;)*
        /// The rules of the family, ordered by code.
        pub(super) static RULES: &[crate::lint::rule::Rule] = &[$($name::RULE),*];
        /// The severities of their findings beside the rules' own, in the same order.
        pub(super) static ALSO: &[&[crate::lint::diagnostic::Severity]] =
            &[$(&[$($(crate::lint::diagnostic::Severity::$also),*)?]),*];
    };
}
pub(crate) use family;

type Family = (&'static [Rule], &'static [&'static [Severity]]);

fn families() -> [Family; 9] {
    [
        (contract::RULES, contract::ALSO),
        (secrets::RULES, secrets::ALSO),
        (cache::RULES, cache::ALSO),
        (base::RULES, base::ALSO),
        (context::RULES, context::ALSO),
        (manifest::RULES, manifest::ALSO),
        (correctness::RULES, correctness::ALSO),
        (security::RULES, security::ALSO),
        (meta::RULES, meta::ALSO),
    ]
}

/// All rules, ordered by code.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    families().into_iter().flat_map(|(rules, _)| rules)
}

/// Every severity that findings of a rule can have, the gravest first.
pub fn severities(rule: &Rule) -> Vec<Severity> {
    let each = families().into_iter().flat_map(|(rules, also)| rules.iter().zip(also));
    let also = each.filter(|(one, _)| one.code == rule.code).flat_map(|(_, also)| also.iter());
    let mut all: Vec<Severity> = also.copied().chain([rule.severity]).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    all.dedup();
    all
}

/// The severities of a rule in words: "error, warning or info"; "off" for a rule that is not on by default.
pub fn weight(rule: &Rule) -> String {
    let names: Vec<&str> = severities(rule).into_iter().map(Severity::name).collect();
    match names.as_slice() {
        _ if !rule.default => "off".to_owned(),
        [most @ .., last] if !most.is_empty() => format!("{} or {last}", most.join(", ")),
        names => names.concat(),
    }
}

/// The rule with this code or name; case does not matter.
pub fn find(code_or_name: &str) -> Option<&'static Rule> {
    all().find(|rule| {
        rule.code.eq_ignore_ascii_case(code_or_name) || rule.name.eq_ignore_ascii_case(code_or_name)
    })
}
