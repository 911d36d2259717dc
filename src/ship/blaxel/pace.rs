//! How long everything takes that is waited for.

use std::time::Duration;

/// The spans of a client. The defaults are for the platform; something nearer may be faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From one look at the sandbox to the next, in the first minute; twice that later.
    pub look: Duration,
    /// The longest pause before the first retry. It doubles with each try, up to eight times this.
    pub retry: Duration,
    /// The longest wait for one answer.
    pub answer: Duration,
    /// How long the platform has to show that it took the upload.
    pub begin: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            look: Duration::from_secs(1),
            retry: Duration::from_secs(1),
            // The platform's edge gives up after 60 s and says so.
            answer: Duration::from_secs(70),
            begin: Duration::from_mins(3),
        }
    }
}

impl Pace {
    /// The pause between two looks when `waited` has passed.
    pub(in crate::ship) fn between(&self, waited: Duration) -> Duration {
        if waited < Duration::from_mins(1) { self.look } else { self.look * 2 }
    }

    /// The pause before try `number` (from 1) is made again: full jitter over a doubling span.
    pub(super) fn retry(&self, number: u32) -> Duration {
        let span = self.retry * (1 << number.saturating_sub(1).min(3));
        span.mul_f64(fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_in_their_bounds() {
        let pace = Pace::default();
        for number in 0..100 {
            assert!(pace.retry(number) <= Duration::from_secs(8));
        }
        assert!((0..100).all(|_| pace.retry(1) <= pace.retry));
        assert!((0..1000).any(|_| pace.retry(4) > Duration::from_secs(4)));
        assert_eq!(pace.between(Duration::from_secs(59)), Duration::from_secs(1));
        assert_eq!(pace.between(Duration::from_mins(1)), Duration::from_secs(2));
    }
}
