//! Every rule. To add one: its file in its family's folder, its page in `rules/`, its line in the
//! family's `mod.rs`.

mod base;
mod cache;
mod context;
mod contract;
mod correctness;
mod manifest;
mod meta;
mod secrets;
mod security;

use super::rule::Rule;

/// Declares the modules of a family and the slice of their rules.
macro_rules! family {
    ($($name:ident)*) => {
        $(mod $name;)*
        /// The rules of the family, ordered by code.
        pub(super) static RULES: &[crate::lint::rule::Rule] = &[$($name::RULE),*];
    };
}
pub(crate) use family;

/// All rules, ordered by code.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [
        contract::RULES,
        secrets::RULES,
        cache::RULES,
        base::RULES,
        context::RULES,
        manifest::RULES,
        correctness::RULES,
        security::RULES,
        meta::RULES,
    ]
    .into_iter()
    .flatten()
}

/// The rule with this code or name; case does not matter.
pub fn find(code_or_name: &str) -> Option<&'static Rule> {
    all().find(|rule| {
        rule.code.eq_ignore_ascii_case(code_or_name) || rule.name.eq_ignore_ascii_case(code_or_name)
    })
}
