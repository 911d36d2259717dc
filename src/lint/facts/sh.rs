//! Which shell reads a RUN.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{Facts, ImageFs, Root, runs::base};
use crate::project::{
    dockerfile::{Base, Command, Kind},
    image::{ImageRef, commands},
    script::Sh,
};

/// What `sh` is in a stage.
#[derive(Debug, Clone, Copy)]
pub(super) struct StageSh {
    sh: Sh,
    /// Index of the first RUN that may have put another in its place.
    replaced: Option<usize>,
}

impl Facts<'_> {
    /// What `sh` surely is where it reads this RUN; `None` where another shell does, or where the
    /// base does not tell.
    pub fn sh(&self, index: usize) -> Option<Sh> {
        let Kind::Run(Command::Shell { .. }) = &self.instruction(index).kind else { return None };
        let run = self.runs.get(&index)?;
        let is_sh = |program: &str| matches!(base(program), "sh" | "dash");
        let shell = self.stages.scope_at(index).shell.as_deref();
        if !shell.is_none_or(|words| words.first().is_some_and(|program| is_sh(program))) {
            return None;
        }
        // A here-document chooses by its first line, or names its reader.
        let text = run.text.text.trim_start();
        if text.starts_with("#!") || text.starts_with("<<") {
            return None;
        }
        let stage = self.stages.of(index)?.index;
        let of_stage = (*self.shells.get_or_init(|| self.all_shells()).get(stage)?)?;
        of_stage.replaced.is_none_or(|at| index < at).then_some(of_stage.sh)
    }

    fn all_shells(&self) -> Vec<Option<StageSh>> {
        let mut out: Vec<Option<StageSh>> = Vec::new();
        for stage in &self.stages.stages {
            let below = match stage.base {
                Base::Stage(below) => out.get(below).copied().flatten(),
                _ => None,
            };
            let own = || {
                let mut runs = self.runs.range(stage.body.clone());
                runs.find(|(_, run)| may_replace(&run.text.text)).map(|(index, _)| *index)
            };
            let sh = self.images.get(stage.index).and_then(sh_of).map(|sh| StageSh {
                sh,
                replaced: below.and_then(|below| below.replaced).or_else(own),
            });
            out.push(sh);
        }
        out
    }
}

/// The `sh` that a stage has from its base.
fn sh_of(fs: &ImageFs) -> Option<Sh> {
    let Root::Official(image) = &fs.root else { return None };
    let sh = match commands::commands(&ImageRef::parse(image)?)?.package_manager() {
        "apt" => Sh::Dash,
        "apk" => Sh::Busybox,
        _ => return None,
    };
    let filled = ["/", "/bin", "/usr", "/usr/bin"];
    let kept = !fs.filled.iter().any(|dir| filled.contains(&dir.as_str()))
        && !["/bin/sh", "/usr/bin/sh"].iter().any(|path| fs.paths.contains_key(*path));
    kept.then_some(sh)
}

static RECONFIGURE: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("dpkg-reconfigure"));
static SHELL: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("bin/sh"));
static ENTER: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("cd /bin"));

/// `ln -sf bash /bin/sh`, `dpkg-reconfigure dash`.
fn may_replace(text: &str) -> bool {
    let changes = ["ln ", "mv ", "cp ", "rm ", "alternatives", "dpkg-divert", "install "];
    let has = |finder: &Finder<'_>| finder.find(text.as_bytes()).is_some();
    has(&RECONFIGURE) && text.contains("dash")
        || has(&SHELL) && changes.iter().any(|word| text.contains(word))
        || has(&ENTER) && text.contains("ln ")
}
