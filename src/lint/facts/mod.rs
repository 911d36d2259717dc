//! What rules ask of a project, computed once. A rule reads facts; no rule parses again.

mod called;
mod copies;
mod costly;
mod images;
mod installs;
mod leaks;
mod lists;
mod packages;
mod runs;
mod scripts;
mod sh;
mod start;
mod used_images;
mod wrappers;
mod written;

use std::{cell::OnceCell, collections::BTreeMap, ops::Range};

use jiff::civil::Date;

pub use self::{
    copies::{ContextCopy, Takes},
    costly::{Costly, Work},
    images::{Absent, ImageFs, Lookup, Origin, Placed, Root, image_name, is_api, is_api_image},
    installs::{Install, Manager},
    leaks::{Leak, LeakPlace},
    lists::BrokenList,
    packages::{PackageCall, Packager},
    runs::{Run, RunCommand},
    start::{
        Api, End, Explanation, Hold, Hop, INSTALLED, INTERACTIVE, Reached, ScriptUse, Start,
        StartCommand,
    },
    used_images::{SizeSource, UsedImage, size_in_table},
};
pub(crate) use self::{
    costly::work,
    installs::join,
    runs::{is_shell_name, sets_errexit},
};
use super::{diagnostic::Location, engine::Options};
use crate::project::{
    Project,
    dockerfile::{self, Assignment, Base, Dockerfile, Instruction, Kind, Stages},
    history::History,
    image::{ImageRef, looked_up::LookedUp},
    path::ContextPath,
    script::Script,
    source::Span,
};

/// Everything that is known of a project.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The project.
    pub project: &'a Project,
    /// Its Dockerfile.
    pub file: &'a Dockerfile,
    /// The stage graph.
    pub stages: Stages,
    /// The image that each stage starts from, by index of the stage, where it starts from one.
    pub references: Vec<Option<ImageRef>>,
    /// What each RUN does, by index of the instruction.
    pub runs: BTreeMap<usize, Run>,
    /// Every command that installs what the project's manifests name, in file order.
    pub installs: Vec<Install>,
    /// Every call of a system's package manager or pip, in file order.
    pub packages: Vec<PackageCall>,
    /// The shell scripts among the project's files.
    pub scripts: BTreeMap<ContextPath, Script>,
    /// CMD, ENTRYPOINT and HEALTHCHECK in shell form, by index of the instruction.
    pub written: BTreeMap<usize, Script>,
    /// Lists that are no JSON, by index of the instruction.
    pub broken_lists: BTreeMap<usize, BrokenList>,
    /// What each stage's file system holds, by index of the stage.
    pub images: Vec<ImageFs>,
    /// How the final stage starts.
    pub start: Start,
    /// What each COPY and ADD takes of the build context.
    pub copies: Vec<ContextCopy>,
    /// Every credential in a text file of the project.
    pub leaks: Vec<Leak>,
    /// Today.
    pub today: Date,
    /// Values for `ARG`s: of `[build.args]`, and of the caller, who wins.
    pub build_args: BTreeMap<String, String>,
    /// What registries told of the images.
    pub looked_up: &'a LookedUp,
    /// How often files changed, where that is known.
    pub history: Option<&'a History>,
    called: OnceCell<u32>,
    costly: OnceCell<Vec<Costly>>,
    shells: OnceCell<Vec<Option<sh::StageSh>>>,
}

impl<'a> Facts<'a> {
    /// Computes them.
    pub fn new(project: &'a Project, options: &'a Options) -> Self {
        let file = &project.dockerfile;
        let build_args = build_args(project, options);
        let stages = dockerfile::resolve_on(file, &build_args, &|image| {
            used_images::settings(&options.images, image)
        });
        let references = stages.stages.iter().map(|stage| reference(&stage.base)).collect();
        let runs = runs::all(file, &stages);
        let installs = installs::all(file, &stages, &runs);
        let packages = packages::all(&runs);
        let images = images::all(project, &stages, &runs, &options.images);
        let scripts = scripts::all(project);
        let start = start::follow(project, &stages, &images, &scripts);
        let copies = copies::all(project, &stages);
        let written = written::all(file);
        let leaks = leaks::all(project, &stages, &runs, &written, &scripts);
        Self {
            project,
            file,
            stages,
            references,
            runs,
            installs,
            packages,
            scripts,
            written,
            broken_lists: lists::all(file),
            images,
            start,
            copies,
            leaks,
            today: options.today,
            build_args,
            looked_up: &options.images,
            history: options.history.as_ref(),
            called: OnceCell::new(),
            costly: OnceCell::new(),
            shells: OnceCell::new(),
        }
    }

