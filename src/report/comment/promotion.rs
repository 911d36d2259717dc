//! What the comment says of a promotion to one workspace, and the one line of text that it can be read from again: nothing of
//! it is lost where a comment has forgotten the job that promoted.

use super::{
    Row, Standing,
    cells::{BETWEEN, LONGEST, cut, said},
    link::Links,
};
use crate::{
    escape::{code, markdown},
    record::{
        leg::Leg,
        promotion::{self, Target},
        row::{Name, What},
    },
};

const BEFORE: &str = "before ";
/// The fewest characters that a verdict is told in.
const LEAST: usize = 50;

/// A promotion of one image to one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Promotion {
    pub(super) name: Name,
    pub(super) standing: Standing,
    /// What became of it; names in backquotes.
    what: String,
    /// `sandbox/NAME:TAG`, or nothing.
    reference: String,
    /// The tag that was promoted before, to go back to.
    previous: Option<String>,
    /// Where there is more, where only a row tells of it.
    url: Option<String>,
    /// What to do, where a leg tells of it: a row has no room for that.
    pub(super) help: Option<String>,
}

impl Promotion {
    /// Those of a leg: one for each workspace.
    pub(super) fn all(leg: &Leg) -> Vec<Self> {
        let reference = said(leg.reference.as_deref().unwrap_or_default());
        let help = leg.failure.as_ref().and_then(|failure| failure.help.clone());
        let of = |name, (standing, what): (Standing, String)| Self {
            name,
            standing,
            what: said(&what),
            reference: reference.clone(),
            previous: leg.previous.as_deref().map(said),
            url: None,
            help: help.clone().filter(|_| standing == Standing::Bad),
        };
        if leg.promoted.is_empty() {
            let why = leg.failure.as_ref().map_or("nobody knows why", |failure| &failure.cause);
            return vec![of(Name::of(leg), (Standing::Bad, format!("not promoted: {why}")))];
        }
        let one = |target| {
            let mut one = of(Name::of_target(leg, target), standing(target));
            one.help = one.help.or_else(|| accept(target));
            one
        };
        leg.promoted.iter().map(one).collect()
    }

    /// Reads what [`Self::text`] wrote, or what somebody else did.
    pub(super) fn read(name: Name, row: &Row) -> Self {
        let mut parts = row.text.split(BETWEEN);
        let what = parts.next().unwrap_or_default().to_owned();
        let (before, others): (Vec<&str>, Vec<&str>) =
            parts.partition(|part| part.starts_with(BEFORE));
        let previous = before.first().and_then(|part| part.strip_prefix(BEFORE));
        Self {
            name,
            standing: row.standing,
            what,
            reference: others.first().copied().unwrap_or_default().to_owned(),
            previous: previous.map(str::to_owned),
            url: row.url.clone(),
            help: None,
        }
    }

    /// As one line; less of the reason where it would be too long.
    pub(super) fn text(&self) -> String {
        let reference = (!self.reference.is_empty()).then(|| self.reference.clone());
        let previous = self.previous.as_ref().map(|tag| format!("{BEFORE}{tag}"));
        let rest = [reference, previous].into_iter().flatten();
        let rest: String = rest.map(|part| format!("{BETWEEN}{part}")).collect();
        let room = LONGEST.saturating_sub(rest.chars().count());
        // Where names leave no room for a verdict, it is told alone.
        let (rest, room) = if room < LEAST { (String::new(), LONGEST) } else { (rest, room) };
        format!("{}{rest}", cut(&self.what, room))
    }

    /// The workspace that it went to.
    pub(super) fn workspace(&self) -> &str {
        let What::Promotion(target) = &self.name.what else { return "" };
        target.rsplit('/').next().unwrap_or_default()
    }

    /// As a line of Markdown.
    pub(super) fn line(&self, links: &Links) -> String {
        let icon = match self.standing {
            Standing::Good => "🚀",
            Standing::Bad => "❌",
            Standing::Open => "⏳",
        };
        let image = &self.name.image;
        let what = if self.reference.is_empty() { image } else { &self.reference };
        let mut out = format!("{} → {icon} {}", code(what), markdown(&self.what));
        if let Some(previous) = &self.previous {
            let before = code(&format!("sandbox/{image}:{previous}"));
            out.push_str(&format!(". Before it was {before}: promote that to go back."));
        }
        if let Some(link) = self.url.as_ref().and_then(|url| links.more(url)) {
            out.push_str(&format!(" · {link}"));
        }
        out.push('\n');
        out
    }
}

/// Where an image went, and where it did not; `None` where it went everywhere, or was to go nowhere.
pub(super) fn partly(leg: &Leg) -> Option<String> {
    let names = |wanted| {
        let with = leg.promoted.iter().filter(|target| standing(target).0 == wanted);
        let names: Vec<String> = with.map(|target| format!("`{}`", target.workspace)).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let bad = names(Standing::Bad)?;
    let went = match names(Standing::Good) {
        Some(good) => format!("Promoted to {good}, not to {bad}"),
        None => format!("Not promoted to {bad}"),
    };
    let open = names(Standing::Open).map(|open| format!(", waits for approval for {open}"));
    Some(went + &open.unwrap_or_default())
}

/// What an admin of the other account has to do.
fn accept(target: &Target) -> Option<String> {
    let share = target.pending.as_ref().filter(|_| target.state == promotion::State::Waiting)?;
    Some(format!(
        "as an admin of the account that `{}` is of, accept it there with `sandgate image accept {share}`, or in the console",
        target.workspace
    ))
}

/// How it stands with a workspace.
fn standing(target: &Target) -> (Standing, String) {
    let workspace = &target.workspace;
    let why = target.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    match (target.state, target.verified) {
        (promotion::State::Shared | promotion::State::Already, Some(true)) => {
            (Standing::Good, format!("promoted to `{workspace}`, seen there"))
        }
        (promotion::State::Shared | promotion::State::Already, Some(false)) => {
            (Standing::Bad, format!("shared with `{workspace}`, not seen there{why}"))
        }
        (promotion::State::Shared | promotion::State::Already, None) => {
            (Standing::Good, format!("shared with `{workspace}`, not verified{why}"))
        }
        (promotion::State::Waiting, _) => {
            let account = target.account.as_ref().map(|account| format!("`{account}`"));
            let account = account.unwrap_or_else(|| "an admin".to_owned());
            let until = target.expires.as_ref().map(|at| format!(" until {at}"));
            let until = until.unwrap_or_default();
            (Standing::Open, format!("`{workspace}` waits for the approval of {account}{until}"))
        }
        (promotion::State::Unshared, _) => {
            (Standing::Good, format!("no longer shared with `{workspace}`"))
        }
        (promotion::State::Refused, _) => {
            (Standing::Bad, format!("refused for `{workspace}`{why}"))
        }
        (promotion::State::Failed, _) => {
            (Standing::Bad, format!("not shared with `{workspace}`{why}"))
        }
    }
}
