//! The build: what becomes of an uploaded archive, in the words of the builder.

use std::{collections::BTreeMap, fmt::Write as _, fs::File};

use super::{
    archive::{self, Archive, Entry},
    recipe::{self, Instruction},
    scenario::Scenario,
    sign::hex,
};
use sha2::{Digest as _, Sha256};

/// What an image weighs beside its context: a small base and sandbox-api.
const BASE_SIZE: u64 = 96 * 1024 * 1024;

/// Lines that try to command a CI system or a terminal that shows them.
const HOSTILE: &[&str] = &[
    "::error::forged by the build",
    "  ::add-mask::a",
    "::stop-commands::a",
    "::a::",
    "::set-output name=image::forged",
    "##[group]forged by the build",
    "text in front ##[error]forged by the build",
    "10 %\r::warning::after a carriage return",
    "half\r\n::notice::after a line end",
    "\u{1b}[31mred\u{1b}[0m \u{1b}]0;forged title\u{7}and \u{1b}[2J\u{1b}[Hcleared",
    "right to left \u{202e}drow",
    "\u{85}::debug::after a next-line",
];

/// How many lines a step of a long log writes.
const LONG: u32 = 2500;

/// What becomes of an upload.
pub(super) struct Verdict {
    /// Equal for builds that the platform considers identical.
    pub(super) digest: String,
    /// Lines of the build.
    pub(super) log: Vec<Line>,
    pub(super) outcome: Outcome,
}

/// How a build ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The archive is not accepted; nothing is built.
    Refused(String),
    /// A step fails.
    Fails(String),
    /// There is an image.
    Builds {
        /// Bytes.
        size: u64,
    },
}

/// A line of the build's log.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) error: bool,
}

/// Builds an archive. `settings` are the build labels, which are part of what is built.
pub(super) fn run(
    file: &mut File,
    settings: &BTreeMap<String, String>,
    scenario: Scenario,
) -> Verdict {
    let refused = |reason: String| Verdict {
        digest: String::new(),
        log: Vec::new(),
        outcome: Outcome::Refused(reason),
    };
    let archive = match archive::read(file) {
        Ok(archive) => archive,
        Err(reason) => return refused(reason),
    };
    let mut digest = Sha256::new();
    digest.update(&archive.digest);
    for (name, value) in settings {
        digest.update(format!("{name}={value}\n"));
    }
    let digest = hex(&digest.finalize());
    let mut log = Log::default();
    let outcome = match recipe::read(&archive.dockerfile) {
        Ok(instructions) => steps(&archive, &instructions, scenario, &mut log),
        Err(reason) => {
            log.say(1, "[internal] load build definition from Dockerfile");
            log.fail(&format!("ERROR: failed to solve: {reason}"));
            Outcome::Fails(format!("error: failed to solve: {reason}"))
        }
    };
    Verdict { digest, log: log.lines, outcome }
}

#[derive(Default)]
struct Log {
    lines: Vec<Line>,
}

impl Log {
    fn say(&mut self, vertex: usize, text: &str) {
        self.lines.push(Line { text: format!("#{vertex} {text}"), error: false });
    }

    fn fail(&mut self, text: &str) {
        for line in text.lines() {
            self.lines.push(Line { text: line.to_owned(), error: true });
        }
    }
}

