//! What a row is called: `IMAGE@WORKSPACE`, behind it what else than a build it is of.
//!
//! Jobs that run side by side do not see each other, and a branch protection rule names a row before it is there. So the
//! name is made of what a job was given, and of nothing that it finds out: the same before it begins and however it ends.

use sha2::{Digest as _, Sha256};

use super::{
    leg::{Did, Leg},
    promotion::Target,
};

/// Most bytes of the parts: with what stands between them, and with the key of a comment and `sandgate/` in front, less than
/// GitHub's 255 for the context of a status. The platform's longest name of an image has 49.
const IMAGE: usize = 50;
const WORKSPACE: usize = 50;
const TARGET: usize = 40;
const KEY: usize = 30;
const CHECK: &str = "check";
const REMOVED: &str = "removed";
const PROMOTE: &str = "promote";

/// What a row is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The build of an image, or the check of it in a pull request.
    Build,
    /// The removal of what was built. The verdict on a commit is the build's, and stays.
    Removal,
    /// The check of a commit that no pull request is named for.
    Check,
    /// A promotion, with the workspace that it goes to: `WORKSPACE` or `ACCOUNT/WORKSPACE`.
    Promotion(String),
}

/// The name of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// The image.
    pub image: String,
    /// The workspace that the job was given, if any.
    pub workspace: Option<String>,
    /// What it is of.
    pub what: What,
}

impl Name {
    /// The name of the row of a leg that is no promotion.
    pub fn of(leg: &Leg) -> Self {
        let what = match leg.did {
            Did::Lint if leg.pull.is_none() => What::Check,
            Did::Promote => What::Promotion(String::new()),
            Did::Cleanup => What::Removal,
            Did::Lint | Did::Preview | Did::Push | Did::Deploy => What::Build,
        };
        let workspace = leg.workspace.as_deref().filter(|name| !name.is_empty());
        let workspace = workspace.map(|name| part(name, WORKSPACE));
        Self { image: part(&leg.image, IMAGE), workspace, what }
    }

    /// The name of the row of one target of a promotion.
    pub fn of_target(leg: &Leg, target: &Target) -> Self {
        let account = target.account.iter().map(|account| format!("{}/", part(account, TARGET)));
        let target = account.chain([part(&target.workspace, TARGET)]).collect();
        Self { what: What::Promotion(target), ..Self::of(leg) }
    }

    /// The same as the name of what a removal is of.
    #[must_use]
    pub fn built(self) -> Self {
        let what = if self.what == What::Removal { What::Build } else { self.what };
        Self { what, ..self }
    }

    /// The names of the rows of a leg: of a promotion one for each target.
    pub fn all(leg: &Leg) -> Vec<Self> {
        if leg.did != Did::Promote || leg.promoted.is_empty() {
            return vec![Self::of(leg)];
        }
        leg.promoted.iter().map(|target| Self::of_target(leg, target)).collect()
    }

    /// Reads what is written; `None` for what is no name of a row.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ':');
        let (whose, what, target) = (parts.next()?, parts.next(), parts.next());
        let what = match (what, target) {
            (None, _) => What::Build,
            (Some(CHECK), None) => What::Check,
            (Some(REMOVED), None) => What::Removal,
            (Some(PROMOTE), target) => What::Promotion(target.unwrap_or_default().to_owned()),
            _ => return None,
        };
        let (image, workspace) = match whose.split_once('@') {
            Some((image, workspace)) => (image, Some(workspace.to_owned())),
            None => (whose, None),
        };
        // A key stands before the rows of other comments.
        let plain = !image.is_empty() && !image.contains('/');
        plain.then(|| Self { image: image.to_owned(), workspace, what })
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.image)?;
        if let Some(workspace) = &self.workspace {
            write!(f, "@{workspace}")?;
        }
        match &self.what {
            What::Build => Ok(()),
            What::Check => write!(f, ":{CHECK}"),
            What::Removal => write!(f, ":{REMOVED}"),
            What::Promotion(target) if target.is_empty() => write!(f, ":{PROMOTE}"),
            What::Promotion(target) => write!(f, ":{PROMOTE}:{target}"),
        }
    }
}

