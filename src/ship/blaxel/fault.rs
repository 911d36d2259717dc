//! What can go wrong on the way, and what to do then.

use crate::{error::Error, exit::Exit};

use super::{failure::Failure, rule::Broken};

/// Why a deploy did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The caller's settings cannot be used.
    #[error("{what}")]
    Usage {
        /// What is wrong.
        what: String,
        /// What to do.
        help: String,
    },
    /// A policy of the caller's own does not let it pass.
    #[error("{what}")]
    Refused {
        /// What was refused.
        what: String,
        /// Because of what.
        why: String,
        /// What to do.
        help: String,
    },
    /// 401 or 403.
    #[error("the platform refused the credentials")]
    Auth {
        /// The call.
        call: String,
        /// The HTTP status.
        status: u16,
        /// What the platform said.
        message: String,
        /// The workspace of the login that was used, where it was one.
        login: Option<String>,
    },
    /// Another answer that ends it.
    #[error("the platform answered {status}")]
    Api {
        /// The call.
        call: String,
        /// The HTTP status.
        status: u16,
        /// What the platform said.
        message: String,
    },
    /// An answer that cannot be worked with.
    #[error("{what}")]
    Answer {
        /// The call.
        call: String,
        /// What the deploy was about, as [`Fault::phase`] tells it.
        phase: Option<&'static str>,
        /// What is wrong with it.
        what: String,
        /// What to do.
        help: String,
    },
    /// No answer.
    #[error("the platform cannot be reached")]
    Network {
        /// The call.
        call: String,
        /// What the system said.
        why: String,
    },
    /// The object store did not take the archive.
    #[error("the archive could not be uploaded")]
    Upload {
        /// The host of the store.
        host: String,
        /// What it said, the last time.
        why: String,
        /// How often it was tried.
        tries: u32,
    },
    /// The deadline passed.
    #[error("{what}")]
    TimedOut {
        /// What did not end.
        what: String,
        /// The last status that was seen.
        last: Option<String>,
        /// Why the platform could not be asked at the end.
        trouble: Option<String>,
        /// What it was about: the sandbox `NAME`, the image `NAME`.
        whose: String,
    },
    /// Somebody else built the same image meanwhile.
    #[error("somebody else pushed the image `{name}` meanwhile")]
    Rivals {
        /// The image.
        name: String,
        /// The tags that are new; which of them is this push's is not known.
        tags: Vec<String>,
    },
    /// A rule of the platform that has its own way out.
    #[error("{}", .0.what)]
    Rule(Box<Broken>),
    /// The build or the rollout failed.
    #[error("the {} failed", .0.phase)]
    Failed(Box<Failure>),
}

impl Fault {
    pub(super) fn usage(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { what: what.into(), help: help.into() }
    }

    /// What happened, on one line and without the call.
    pub fn detail(&self) -> String {
        match self {
            Self::Api { status, message, .. } | Self::Auth { status, message, .. } => {
                format!("{status}: {message}")
            }
            Self::Network { why, .. } | Self::Upload { why, .. } => why.clone(),
            _ => self.to_string(),
        }
    }

    /// What failed: `upload`, `build` or `rollout`. `None` where that is not known (the deadline
    /// passed) or it is none of them (the credentials, the settings).
    pub fn phase(&self) -> Option<&'static str> {
        match self {
            Self::Usage { .. }
            | Self::Refused { .. }
            | Self::Auth { .. }
            | Self::Rule(_)
            | Self::TimedOut { .. } => None,
            // Once the archive is with the store, the wait goes through both of these.
            Self::Api { .. } | Self::Network { .. } | Self::Upload { .. } => Some("upload"),
            Self::Answer { phase, .. } => *phase,
            Self::Failed(failure) => Some(failure.phase),
            Self::Rivals { .. } => Some("build"),
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } => Exit::Usage,
            Self::Refused { .. } => Exit::Refused,
            Self::Auth { .. } => Exit::Auth,
            Self::Api { .. } | Self::Answer { .. } | Self::Network { .. } | Self::Upload { .. } => {
                Exit::Platform
            }
            Self::Rule(broken) => broken.exit(),
            Self::TimedOut { .. } => Exit::TimedOut,
            Self::Failed(_) | Self::Rivals { .. } => Exit::Failed,
        }
    }

    /// As it is told.
    pub fn into_error(self) -> Error {
        let exit = self.exit();
        let error = Error::new(exit, self.to_string());
        match self {
            Self::Usage { help, .. } => error.help(help),
            Self::Refused { why, help, .. } => error.because(why).help(help),
            Self::Auth { call, status, message, login } => {
                let error = error.at(call).because(format!("{status}: {message}"));
                if let (401 | 400, Some(workspace)) = (status, &login) {
                    error.help(format!("the login with `bl` is over: `bl login {workspace}` renews it"))
                } else if status == 401 {
                    error.help("check BL_API_KEY (or BL_CLIENT_CREDENTIALS): it may be mistyped, revoked or expired")
                } else {
                    error.help("the key is known but not allowed here: a service account's key works in one workspace; check BL_WORKSPACE and the role")
                }
            }
            Self::Api { call, status, message } => {
                let help = match status {
                    402 => "the workspace's quota is used up: see its limits in the console",
                    429 => "the platform limits how often it is called: try again later",
                    400..=499 => "the message above says what the platform does not accept",
                    300..=399 => "redirects are not followed, so that the key stays with the host it was meant for: check BL_API_URL",
                    _ => "the platform has a problem: try again; nothing has to be cleaned up",
                };
                error.at(call).because(message).help(help)
            }
            Self::Answer { call, help, .. } => error.at(call).help(help),
            Self::Network { call, why } => error
                .at(call)
                .because(why)
                .help("check the network, a proxy (HTTPS_PROXY) and BL_API_URL, then run it again"),
            Self::Upload { host, why, tries } => error
                .at(host)
                .because(format!("after {tries} tries, each with a fresh URL: {why}"))
                .help("a proxy that changes requests, or a wrong clock, breaks signed URLs; otherwise try again later"),
            Self::TimedOut { last, trouble, whose, .. } => {
                let error = error.because(last.map_or_else(
                    || "no status was seen".to_owned(),
                    |last| format!("the last status was {last}"),
                ));
                let error = match trouble {
                    Some(trouble) => error.because(trouble),
                    None => error,
                };
                error.help(format!("it may still end by itself: look at the {whose} in the console, or give it more time with --timeout"))
            }
            Self::Rivals { name, tags } => {
                let tags: Vec<String> =
                    tags.iter().map(|tag| format!("sandbox/{name}:{tag}")).collect();
                let new = match tags.as_slice() {
                    [] => "no tag is new".to_owned(),
                    tags => format!("new since this push began: {}", tags.join(", ")),
                };
                error
                    .because(format!("{new}; nothing says which build is whose"))
                    .help("run one push of an image at a time, then push again: an identical build is used again")
            }
            Self::Rule(broken) => broken.tell(error),
            Self::Failed(failure) => failure.tell(error),
        }
    }
}
