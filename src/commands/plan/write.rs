//! The plan in the form that was asked for.

use std::{fs::OpenOptions, io::Write as _, path::Path};

use crate::{
    cli::{self, PlanFormat},
    error::Error,
    exit::Exit,
    repo::affected::Plan,
    report::plan::{self, Form, Jobs, Output, Outputs, Uncarried},
    settings,
    shell::Shell,
};

pub(super) fn write(args: &cli::Plan, plan: &Plan, shell: &mut Shell) -> Result<Exit, Error> {
    let jobs = Jobs { most: args.max_jobs, run: args.run.clone(), image: args.job_image.clone() };
    let form = form(args.format);
    let mut text = if form == Form::Github {
        let lines = outputs(plan, &jobs, shell)?;
        Outputs { lines, ..Outputs::default() }.text()
    } else {
        plan::write(plan, form, &jobs).map_err(uncarried)?
    };
    let mut for_people = form == Form::Human;
    if form == Form::Github
        && let Some(file) = settings::github_output()
    {
        append(&file, &text)?;
        if args.output.is_none() {
            // Whoever looks at the log sees the same as a table.
            text = plan::human(plan);
            for_people = true;
        }
    }
    if !for_people {
        shell.status("Planned", &plan::summary(plan));
    }
    if let Some(path) = &args.output {
        crate::commands::save(path, |out| out.write_all(text.as_bytes()))?;
        return Ok(Exit::Done);
    }
    let text = if for_people { shell.guarded(&text).into_owned() } else { text };
    crate::commands::written(shell.out().write_all(text.as_bytes()))
}

/// What a GitHub workflow makes its matrices of. What somebody should know is told.
pub(in crate::commands) fn outputs(
    plan: &Plan,
    jobs: &Jobs,
    shell: &mut Shell,
) -> Result<Vec<Output>, Error> {
    let outputs = plan::outputs(plan, jobs).map_err(uncarried)?;
    for warning in &outputs.warnings {
        shell.warn(warning);
    }
    Ok(outputs.lines)
}

fn form(typed: PlanFormat) -> Form {
    match typed {
        PlanFormat::Human => Form::Human,
        PlanFormat::Json => Form::Json,
        PlanFormat::Paths => Form::Paths,
        PlanFormat::Github => Form::Github,
        PlanFormat::Gitlab => Form::Gitlab,
        PlanFormat::Buildkite => Form::Buildkite,
        PlanFormat::Circleci => Form::Circleci,
    }
}

/// The outputs of earlier steps of the job are not lost.
fn append(file: &Path, text: &str) -> Result<(), Error> {
    let mut open = OpenOptions::new();
    let written = open
        .append(true)
        .create(true)
        .open(file)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|err| {
        Error::new(Exit::Usage, "the outputs cannot be written")
            .at(format!("GITHUB_OUTPUT: {}", file.display()))
            .because(err.to_string())
            .help("unset GITHUB_OUTPUT, or name a file that may be written")
    })
}

fn uncarried(refused: Uncarried) -> Error {
    let paths = match refused {
        Uncarried::Paths(paths) => paths,
        Uncarried::TooLarge(output) => {
            return Error::new(
                Exit::Usage,
                format!("the output `{output}` is larger than the megabyte that GitHub takes"),
            )
            .help("plan fewer images at once: name folders, or share them with --shard");
        }
    };
    let mut error = Error::new(Exit::Usage, "a path cannot be passed on to a job as it is");
    for (path, why) in paths {
        error = error.because(format!("`{path}` {why}"));
    }
    error.help(
        "rename the folder, choose its Dockerfile by `[build] dockerfile` of blaxel.toml, or read `--format json`, \
         which holds everything",
    )
}
