//! Exit codes: part of the interface, never renumbered.

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Findings at or above `--fail-on`.
    Findings = 1,
    /// Usage or configuration.
    Usage = 2,
    /// The build or the rollout failed.
    Failed = 3,
    /// The deadline passed.
    TimedOut = 4,
    /// The platform or the network.
    Platform = 5,
    /// Authentication or permission.
    Auth = 6,
    /// Refused by policy.
    Refused = 7,
    /// Accepted; somebody else has to approve.
    Pending = 8,
    /// A fault of sandgate itself.
    Bug = 101,
    /// Interrupted (Ctrl-C).
    Interrupted = 130,
    /// Terminated (SIGTERM).
    Terminated = 143,
}

impl Exit {
    /// Whether a signal ended it.
    #[must_use]
    pub fn is_signal(self) -> bool {
        matches!(self, Self::Interrupted | Self::Terminated)
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