/// The key of a comment as it stands before the names of its rows, with a `/` between.
pub fn key(text: &str) -> String {
    part(text, KEY)
}

/// A text as it can stand in the name of a row, alone between `/`, `@` and `:`. One that is too long, or holds another
/// character, ends in a part of its digest.
fn part(text: &str, most: usize) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if text.len() <= most && text.chars().all(plain) {
        return text.to_owned();
    }
    let digest = Sha256::digest(text.as_bytes());
    let digest: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let kept = text.chars().map(|c| if plain(c) { c } else { '-' }).take(most - 9);
    format!("{}-{digest}", kept.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::{IMAGE, Name, What, key, part};
    use crate::record::{
        leg::{Did, Leg},
        promotion::{State, Target},
    };

    fn target(account: Option<&str>, workspace: &str) -> Target {
        Target {
            workspace: workspace.into(),
            account: account.map(str::to_owned),
            state: State::Shared,
            verified: None,
            why: None,
            shared_here: true,
            pending: None,
            expires: None,
        }
    }

    #[test]
    fn a_name_is_made_of_what_a_job_was_given() {
        let bare = Leg { image: "shop".into(), pull: Some(7), ..Leg::default() };
        let dev = Leg { workspace: Some("dev".into()), ..bare.clone() };
        let promoted = vec![target(None, "prod"), target(Some("acme"), "prod")];
        for (leg, names) in [
            (bare.clone(), vec!["shop"]),
            (Leg { pull: None, ..bare }, vec!["shop:check"]),
            (dev.clone(), vec!["shop@dev"]),
            (Leg { did: Did::Preview, ..dev.clone() }, vec!["shop@dev"]),
            (Leg { did: Did::Deploy, pull: None, ..dev.clone() }, vec!["shop@dev"]),
            (Leg { did: Did::Cleanup, ..dev.clone() }, vec!["shop@dev:removed"]),
            (Leg { did: Did::Promote, ..dev.clone() }, vec!["shop@dev:promote"]),
            (
                Leg { did: Did::Promote, promoted, ..dev },
                vec!["shop@dev:promote:prod", "shop@dev:promote:acme/prod"],
            ),
        ] {
            let all = Name::all(&leg);
            assert_eq!(all.iter().map(Name::to_string).collect::<Vec<_>>(), names);
            for name in all {
                assert_eq!(Name::read(&name.to_string()), Some(name));
            }
        }
        for other in ["", "@dev", "key/shop@dev", "shop:other", "shop:check:x"] {
            assert_eq!(Name::read(other), None, "{other}");
        }
    }

    #[test]
    fn whatever_a_part_holds_it_stays_one_and_fits() {
        let long = "x".repeat(300);
        let odd = [long.as_str(), &format!("{long}y"), "a/b", "a@b", "a:b", "ü b", "a·b"];
        let parts: Vec<String> = odd.iter().map(|text| part(text, IMAGE)).collect();
        for (text, one) in odd.iter().zip(&parts) {
            assert!(one.len() <= IMAGE && !one.contains(['/', '@', ':', ' ']), "{one}");
            assert_eq!(part(one, IMAGE), *one, "it is read as it was written");
            assert_eq!(parts.iter().filter(|other| *other == one).count(), 1, "{text}");
        }
        let leg = Leg {
            image: long.clone(),
            workspace: Some(long.clone()),
            did: Did::Promote,
            promoted: vec![target(Some(&long), &long)],
            ..Leg::default()
        };
        let [name] = &Name::all(&leg)[..] else { panic!() };
        assert!(matches!(&name.what, What::Promotion(target) if target.len() == 81));
        let context = format!("sandgate/{}/{name}", key(&long));
        assert!(context.len() <= 255, "{}", context.len());
    }
}
