//! Which shell reads a RUN.

use super::{Facts, Root, runs::base};
use crate::project::{
    dockerfile::{Command, Kind},
    image::{ImageRef, commands},
    script::Sh,
};

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
        let fs = self.images.get(stage)?;
        let Root::Official(image) = &fs.root else { return None };
        let reference = ImageRef::parse(image)?;
        let sh = match commands::commands(&reference)?.package_manager() {
            "apt" => Sh::Dash,
            "apk" => Sh::Busybox,
            _ => return None,
        };
        let shells = self.shells.get_or_init(|| self.replacements());
        if *shells.brought.get(stage)? {
            return None;
        }
        // Most files have none.
        let replaced = !shells.runs.is_empty()
            && self.stages.lineage(stage).into_iter().any(|member| {
                let body = &self.stages.stages[member].body;
                let first = shells.runs.partition_point(|at| *at < body.start);
                shells.runs.get(first).is_some_and(|at| *at < body.end && *at <= index)
            });
        (!replaced).then_some(sh)
    }

    fn replacements(&self) -> Replacements {
        let systems = ["/", "/bin", "/usr", "/usr/bin"];
        let brought = self.images.iter().map(|fs| {
            fs.filled.iter().any(|dir| systems.contains(&dir.as_str()))
                || ["/bin/sh", "/usr/bin/sh"].iter().any(|path| fs.paths.contains_key(*path))
        });
        let runs = self.runs.iter().filter(|(_, run)| may_replace(&run.text.text));
        Replacements { brought: brought.collect(), runs: runs.map(|(index, _)| *index).collect() }
    }
}

/// What may put another shell in the place of `sh`.
#[derive(Debug)]
pub(super) struct Replacements {
    /// Whether a COPY may, by stage.
    brought: Vec<bool>,
    /// The RUNs that may, in order.
    runs: Vec<usize>,
}

/// `ln -sf bash /bin/sh`, `dpkg-reconfigure dash`.
fn may_replace(text: &str) -> bool {
    let changes = ["ln ", "mv ", "cp ", "rm ", "alternatives", "dpkg-divert", "install "];
    text.contains("dpkg-reconfigure") && text.contains("dash")
        || text.contains("bin/sh") && changes.iter().any(|word| text.contains(word))
        || text.contains("cd /bin") && text.contains("ln ")
}
