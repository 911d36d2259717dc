//! The one comment of a pull request, and the summary of a job: a table with a line for each image, and what belongs to
//! it.
//!
//! A comment is made from the rows that each job has left, from what this job knows, and from what the comment that is
//! there already tells of the others. Making it again from the same changes nothing. Texts are the repository's, a log's
//! or a stranger's: nothing of them is read as Markdown, HTML, a mention or a link.

mod cells;
mod detail;
mod found;
mod link;
mod state;
mod table;

use self::{cells::Cells, state::State};
use crate::record::leg::{Did, Leg};

pub use self::{found::lint, link::Links, state::Idle};

/// The most bytes of a comment; GitHub's limit is 65,536 characters.
pub const COMMENT: usize = 60_000;
/// The most bytes of a summary; GitHub's limit is 1 MiB a step.
pub const SUMMARY: usize = 900 << 10;

/// What one job has left of one image, as everybody can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The image.
    pub image: String,
    /// The commit that it is of.
    pub sha: String,
    /// What [`row`] made of it.
    pub text: String,
    /// How it stands.
    pub standing: Standing,
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

/// The row of a leg, at most 140 characters.
pub fn row(leg: &Leg) -> Row {
    let cells = Cells::of(leg);
    let sha = leg.commit.clone().unwrap_or_default();
    Row { image: key(leg), sha, text: cells.text(), standing: cells.standing }
}

/// What the name of a promotion's row ends in.
const PROMOTED: &str = ":promote";

/// What a row is kept under: promotions stand beside builds, and the check of a push beside the build of the same commit
/// for its pull request.
fn key(leg: &Leg) -> String {
    match leg.did {
        Did::Promote => format!("{}{PROMOTED}", leg.image),
        Did::Lint if leg.pull.is_none() => format!("{}:check", leg.image),
        Did::Lint | Did::Preview | Did::Push | Did::Deploy | Did::Cleanup => leg.image.clone(),
    }
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
    for level in state.level..=detail::LEVELS {
        let mut less = state.clone();
        less.shorten(level);
        let body = format!("{}\n{}", less.write(), Whole::new(&less, rows).show(page, level));
        if body.len() <= COMMENT {
            return Some(body);
        }
    }
    let mut least = state.clone();
    least.shorten(detail::LEVELS);
    Some(Whole::new(&least, rows).show(page, detail::LEVELS))
}

/// The summary of a job.
pub fn summary(page: &Page, own: &[Leg]) -> String {
    let mut state = State::default();
    state.add(own, None);
    let whole = Whole::new(&state, &[]);
    let mut text = String::new();
    for level in 0..=detail::LEVELS {
        text = whole.show(page, level);
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
    /// Promotions that only rows tell of.
    promotions: Vec<(String, Cells)>,
}

/// One image.
struct Line<'a> {
    image: String,
    cells: Cells,
    /// What is known of it beside.
    leg: Option<&'a Leg>,
}

impl Line<'_> {
    /// Whether what was built is gone.
    fn is_removed(&self) -> bool {
        self.leg.is_some_and(|leg| leg.did == Did::Cleanup)
    }
}

impl<'a> Whole<'a> {
    /// A row counts before what a comment says of the same image: only its own job writes it.
    fn new(state: &'a State, rows: &[Row]) -> Self {
        let builds = || state.legs.iter().filter(|leg| state::is_build(leg));
        let mut lines: Vec<Line<'a>> = builds()
            .map(|leg| Line { image: leg.image.clone(), cells: Cells::of(leg), leg: Some(leg) })
            .collect();
        // Those of another commit are an older run's, or a newer one's that tells of itself.
        let current = state.commit();
        let is_current = |row: &&Row| current.is_none_or(|sha| row.sha == sha);
        // Where there is nothing to build, no job of it has left one.
        let rows = if state.idle.is_some() { &[] } else { rows };
        for row in rows.iter().filter(|row| !row.image.contains(':')).filter(is_current) {
            let known = lines.iter_mut().find(|line| line.image == row.image);
            match known {
                Some(line) if line.cells.text() == row.text => (),
                Some(line) => {
                    line.cells = Cells::read(row);
                    line.leg = None;
                }
                None => lines.push(Line {
                    image: row.image.clone(),
                    cells: Cells::read(row),
                    leg: None,
                }),
            }
        }
        lines.sort_by(|a, b| a.image.cmp(&b.image));
        let promoted = |leg: &Leg, image: &str| leg.did == Did::Promote && leg.image == image;
        let untold = rows.iter().filter_map(|row| {
            let image = row.image.strip_suffix(PROMOTED)?;
            let told = state.legs.iter().any(|leg| promoted(leg, image));
            (!told).then(|| (image.to_owned(), Cells::read(row)))
        });
        let promotions = untold.collect();
        Self { state, lines, promotions }
    }

    fn is_wanted(&self, page: &Page) -> bool {
        let bad = self.lines.iter().any(|line| line.cells.standing == Standing::Bad)
            || self.state.legs.iter().any(|leg| Cells::of(leg).standing == Standing::Bad);
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
            out.push_str(&table::write(self, page, level));
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
