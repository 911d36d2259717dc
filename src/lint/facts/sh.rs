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
        let systems = ["/", "/bin", "/usr", "/usr/bin"];
        let kept = !fs.filled.iter().any(|dir| systems.contains(&dir.as_str()))
            && !fs.paths.keys().any(|path| matches!(path.as_str(), "/bin/sh" | "/usr/bin/sh"));
        let lineage = self.stages.lineage(stage);
        let bodies = lineage.into_iter().flat_map(|member| self.stages.stages[member].body.clone());
        let replaced = bodies
            .filter(|at| *at <= index)
            .filter_map(|at| self.runs.get(&at))
            .any(|run| may_replace(&run.text.text));
        (kept && !replaced).then_some(sh)
    }
}

/// `ln -sf bash /bin/sh`, `dpkg-reconfigure dash`.
fn may_replace(text: &str) -> bool {
    let changes = ["ln ", "mv ", "cp ", "rm ", "alternatives", "dpkg-divert", "install "];
    text.contains("dpkg-reconfigure") && text.contains("dash")
        || text.contains("bin/sh") && changes.iter().any(|word| text.contains(word))
        || text.contains("cd /bin") && text.contains("ln ")
}
