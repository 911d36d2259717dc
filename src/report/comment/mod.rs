//! The one comment of a pull request, and the summary of a job: a table with a line for each image, and what belongs to
//! it.
//!
//! A comment is made from the rows that each job has left, from what this job knows, and from what the comment that is
//! there already tells of the others. Making it again from the same changes nothing. Texts are the repository's, a log's
//! or a stranger's: nothing of them is read as Markdown, HTML, a mention or a link.

mod brief;
mod cells;
mod detail;
mod found;
mod gitlab;
mod link;
mod promotion;
mod state;
mod table;

use std::collections::BTreeMap;

use self::{brief::Brief, cells::Cells, promotion::Promotion, state::State};
use crate::{
    escape::code,
    record::{
        leg::{Did, Leg},
        row::{Name, What},
    },
};

pub use self::{found::lint, gitlab::note, link::Links, state::Idle};

/// The most bytes of a comment; GitHub's limit is 65,536 characters.
pub const COMMENT: usize = 60_000;
/// The most bytes of a summary; GitHub's limit is 1 MiB a step.
pub const SUMMARY: usize = 900 << 10;

/// What one job has left of one image, as everybody can read it. Rows are told in the order in which they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is called: [`Name`], as it is written.
    pub name: String,
    /// The commit that it is of.
    pub sha: String,
    /// What [`rows`] or [`Row::short`] made of it.
    pub text: String,
    /// The pull request that it is of, where it is of one: several may have one newest commit.
    pub pull: Option<u64>,
    /// How it stands.
    pub standing: Standing,
    /// Where there is more.
    pub url: Option<String>,
}

impl Row {
    /// A text as long as a status takes one.
    pub fn short(text: &str) -> String {
        cells::cut(text, cells::LONGEST)
    }

    /// What a status of the commit says: the text, and behind it the pull request, where there is room.
    pub fn description(&self) -> String {
        let whole = self.pull.map(|number| format!("{}{}#{number}", self.text, cells::BETWEEN));
        let whole = whole.filter(|whole| whole.chars().count() <= cells::LONGEST);
        whole.unwrap_or_else(|| self.text.clone())
    }

    /// The text and the pull request that a description was made of.
    pub fn described(description: &str) -> (&str, Option<u64>) {
        let parts = description.rsplit_once(cells::BETWEEN);
        let parts = parts.and_then(|(text, last)| Some((text, last.strip_prefix('#')?)));
        let read = parts.and_then(|(text, number)| Some((text, number.parse().ok()?)));
        read.map_or((description, None), |(text, number)| (text, Some(number)))
    }
}

/// How an image stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As it should be.
    Good,
    /// It failed, or was refused.
    Bad,
    /// It is not decided yet.
    Open,
}

/// What a report is for.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Where links lead.
    pub links: Links,
    /// Whether a comment is to tell only what somebody has to know: one where all is well and nothing was built is not
    /// made.
    pub quiet: bool,
    /// Whether it is made only where something is bad.
    pub failures_only: bool,
    /// The run that found no image to build, where it is this one.
    pub idle: Option<Idle>,
}

/// The rows of a leg, each at most 140 characters: of a promotion one for each workspace, else one.
pub fn rows(leg: &Leg) -> Vec<Row> {
    let sha = leg.commit.clone().unwrap_or_default();
    let of = |name: &Name, text, standing| Row {
        name: name.to_string(),
        sha: sha.clone(),
        text,
        // A promotion is of a merge, and told wherever the commit is.
        pull: leg.pull.filter(|_| leg.did != Did::Promote),
        standing,
        url: leg.run.url.clone(),
    };
    if leg.did == Did::Promote {
        let all = Promotion::all(leg);
        return all.iter().map(|one| of(&one.name, one.text(), one.standing)).collect();
    }
    let cells = Cells::of(leg);
    vec![of(&Name::of(leg), cells.text(), cells.standing)]
}

/// What became of a leg in one line of at most 140 characters, and how it stands.
pub fn verdict(leg: &Leg) -> (String, Standing) {
    let cells = Cells::of(leg);
    (cells.text(), cells.standing)
}

/// The comment. `None` where there is none yet, and none is to be made.
pub fn comment(page: &Page, own: &[Leg], rows: &[Row], there: Option<&str>) -> Option<String> {
    let mut state = there.map(State::read).unwrap_or_default();
    state.add(own, page.idle.as_ref());
    let whole = Whole::new(&state, rows);
    if there.is_none() && !whole.is_wanted(page) {
        return None;
    }
    // One that was shortened once stays short for its commit: else each job would write its own at full length, and
    // shorten those of the others.
    let mut shown = String::new();
    for level in state.level..=brief::LAST {
        let mut less = state.clone();
        less.shorten(level);
        shown = Whole::new(&less, rows).show(page, level);
        if let Some(memory) = less.write()
            && memory.len() + 1 + shown.len() <= COMMENT
        {
            return Some(format!("{memory}\n{shown}"));
        }
    }
    Some(shown)
}

/// What became of the legs of a job, in one line: of one leg all of it, of many the counts.
pub fn title(legs: &[Leg]) -> String {
    if let [one] = legs {
        return verdict(one).0;
    }
    let mut state = State::default();
    state.add(legs, None);
    table::verdict(&Whole::new(&state, &[]), |name| format!("`{name}`")).1
}

/// The summary of a job.
pub fn summary(page: &Page, own: &[Leg]) -> String {
    let mut state = State::default();
    state.add(own, None);
    let mut text = String::new();
    for level in 0..=brief::LAST {
        let mut less = state.clone();
        less.shorten(level);
        text = Whole::new(&less, &[]).show(page, level);
        if text.len() <= SUMMARY {
            break;
        }
    }
    text
}

