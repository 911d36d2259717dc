//! The check of every project: what annotations, SARIF and the legs are made from.

use std::path::{Path, PathBuf};

use super::{Done, empty, files, given, names, scene::Scene};
use crate::{
    cli,
    commands::{lint, manifest, vars::Vars},
    error::Error,
    exit::Exit,
    project::manifest::{Manifest, is_name},
    record::{
        Status,
        leg::{Did, Leg},
    },
    report::{self, Format, Report, Section, comment},
    shell::Shell,
};

/// Where a project is.
pub(super) struct At {
    pub(super) folder: PathBuf,
    /// Its Dockerfile, where a path names it.
    pub(super) dockerfile: Option<String>,
}

/// A project that was checked.
pub(super) struct Project {
    pub(super) at: At,
    pub(super) leg: Leg,
    /// Whether its findings let nothing pass.
    pub(super) stopped: bool,
    /// Workspaces that its settings keep builds away from.
    pub(super) protected: Vec<String>,
    /// The name that it shares with another project.
    pub(super) twin: Option<String>,
    /// Nothing gives it a name, neither its settings nor its folder.
    pub(super) unnamed: bool,
}

/// Checks them all. What was found is told on standard error, as annotations and as SARIF.
pub(super) fn run(
    args: &cli::Ci,
    scene: &Scene,
    done: &mut Done,
    shell: &mut Shell,
) -> Result<(Vec<Project>, Exit), Error> {
    let lint = cli::Lint {
        paths: given::paths(&args.paths),
        stdin: false,
        stdin_filename: "Dockerfile".into(),
        import_sarif: Vec::new(),
        format: cli::Format::Human,
        output: None,
        fail_on: args.fail_on,
        fix: false,
        diff: false,
        unsafe_fixes: false,
        rules: rules(scene),
        source: source(args, scene),
    };
    let looked = lint::look(&lint, shell).map_err(|error| empty::told(&lint.paths, error))?;
    let mut sections = looked.sections();
    for section in &mut sections {
        section.root = scene.within.at(&section.root);
    }
    let report = Report { sections, imported: Vec::new(), color: shell.err_colors() };
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = report::write(&report, Format::Human, &mut text);
    shell.report(&String::from_utf8_lossy(&text));
    if args.feedback.annotations {
        let _ = report::write(&report, Format::Github, &mut done.annotations);
    }
    files::found(args, &report, done, shell);
    let projects = looked.done.iter().zip(&report.sections);
    let projects = projects.map(|(linted, section)| Project {
        at: At { folder: linted.folder.clone(), dockerfile: linted.dockerfile.clone() },
        leg: leg(args, scene, linted, section),
        stopped: linted.stops(),
        protected: linted.settled.protected.clone(),
        twin: None,
        unnamed: false,
    });
    let mut projects: Vec<Project> = projects.collect();
    names::settle(&mut projects);
    if projects.len() > 1 && args.name.as_ref().is_some_and(|name| !name.is_empty()) {
        return Err(Error::new(Exit::Usage, format!("one name, and {} projects", projects.len()))
            .at("--name")
            .help("name one project with `path`, or leave the names to blaxel.toml"));
    }
    Ok((projects, looked.exit()))
}

fn leg(args: &cli::Ci, scene: &Scene, linted: &lint::Linted, section: &Section<'_>) -> Leg {
    let leg = Leg {
        image: name(args, linted.project.manifest.as_ref(), &linted.folder),
        path: section.root.clone(),
        workspace: scene.workspace.clone(),
        did: Did::Lint,
        status: if linted.stops() { Status::Refused } else { Status::Succeeded },
        lint: comment::lint(section, &linted.added),
        ..Leg::default()
    };
    let dockerfile = section.path(linted.project.dockerfile.source.path());
    Leg { dockerfile: (dockerfile != leg.dockerfile()).then_some(dockerfile), ..leg }
}

/// The name of an image, as it is going to be built: its row is named by it before.
pub(super) fn name(args: &cli::Ci, file: Option<&Manifest>, folder: &Path) -> String {
    let named = file.and_then(|file| file.name.as_ref());
    let filled = named.and_then(|name| {
        let vars = Vars::read(&given::lines(&args.vars)).ok()?;
        vars.fill("name", &name.value).ok()
    });
    given::some(args.name.as_ref())
        .or_else(|| filled.filter(|name| is_name(name)))
        .unwrap_or_else(|| manifest::of_folder(folder))
}

/// Whose settings judge: those of the base, in a pull request.
pub(super) fn rules(scene: &Scene) -> cli::Rules {
    cli::Rules { policy_from: scene.policy.clone(), ..cli::Rules::default() }
}

pub(super) fn source(args: &cli::Ci, scene: &Scene) -> cli::Source {
    cli::Source {
        build_args: given::lines(&args.build_args),
        no_config: scene.no_config,
        ..cli::Source::default()
    }
}
