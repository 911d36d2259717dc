//! Writing one text among those of others until it says what is to be said, on any forge.

use std::time::Duration;

use tokio::time::Instant;

use super::own::{self, DOUBTS, Own, Post};
use crate::ship::forge::{
    Pace,
    exchange::{Hindrance, Reply},
};

/// How often a job keeps apart from others before it writes, and how much wider each time.
const KEPT: u32 = 3;
const WIDER: u32 = 4;
/// How often a job that stood still looks again before it writes.
const STOOD: u32 = 2;

/// When a job gives up. The client's deadline holds, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Most writes.
    pub writes: u32,
    /// Most looks.
    pub looks: u32,
    /// The longest that it may last.
    pub within: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { writes: 6, looks: 24, within: Duration::from_mins(4) }
    }
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The text, if there is one.
    pub id: Option<u64>,
    /// Its page, where the forge says which that is.
    pub url: Option<String>,
    /// How often this job wrote (made, changed or deleted a text).
    pub written: u32,
    /// Whether it said at the last look what was to be said.
    pub settled: bool,
    /// The login that turned out to write, where another was expected.
    pub author: Option<String>,
}

/// Where the text is.
pub(in crate::ship::forge) trait Place {
    type Post: Post;
    /// What the text is made of, beside what is there.
    type Rows;
    type Fault: Hindrance;
    /// Most characters of a text.
    const LONGEST: usize;

    fn pace(&self) -> Pace;
    /// Who else may write, where that is known before the first look.
    fn others(&self) -> Option<Others>;
    /// Sleeps, but not past the deadline; false where there is no time left for it.
    async fn sleep(&self, pause: Duration) -> bool;
    /// The text as it is.
    async fn look(&mut self, own: &mut Own<'_>) -> Result<Option<Self::Post>, Self::Fault>;
    async fn rows(&self) -> Result<Self::Rows, Self::Fault>;
    /// How many jobs may write.
    fn jobs(&self, rows: &Self::Rows) -> usize;
    async fn make(&mut self, body: &str) -> Result<Reply<Self::Post, Self::Fault>, Self::Fault>;
    /// `None` where it is not there any more.
    async fn change(&mut self, id: u64, body: &str) -> Result<Option<Self::Post>, Self::Fault>;
    async fn delete(&mut self, id: u64) -> Result<(), Self::Fault>;
    /// A text of so many characters cannot be sent.
    fn too_long(length: usize) -> Self::Fault;
}

/// Makes a text of the rows and of the text that is there.
pub(in crate::ship::forge) type Render<'a, R> = dyn FnMut(&R, Option<&str>) -> Option<String> + 'a;

/// Who may write at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ship::forge) struct Others {
    /// How many jobs, this one among them.
    pub(in crate::ship::forge) jobs: usize,
    /// How long a look takes while they are at work.
    pub(in crate::ship::forge) look: Duration,
}

/// Brings the text of a key to what `render` makes of it.
pub(in crate::ship::forge) async fn write<P: Place>(
    place: &mut P,
    key: &str,
    bounds: Bounds,
    render: &mut Render<'_, P::Rows>,
) -> Result<Outcome, P::Fault> {
    let pace = place.pace();
    let others = match place.others() {
        Some(others) => others,
        None => {
            let begun = Instant::now();
            let rows = place.rows().await?;
            Others { jobs: place.jobs(&rows), look: begun.elapsed() }
        }
    };
    let mut job = Job {
        place,
        bounds,
        until: Instant::now() + bounds.within,
        own: Own::new(key),
        span: pace.span(others.jobs).max(Pace::needed(others.jobs, others.look)),
        kept: 0,
        stood: 0,
        doubts: 0,
        outcome: Outcome::default(),
    };
    job.sleep(job.span.mul_f64(fastrand::f64())).await;
    let mut trouble = None;
    for number in 1..=bounds.looks {
        let begun = Instant::now();
        let step = match job.step(render).await {
            Ok(step) => {
                trouble = None;
                step
            }
            Err(fault) if fault.passes() => {
                // A write whose answer was lost is looked after no sooner than another.
                let lost = || pace.retry(number) + pace.settled(begun.elapsed());
                let pause = fault.limit().unwrap_or_else(lost);
                trouble = Some(fault);
                job.span = Duration::ZERO;
                Step::Again(pause)
            }
            Err(fault) => return Err(fault),
        };
        match step {
            Step::Done => {
                job.outcome.settled = true;
                return Ok(job.outcome);
            }
            Step::Stop => break,
            Step::Again(pause) => {
                if !job.sleep(pause).await {
                    break;
                }
            }
        }
    }
    trouble.map_or(Ok(job.outcome), Err)
}

/// What is next.
enum Step {
    Done,
    /// As often as is allowed was written.
    Stop,
    /// Look again, after a pause.
    Again(Duration),
}

