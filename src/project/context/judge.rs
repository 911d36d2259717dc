//! Whether an entry is sent: the Docker ignore file, then `.blaxelignore`, then what is always
//! left out. Pure.

use super::{
    always,
    ignore::{Hits, Rules},
    tree::Exclusion,
};

/// The rules of one project.
#[derive(Debug, Default)]
pub(crate) struct Judge<'a> {
    /// The effective Docker ignore file.
    pub(crate) docker: Option<&'a Rules>,
    /// `.blaxelignore`.
    pub(crate) blaxel: Option<&'a Rules>,
    /// What is brought back although it is always left out.
    pub(crate) include: Option<&'a Rules>,
    /// Paths that are sent whatever the rules say.
    pub(crate) forced: Vec<&'a str>,
}

/// What holds for everything in one directory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Above {
    docker: Hits,
    blaxel: Hits,
    include: Hits,
    always: Option<&'static str>,
}

impl Judge<'_> {
    /// Why the entry at `path` is not sent. `real` is where a link led, relative to the root.
    pub(crate) fn exclusion(
        &self,
        path: &str,
        real: Option<&str>,
        is_dir: bool,
        above: &Above,
    ) -> Option<Exclusion> {
        if self.forced.contains(&path) {
            return None;
        }
        let decided = |rules: Option<&Rules>, hits| {
            let (_, rule) = rules?.decide_below(path, hits)?;
            (!rule.negated).then(|| (rule.line, rule.written.clone()))
        };
        if let Some((line, pattern)) = decided(self.docker, &above.docker) {
            return Some(Exclusion::Docker { line, pattern });
        }
        if let Some((line, pattern)) = decided(self.blaxel, &above.blaxel) {
            return Some(Exclusion::Blaxel { line, pattern });
        }
        self.always(path, real, is_dir, above).map(Exclusion::Always)
    }

    fn always(
        &self,
        path: &str,
        real: Option<&str>,
        is_dir: bool,
        above: &Above,
    ) -> Option<&'static str> {
        let reason = above
            .always
            .or_else(|| always::reason(path, is_dir))
            .or_else(|| real.and_then(|real| always::reason(real, is_dir)))?;
        let rule = self.include.and_then(|rules| rules.decide_below(path, &above.include));
        rule.is_none_or(|(_, rule)| rule.negated).then_some(reason)
    }

    /// Why a file at `path` would not be sent, were it there: for paths that the tree does not hold.
    pub(crate) fn exclusion_of(&self, path: &str, is_dir: bool) -> Option<Exclusion> {
        let mut above = Above::default();
        for (at, _) in path.match_indices('/') {
            above = self.below(&path[..at], None, &above);
        }
        self.exclusion(path, None, is_dir, &above)
    }

    /// What holds below the directory `dir`.
    pub(crate) fn below(&self, dir: &str, real: Option<&str>, above: &Above) -> Above {
        let hits = |rules: Option<&Rules>, hits| {
            rules.map_or_else(Hits::default, |rules| rules.hits(dir, hits))
        };
        Above {
            docker: hits(self.docker, &above.docker),
            blaxel: hits(self.blaxel, &above.blaxel),
            include: hits(self.include, &above.include),
            always: above
                .always
                .or_else(|| always::reason(dir, true))
                .or_else(|| real.and_then(|real| always::reason(real, true))),
        }
    }

    /// Whether something below the directory `dir` may be sent; if not, nobody need look.
    pub(crate) fn may_send_below(&self, dir: &str, real: Option<&str>, above: &Above) -> bool {
        if self
            .forced
            .iter()
            .any(|path| path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/')))
        {
            return true;
        }
        let open = |rules: Option<&Rules>, hits| {
            let Some(rules) = rules else { return true };
            match rules.decide_below(dir, hits) {
                Some((at, rule)) if !rule.negated => rules.may_bring_back(dir, at),
                _ => true,
            }
        };
        open(self.docker, &above.docker)
            && open(self.blaxel, &above.blaxel)
            && (self.always(dir, real, true, above).is_none()
                || self.include.is_some_and(|rules| rules.may_concern(dir)))
    }
}
