//! How much of it all is told where not everything has room: one thing after the other is left out, what failed last.

/// How much is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Brief {
    /// Findings, over all images: those of images that failed in front.
    pub(super) findings: usize,
    /// Images whose failure is told in full.
    pub(super) failures: usize,
    /// Last lines of the log of each of these.
    pub(super) log: usize,
    /// Lines of the table: images that failed in front.
    pub(super) images: usize,
    /// Promotions, one a line.
    pub(super) promotions: usize,
    /// Whether earlier commits are told of.
    pub(super) past: bool,
    /// Whether what merging does is told of each image; the verdict tells of all.
    pub(super) merging: bool,
    /// Whether images and commits in the table lead to their pages.
    pub(super) links: bool,
}

/// Everything, and what is left step by step. Only counts are cut, whatever the length of texts: so jobs that write at once come
/// to the same.
const STEPS: [Brief; 9] = [
    WHOLE,
    Brief { findings: 60, failures: 30, ..WHOLE },
    Brief { findings: 20, failures: 20, log: 10, past: false, ..WHOLE },
    Brief { findings: 0, failures: 20, ..FEW },
    Brief { merging: false, ..FEW },
    TABLE,
    Brief { failures: 3, log: 5, promotions: 60, ..TABLE },
    Brief { failures: 1, log: 5, images: 200, promotions: 40, ..TABLE },
    Brief { failures: 0, log: 0, images: 100, promotions: 20, ..TABLE },
];
const WHOLE: Brief = Brief {
    findings: 200,
    failures: 50,
    log: 20,
    images: 400,
    promotions: 200,
    past: true,
    merging: true,
    links: true,
};
const FEW: Brief =
    Brief { findings: 0, failures: 10, log: 10, promotions: 100, past: false, ..WHOLE };
/// The table before all.
const TABLE: Brief = Brief { failures: 5, merging: false, links: false, ..FEW };

/// The last step.
pub(super) const LAST: usize = STEPS.len() - 1;

impl Brief {
    /// What a step tells.
    pub(super) fn of(step: usize) -> Self {
        STEPS[step.min(LAST)]
    }
}
