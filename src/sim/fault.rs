//! Faults on the way: which call meets one, and which.

use std::{fmt, str::FromStr};

/// A fault of a call, written `METHOD PATH[#WHICH]=KIND`.
///
/// `PATH` is the path without `/v0` and without query; `*` stands for one part of it, as `*` does for any method.
/// `WHICH` counts the calls that match, from 1: `2`, `2-4`, `2+`; without it every call meets the fault. Uploads go to
/// `PUT /store/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `None` is any.
    pub method: Option<String>,
    /// Parts of the path; `*` is any.
    pub path: String,
    /// The first call that meets it, from 1.
    pub first: u32,
    /// The last one.
    pub last: u32,
    /// What it is.
    pub kind: Kind,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The connection is reset; nothing has happened.
    ResetBefore,
    /// The connection is reset after the first MiB of the body, or at its end; nothing has happened.
    ResetInRequest,
    /// The call takes effect, and the connection is reset instead of an answer.
    ResetAfter,
    /// The connection is reset, nothing has happened, and for two seconds new ones are refused.
    Down,
    /// The call takes effect, and the connection ends in its answer.
    Cut,
    /// The call takes effect, and half of its answer comes as if it were all.
    Truncated,
    /// Nothing happens and nothing comes.
    StallBefore,
    /// The call takes effect, and nothing comes.
    StallAfter,
    /// The call takes effect, and its answer comes in drops, over four seconds.
    Slow,
    /// The call takes effect, and its answer says that it is HTML.
    WrongType,
    /// A login page answers 200; nothing has happened.
    Portal,
    /// 307 to another host; nothing has happened.
    Redirect,
    /// An error.
    Status {
        /// Its code.
        status: u16,
        /// A page of a gateway, not JSON.
        html: bool,
        /// The call has taken effect.
        after: bool,
        /// With `Retry-After: 1`.
        retry: bool,
    },
}

/// Kinds with a name of their own, and what they do.
const KINDS: &[(Kind, &str, &str)] = &[
    (Kind::ResetBefore, "reset-before", "the connection is reset, nothing has happened"),
    (
        Kind::ResetInRequest,
        "reset-in-request",
        "the connection is reset after the first MiB of the body, nothing has happened",
    ),
    (Kind::ResetAfter, "reset-after", "it takes effect, and the connection is reset"),
    (
        Kind::Down,
        "down",
        "the connection is reset, nothing has happened, and new ones are refused for 2 s",
    ),
    (Kind::Cut, "cut", "it takes effect, and the connection ends in the answer"),
    (
        Kind::Truncated,
        "truncated",
        "it takes effect, and half of the answer comes as if it were all",
    ),
    (Kind::StallBefore, "stall-before", "nothing happens and nothing comes"),
    (Kind::StallAfter, "stall-after", "it takes effect and nothing comes"),
    (Kind::Slow, "slow", "it takes effect, and the answer comes in drops, over 4 s"),
    (Kind::WrongType, "wrong-type", "it takes effect, and the answer says that it is HTML"),
    (Kind::Portal, "portal", "a login page answers 200, nothing has happened"),
    (Kind::Redirect, "redirect", "307 to another host, nothing has happened"),
];

impl Kind {
    /// The kinds that have a name, with what they do; statuses come beside them.
    pub fn named() -> impl Iterator<Item = (&'static str, &'static str)> {
        KINDS.iter().map(|row| (row.1, row.2))
    }

    /// Whether the call takes effect.
    pub fn takes_effect(self) -> bool {
        match self {
            Self::ResetAfter
            | Self::Cut
            | Self::Truncated
            | Self::StallAfter
            | Self::Slow
            | Self::WrongType => true,
            Self::Status { after, .. } => after,
            _ => false,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Status { status, html, after, retry } = self {
            let part = |on: bool, text: &'static str| if on { text } else { "" };
            return write!(
                f,
                "{status}{}{}{}",
                part(*html, "-html"),
                part(*after, "-after"),
                part(*retry, "-retry")
            );
        }
        f.write_str(KINDS.iter().find(|row| row.0 == *self).map_or("", |row| row.1))
    }
}

impl FromStr for Kind {
    type Err = InvalidFault;

