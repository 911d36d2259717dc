//! What is known of the start of an image.

use super::super::{super::diagnostic::Location, images::Placed};
use crate::project::{
    path::ContextPath,
    script::{Place, ShellCommand},
};

/// How the final stage starts.
#[derive(Debug, Default)]
pub struct Start {
    /// The hops, from ENTRYPOINT or CMD on.
    pub hops: Vec<Hop>,
    /// Whether the last hop starts sandbox-api.
    pub reaches_api: bool,
    /// Where the chain ends.
    pub end: End,
    /// The scripts on the way, in order.
    pub scripts: Vec<ScriptUse>,
    /// An ENTRYPOINT or CMD (index of the instruction) that would start sandbox-api and does not
    /// come to it, and the one that takes its place.
    pub overridden: Option<(usize, Option<usize>)>,
    /// Where the chain breaks because the build replaces variables in a script that stands in the
    /// Dockerfile: the instruction, and which of its here-documents.
    pub replaced: Option<(usize, usize)>,
    /// A service of s6-rc that would start sandbox-api, and that no bundle that is started names.
    pub unlisted: Option<Unlisted>,
    /// Index of the ENTRYPOINT in effect, else of the CMD.
    pub instruction: Option<usize>,
    /// The base image's own entrypoint starts sandbox-api.
    pub by_base: bool,
    /// What could not be looked into first.
    pub unknown: Option<Hop>,
    /// The commands of the scripts on the way, as they run.
    pub commands: Vec<StartCommand>,
}

/// A service of s6-rc that nothing starts.
#[derive(Debug, Clone)]
pub struct Unlisted {
    /// Its name.
    pub name: String,
    /// The directory of the services, in the image: `/etc/s6-overlay/s6-rc.d`.
    pub dir: String,
    /// A bundle or a service that names it and that nothing starts either.
    pub by: Option<String>,
    /// What would start sandbox-api.
    pub location: Location,
}

/// A command that a script on the way runs.
#[derive(Debug, Clone)]
pub struct StartCommand {
    /// The command; variables known from ENV and the script are replaced in its literals.
    pub command: ShellCommand,
    /// Where it stands.
    pub location: Location,
    /// Its place and that of the calls that lead to it.
    pub place: Place,
}

impl Start {
    /// How sandbox-api is started, where it is.
    pub fn api(&self) -> Option<&Api> {
        match &self.end {
            End::Api(api) => Some(api),
            _ => None,
        }
    }
}

/// One hop of the start chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// Where it stands.
    pub location: Location,
    /// What happens there, in a few words.
    pub what: String,
}

/// The start chain for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The hops, from ENTRYPOINT or CMD on.
    pub hops: Vec<Hop>,
    /// What comes of it: one clause.
    pub verdict: String,
}

/// What is started where a shell is given nothing to run. It is no name, so no marks of code belong around it.
pub const INTERACTIVE: &str = "an interactive shell";

/// Where the start chain ends.
#[derive(Debug, Clone, Default)]
pub enum End {
    /// At sandbox-api.
    Api(Api),
    /// Somewhere that cannot be looked into: a program of an unknown image, an unreadable script.
    #[default]
    Unknown,
    /// There is nothing to start: neither the file nor the base names a command of its own.
    None,
    /// At something that does not start sandbox-api.
    Other {
        /// The program, or the script that never starts it.
        what: String,
        /// The place that is at fault: the instruction, or the script as a whole.
        location: Location,
        /// Whether a script was read to its end without finding it.
        script: bool,
    },
    /// At a file that nothing puts into the image.
    Missing {
        /// The path in the image.
        path: String,
        /// Where it is started.
        location: Location,
    },
}

/// How sandbox-api is started.
#[derive(Debug, Clone)]
pub struct Api {
    /// The command that starts it.
    pub location: Location,
    /// The path that is started, as far as it is known.
    pub path: String,
    /// Whether sandbox-api lies at that path; `None` where the image cannot be looked into.
    pub placed: Option<bool>,
    /// The value of `--port`; empty where it is not known.
    pub port: Option<String>,
    /// Whether `--command` is given: it starts something else too.
    pub command: bool,
    /// Whether `--user` is given.
    pub user: bool,
    /// How it is held.
    pub reached: Reached,
}

/// What comes of sandbox-api and of the process that started it.
#[derive(Debug, Clone, Default)]
pub enum Reached {
    /// The container's own process, or one that is waited for.
    #[default]
    Held,
    /// A script that was followed says more.
    Script(Hold),
}

/// What a script does behind the start of sandbox-api.
#[derive(Debug, Clone)]
pub enum Hold {
    /// The script lives on: by this command, where one can be named.
    Lives(Option<Hop>),
    /// In the foreground, and this command behind it never runs.
    Blocks(Location),
    /// Behind this command, which does not return.
    Behind(Location),
    /// This supervisor goes to the background with it, and the container's own process ends.
    Leaves(Location),
    /// In the background, and the script ends: the file, and where its text ends.
    Ends {
        /// Where something that waits belongs.
        end: Location,
    },
}

/// A script that the start runs.
#[derive(Debug, Clone)]
pub struct ScriptUse {
    /// Its path in the image.
    pub path: String,
    /// What put it there.
    pub placed: Placed,
    /// Run by the kernel: needs `#!` and the executable bit. Else a shell is given its path.
    pub direct: bool,
    /// The command that runs it.
    pub by: Location,
    /// Its text, where it is known.
    pub text: Option<String>,
    /// The file that holds the text; `None` for one that a RUN writes.
    pub file: Option<ContextPath>,
    /// Whether what precedes is a script too.
    pub nested: bool,
    /// Whether the build replaces variables in the text, which is a here-document.
    pub replaced: bool,
}
