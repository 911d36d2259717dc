//! `sandgate lint`.

mod all;
mod imported;
mod linted;
mod look;
mod one;
mod stdin;

use std::io::{self, Write as _};

#[cfg(feature = "remote")]
pub(super) use self::linted::Linted;
pub(super) use self::look::{Looked, look};
use crate::{
    cli,
    error::Error,
    exit::Exit,
    report::{self, Format, Report},
    shell::{Shell, Verbosity},
};

pub(super) fn run(args: &cli::Lint, shell: &mut Shell) -> Result<Exit, Error> {
    let looked = look(args, shell)?;
    if shell.verbosity() == Verbosity::Verbose {
        let sections = looked.sections();
        for section in &sections {
            for line in report::start::lines(section, sections.len() > 1) {
                shell.detail(&line);
            }
        }
    }
    let color = shell.colors() && args.output.is_none();
    let report = Report { sections: looked.sections(), imported: looked.imported.clone(), color };
    // The other forms hold nothing that the runner obeys but what is meant for it.
    let is_text = args.diff
        || matches!(args.format, cli::Format::Human | cli::Format::Short | cli::Format::Markdown);
    let written = match &args.output {
        Some(path) => {
            super::save(path, |out| write(args, &looked, &report, out)).map(|()| Exit::Done)?
        }
        None if is_text && shell.is_guarded() => {
            let mut text = Vec::new();
            let made = write(args, &looked, &report, &mut text);
            let text = shell.guarded(&String::from_utf8_lossy(&text)).into_owned();
            super::written(made.and_then(|()| shell.out().write_all(text.as_bytes())))?
        }
        None => super::written(write(args, &looked, &report, shell.out()))?,
    };
    Ok(match looked.exit() {
        Exit::Done => written,
        exit => exit,
    })
}

fn write(
    args: &cli::Lint,
    looked: &Looked,
    report: &Report<'_>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    // Formats write piece by piece, and each piece would be a call of the system.
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    if args.diff {
        for (linted, section) in looked.done.iter().zip(&report.sections) {
            report::diff::write(section, &linted.changes, &mut out)?;
        }
    } else {
        report::write(report, format(args.format), &mut out)?;
    }
    out.flush()
}

fn format(typed: cli::Format) -> Format {
    match typed {
        cli::Format::Human => Format::Human,
        cli::Format::Short => Format::Short,
        cli::Format::Json => Format::Json,
        cli::Format::Github => Format::Github,
        cli::Format::Sarif => Format::Sarif,
        cli::Format::Gitlab => Format::Gitlab,
        cli::Format::Checkstyle => Format::Checkstyle,
        cli::Format::Junit => Format::Junit,
        cli::Format::Markdown => Format::Markdown,
    }
}