/// Goes through the steps of every stage that is needed.
fn steps(
    archive: &Archive,
    instructions: &[Instruction],
    scenario: Scenario,
    log: &mut Log,
) -> Outcome {
    let needed = recipe::needed(instructions);
    let mut vertex = 1;
    log.say(1, "[internal] load build definition from Dockerfile");
    log.say(1, &format!("transferring dockerfile: {}B done", archive.dockerfile.len()));
    log.say(1, "DONE 0.0s");
    for base in
        instructions.iter().filter(|one| one.keyword == "FROM" && needed.contains(&one.stage))
    {
        let named = instructions[..].iter().any(|one| one.stage_name() == Some(base.base()));
        if !named && base.base() != "scratch" {
            vertex += 1;
            log.say(vertex, &format!("[internal] load metadata for {}", base.base()));
            log.say(vertex, "DONE 0.3s");
        }
    }
    vertex += 1;
    log.say(vertex, "[internal] load .dockerignore");
    log.say(vertex, "DONE 0.0s");
    vertex += 1;
    log.say(vertex, "[internal] load build context");
    log.say(vertex, &format!("transferring context: {}B done", archive.unpacked));
    log.say(vertex, "DONE 0.1s");

    let is_step = |one: &&Instruction| {
        needed.contains(&one.stage)
            && matches!(one.keyword.as_str(), "FROM" | "RUN" | "COPY" | "ADD" | "WORKDIR")
    };
    let doomed = matches!(scenario, Scenario::BuildFails | Scenario::HostileLog)
        .then(|| instructions.iter().filter(is_step).rfind(|one| one.keyword == "RUN"))
        .flatten();
    let talks = (scenario == Scenario::LongLog)
        .then(|| instructions.iter().filter(is_step).rfind(|one| one.keyword == "RUN"))
        .flatten();
    let stages = instructions.iter().filter(|one| one.keyword == "FROM").count();
    let (mut stage, mut number) = (usize::MAX, 0);
    for one in instructions.iter().filter(is_step) {
        vertex += 1;
        if one.stage != stage {
            (stage, number) = (one.stage, 0);
        }
        number += 1;
        let total =
            instructions.iter().filter(is_step).filter(|other| other.stage == stage).count();
        let name = instructions
            .iter()
            .filter(|other| other.keyword == "FROM")
            .nth(stage)
            .and_then(Instruction::stage_name)
            .map_or_else(|| format!("stage-{stage}"), str::to_owned);
        let place = if stages == 1 { String::new() } else { format!("{name} ") };
        let step = format!("[{place}{number}/{total}] {} {}", one.keyword, one.rest);
        log.say(vertex, &step);
        if talks.is_some_and(|talks| talks.line == one.line) {
            for line in 1..=LONG {
                log.say(vertex, &format!("0.1 line {line} of {LONG}"));
            }
        }
        let fault = missing(archive, one).map(|path| {
            format!(
                "failed to compute cache key: failed to calculate checksum of ref sim::{}: {path}",
                archive.digest.get(..12).unwrap_or_default()
            )
        });
        let fault = fault.or_else(|| {
            doomed.is_some_and(|doomed| doomed.line == one.line).then(|| {
                if scenario == Scenario::HostileLog {
                    let lines = HOSTILE.iter().map(|line| (*line).to_owned());
                    log.lines.extend(lines.map(|text| Line { text, error: false }));
                }
                log.say(
                    vertex,
                    &format!("0.214 the simulator fails this step: scenario {}", scenario.name()),
                );
                let command = one.split().1;
                format!(
                    "process \"/bin/sh -c {command}\" did not complete successfully: exit code: 1"
                )
            })
        });
        if let Some(fault) = fault {
            log.say(vertex, &format!("ERROR: {fault}"));
            let told = format!(
                "------\n > {step}:\n------\n{}error: failed to solve: {fault}",
                excerpt(&archive.dockerfile, one)
            );
            log.fail(&told);
            return Outcome::Fails(told);
        }
        log.say(vertex, "DONE 0.2s");
    }
    if scenario == Scenario::BuildFails {
        let told = "error: failed to solve: the builder was lost (scenario build-fails; the Dockerfile has no RUN)";
        log.fail(told);
        return Outcome::Fails(told.to_owned());
    }
    vertex += 1;
    log.say(vertex, "exporting to image");
    log.say(vertex, "exporting layers done");
    log.say(vertex, "DONE 0.4s");
    Outcome::Builds { size: BASE_SIZE + archive.unpacked }
}

/// The lines around an instruction, as the builder shows them.
fn excerpt(text: &str, one: &Instruction) -> String {
    let mut out = format!("Dockerfile:{}\n--------------------\n", one.line);
    let from = one.line.saturating_sub(2).max(1);
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if (from..=one.last + 2).contains(&number) {
            let mark = if (one.line..=one.last).contains(&number) { ">>>" } else { "   " };
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{number:>4} | {mark} {line}");
        }
    }
    out.push_str("--------------------\n");
    out
}

/// The complaint about the first source of a `COPY` or `ADD` that is not in the context.
fn missing(archive: &Archive, one: &Instruction) -> Option<String> {
    let hidden = archive.ignore.as_deref().and_then(simple_ignore);
    let visible = |path: &str| {
        !hidden.as_ref().is_some_and(|rules| rules.iter().any(|rule| covers(rule, path)))
    };
    for source in one.context_sources()? {
        let parts: Vec<&str> =
            source.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if parts.contains(&"..") {
            // It is taken from the root then; rare enough to let it pass.
            continue;
        }
        let plain: Vec<&str> =
            parts.iter().copied().take_while(|part| !part.contains(['*', '?', '['])).collect();
        // A pattern that matches nothing is no fault for BuildKit, unless the folder before it is missing.
        let path = plain.join("/");
        if path.is_empty() || exists(archive, &path, &visible) {
            continue;
        }
        return Some(if plain.len() == parts.len() {
            format!("\"/{path}\": not found")
        } else {
            format!("lstat /{path}: no such file or directory")
        });
    }
    None
}

fn exists(archive: &Archive, path: &str, visible: &dyn Fn(&str) -> bool) -> bool {
    let below = format!("{path}/");
    let through_link = path.match_indices('/').any(|(end, _)| {
        archive.entries.get(&path[..end]).is_some_and(|entry| *entry == Entry::Link)
    });
    through_link
        || (archive.entries.contains_key(path) && visible(path))
        || archive
            .entries
            .range(below.clone()..)
            .take_while(|(name, _)| name.starts_with(&below))
            .any(|(name, _)| visible(name))
}

