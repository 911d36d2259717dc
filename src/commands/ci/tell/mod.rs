//! Tells what came of a run where it is read: annotations, the summary, outputs, the record, on GitHub the comment,
//! statuses and deployments, and on GitLab the note. Feedback that cannot be given fails no job; each lacking permission is one notice.

mod begin;
mod calls;
mod check_run;
mod client;
mod comment;
mod comment_calls;
mod deployments;
mod failed;
mod forge;
mod gitlab;
mod gone;
mod outputs;
mod pull;
mod rehearsal;
mod rows;
mod said;
mod summary;
mod unread;
mod wanted;

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use super::{Done, files, scene::Scene};
use crate::{
    cli,
    error::Error,
    exit::Exit,
    record::leg::{self, Leg},
    report,
    shell::{Shell, Verbosity},
    ship::ci::Host,
};

pub(super) use self::{
    begin::{begin, start},
    client::{client, runtime},
    deployments::Begun,
    pull::of_run,
    unread::unread,
};

pub(super) fn run(
    args: &cli::Ci,
    scene: &Scene,
    done: &Done,
    ended: &Result<Exit, Error>,
    shell: &mut Shell,
) -> Result<(), Error> {
    if args.dry_run {
        return rehearsal::print(args, scene, done, ended, shell);
    }
    if scene.host == Host::Github {
        let all = failed::beside(done, ended);
        // The runner reads them wherever they are printed; one that is closed has nobody to tell.
        let _ = shell.out().write_all(all.as_bytes()).and_then(|()| shell.out().flush());
    }
    let record = leg::to_json(&done.legs);
    let file = report_file(args, scene)
        .filter(|path| files::written(path, |out| out.write_all(record.as_bytes()), shell));
    let text = summary::text(args, scene, done, ended);
    if args.feedback.summary
        && let (Some(path), false) = (&scene.github.summary, text.is_empty())
        && let Err(err) = append(path, &text)
    {
        notice(shell, &format!("the summary cannot be written: {err}"));
    }
    let told = match scene.host {
        Host::Github => forge::tell(args, scene, done, is_stopped(ended), shell),
        Host::Gitlab => {
            let comment = gitlab::tell(args, scene, done, is_stopped(ended), shell);
            forge::Told { comment, ..forge::Told::default() }
        }
        _ => forge::Told::default(),
    };
    let own = outputs::own(done, ended, file.as_deref(), &told);
    let put = scene.github.output.as_ref().map_or(Ok(()), |path| {
        append(path, &outputs::file(&outputs::all(&own, done))).map_err(|err| {
            Error::new(Exit::Platform, "the outputs cannot be written")
                .at(path.display().to_string())
                .because(err.to_string())
                .help("GITHUB_OUTPUT names a file that the runner made")
        })
    });
    let kept =
        args.feedback.dotenv.as_ref().filter(|path| !path.as_os_str().is_empty()).map_or(
            Ok(()),
            |path| {
                crate::commands::save(path, |out| out.write_all(outputs::dotenv(&own).as_bytes()))
            },
        );
    for leg in &done.legs {
        // A promotion has one for each workspace.
        for row in report::comment::rows(leg) {
            shell.status("Result", &row.text);
        }
    }
    // One that cannot be written keeps none of the others from being tried, or told.
    let mut errors = [put, kept].into_iter().filter_map(Result::err);
    let first = errors.next();
    for other in errors {
        shell.error(&other);
    }
    first.map_or(Ok(()), Err)
}

/// Whether a signal ended it.
fn is_stopped(ended: &Result<Exit, Error>) -> bool {
    ended.as_ref().is_err_and(|error| error.exit.is_signal())
}

/// Where the record goes.
fn report_file(args: &cli::Ci, scene: &Scene) -> Option<std::path::PathBuf> {
    let given = args.feedback.report_file.clone().filter(|path| !path.as_os_str().is_empty());
    given.or_else(|| scene.github.temp.as_ref().map(|dir| dir.join("sandgate-report.json")))
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(text.as_bytes())
}

/// A remark that GitHub shows beside the run.
pub(super) fn notice(shell: &mut Shell, text: &str) {
    if shell.is_github() {
        shell.command(&report::notice(text));
    } else {
        shell.note(text);
    }
}

/// A warning, which GitHub shows beside the run.
pub(super) fn warning(shell: &mut Shell, text: &str) {
    if shell.is_github() && shell.verbosity() > Verbosity::Quiet {
        shell.command(&report::warning(text));
    } else {
        shell.warn(text);
    }
}

/// Whether something in it is bad.
fn is_bad(leg: &Leg) -> bool {
    report::comment::verdict(leg).1 == report::comment::Standing::Bad
}
