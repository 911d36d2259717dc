//! A final image on the full variant where a smaller one is published.

use super::{bases, needs};
use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::image::{
        looked_up::megabytes,
        siblings,
        sizes::{self, Size},
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG404",
    name: "smaller-variant-exists",
    family: Family::Base,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG404.md"),
    check,
};

/// Below this saving, in bytes, there is nothing to say.
const NOTABLE: u64 = 15_000_000;
/// Above this saving, in bytes, it is more than advice.
const LARGE: u64 = 100_000_000;

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(base) = bases::of_final(facts) else { return };
    let (Some(name), Some(tag)) = (base.image.official(), base.image.tag.as_deref()) else {
        return;
    };
    let slim = siblings::slim(name, tag);
    let same_libc = slim.is_some();
    let Some(small) = slim.or_else(|| siblings::alpine(name, tag)) else { return };
    let small_name = format!("{}:{small}", base.image.name());
    // both figures from one source: they are compared
    // nobody here knows the digest of the variant, nor how old the image of this one is
    let pinned = base.image.digest.is_some();
    let shown = if pinned { format!("{}:{tag}", base.image.name()) } else { base.text.to_owned() };
    let told = facts.told(base.text).zip(facts.told(&small_name)).filter(|_| !pinned);
    let (now, then, origin) = match told {
        Some((now, then)) => (now.bytes(), then.bytes(), "from the registry".to_owned()),
        None => {
            let Some(now) = sizes::of(name, tag) else { return };
            let Some(then) = sizes::of(name, &small) else { return };
            (now.bytes, then.bytes, origin(now, then))
        }
    };
    let saving = now.saturating_sub(then);
    if saving < NOTABLE {
        return;
    }
    let needs = needs::of_final(facts, name);
    // another libc and another package manager: only where nothing is installed from it
    if needs.tools || (!same_libc && needs.packages) {
        return;
    }
    let certain = same_libc && !pinned && !needs.compiles && saving > LARGE;
    let draft = sink
        .report(
            base.at(facts),
            format!(
                "`{shown}` is {} to download, `{small_name}` {}",
                megabytes(now),
                megabytes(then)
            ),
            format!(
                "the rest is {} that the sandbox pulls and stores; \
                 compressed, linux/amd64, {origin}",
                if name == "debian" {
                    "manual pages and translations"
                } else {
                    "compilers and libraries"
                }
            ),
        )
        .severity(if certain { Severity::Warning } else { Severity::Info })
        .help(if same_libc {
            let digest = if pinned { " with its digest" } else { "" };
            format!("use `{small_name}`{digest}, and install what you need by name")
        } else {
            format!("`{small_name}` would do if everything in the image runs with musl")
        });
    let draft = draft.maybe_fix(base.retag(facts, &small).filter(|_| same_libc && !needs.compiles));
    base.relate_args(facts, draft);
}

/// Where the two figures come from.
fn origin(now: Size, then: Size) -> String {
    let date = now.date.min(then.date);
    let how = if now.estimated || then.estimated { "estimated" } else { "recorded" };
    if now.exact && then.exact {
        format!("{how} {date}")
    } else {
        format!("of the release line, {how} {date}")
    }
}