/// Everything that is told, in order.
struct Whole<'a> {
    state: &'a State,
    lines: Vec<Line<'a>>,
    promotions: Vec<Promotion>,
}

/// One image.
struct Line<'a> {
    name: Name,
    cells: Cells,
    /// What is known of it beside.
    leg: Option<&'a Leg>,
    /// The row, where only that tells of it.
    row: Option<&'a Row>,
}

impl Line<'_> {
    /// Whether what was built is gone.
    fn is_removed(&self) -> bool {
        self.leg.is_some_and(|leg| leg.did == Did::Cleanup) || self.row.is_some_and(is_removal)
    }

    /// Whether a signal ended it: nobody knows how it would have ended.
    fn is_cancelled(&self) -> bool {
        self.cells.standing == Standing::Bad && self.cells.status.starts_with(cells::CANCELLED)
    }

    /// Whether nothing is built of it.
    fn is_check(&self) -> bool {
        match self.leg {
            Some(leg) => leg.did == Did::Lint,
            None => self.cells.status == cells::CHECKED,
        }
    }

    /// Whether what was built is gone, or it was never more than a check.
    fn is_over(&self) -> bool {
        self.is_removed() || self.is_check()
    }
}

/// Whether a row is of a removal.
fn is_removal(row: &Row) -> bool {
    Name::read(&row.name).is_some_and(|name| name.what == What::Removal)
}

impl<'a> Whole<'a> {
    /// A row counts before what a comment says of the same: only its own job writes it.
    fn new(state: &'a State, rows: &'a [Row]) -> Self {
        let legs = || state.legs.iter();
        let mut lines: Vec<Line<'a>> = legs()
            .filter(|leg| state::is_build(leg))
            .map(|leg| Line {
                name: Name::of(leg).built(),
                cells: Cells::of(leg),
                leg: Some(leg),
                row: None,
            })
            .collect();
        let mut promotions: Vec<Promotion> = Vec::new();
        let mut promoted: Vec<&Leg> = legs().filter(|leg| !state::is_build(leg)).collect();
        // Of several to one workspace the newest counts.
        promoted.sort_by_key(|leg| state::age(leg));
        for one in promoted.into_iter().flat_map(Promotion::all) {
            promotions.retain(|known| known.name != one.name);
            promotions.push(one);
        }
        // Those of another commit are an older run's, or a newer one's that tells of itself.
        let current = state.commit();
        let is_current = |row: &Row| current.is_none_or(|sha| row.sha == sha);
        // Of a build and its removal the later one counts.
        let mut newest: BTreeMap<Name, &Row> = BTreeMap::new();
        for row in rows {
            let Some(name) = Name::read(&row.name) else { continue };
            // What a job without a record began is over, and that it was good nobody knows.
            let unrecorded = row.standing != Standing::Bad
                && legs().any(|leg| leg.is_unrecorded() && Name::of(leg).image == name.image);
            let counts = match name.what {
                What::Check => false,
                What::Build if unrecorded => false,
                What::Build | What::Removal => is_current(row),
                What::Promotion(_) => true,
            };
            if counts {
                newest.insert(name.built(), row);
            }
        }
        for (name, row) in newest {
            match name.what {
                What::Check | What::Build | What::Removal => {
                    let is_told =
                        |line: &Line<'_>| line.name == name && line.cells.text() == row.text;
                    if !lines.iter().any(is_told) {
                        lines.retain(|line| line.name != name);
                        let mut cells = Cells::read(row);
                        if is_removal(row) && cells.standing == Standing::Good {
                            cells.icon = cells::REMOVED;
                        }
                        lines.push(Line { name, cells, leg: None, row: Some(row) });
                    }
                }
                What::Promotion(_) => {
                    let is_told =
                        |known: &Promotion| known.name == name && known.text() == row.text;
                    if !promotions.iter().any(is_told) {
                        promotions.retain(|known| known.name != name);
                        promotions.push(Promotion::read(name, row));
                    }
                }
            }
        }
        lines.sort_by(|a, b| a.name.cmp(&b.name));
        promotions.sort_by(|a, b| a.name.cmp(&b.name));
        Self { state, lines, promotions }
    }

    /// What a line is headed by: the image, and its workspace where the image has several lines.
    fn title(&self, line: &Line<'_>) -> String {
        let same = self.lines.iter().filter(|other| other.name.image == line.name.image).count();
        match &line.name.workspace {
            Some(workspace) if same > 1 => {
                format!("{} in {}", code(&line.name.image), code(workspace))
            }
            _ => code(&line.name.image),
        }
    }

    fn is_wanted(&self, page: &Page) -> bool {
        let bad = self.lines.iter().any(|line| line.cells.standing == Standing::Bad)
            || self.promotions.iter().any(|one| one.standing == Standing::Bad);
        if page.failures_only {
            return bad;
        }
        let told = |leg: &Leg| {
            leg.did != Did::Cleanup
                && (leg.did != Did::Lint
                    || leg.lint.errors + leg.lint.warnings > 0
                    || leg.skipped.is_some())
        };
        !page.quiet || bad || self.state.legs.iter().any(told)
    }

    fn show(&self, page: &Page, level: usize) -> String {
        let mut out = table::heading(self);
        out.push('\n');
        if !self.lines.is_empty() {
            out.push_str(&table::write(self, page, Brief::of(level)));
            out.push('\n');
        }
        for section in detail::sections(self, page, level) {
            out.push_str(&section);
            out.push('\n');
        }
        out.push_str(&detail::footer(self.state, page));
        out.push('\n');
        out
    }
}

#[cfg(test)]
mod tests;
