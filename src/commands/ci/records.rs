//! Records of jobs, from files and folders that anybody may have filled.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    error::Error,
    exit::Exit,
    record::{
        Status,
        leg::{self, Did, Failure, Leg},
    },
    repo,
    shell::Shell,
};

/// Records that are larger are none, in bytes.
const LARGEST: u64 = 8 << 20;
/// The most files that are read, and the most bytes of them.
const FILES: usize = 10_000;
const BYTES: usize = 128 << 20;

/// Every record of files and folders, in the order of their names. What cannot be read hides no other, and is told as a job
/// of which nobody knows how it ended: a report is never good because something is missing in it.
pub(super) fn gather(paths: &[PathBuf], shell: &mut Shell) -> Result<Vec<Leg>, Error> {
    let mut found = Found::default();
    for path in paths {
        found.collect(path, 0);
    }
    found.files.sort();
    let mut bytes = 0;
    for (number, file) in std::mem::take(&mut found.files).into_iter().enumerate() {
        if bytes > BYTES || number >= FILES {
            let most = format!("no more than {FILES} records, of {} MiB, are read", BYTES >> 20);
            found.lost.push((file, most));
            break;
        }
        match repo::read_up_to(&file, LARGEST) {
            Ok(read) => {
                bytes += read.len();
                found.read(file, &String::from_utf8_lossy(&read), shell);
            }
            Err(why) => found.lost.push((file, why)),
        }
    }
    let Found { mut legs, lost, .. } = found;
    if legs.is_empty() {
        let mut error = Error::new(Exit::Usage, "there is no record of a job")
            .at(paths.first().map(|path| path.display().to_string()).unwrap_or_default())
            .help(
                "give files that `sandgate ci` wrote (output `report-path`), or a folder with them",
            );
        for (file, why) in lost {
            error = error.because(format!("{}: {why}", file.display()));
        }
        return Err(error);
    }
    let newest = legs.iter().max_by_key(|leg| (leg.run.id, leg.run.attempt)).cloned();
    let newest = newest.unwrap_or_default();
    legs.extend(lost.into_iter().zip(1..).map(|((file, why), number)| {
        shell.warn(&format!("{}: {why}", file.display()));
        Leg {
            image: format!("{UNREADABLE}-{number}"),
            commit: newest.commit.clone(),
            run: newest.run.clone(),
            pull: newest.pull,
            did: if newest.did == Did::Promote { Did::Lint } else { newest.did },
            status: Status::Error,
            failure: Some(Failure {
                cause: format!("the record {} cannot be read: {why}", file.display()),
                help: Some("see the log of the job that wrote it".into()),
                ..Failure::default()
            }),
            ..Leg::default()
        }
    }));
    Ok(legs)
}

/// What a record that cannot be read is called in place of its image.
const UNREADABLE: &str = "unreadable-record";

/// Whether it stands for a record that cannot be read.
pub(super) fn is_unreadable(leg: &Leg) -> bool {
    leg.status == Status::Error && leg.image.starts_with(UNREADABLE)
}

#[derive(Default)]
struct Found {
    files: Vec<PathBuf>,
    legs: Vec<Leg>,
    /// What may be a record, and why it cannot be read.
    lost: Vec<(PathBuf, String)>,
}

impl Found {
    fn read(&mut self, file: PathBuf, text: &str, shell: &mut Shell) {
        match leg::read_all(text) {
            Ok(read) => {
                for leg in read {
                    match leg {
                        Ok(leg) => self.legs.push(leg),
                        Err(why) => self.lost.push((file.clone(), why)),
                    }
                }
            }
            // Other files may lie there, too.
            Err(why) => match other(text) {
                Some(what) => {
                    shell.warn(&format!("{} is no record of a job: {what}", file.display()));
                }
                None => self.lost.push((file, why)),
            },
        }
    }

    fn collect(&mut self, path: &Path, depth: usize) {
        // No link is followed: what an artifact holds stays inside it.
        let Ok(meta) = fs::symlink_metadata(path) else { return self.files.push(path.to_owned()) };
        if meta.is_file() && (depth == 0 || path.extension().is_some_and(|ext| ext == "json")) {
            self.files.push(path.to_owned());
        } else if meta.is_dir() && depth < 4 {
            match fs::read_dir(path) {
                Ok(entries) => {
                    for entry in entries.filter_map(Result::ok) {
                        self.collect(&entry.path(), depth + 1);
                    }
                }
                Err(err) => self.lost.push((path.to_owned(), err.to_string())),
            }
        }
    }
}

/// What a file is that is whole, and is no record of a job.
fn other(text: &str) -> Option<&'static str> {
    let value: Value = serde_json::from_str(text).ok()?;
    if matches!(value["kind"].as_str(), Some("leg" | "legs")) {
        return None;
    }
    Some(match value["action"].as_str() {
        Some("push" | "deploy") => {
            "`--record` wrote it, which `sandgate plan` reads; a report tells of what `sandgate ci` did"
        }
        _ => "it is some other JSON",
    })
}
