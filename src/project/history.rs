//! How often files changed, as the repository tells. Pure.

use std::{collections::BTreeMap, sync::Arc};

/// Files of a repository, with the numbers of the commits that touched them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Every file under version control, by its path from the top of the repository; the numbers
    /// ascend from 0.
    pub files: BTreeMap<String, Vec<u16>>,
    /// How many commits were looked at.
    pub commits: u16,
}

/// The history of a project.
#[derive(Debug, Clone)]
pub struct History {
    touched: Arc<Touched>,
    /// The project, from the top of the repository: "" or with a `/` at its end.
    base: String,
}

/// How often some files changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    /// Commits that touched one of them.
    pub commits: usize,
    /// Whether each of them is under version control.
    pub known: bool,
}

impl History {
    /// The history of the project in `base`, a folder from the top of the repository.
    pub fn new(touched: Arc<Touched>, base: &str) -> Self {
        let base = if base.is_empty() { String::new() } else { format!("{base}/") };
        Self { touched, base }
    }

    /// How many commits were looked at.
    pub fn commits(&self) -> usize {
        usize::from(self.touched.commits)
    }

    /// How often these files of the project changed; a commit counts once.
    pub fn of<'a>(&self, paths: impl Iterator<Item = &'a str>) -> Changes {
        let mut seen = vec![false; self.commits()];
        let mut known = true;
        let mut path = self.base.clone();
        for name in paths {
            path.truncate(self.base.len());
            path.push_str(name);
            match self.touched.files.get(&path) {
                Some(numbers) => {
                    for number in numbers {
                        if let Some(seen) = seen.get_mut(usize::from(*number)) {
                            *seen = true;
                        }
                    }
                }
                None => known = false,
            }
        }
        Changes { commits: seen.into_iter().filter(|seen| *seen).count(), known }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_counts_once() {
        let files = [("app/a", vec![0, 1, 4]), ("app/b", vec![1, 2]), ("c", vec![3])];
        let files = files.map(|(path, numbers)| (path.to_owned(), numbers)).into();
        let history = History::new(Arc::new(Touched { files, commits: 5 }), "app");
        for (paths, commits, known) in [
            (&["a"][..], 3, true),
            (&["a", "b"], 4, true),
            (&["a", "dist"], 3, false),
            (&["c"], 0, false),
            (&[], 0, true),
        ] {
            let got = history.of(paths.iter().copied());
            assert_eq!(got, Changes { commits, known }, "{paths:?}");
        }
    }
}
