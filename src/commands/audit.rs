//! `sandgate audit`.

use std::path::Path;

use super::{manifest::of_folder, policy::Judge, project, remote};
use crate::{
    cli,
    error::Error,
    exit::Exit,
    project::{Project, manifest},
    report,
    shell::Shell,
    ship::{
        blaxel::Fault,
        promote::{self, Audited, Declared, Standing, Target},
    },
};

pub(super) fn run(args: &cli::Audit, shell: &mut Shell) -> Result<Exit, Error> {
    let ended = carry_out(args, shell)?;
    remote::print(&args.call, &ended.text, shell)?;
    Ok(ended.exit)
}

/// What an audit came to.
pub(super) struct Ended {
    /// What is to be printed.
    pub(super) text: String,
    /// What is declared and waits for an approval.
    pub(super) waiting: Vec<Audited>,
    /// How the run ends.
    pub(super) exit: Exit,
}

/// Compares it.
pub(super) fn carry_out(args: &cli::Audit, shell: &mut Shell) -> Result<Ended, Error> {
    let declared = declared(args, shell)?;
    let rows =
        remote::run(&args.call, shell, async |client, _| promote::audit(client, &declared).await)?;
    let text = report::remote::audited(remote::form(&args.call), &rows);
    let any = |standing: Standing| rows.iter().any(|row| row.standing == standing);
    let drifts = [Standing::Missing, Standing::Undeclared, Standing::NoImage];
    let exit = if drifts.into_iter().any(any) {
        Exit::Findings
    } else if any(Standing::Unreadable) {
        Exit::Platform
    } else if any(Standing::Waiting) {
        Exit::Pending
    } else {
        Exit::Done
    };
    let waits = |row: &Audited| row.standing == Standing::Waiting;
    let waiting = rows.into_iter().filter(waits).collect();
    Ok(Ended { text, waiting, exit })
}

/// What the projects declare. A file that cannot be read declares nothing, so it ends the run.
pub(super) fn declared(args: &cli::Audit, shell: &mut Shell) -> Result<Vec<Declared>, Error> {
    let source = cli::Source::default();
    let rules = cli::Rules { policy_from: args.policy_from.clone(), ..cli::Rules::default() };
    let judge = Judge::new(&source, &rules)?;
    let mut out = Vec::new();
    for target in super::search(&args.paths, &judge, shell) {
        let mut settled = judge.settle(&target.root, None);
        for warning in &settled.warnings {
            shell.warn(warning);
        }
        if let Some(problem) = settled.problems.pop() {
            return Err(problem);
        }
        settled.open.no_copied = true;
        let opened = crate::project::open(&target.root, &settled.open)
            .map_err(|err| project::unreadable(&target.root, err))?;
        let name = name(&opened, &target.root);
        let targets: Result<Vec<Target>, Fault> =
            settled.promote_to.iter().map(|text| text.parse()).collect();
        let Some(name) = name else {
            shell.warn(&format!(
                "{}: the name in blaxel.toml is a variable, and is left out",
                project::named(&target.root)
            ));
            continue;
        };
        out.push(Declared {
            image: remote::named(&name)?,
            targets: targets.map_err(Fault::into_error)?,
        });
    }
    Ok(out)
}

/// What the image of a project is called; `None` where only the caller of a build knows.
fn name(project: &Project, root: &Path) -> Option<String> {
    match project.manifest.as_ref().and_then(|file| file.name.as_ref()) {
        Some(name) if manifest::is_interpolated(&name.value) => None,
        Some(name) => Some(name.value.clone()),
        None => Some(of_folder(root)),
    }
}
