//! The stage graph, and what each instruction sees of its stage.

use std::{collections::BTreeMap, ops::Range};

use super::ast::{Dockerfile, SyntaxError};

/// The stages of a Dockerfile.
#[derive(Debug, Default)]
pub struct Stages {
    /// In file order.
    pub stages: Vec<Stage>,
    /// Values of the ARGs before the first FROM that have a default, expanded.
    pub global_args: BTreeMap<String, String>,
    /// What Docker would refuse about stages: no FROM, an unknown modifier in a base, ...
    pub errors: Vec<SyntaxError>,
}

/// One stage.
#[derive(Debug)]
pub struct Stage {
    /// Position in the file, from 0; what `--from=0` means.
    pub index: usize,
    /// Lower-case name of `AS name`.
    pub name: Option<String>,
    /// Index of the FROM in [`Dockerfile::instructions`].
    pub from: usize,
    /// Indices of the instructions behind the FROM.
    pub body: Range<usize>,
    /// What it starts from.
    pub base: Base,
    /// The value of `--platform`, expanded as far as it is known.
    pub platform: Option<String>,
}

/// What a stage starts from, or what `--from=` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// An earlier stage of this file.
    Stage(usize),
    /// `scratch`: nothing.
    Scratch,
    /// An image, by its expanded reference.
    Image(String),
    /// A name with a variable that has no value here; as written.
    Unknown(String),
}

/// What an instruction sees of its stage, inherited through `FROM stage`.
///
/// Values are expanded as far as they are known; a base image's own settings are not in here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// ENV values in effect. They beat an ARG of the same name.
    pub env: BTreeMap<String, String>,
    /// ARG values in effect; `None` for a declared ARG without a value.
    pub args: BTreeMap<String, Option<String>>,
    /// The last USER, expanded.
    pub user: Option<String>,
    /// The last WORKDIR as an absolute path where one is known.
    pub workdir: Option<String>,
    /// The last SHELL.
    pub shell: Option<Vec<String>>,
    /// Index of the ENTRYPOINT in effect.
    pub entrypoint: Option<usize>,
    /// Index of the CMD in effect (an ENTRYPOINT set in the same stage as a *base image's* CMD
    /// resets that one; a CMD of the file stays).
    pub cmd: Option<usize>,
}

impl Scope {
    /// The value that a variable has here: ENV before ARG.
    pub fn lookup(&self, name: &str) -> Option<String> {
        self.env.get(name).cloned().or_else(|| self.args.get(name).cloned().flatten())
    }
}

impl Stages {
    /// The stage that is built when no target is named: the last one.
    pub fn last(&self) -> Option<&Stage> {
        self.stages.last()
    }

    /// The stage that holds the instruction with this index.
    pub fn of(&self, instruction: usize) -> Option<&Stage> {
        self.stages
            .iter()
            .find(|stage| stage.from == instruction || stage.body.contains(&instruction))
    }

    /// What a `--from=` value in stage `stage` means: a name or number of an earlier stage, else
    /// an image (or a build context by name).
    pub fn source_of(&self, stage: usize, from: &str) -> Base {
        let _ = stage;
        Base::Image(from.to_owned())
    }

    /// The stages that `stage` is made of, from itself down to the one on an image.
    pub fn lineage(&self, stage: usize) -> Vec<usize> {
        vec![stage]
    }

    /// What the instruction `instruction` sees: every setting made before it in its stage and in
    /// the stages it is made of.
    pub fn scope_at(&self, file: &Dockerfile, instruction: usize) -> Scope {
        let _ = (file, instruction);
        Scope::default()
    }

    /// What the finished stage leaves.
    pub fn scope_after(&self, file: &Dockerfile, stage: usize) -> Scope {
        let _ = (file, stage);
        Scope::default()
    }
}

/// Draws the stage graph. `build_args` are values that the caller gives for the build.
pub fn resolve(file: &Dockerfile, build_args: &BTreeMap<String, String>) -> Stages {
    let _ = (file, build_args);
    Stages::default()
}
