//! What a GitHub workflow makes its matrices of.

use serde::Serialize;

use super::{
    Jobs,
    carried::{self, Uncarried},
    compact,
};
use crate::repo::affected::{Job, Plan, Planned, spread};

/// One output: a name, and a value on one line.
pub type Output = (String, String);

/// The outputs of a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs {
    /// They, in order.
    pub lines: Vec<Output>,
    /// What somebody should know.
    pub warnings: Vec<String>,
}

impl Outputs {
    /// As `GITHUB_OUTPUT` takes them. No value has a line end.
    pub fn text(&self) -> String {
        self.lines.iter().map(|(name, value)| format!("{name}={value}\n")).collect()
    }
}

#[derive(Serialize)]
struct Matrix<'a> {
    include: &'a [Row],
}

#[derive(Clone, Serialize)]
struct Row {
    image: String,
    path: String,
    wave: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    key: String,
    images: Vec<String>,
    paths: Vec<String>,
}

/// Bytes that the outputs of a job may have, counted as GitHub does, in UTF-16. A job maps one of the matrices.
const MOST: usize = 1_000_000;
/// Jobs that GitHub makes of a matrix.
const ROWS: usize = 256;
/// Longest reason in a row, in characters.
const REASON: usize = 200;

/// Bytes of `planned`, which a later job gets as a variable: Linux takes no longer one than 128 KiB.
const PLANNED: usize = 120_000;

/// `matrix` (all waves in one), `count`, `has-work`, `waves` (the matrices of the waves, as a list), `wave-count`, `planned`
/// (the images of each wave with their paths), and `matrix-N` and `has-wave-N` for each wave.
pub fn outputs(plan: &Plan, jobs: &Jobs) -> Result<Outputs, Uncarried> {
    let spread = spread(plan, jobs.most);
    let carried = carried::jobs(plan, spread.jobs(), &carried::all)?;
    let mut rows: Vec<Row> =
        carried.into_iter().map(|(job, paths)| row(plan, job, paths)).collect();
    let mut out = Outputs::default();
    if spread.largest > 1 {
        out.warnings.push(format!(
            "there are more images than {} jobs: a job builds up to {} of them, one after the other (`paths`)",
            jobs.most, spread.largest
        ));
    }
    if rows.len() > ROWS {
        out.warnings.push(format!(
            "`matrix` has {} rows, and GitHub makes at most {ROWS} jobs of one: give --max-jobs {ROWS}",
            rows.len()
        ));
    }
    out.lines = lines(plan, &rows);
    if too_large(&out.lines).is_some() {
        for row in &mut rows {
            (row.reason, row.digest) = (None, None);
        }
        out.lines = lines(plan, &rows);
        if let Some(name) = too_large(&out.lines) {
            return Err(Uncarried::TooLarge(name.to_owned()));
        }
        out.warnings.push(
            "the matrix would be larger than the megabyte that GitHub takes: rows have no `reason` and no `digest`".into(),
        );
    }
    Ok(out)
}

fn lines(plan: &Plan, rows: &[Row]) -> Vec<Output> {
    let matrix = |rows: &[Row]| compact(&Matrix { include: rows });
    let count: usize = plan.waves.iter().map(Vec::len).sum();
    let waves: Vec<Vec<Row>> = (0..plan.waves.len())
        .map(|wave| rows.iter().filter(|row| row.wave == wave).cloned().collect())
        .collect();
    let all: Vec<Matrix<'_>> = waves.iter().map(|rows| Matrix { include: rows }).collect();
    let mut out = vec![
        ("matrix".to_owned(), matrix(rows)),
        ("count".to_owned(), count.to_string()),
        ("has-work".to_owned(), (count > 0).to_string()),
        ("waves".to_owned(), compact(&all)),
        ("wave-count".to_owned(), waves.len().to_string()),
        ("planned".to_owned(), planned(plan)),
    ];
    // The first job of a workflow asks for the first wave, whether there is one or not.
    for wave in 0..waves.len().max(1) {
        let rows = waves.get(wave).map(Vec::as_slice).unwrap_or_default();
        out.push((format!("matrix-{wave}"), matrix(rows)));
        out.push((format!("has-wave-{wave}"), (!rows.is_empty()).to_string()));
    }
    out
}

/// The images of each wave, as `report` takes them; nothing where they are too many.
fn planned(plan: &Plan) -> String {
    let of = |index: &usize| {
        let image = &plan.images.get(*index)?.image;
        Some((image.name.as_str(), image.path.as_str()))
    };
    let waves: Vec<Vec<(&str, &str)>> =
        plan.waves.iter().map(|wave| wave.iter().filter_map(of).collect()).collect();
    let text = compact(&waves);
    if text.len() > PLANNED { String::new() } else { text }
}

fn row(plan: &Plan, job: &Job, paths: Vec<String>) -> Row {
    let planned = job.planned(plan);
    let images: Vec<String> = planned.iter().map(|one| one.image.name.clone()).collect();
    let alone = if let [one] = planned.as_slice() { Some(*one) } else { None };
    let reason = alone.map_or_else(|| format!("{} images", images.len()), Planned::reason);
    Row {
        image: alone.map_or_else(|| job.key.clone(), |one| one.image.name.clone()),
        path: paths.join("\n"),
        wave: job.wave,
        reason: Some(reason.chars().take(REASON).collect()),
        digest: alone.and_then(|one| one.image.digest.clone()),
        key: job.key.clone(),
        images,
        paths,
    }
}

/// The first output that is larger than GitHub takes.
fn too_large(lines: &[Output]) -> Option<&str> {
    let size = |(name, value): &Output| 2 * (name.len() + value.encode_utf16().count());
    lines.iter().find(|line| size(line) > MOST).map(|(name, _)| name.as_str())
}
