//! What can go wrong at GitLab, and what to do then. All of it is told, and none of it fails a job.

use std::time::Duration;

use crate::ship::forge::exchange::{Hindrance, transient};

/// Why a call did not succeed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// The caller's settings cannot be used.
    #[error("{what}")]
    Usage {
        /// What is wrong, and what is right.
        what: String,
    },
    /// 401.
    #[error("GitLab does not accept the token")]
    Token {
        /// The call.
        call: String,
        /// What GitLab said.
        message: String,
    },
    /// 403: the token lacks its scope, or its role is too low.
    #[error("the token for GitLab may not do that")]
    Permission {
        /// The call.
        call: String,
        /// What GitLab said.
        message: String,
    },
    /// 404: it is not there, or the token may not see it.
    #[error("GitLab has no such thing, or does not show it")]
    Missing {
        /// The call.
        call: String,
        /// What GitLab said.
        message: String,
    },
    /// 429: too many calls, for longer than there is time.
    #[error("GitLab's rate limit is used up")]
    Limited {
        /// The call.
        call: String,
        /// When it may be tried again, from now.
        pause: Duration,
        /// What GitLab said.
        message: String,
    },
    /// Another answer that ends it.
    #[error("GitLab answered {status}")]
    Api {
        /// The call.
        call: String,
        /// The HTTP status.
        status: u16,
        /// What GitLab said.
        message: String,
    },
    /// An answer that cannot be worked with.
    #[error("{what}")]
    Answer {
        /// The call.
        call: String,
        /// What is wrong with it.
        what: String,
    },
    /// No answer.
    #[error("GitLab cannot be reached")]
    Network {
        /// The call.
        call: String,
        /// What the system said.
        why: String,
    },
}

impl Fault {
    pub(super) fn usage(what: impl Into<String>) -> Self {
        Self::Usage { what: what.into() }
    }

    /// What happened at which call, and what to do, on one line.
    pub fn told(&self) -> String {
        let (call, said) = match self {
            Self::Usage { what } => return what.clone(),
            Self::Token { call, message }
            | Self::Permission { call, message }
            | Self::Missing { call, message }
            | Self::Limited { call, message, .. }
            | Self::Api { call, message, .. } => (call, Some(message)),
            Self::Network { call, why } => (call, Some(why)),
            Self::Answer { call, .. } => (call, None),
        };
        let said = said.map(|said| format!(": {said}")).unwrap_or_default();
        format!("{self}{said} ({call}); {}", self.help())
    }

    fn help(&self) -> &'static str {
        match self {
            Self::Usage { .. } => "",
            Self::Token { .. } => {
                "SANDGATE_GITLAB_TOKEN has to be a project access token that has not expired; the job's own, CI_JOB_TOKEN, cannot write notes"
            }
            Self::Permission { .. } => {
                "give the token the scope `api` and, in a private project, the role Reporter"
            }
            Self::Missing { .. } => {
                "take a token of the project that the merge request is of, with the role Reporter"
            }
            Self::Limited { .. } => "one job that reports for all needs fewer calls",
            Self::Api { status: 300..=399, .. } => {
                "redirects to another host are not followed, so that the token stays where it was meant for: check CI_API_V4_URL"
            }
            Self::Api { status: 400..=499, .. } => "what GitLab said tells what it does not accept",
            Self::Api { .. } => "GitLab has a problem: run the job again; what is there is found",
            Self::Answer { .. } => "check CI_API_V4_URL: something else may answer there",
            Self::Network { .. } => "check the network, a proxy (HTTPS_PROXY) and CI_API_V4_URL",
        }
    }
}

impl Hindrance for Fault {
    fn passes(&self) -> bool {
        match self {
            Self::Network { .. } | Self::Limited { .. } | Self::Answer { .. } => true,
            Self::Api { status, .. } => transient(*status),
            _ => false,
        }
    }

    fn limit(&self) -> Option<Duration> {
        match self {
            Self::Limited { pause, .. } => Some(*pause),
            _ => None,
        }
    }
}
