//! How a project is judged: from what is typed, `sandgate.toml`, `.hadolint.yaml` and the baseline.

mod accepted;
mod asked;
mod baseline;
mod config;
mod settled;
mod typed;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use self::typed::{files, limit, selectors};
pub(super) use self::{
    baseline::{is_about_baseline, key},
    settled::Settled,
};
#[cfg(feature = "remote")]
use super::online::Online;
use super::project::{self, build_args};
use crate::{
    cli,
    error::Error,
    lint::{Options, Policy, Selection, config::Config},
    project::{Top, image::looked_up::LookedUp},
    repo::{Files, Histories, Near},
    settings,
};

/// What is the same for every project of a run.
pub(super) struct Judge<'a> {
    source: &'a cli::Source,
    rules: &'a cli::Rules,
    common: Options,
    files: Files,
    histories: Histories,
    /// The folders that were looked at so far.
    pub(super) near: Arc<Near>,
    #[cfg(feature = "remote")]
    online: Option<Online>,
}

impl<'a> Judge<'a> {
    /// Reads what is typed.
    pub(super) fn new(source: &'a cli::Source, rules: &'a cli::Rules) -> Result<Self, Error> {
        let select = selectors("--select", &rules.select)?;
        let selection = Selection {
            select: (!rules.select.is_empty()).then_some(select),
            extend: selectors("--extend-select", &rules.extend_select)?,
            ignore: selectors("--ignore", &rules.ignore)?,
        };
        let common = Options {
            today: settings::today(source.today.as_deref())?,
            build_args: build_args(source)?,
            policy: Policy { selection, ..Policy::default() },
            accepted: None,
            images: LookedUp::new(),
            history: None,
        };
        let near = Arc::default();
        Ok(Self {
            source,
            rules,
            common,
            files: files(source, rules, &near)?,
            near,
            histories: Histories::default(),
            #[cfg(feature = "remote")]
            online: rules.online.then(Online::default),
        })
    }

    /// How the project in `root` is judged.
    pub(super) fn settle(&self, root: &Path, fail_on: Option<cli::FailOn>) -> Settled {
        self.settle_in(root, fs::canonicalize(root).ok(), fail_on)
    }

    /// The same where it is known what `root` is with links resolved.
    pub(super) fn settle_in(
        &self,
        root: &Path,
        real: Option<PathBuf>,
        fail_on: Option<cli::FailOn>,
    ) -> Settled {
        let mut problems = Vec::new();
        let mut warnings = Vec::new();
        let near = real.as_deref().filter(|_| !self.source.no_config);
        let found = near.and_then(|real| {
            self.files.config(real).unwrap_or_else(|err| {
                problems.push(config::unreadable(err, self.source.config.is_some()));
                None
            })
        });
        let config = match &found {
            Some(found) => config::read(found, &mut problems),
            None => Config::default(),
        };
        let mut options = self.common.clone();
        let policy = &mut options.policy;
        select(&mut policy.selection, &config);
        if let Some(real) = near {
            policy.selection.ignore.extend(config::hadolint(&self.files, real, &mut warnings));
        }
        policy.severity = config.preset.severity();
        policy.severity.extend(config.severity.iter().cloned());
        policy.no_suppress = config.preset.no_suppress();
        policy.no_suppress.extend(config.no_suppress.iter().cloned());
        policy.base = found.as_ref().map_or_else(String::new, |found| found.relative(root));
        policy.overrides.clone_from(&config.overrides);
        let accepted = match (&self.rules.baseline, &config.baseline, &found) {
            (Some(path), ..) => baseline::read(path, root, &mut problems, &mut warnings),
            (None, Some(name), Some(found)) => {
                baseline::of_config(&self.files, found, name, root, &mut problems, &mut warnings)
            }
            _ => None,
        };
        options.accepted = accepted;
        let mut open = project::open_options(self.source);
        open.top = real.as_deref().map_or(Top::Unknown, |real| self.near.repository(real).into());
        open.real = real;
        open.include.extend(config.include.iter().cloned());
        let fail_on =
            fail_on.map(limit).or(config.fail_on).unwrap_or_else(|| config.preset.fail_on());
        let files = self.files.clone();
        Settled {
            open,
            options,
            #[cfg(feature = "remote")]
            promote_to: config.promote_to,
            #[cfg(feature = "remote")]
            protected: config.protected,
            fail_on,
            problems,
            warnings,
            details: Vec::new(),
            files,
        }
    }
}

/// What is typed beats the file, and the file beats its preset.
fn select(selection: &mut Selection, config: &Config) {
    let typed: Vec<_> =
        selection.select.iter().flatten().chain(&selection.extend).cloned().collect();
    if selection.select.is_none() {
        selection.select.clone_from(&config.select);
        if config.select.is_none() {
            config.preset.extend(selection);
        }
        selection.extend.extend(config.extend_select.iter().cloned());
    }
    // A broader word of the file loses by itself, where it says less.
    selection.ignore.extend(config.ignore.iter().filter(|one| !typed.contains(one)).cloned());
}
