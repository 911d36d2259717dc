//! The check of every project: what annotations, SARIF and the legs are made from.

use super::{Done, given, scene::Scene};
use crate::{
    cli,
    commands::{lint, manifest},
    error::Error,
    exit::Exit,
    record::{
        Status,
        leg::{Did, Leg},
    },
    report::{self, Format, Report, Section, comment},
    shell::Shell,
};

/// A project that was checked.
pub(super) struct Project {
    pub(super) folder: std::path::PathBuf,
    pub(super) leg: Leg,
    /// Whether its findings let nothing pass.
    pub(super) stopped: bool,
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
    let looked = lint::look(&lint, shell)?;
    let mut sections = looked.sections();
    for section in &mut sections {
        section.root = scene.at(&section.root);
    }
    let report = Report { sections, imported: Vec::new(), color: shell.err_colors() };
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = report::write(&report, Format::Human, &mut text);
    shell.report(&String::from_utf8_lossy(&text));
    if args.feedback.annotations {
        let _ = report::write(&report, Format::Github, &mut done.annotations);
    }
    if let Some(path) = &args.feedback.sarif_file {
        crate::commands::save(path, |out| report::write(&report, Format::Sarif, out))?;
    }
    let projects = looked.done.iter().zip(&report.sections);
    let projects = projects.map(|(linted, section)| Project {
        folder: linted.folder.clone(),
        leg: leg(args, linted, section),
        stopped: linted.stops(),
    });
    let projects: Vec<Project> = projects.collect();
    if projects.len() > 1 && args.name.as_ref().is_some_and(|name| !name.is_empty()) {
        return Err(Error::new(Exit::Usage, format!("one name, and {} projects", projects.len()))
            .at("--name")
            .help("name one project with `path`, or leave the names to blaxel.toml"));
    }
    Ok((projects, looked.exit()))
}

fn leg(args: &cli::Ci, linted: &lint::Linted, section: &Section<'_>) -> Leg {
    let named = linted.project.manifest.as_ref().and_then(|file| file.name.as_ref());
    let image = given::some(args.name.as_ref())
        .or_else(|| named.map(|name| name.value.clone()))
        .unwrap_or_else(|| manifest::of_folder(&linted.folder));
    Leg {
        image,
        path: section.root.clone(),
        did: Did::Lint,
        status: if linted.stops() { Status::Refused } else { Status::Succeeded },
        lint: comment::lint(section, &linted.added),
        ..Leg::default()
    }
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
