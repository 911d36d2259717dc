//! A runtime or a distribution that gets no more security fixes.

use jiff::civil::Date;

use super::bases::{self, BaseImage};
use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::image::{
        eol::{self, Life},
        family::{self, Release},
        siblings,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG403",
    name: "end-of-life-base",
    family: Family::Base,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG403.md"),
    check,
};

const WHY: &str = "holes found since then stay open in every sandbox that is made from this image";

const MOVED: &str = "the build ends at its first step with \"not found\": of versions, Docker Hub has none left here";

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for base in bases::used(facts) {
        if let Some(frozen) = family::frozen(base.image) {
            let name = base.image.name();
            let (what, why) = if frozen.moved {
                let text = &base.text;
                (format!("`{text}` was moved away from `{name}`"), MOVED)
            } else {
                (format!("`{name}` is deprecated and no longer rebuilt"), WHY)
            };
            let draft = sink.report(base.at(facts), what, why).help(format!(
                "use {} (as of {})",
                frozen.instead,
                siblings::TABLE_DATE
            ));
            base.relate_args(facts, draft);
            continue;
        }
        for release in family::releases(base.image) {
            if let Some(life) = eol::of(release.product, &release.version) {
                judge(facts, &base, &release, &life, sink);
            }
        }
    }
}

fn judge(
    facts: &Facts<'_>,
    base: &BaseImage<'_>,
    release: &Release,
    life: &Life,
    sink: &mut Sink<'_>,
) {
    let over = |end: Option<Date>| end.is_none_or(|end| end < facts.today);
    let name = || format!("{} {}", release.title, life.cycle);
    let draft = if over(life.last) {
        let name = name();
        let what = match life.last {
            Some(end) => format!("{name} in `{}` has had no security fixes since {end}", base.text),
            None => format!("{name} in `{}` gets no security fixes any more", base.text),
        };
        sink.report(base.at(facts), what, WHY)
    } else if let Some(end) = life.last
        && over(life.regular)
        && bases::is_final(facts, base.stage)
    {
        let name = name();
        let ended = life.regular.map_or_else(|| "is over".into(), |day| format!("ended {day}"));
        sink.report(
            base.at(facts),
            format!(
                "regular support of {name} in `{}` {ended}; long-term support ends {end}",
                base.text
            ),
            "long-term support mends less, and from its end on holes stay open in every sandbox that is made from this image",
        )
        .severity(Severity::Info)
    } else {
        return;
    };
    let draft =
        draft.help(format!("move to a supported release (ends of life as of {})", eol::TABLE_DATE));
    base.relate_args(facts, draft);
}
