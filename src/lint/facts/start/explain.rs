//! The start chain in words.

use std::borrow::Cow;

use super::{
    super::{
        super::diagnostic::Location,
        images::{Lookup, Origin, Placed},
    },
    Api, Chain, End, Explanation, Hold, Hop, Manner, Reached, Start,
};
use crate::project::dockerfile::{Command, Kind};

/// Commands up to this length are shown as they are.
const SHOWN: usize = 100;

impl Start {
    /// The chain for people.
    pub fn explain(&self) -> Explanation {
        let mut hops = self.hops.clone();
        let verdict = match &self.end {
            End::Api(api) => held(api, &mut hops),
            End::Unknown => {
                hops.extend(self.unknown.clone());
                "what follows is not known".to_owned()
            }
            End::None => "broken: nothing starts sandbox-api".to_owned(),
            End::Other { what, script: true, .. } => {
                format!("broken: nothing in `{what}` starts sandbox-api")
            }
            End::Other { what, .. } if what.contains(' ') => format!("broken: {what} is started"),
            End::Other { what, .. } => format!("broken: `{what}` does not start sandbox-api"),
            End::Missing { path, location } => {
                if hops.last().is_none_or(|hop| hop.location != *location) {
                    hops.push(Hop { location: location.clone(), what: format!("runs `{path}`") });
                }
                format!("broken: nothing puts `{path}` into the image")
            }
        };
        Explanation { hops, verdict }
    }
}

/// What keeps sandbox-api, or what it keeps from running, and the verdict.
fn held(api: &Api, hops: &mut Vec<Hop>) -> String {
    if api.placed == Some(false) {
        return format!("broken: nothing puts sandbox-api at `{}`", api.path);
    }
    match &api.reached {
        Reached::Script(Hold::Ends { end }) => {
            hops.push(Hop {
                location: end.clone(),
                what: "the script ends, and nothing waits".to_owned(),
            });
            return "broken: the container stops with the script, and sandbox-api with it"
                .to_owned();
        }
        Reached::Script(Hold::Leaves(by)) => {
            hops.push(Hop {
                location: by.clone(),
                what: "goes to the background, and nothing stays".to_owned(),
            });
            return "broken: the container stops, and sandbox-api with it".to_owned();
        }
        Reached::Script(Hold::Behind(by)) => {
            hops.push(Hop {
                location: by.clone(),
                what: "stands before, and does not return".to_owned(),
            });
            return "broken: sandbox-api is never started".to_owned();
        }
        Reached::Script(Hold::Blocks(dead)) => hops.push(Hop {
            location: dead.clone(),
            what: "never runs, for sandbox-api does not return".to_owned(),
        }),
        Reached::Script(Hold::Lives(Some(by))) => hops.push(by.clone()),
        Reached::Script(Hold::Lives(None)) | Reached::Held => (),
    }
    "sandbox-api is reached".to_owned()
}

/// A word as a shell would have it.
fn quoted(word: &str) -> Cow<'_, str> {
    if word.is_empty() || word.contains([' ', '\t', '"', '$', '&', ';', '|']) {
        format!("'{word}'").into()
    } else {
        word.into()
    }
}

impl Chain<'_> {
    /// The words of the ENTRYPOINT or CMD at a place.
    pub(super) fn shown(&self, at: &Location) -> String {
        let instruction =
            self.project.dockerfile.instructions.iter().find(|one| Some(one.span) == at.span);
        let (text, first) = match instruction.map(|instruction| &instruction.kind) {
            Some(Kind::Entrypoint(Command::Exec(words)) | Kind::Cmd(Command::Exec(words))) => {
                let first = words.first().map_or("", |word| &word.raw).to_owned();
                let words: Vec<_> = words.iter().map(|word| quoted(&word.raw)).collect();
                (words.join(" "), first)
            }
            Some(
                Kind::Entrypoint(Command::Shell { script, .. })
                | Kind::Cmd(Command::Shell { script, .. }),
            ) => {
                let first = script.text.split_whitespace().next().unwrap_or("").to_owned();
                (script.text.trim().to_owned(), first)
            }
            _ => return "a command".to_owned(),
        };
        if text.len() > SHOWN || text.contains('\n') {
            format!("`{first} …`")
        } else {
            format!("`{text}`")
        }
    }

    /// A script is run: the command, and what put the file there.
    pub(super) fn runs(&mut self, by: &Location, path: &str, placed: &Placed) {
        let manner = std::mem::take(&mut self.manner);
        // the instruction itself has said it
        if manner != Manner::Direct || !self.said(by, path) {
            let what = match manner {
                Manner::Background => format!("runs `{path}` in the background"),
                Manner::Exec => format!("becomes `{path}`"),
                Manner::Direct | Manner::Foreground => format!("runs `{path}`"),
            };
            self.hop(by.clone(), what);
        }
        self.origin(path, placed);
    }

    /// sandbox-api is started.
    pub(super) fn starts(&mut self, by: &Location, path: &str, placed: Option<bool>) {
        let manner = std::mem::take(&mut self.manner);
        if manner != Manner::Direct || !self.said(by, path) {
            let what = match manner {
                Manner::Background => format!("starts `{path}` in the background"),
                Manner::Exec => format!("becomes `{path}`"),
                Manner::Direct | Manner::Foreground => format!("starts `{path}`"),
            };
            self.hop(by.clone(), what);
        }
        if placed == Some(true)
            && let Lookup::Placed(placed) = self.fs.lookup(path)
        {
            let placed = placed.clone();
            self.origin(path, &placed);
        }
    }

    /// Something cannot be looked into; the first such place is told.
    pub(super) fn unknown(&mut self, location: &Location, what: impl Into<String>) -> End {
        self.start
            .unknown
            .get_or_insert_with(|| Hop { location: location.clone(), what: what.into() });
        End::Unknown
    }

    /// Whether a hop of this place names a program by this very path already.
    fn said(&self, by: &Location, path: &str) -> bool {
        let words = format!(" runs `{path}`");
        self.start.hops.iter().any(|hop| hop.location == *by && hop.what.ends_with(&words))
    }

    pub(super) fn origin(&mut self, path: &str, placed: &Placed) {
        let Some(instruction) = self.project.dockerfile.instructions.get(placed.instruction) else {
            return;
        };
        let keyword = self.project.dockerfile.source.slice(instruction.keyword).to_uppercase();
        let what = match &placed.origin {
            Origin::Context(file) => format!("{keyword} takes it from the project: `{file}`"),
            Origin::Image { image, .. } if image.is_empty() => format!("{keyword} puts it there"),
            Origin::Image { image, .. } if keyword == "FROM" => format!("`{image}` brings it"),
            Origin::Image { image, .. } => format!("{keyword} takes it from `{image}`"),
            Origin::Heredoc(..) => format!("{keyword} holds its text"),
            Origin::Url(_) => format!("{keyword} fetches it"),
            Origin::Run(Some(_)) => format!("{keyword} writes it"),
            Origin::Run(None) => format!("{keyword} puts `{path}` there"),
        };
        let at = self.at(instruction.span);
        self.hop(at, what);
    }
}
