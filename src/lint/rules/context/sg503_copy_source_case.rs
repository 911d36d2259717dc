//! A COPY that spells a name in another case.

use crate::lint::{
    diagnostic::{Edit, Fix, Safety, Severity},
    facts::{Facts, Takes},
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG503",
    name: "copy-source-case",
    family: Family::Context,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG503.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for copy in &facts.copies {
        let Takes::OtherCase(real) = &copy.takes else { continue };
        let word = facts.file.source.slice(copy.span);
        let fixed = word
            .to_ascii_lowercase()
            .find(&copy.path.to_ascii_lowercase())
            .map(|at| format!("{}{real}{}", &word[..at], &word[at + real.len()..]));
        let draft = sink
            .report(
                facts.at(copy.span),
                format!("`{}` is called `{real}`", copy.written),
                "names are compared to the letter where the image is built, even if your own file system is not so strict: the build stops here",
            )
            .help(format!("write `{real}`"));
        let draft = if copy.needed { draft } else { draft.severity(Severity::Warning) };
        draft.maybe_fix(fixed.map(|text| Fix {
            title: format!("write `{real}`"),
            safety: Safety::Safe,
            edits: vec![Edit::Replace {
                file: facts.file.source.path().clone(),
                span: copy.span,
                text,
            }],
        }));
    }
}