/// The patterns of an ignore file, if all of them are of the simplest kind.
fn simple_ignore(text: &str) -> Option<Vec<String>> {
    let mut out = Vec::new();
    for line in
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let odd = line.starts_with('!') || line.contains("**") || line.contains("..");
        if odd || line.contains(['?', '[', '\\', '\u{feff}']) {
            return None;
        }
        let line = line.trim_start_matches("./").trim_matches('/');
        if !line.is_empty() && line != "." {
            out.push(line.to_owned());
        }
    }
    Some(out)
}

/// Whether a pattern covers a path or a folder above it.
fn covers(rule: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    rule.split('/').all(|piece| {
        parts.next().is_some_and(|part| match piece.split_once('*') {
            None => piece == part,
            Some((start, end)) if !end.contains('*') => {
                part.len() >= start.len() + end.len()
                    && part.starts_with(start)
                    && part.ends_with(end)
            }
            Some(_) => false,
        })
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn built(files: &[(&str, &str)], scenario: Scenario) -> Verdict {
        let mut writer = zip::ZipWriter::new(tempfile::tempfile().unwrap());
        for (name, text) in files {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        run(&mut writer.finish().unwrap(), &BTreeMap::new(), scenario)
    }

    #[test]
    fn the_log_names_the_steps_of_the_uploaded_file() {
        let dockerfile = "FROM node:24 AS build\nRUN npm ci\nFROM alpine\nWORKDIR /app\nCOPY --from=build /x /x\n";
        let verdict = built(&[("Dockerfile", dockerfile)], Scenario::Happy);
        assert!(matches!(verdict.outcome, Outcome::Builds { .. }), "{:?}", verdict.outcome);
        let log: Vec<&str> = verdict.log.iter().map(|line| line.text.as_str()).collect();
        for line in [
            "#2 [internal] load metadata for node:24",
            "#3 [internal] load metadata for alpine",
            "#6 [build 1/2] FROM node:24 AS build",
            "#7 [build 2/2] RUN npm ci",
            "#8 [stage-1 1/3] FROM alpine",
            "#10 [stage-1 3/3] COPY --from=build /x /x",
        ] {
            assert!(log.contains(&line), "{line} is not in {log:#?}");
        }
    }

    #[test]
    fn the_last_run_fails_when_it_shall() {
        let dockerfile = "FROM alpine\nRUN one\nRUN two \\\n    three\nCMD [\"x\"]\n";
        let Outcome::Fails(message) =
            built(&[("Dockerfile", dockerfile)], Scenario::BuildFails).outcome
        else {
            panic!("it did not fail");
        };
        for part in [
            "> [3/3] RUN two     three:",
            "Dockerfile:3\n",
            "   3 | >>> RUN two \\\n   4 | >>>     three\n",
            "   5 |     CMD",
            "error: failed to solve: process \"/bin/sh -c two     three\" did not complete successfully: exit code: 1",
        ] {
            assert!(message.contains(part), "{part:?} is not in {message}");
        }
    }

    #[test]
    fn a_source_that_was_not_sent_fails_the_build() {
        let cases: &[(&str, Option<&str>)] = &[
            ("COPY a.txt /", None),
            ("COPY ./a.txt /", None),
            ("COPY . /", None),
            ("COPY dir /d", None),
            ("COPY dir/ /d", None),
            ("COPY dir/*.js /d", None),
            ("COPY *.nothing /d", None),
            ("COPY $X /d", None),
            ("COPY missing /d", Some("\"/missing\": not found")),
            ("COPY a.txt di /d", Some("\"/di\": not found")),
            ("ADD dir/none /d", Some("\"/dir/none\": not found")),
            ("COPY none/*.js /d", Some("lstat /none: no such file or directory")),
            ("COPY hidden.log /d", Some("\"/hidden.log\": not found")),
            ("COPY node_modules /d", Some("\"/node_modules\": not found")),
        ];
        for (line, fault) in cases {
            let dockerfile = format!("FROM alpine\n{line}\n");
            let files = [
                ("Dockerfile", dockerfile.as_str()),
                (".dockerignore", "# logs\n*.log\n/node_modules/\n"),
                ("a.txt", ""),
                ("dir/b.js", ""),
                ("hidden.log", ""),
                ("node_modules/x/y", ""),
            ];
            match (built(&files, Scenario::Happy).outcome, fault) {
                (Outcome::Builds { .. }, None) => {}
                (Outcome::Fails(message), Some(fault)) => {
                    assert!(message.contains(fault), "{line}: {message}");
                    assert!(
                        message.contains("Dockerfile:2") && message.contains(">>>"),
                        "{message}"
                    );
                }
                (outcome, _) => panic!("{line}: {outcome:?}"),
            }
        }
    }

    #[test]
    fn a_stage_that_nobody_needs_is_not_built() {
        let files = [("Dockerfile", "FROM a AS unused\nCOPY missing /\nFROM b\n")];
        assert!(matches!(built(&files, Scenario::Happy).outcome, Outcome::Builds { .. }));
    }
}
