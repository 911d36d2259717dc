//! What is asked of others, where a project is judged by it.

use super::{Judge, Settled};
use crate::{lint::rules, project::Project};

impl Judge<'_> {
    /// Asks registries for the images of the project, where that is wished.
    #[cfg_attr(not(feature = "remote"), expect(clippy::unused_self, reason = "nobody to ask"))]
    pub(in crate::commands) fn look_up(&self, project: &Project, settled: &mut Settled) {
        #[cfg(feature = "remote")]
        if let Some(online) = &self.online {
            online.look_up(project, settled);
        }
        #[cfg(not(feature = "remote"))]
        let _ = (project, settled);
    }

    /// Asks git how often files changed, where a rule that runs wants to know.
    pub(in crate::commands) fn recall(&self, settled: &mut Settled) {
        if rules::all().any(|rule| rule.needs_history() && settled.options.policy.runs(rule)) {
            let real = settled.open.real.as_deref();
            settled.options.history = real.and_then(|real| self.histories.of(real, &self.near));
        }
    }
}