    /// The COPY source that would bring the script that starts the final image, where it brings
    /// nothing.
    pub fn absent_script(&self) -> Option<&Absent> {
        let End::Missing { path, .. } = &self.start.end else { return None };
        let name = path.rsplit('/').next().unwrap_or(path);
        let mut absent = self.images.last()?.absent.iter();
        absent.find(|absent| absent.target == *path || absent.source.name() == name)
    }

    /// The instructions that make the image that is deployed, from its base on.
    pub fn final_instructions(&self) -> impl Iterator<Item = usize> + '_ {
        let mut lineage =
            self.stages.last().map(|last| self.stages.lineage(last.index)).unwrap_or_default();
        lineage.reverse();
        lineage.into_iter().flat_map(|stage| self.stages.stages[stage].body.clone())
    }

    /// The commands of RUNs that make the image that is deployed, with their instructions.
    pub fn final_commands(&self) -> impl Iterator<Item = (usize, &Run, &RunCommand)> {
        let runs =
            self.final_instructions().filter_map(|index| Some((index, self.runs.get(&index)?)));
        runs.flat_map(|(index, run)| run.commands.iter().map(move |held| (index, run, held)))
    }

    /// The calls of package managers in these instructions, in file order.
    pub fn packages_in(&self, instructions: Range<usize>) -> &[PackageCall] {
        let before = |end: usize| self.packages.partition_point(|call| call.instruction < end);
        &self.packages[before(instructions.start)..before(instructions.end)]
    }

    /// A place in the Dockerfile.
    pub fn at(&self, span: Span) -> Location {
        Location::new(self.file.source.path(), span)
    }

    /// Spans that hold credentials, by file; sorted, not overlapping. Nothing may show them.
    pub fn masks(&self) -> BTreeMap<ContextPath, Vec<Span>> {
        leaks::masks(&self.leaks)
    }

    /// A place in another file of the project.
    pub fn within(&self, file: &ContextPath, span: Span) -> Location {
        Location::new(file, span)
    }

    /// The instruction with this index.
    pub fn instruction(&self, index: usize) -> &'a Instruction {
        &self.file.instructions[index]
    }

    /// What the ARGs before the first FROM declare, in file order.
    pub fn global_args(&self) -> impl Iterator<Item = &'a Assignment> + use<'a> {
        let end = self.stages.stages.first().map_or(0, |stage| stage.from);
        self.file.instructions[..end].iter().flat_map(|instruction| match &instruction.kind {
            Kind::Arg(pairs) => pairs.as_slice(),
            _ => &[],
        })
    }

    /// The whole lines that the instruction stands in, line ends included.
    pub fn lines(&self, index: usize) -> Span {
        self.lines_of(self.instruction(index).span)
    }

    /// The whole lines of a span, the last line end included.
    pub fn lines_of(&self, span: Span) -> Span {
        let source = &self.file.source;
        let first = source.full_line_span(source.line_of(span.range().start));
        // An empty span at the end would belong to the next line.
        let last = source.full_line_span(source.line_of(span.range().end.saturating_sub(1)));
        first.to(last)
    }

    /// The blanks in front of an instruction, in its line.
    pub fn indent(&self, index: usize) -> &'a str {
        let span = self.instruction(index).span;
        let own = self
            .file
            .source
            .slice(Span::new(self.lines_of(span).range().start, span.range().start));
        if own.trim().is_empty() { own } else { "" }
    }

    /// The lines of an instruction with the comment lines directly above it, which belong to it.
    pub fn lines_with_comments(&self, span: Span) -> Span {
        let source = &self.file.source;
        let mut whole = self.lines_of(span);
        let mut line = source.line_of(span.range().start);
        while line > 1 {
            let above = source.line_span(line - 1);
            let comments = &self.file.comments;
            // The first one that does not end before the line.
            let next = comments.partition_point(|comment| comment.span.end < above.start);
            let is_comment = comments
                .get(next)
                .is_some_and(|comment| comment.span.start <= above.end && !comment.inside);
            if !is_comment || source.slice(above).trim().is_empty() {
                break;
            }
            whole = whole.to(source.full_line_span(line - 1));
            line -= 1;
        }
        whole
    }

    /// The place of the FROM of the final stage, where there is one.
    pub fn final_from(&self) -> Option<Location> {
        self.stages.last().map(|stage| self.at(self.instruction(stage.from).span))
    }
}

fn reference(base: &Base) -> Option<ImageRef> {
    match base {
        Base::Image(text) => ImageRef::parse(text),
        _ => None,
    }
}

fn build_args(project: &Project, options: &Options) -> BTreeMap<String, String> {
    let manifest = project.manifest.iter().flat_map(|manifest| &manifest.build_args);
    let mut out: BTreeMap<String, String> =
        manifest.map(|pair| (pair.key.value.clone(), pair.value.value.clone())).collect();
    out.extend(options.build_args.clone());
    out
}
