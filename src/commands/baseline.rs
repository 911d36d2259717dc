//! `sandgate baseline`.

use std::path::Path;

use super::{
    policy::{self, Judge},
    project::{named, unreadable},
    search,
};
use crate::{
    cli,
    error::Error,
    exit::Exit,
    lint::{self, baseline::Baseline},
    project, repo, settings,
    shell::Shell,
};

pub(super) fn run(args: &cli::Baseline, shell: &mut Shell) -> Result<Exit, Error> {
    let judge = Judge::new(&args.source, &args.rules)?;
    let mut wrong = Vec::new();
    let key = policy::key(&mut wrong);
    if let Some(error) = wrong.pop() {
        return Err(error);
    }
    let dir = args.output.parent().filter(|dir| !dir.as_os_str().is_empty());
    let dir = std::fs::canonicalize(dir.unwrap_or(Path::new("."))).map_err(|err| {
        Error::new(Exit::Usage, "the baseline cannot be written")
            .at(named(&args.output))
            .because(err.to_string())
            .help("name a file in a folder that exists")
    })?;
    let mut baseline = Baseline::default();
    let mut refused = 0;
    for target in search(&args.paths, &judge, shell) {
        let mut settled = judge.settle(&target.root, None);
        if let Some(error) = settled.problems.pop() {
            // The baseline itself is what is written anew.
            if !policy::is_about_baseline(&error) {
                return Err(error);
            }
        }
        if target.dockerfile.is_some() {
            settled.open.dockerfile.clone_from(&target.dockerfile);
        }
        settled.options.accepted = None;
        judge.recall(&mut settled);
        let project = project::open(&target.root, &settled.open)
            .map_err(|err| unreadable(&target.root, err))?;
        let said = settled.warnings.len();
        judge.look_up(&project, &mut settled);
        for warning in &settled.warnings[said..] {
            shell.warn(warning);
        }
        let base = repo::relative(&dir, &target.root).ok_or_else(|| {
            Error::new(Exit::Usage, "the project does not lie below the baseline")
                .at(named(&target.root))
                .help("write the baseline into a folder above the projects")
        })?;
        let outcome = lint::run(&project, &settled.options);
        refused += baseline.add(&project, &outcome.findings, &outcome.masks, &base, key.as_ref());
    }
    super::save(&args.output, |out| out.write_all(baseline.to_json().as_bytes()))?;
    let what = match baseline.len() {
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    shell.status("Accepted", &format!("{what} in {}", named(&args.output)));
    if refused > 0 {
        shell.warn(&format!(
            "{refused} at credentials are left out: remove the credentials, or set {} and run again",
            settings::BASELINE_KEY
        ));
    }
    Ok(Exit::Done)
}
