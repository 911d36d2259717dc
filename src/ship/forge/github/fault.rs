//! What can go wrong at GitHub, and what to do then.

use std::time::Duration;

use super::limit::Limit;
use crate::{
    error::Error,
    exit::Exit,
    ship::forge::exchange::{Hindrance, transient},
};

/// Why a call did not succeed. Feedback that fails is told; it is for the caller that it fails no job.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// The caller's settings cannot be used.
    #[error("{what}")]
    Usage {
        /// What is wrong.
        what: String,
        /// What to do.
        help: String,
    },
    /// 401.
    #[error("GitHub does not accept the token")]
    Token {
        /// The call.
        call: String,
        /// What GitHub said.
        message: String,
    },
    /// 403: the token lacks a permission.
    #[error("the token for GitHub lacks a permission")]
    Permission {
        /// The call.
        call: String,
        /// What GitHub said.
        message: String,
        /// The line that is missing in the job's `permissions`, such as `pull-requests: write`.
        needs: &'static str,
    },
    /// 403 or 429: a rate limit, which ends too late, or did not end.
    #[error("GitHub's {limit} rate limit is used up")]
    Limited {
        /// The call.
        call: String,
        /// Which one.
        limit: Limit,
        /// When it may be tried again, from now.
        pause: Duration,
        /// What GitHub said.
        message: String,
    },
    /// 404: it is not there, or the token may not see it.
    #[error("GitHub has no such thing, or does not show it")]
    Missing {
        /// The call.
        call: String,
        /// What a token needs to see it.
        needs: &'static str,
        /// What GitHub said.
        message: String,
    },
    /// Another answer that ends it.
    #[error("GitHub answered {status}")]
    Api {
        /// The call.
        call: String,
        /// The HTTP status.
        status: u16,
        /// What GitHub said.
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
    #[error("GitHub cannot be reached")]
    Network {
        /// The call.
        call: String,
        /// What the system said.
        why: String,
    },
}

impl Fault {
    /// The line to add to the job's `permissions`, where one is missing. A 404 may mean that, too.
    pub fn needs(&self) -> Option<&'static str> {
        match self {
            Self::Permission { needs, .. } | Self::Missing { needs, .. } => Some(needs),
            _ => None,
        }
    }

    /// What happened, on one line and without the call.
    pub fn detail(&self) -> String {
        match self {
            Self::Api { message, .. }
            | Self::Token { message, .. }
            | Self::Permission { message, .. }
            | Self::Missing { message, .. }
            | Self::Limited { message, .. } => format!("{self}: {message}"),
            Self::Network { why, .. } => format!("{self}: {why}"),
            Self::Usage { .. } | Self::Answer { .. } => self.to_string(),
        }
    }

    /// The exit code, where it is one that ends a run.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } => Exit::Usage,
            Self::Token { .. } | Self::Permission { .. } => Exit::Auth,
            Self::Missing { .. }
            | Self::Limited { .. }
            | Self::Api { .. }
            | Self::Answer { .. }
            | Self::Network { .. } => Exit::Platform,
        }
    }

    /// As it is told.
    pub fn into_error(self) -> Error {
        let error = Error::new(self.exit(), self.to_string());
        match self {
            Self::Usage { help, .. } => error.help(help),
            Self::Token { call, message } => error
                .at(call)
                .because(format!("401: {message}"))
                .help("check SANDGATE_GITHUB_TOKEN (or GITHUB_TOKEN): a job's own token ends with the job"),
            Self::Permission { call, message, needs } => error
                .at(call)
                .because(format!("403: {message}"))
                .help(format!("add `{needs}` to the job's `permissions`; a workflow that is called can have no more than its caller, and a fork's pull request has no write at all")),
            Self::Limited { call, pause, message, .. } => error.at(call).because(message).help(
                format!("try again in {} s; fewer legs that report, or one job that reports for all, need fewer calls", pause.as_secs().max(1)),
            ),
            Self::Missing { call, needs, message } => error
                .at(call)
                .because(format!("404: {message}"))
                .help(format!("check the repository and the number; in a private repository the token needs `{needs}`")),
            Self::Api { call, status, message } => {
                let help = match status {
                    300..=399 => "redirects to another host are not followed, so that the token stays where it was meant for: check GITHUB_API_URL",
                    400..=499 => "the message above says what GitHub does not accept",
                    _ => "GitHub has a problem: try again; what is done is found",
                };
                error.at(call).because(message).help(help)
            }
            Self::Answer { call, .. } => {
                error.at(call).help("check GITHUB_API_URL: something else may answer there")
            }
            Self::Network { call, why } => error
                .at(call)
                .because(why)
                .help("check the network, a proxy (HTTPS_PROXY) and GITHUB_API_URL, then run it again"),
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