    fn from_str(text: &str) -> Result<Self, InvalidFault> {
        if let Some(row) = KINDS.iter().find(|row| row.1 == text) {
            return Ok(row.0);
        }
        let mut words = text.split('-');
        let status = words.next().and_then(|code| code.parse().ok());
        let status = status.filter(|code| (400..=599).contains(code));
        let status = status.ok_or_else(|| InvalidFault(format!("no fault is called `{text}`")))?;
        let (mut html, mut after, mut retry) = (false, false, false);
        for word in words {
            match word {
                "html" => html = true,
                "after" => after = true,
                "retry" => retry = true,
                _ => return Err(InvalidFault(format!("`{word}` says nothing about a status"))),
            }
        }
        Ok(Self::Status { status, html, after, retry })
    }
}

impl Fault {
    /// Whether a call is of those that it counts.
    pub(super) fn concerns(&self, method: &str, path: &str) -> bool {
        if self.method.as_deref().is_some_and(|known| known != method) {
            return false;
        }
        let (mut wanted, mut parts) = (self.path.split('/'), path.split('/'));
        loop {
            match (wanted.next(), parts.next()) {
                (None, None) => return true,
                (Some("*"), Some(_)) => {}
                (Some(wanted), Some(part)) if wanted == part => {}
                _ => return false,
            }
        }
    }
}

impl FromStr for Fault {
    type Err = InvalidFault;

    fn from_str(text: &str) -> Result<Self, InvalidFault> {
        let told = |why: &str| InvalidFault(format!("`{text}` {why}"));
        let (call, kind) = text
            .rsplit_once('=')
            .ok_or_else(|| told("is not of the form `METHOD PATH[#WHICH]=KIND`"))?;
        let (method, rest) = call.trim().split_once(' ').ok_or_else(|| told("names no path"))?;
        let (path, which) = rest.rsplit_once('#').unwrap_or((rest, "1+"));
        let path = path.trim();
        if !path.starts_with('/') {
            return Err(told("names no path"));
        }
        let number = |text: &str| {
            let number = text.parse::<u32>().ok().filter(|number| *number > 0);
            number.ok_or_else(|| told("does not say which call it means: write #2, #2-4 or #2+"))
        };
        let (first, last) = match (which.strip_suffix('+'), which.split_once('-')) {
            (Some(first), _) => (number(first)?, u32::MAX),
            (None, Some((first, last))) => (number(first)?, number(last)?),
            (None, None) => (number(which)?, number(which)?),
        };
        let method = method.to_ascii_uppercase();
        Ok(Self {
            method: (method != "*").then_some(method),
            path: path
                .strip_prefix("/v0/")
                .map_or_else(|| path.to_owned(), |path| format!("/{path}")),
            first,
            last,
            kind: kind.trim().parse()?,
        })
    }
}

/// What is wrong with a fault that was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidFault(String);

impl fmt::Display for InvalidFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidFault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read() {
        let fault: Fault = "POST /sandboxes#1=reset-after".parse().unwrap();
        assert_eq!((fault.first, fault.last, fault.kind), (1, 1, Kind::ResetAfter));
        assert!(fault.concerns("POST", "/sandboxes"));
        assert!(!fault.concerns("PUT", "/sandboxes") && !fault.concerns("POST", "/sandboxes/box"));
        let fault: Fault = "* /v0/images/*/*/share#2+=429-retry".parse().unwrap();
        assert_eq!((fault.first, fault.last), (2, u32::MAX));
        assert!(fault.concerns("GET", "/images/sandbox/box/share"));
        assert!(!fault.concerns("GET", "/images/sandbox/box"));
        let fault: Fault = "get /sandboxes/box#2-4=504-html-after".parse().unwrap();
        let kind = Kind::Status { status: 504, html: true, after: true, retry: false };
        assert_eq!((fault.first, fault.last, fault.kind), (2, 4, kind));
        assert_eq!(kind.to_string(), "504-html-after");
        assert_eq!("PUT /store/*=cut".parse::<Fault>().unwrap().last, u32::MAX);
    }

    #[test]
    fn what_is_no_fault_is_refused() {
        for text in [
            "",
            "POST /sandboxes",
            "/sandboxes=cut",
            "POST sandboxes=cut",
            "POST /sandboxes#0=cut",
            "POST /sandboxes#x=cut",
            "POST /sandboxes#1=boom",
            "POST /sandboxes#1=200",
            "POST /sandboxes#1=500-soon",
        ] {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_kind_is_called_what_it_is_read_from() {
        for (name, _) in Kind::named() {
            assert_eq!(name.parse::<Kind>().unwrap().to_string(), name);
        }
    }
}