/// One job at its work on the text.
struct Job<'a, P> {
    place: &'a mut P,
    bounds: Bounds,
    until: Instant,
    own: Own<'a>,
    /// Within which it kept apart from others, since it wrote last.
    span: Duration,
    /// How often it did.
    kept: u32,
    /// How often it stood still, since it wrote last.
    stood: u32,
    /// How often it still has to look before it makes the text again.
    doubts: u32,
    outcome: Outcome,
}

impl<P: Place> Job<'_, P> {
    /// Sleeps, but past no end; false where there is no time left for it.
    async fn sleep(&self, pause: Duration) -> bool {
        Instant::now() + pause < self.until && self.place.sleep(pause).await
    }

    /// A look, and the write that it calls for.
    async fn step(&mut self, render: &mut Render<'_, P::Rows>) -> Result<Step, P::Fault> {
        let pace = self.place.pace();
        let begun = Instant::now();
        let rows = self.place.rows().await?;
        let took = begun.elapsed();
        // The look is the last thing before the write: what others tell beside their rows is nowhere else.
        let looked = Instant::now();
        let there = self.look().await?;
        let Some(wanted) = self.wanted(there.as_ref(), &rows, render) else {
            return self.tidy().await.map(|()| Step::Done);
        };
        if there.is_none() && self.doubts > 0 {
            self.doubts -= 1;
            return Ok(Step::Again(pace.settle()));
        }
        if self.outcome.written >= self.bounds.writes {
            return self.tidy().await.map(|()| Step::Stop);
        }
        if let Some(pause) = self.apart(self.place.jobs(&rows), begun.elapsed()) {
            return Ok(Step::Again(pause));
        }
        // Who wrote meanwhile may have looked after it, and nobody else would know of it.
        if looked.elapsed() > pace.fresh(took) && self.stood < STOOD {
            self.stood += 1;
            return Ok(Step::Again(Duration::ZERO));
        }
        let marked = there.as_ref().and_then(|post| self.own.marked(post));
        match (&there, marked.map(|marked| marked.line.to_owned())) {
            (Some(post), Some(line)) => self.change(post.id(), &line, &wanted).await?,
            _ => self.make(&wanted).await?,
        }
        self.span = Duration::ZERO;
        self.kept = 0;
        self.stood = 0;
        // Who looked before this write, and writes after it, has done so before the next look.
        Ok(Step::Again(pace.settled(looked.elapsed())))
    }

    /// The text as it is.
    async fn look(&mut self) -> Result<Option<P::Post>, P::Fault> {
        let there = self.place.look(&mut self.own).await?;
        self.outcome.id = there.as_ref().map(Post::id);
        self.outcome.url = there.as_ref().and_then(Post::url);
        Ok(there)
    }

    /// What is to be written; `None` where there is nothing to say that is not there.
    fn wanted(
        &self,
        there: Option<&P::Post>,
        rows: &P::Rows,
        render: &mut Render<'_, P::Rows>,
    ) -> Option<String> {
        let text = there.and_then(|post| self.own.marked(post)).map(|marked| marked.text);
        let wanted = render(rows, text)?;
        (!text.is_some_and(|text| self.own.says(text, &wanted))).then_some(wanted)
    }

    /// The pause that keeps this job apart from others before it writes; `None` where it has kept apart.
    fn apart(&mut self, jobs: usize, look: Duration) -> Option<Duration> {
        let least = self.place.pace().span(jobs);
        let needed = Pace::needed(jobs, look).max(least);
        if self.span >= needed || self.kept == KEPT {
            return None;
        }
        // Looks are slow where many look at once: a longer span makes them faster.
        self.span = needed.min((self.span * WIDER).max(least));
        self.kept += 1;
        Some(self.span.mul_f64(fastrand::f64()))
    }

    async fn make(&mut self, text: &str) -> Result<(), P::Fault> {
        let body = own::body(&self.own.line(), text, P::LONGEST).map_err(P::too_long)?;
        let answer = self.place.make(&body).await;
        let fault = match answer {
            Ok(Reply::Answer(post)) => {
                self.outcome.written += 1;
                self.own.remember(text, &post);
                return Ok(());
            }
            Ok(Reply::Unsure(fault)) | Err(fault) => fault,
        };
        if fault.limit().is_none() {
            self.outcome.written += 1;
            self.doubts = DOUBTS;
        }
        Err(fault)
    }

    async fn change(&mut self, id: u64, line: &str, text: &str) -> Result<(), P::Fault> {
        let body = own::body(line, text, P::LONGEST).map_err(P::too_long)?;
        let answer = self.place.change(id, &body).await;
        if !answer.as_ref().is_err_and(|fault| fault.limit().is_some()) {
            self.outcome.written += 1;
        }
        if let Some(post) = answer? {
            self.own.remember(text, &post);
        }
        Ok(())
    }

    /// Deletes what was made beside the text.
    async fn tidy(&mut self) -> Result<(), P::Fault> {
        while let Some(id) = self.own.duplicates.pop() {
            self.place.delete(id).await?;
            self.outcome.written += 1;
        }
        Ok(())
    }
}
