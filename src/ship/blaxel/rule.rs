//! Rules of the platform, each with what happened and the way out. The platform gives most of them no code of their own,
//! so they are told by what was asked, the status, and what is there.

use super::{client::Answer, fault::Fault, wire};
use crate::{error::Error, exit::Exit};

/// Which rule it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The role does not allow it.
    NotAllowed,
    /// The image belongs to another workspace.
    NotOwned,
    /// The target is the image's own workspace.
    SameWorkspace,
    /// There is no such workspace, in this account or the one that was named.
    UnknownTarget,
    /// The target holds an image of that name.
    Conflict,
    /// The approval came too late.
    Expired,
    /// Nobody approved what waited for it.
    Declined,
    /// What is deleted is shared.
    Shared,
    /// What is deleted is used by a sandbox.
    InUse,
    /// What was named is not there.
    Missing,
    /// What is created is there already.
    Exists,
}

/// A rule that something did not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which one.
    pub rule: Rule,
    /// The call that showed it; `None` where none was made.
    pub call: Option<String>,
    /// What the platform said, with its status.
    pub said: Option<String>,
    /// What happened.
    pub what: String,
    /// What to do.
    pub help: String,
}

impl Rule {
    fn exit(self) -> Exit {
        match self {
            Self::NotAllowed => Exit::Auth,
            Self::SameWorkspace => Exit::Usage,
            Self::Declined => Exit::Refused,
            _ => Exit::Platform,
        }
    }

    /// The rule as a fault, without an answer that showed it.
    pub(in crate::ship) fn fault(self, what: impl Into<String>, help: impl Into<String>) -> Fault {
        let (what, help) = (what.into(), help.into());
        Fault::Rule(Box::new(Broken { rule: self, call: None, said: None, what, help }))
    }

    /// The rule as an answer showed it.
    pub(super) fn shown(
        self,
        answer: Answer,
        what: impl Into<String>,
        help: impl Into<String>,
    ) -> Fault {
        let said = format!("{}: {}", answer.status.as_u16(), wire::message(&answer.body));
        let (call, what, help) = (answer.call, what.into(), help.into());
        Fault::Rule(Box::new(Broken { rule: self, call: Some(call), said: Some(said), what, help }))
    }
}

impl Broken {
    /// The exit code.
    pub(super) fn exit(&self) -> Exit {
        self.rule.exit()
    }

    pub(super) fn tell(self, mut error: Error) -> Error {
        if let Some(call) = self.call {
            error = error.at(call);
        }
        if let Some(said) = self.said {
            error = error.because(said);
        }
        error.help(self.help)
    }
}

/// A refusal of the role as what it means for what was done; every other fault as it is.
pub(super) fn role(fault: Fault, what: &str, help: &str) -> Fault {
    match fault {
        Fault::Auth { call, status: 403, message, .. } => Fault::Rule(Box::new(Broken {
            rule: Rule::NotAllowed,
            call: Some(call),
            said: Some(format!("403: {message}")),
            what: what.to_owned(),
            help: help.to_owned(),
        })),
        other => other,
    }
}

/// What was named is not there; `names` are those that are.
pub(super) fn missing<'a>(
    what: &str,
    name: &str,
    list: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Fault {
    let near = names
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(known, name), known))
        .filter(|(far, known)| *far <= 1 + known.len().min(name.len()) / 4)
        .min();
    let help = near.map_or_else(
        || format!("`{list}` shows what is there; check --workspace, too"),
        |(_, near)| format!("did you mean `{near}`? `{list}` shows what is there"),
    );
    Rule::Missing.fault(what, help)
}
