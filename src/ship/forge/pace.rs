//! How long everything takes that is waited for.

use std::time::Duration;

/// The spans of a client. The defaults are for GitHub; something nearer may be faster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// The longest pause before the first retry. It doubles with each try, up to eight times this.
    pub retry: Duration,
    /// The longest wait for one answer.
    pub answer: Duration,
    /// How long what was written takes to be seen by whoever reads.
    pub settle: Duration,
    /// How far the legs of a run keep apart before they write the same comment, for each leg. Where looks are slow it is more.
    pub apart: Duration,
    /// How long a second of the server's is: 1, but for a server whose time runs faster.
    pub second: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            retry: Duration::from_secs(1),
            answer: Duration::from_secs(30),
            settle: Duration::from_secs(2),
            apart: Duration::from_millis(250),
            second: 1.0,
        }
    }
}

/// Legs beyond these keep no further apart.
const LEGS: usize = 40;
/// A look that takes longer met something on the way.
const SLOWEST: Duration = Duration::from_secs(2);
/// How many legs may make the same write, about.
const FEW: u32 = 4;

/// What GitHub lets a token write in a minute.
const WRITES: usize = 80;
/// How much a leg writes at its end: its row, a deployment that ends and the one before it, the comment, which may need it twice.
const AT_END: usize = 5;
/// Legs that begin beyond these make no deployment before their end: each would be two writes more in that minute.
const BEGIN: usize = 20;
/// How long a leg keeps between its writes for each leg that ends in the same minute, in [`Pace::apart`]: of forty each then
/// writes once a minute, and what they write at the very beginning fits in, too.
const BETWEEN: u32 = 6;

impl Pace {
    /// Whether so many legs that began in the same minute can begin deployments, too.
    pub fn begins(legs: usize) -> bool {
        legs <= BEGIN
    }

    /// The pause before each further write of a leg where so many end in the same minute.
    pub(in crate::ship::forge) fn between(&self, legs: usize) -> Duration {
        if legs * AT_END <= WRITES {
            return Duration::ZERO;
        }
        let legs = u32::try_from(legs.min(LEGS)).unwrap_or_default();
        (self.apart * BETWEEN * legs).mul_f64(0.5 + fastrand::f64())
    }

    /// The pause before try `number` (from 1) is made again: full jitter over a doubling span.
    pub(in crate::ship::forge) fn retry(&self, number: u32) -> Duration {
        let span = self.retry * (1 << number.saturating_sub(1).min(3));
        span.mul_f64(fastrand::f64())
    }

    /// The span in which so many legs keep apart that may all want to make the same write.
    pub(in crate::ship::forge) fn span(&self, legs: usize) -> Duration {
        match u32::try_from(legs.min(LEGS)).unwrap_or_default() {
            0 | 1 => Duration::ZERO,
            legs => self.apart * legs,
        }
    }

    /// The span that so many legs need where a look takes so long: while one looks and writes, a few others do.
    pub(in crate::ship::forge) fn needed(legs: usize, look: Duration) -> Duration {
        match u32::try_from(legs.min(LEGS)).unwrap_or_default() {
            0 | 1 => Duration::ZERO,
            legs => look.min(SLOWEST) * legs / FEW,
        }
    }

    /// The pause until what was written can be seen.
    pub(in crate::ship::forge) fn settle(&self) -> Duration {
        self.settle.mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    /// The same where what others write counts, too, who looked before: that takes each of them about as long as it took here.
    pub(in crate::ship::forge) fn settled(&self, took: Duration) -> Duration {
        self.settle() + (took * 2).min(SLOWEST)
    }

    /// How old a look may be that is written by, where a call takes so long. With the time of the write it is no more than
    /// whoever wrote meanwhile waits at least before its next look: [`Self::settled`] of a look and a write.
    pub(in crate::ship::forge) fn fresh(&self, call: Duration) -> Duration {
        self.settle / 2 + (call * 2).min(SLOWEST)
    }

    /// So much of the server's time.
    pub(in crate::ship::forge) fn of(&self, span: Duration) -> Duration {
        span.mul_f64(self.second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The writes that fall into the fullest minute.
    fn fullest(mut writes: Vec<f64>) -> usize {
        writes.sort_by(f64::total_cmp);
        let in_minute =
            |from: &f64| writes.iter().filter(|at| (0.0..60.0).contains(&(*at - from))).count();
        writes.iter().map(in_minute).max().unwrap_or_default()
    }

    #[test]
    fn legs_that_end_at_once_write_no_more_in_a_minute_than_they_may() {
        let pace = Pace::default();
        for legs in [1, 16, 17, 40] {
            for _ in 0..20 {
                let leg = |_| {
                    let mut at = fastrand::f64();
                    (0..AT_END).map(move |number| {
                        // Its row tells how many end with it.
                        at += if number == 0 { 0.0 } else { pace.between(legs).as_secs_f64() };
                        at
                    })
                };
                let writes: Vec<f64> = (0..legs).flat_map(leg).collect();
                assert!(fullest(writes) <= WRITES, "{legs} legs");
            }
        }
        // Those that begin at once: a row each, and of some a deployment that is at work.
        let begun = |legs| legs + (1..=legs).filter(|known| Pace::begins(*known)).count() * 2;
        assert!(begun(40) <= WRITES && begun(20) <= WRITES);
    }

    #[test]
    fn pauses_stay_in_their_bounds() {
        let pace = Pace::default();
        for number in 0..100 {
            assert!(pace.retry(number) <= Duration::from_secs(8));
            assert!((Duration::from_secs(1)..=pace.settle).contains(&pace.settle()));
        }
        assert_eq!(pace.span(1000), Duration::from_secs(10));
        assert_eq!(Pace::needed(1000, Duration::MAX), Duration::from_secs(20));
        assert_eq!(Pace::needed(40, Duration::from_millis(800)), Duration::from_secs(8));
        let alone = (pace.span(1), Pace::needed(1, Duration::MAX));
        assert_eq!(alone, (Duration::ZERO, Duration::ZERO), "nobody to keep apart from");
        let fast = Pace { second: 0.02, ..pace };
        assert_eq!(fast.of(Duration::from_mins(1)), Duration::from_millis(1200));
    }
}
