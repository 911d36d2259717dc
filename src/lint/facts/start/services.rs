//! Supervisors: what they start is written in files.

use std::ops::Range;

use super::{
    super::{
        super::diagnostic::Location,
        images::{Lookup, Origin, Root},
        runs::base,
    },
    Arg, Chain, End,
};
use crate::project::script;

impl Chain<'_> {
    /// What a supervisor starts; `None` where the program is none.
    pub(super) fn services(&mut self, argv: &[Arg], by: &Location) -> Option<End> {
        let program = argv.first()?.as_deref()?;
        // what a supervisor lacks, it says and tries again
        let sure = std::mem::take(&mut self.sure);
        let end = match base(program) {
            "supervisord" => Some(self.supervisord(argv, by)),
            "init" | "s6-svscan" | "runsvdir" | "my_init" | "runit-init" | "runit" | "svscan" => {
                Some(self.run_files(program, by))
            }
            _ => None,
        };
        self.sure = sure;
        end
    }

    fn supervisord(&mut self, argv: &[Arg], by: &Location) -> End {
        let words: Vec<&str> = argv.iter().map(|arg| arg.as_deref().unwrap_or("")).collect();
        let at = words.iter().position(|word| matches!(*word, "-c" | "--configuration"));
        let given = at
            .and_then(|at| words.get(at + 1).copied())
            .or_else(|| words.iter().find_map(|word| word.strip_prefix("--configuration=")));
        let mut paths: Vec<String> = Vec::new();
        let mut unknown = false;
        if let Some(given) = given {
            let (path, found) = self.resolve_file(given);
            match found {
                Lookup::Placed(_) => paths.push(path),
                Lookup::Absent => return End::Missing { path, location: by.clone() },
                Lookup::Unknown if self.is_lost(&path) => {
                    return End::Missing { path, location: by.clone() };
                }
                // the base's own file, which reads those of the default places
                Lookup::Unknown => unknown = true,
            }
        }
        // included files, and the default places
        let extra = self.fs.paths.keys().filter(|path| {
            path.contains("supervisor") && [".conf", ".ini"].iter().any(|end| path.ends_with(end))
        });
        for path in extra {
            if !paths.contains(path) {
                paths.push(path.clone());
            }
        }
        let mut last = None;
        for path in &paths {
            let Some(placed) = self.fs.paths.get(path) else { continue };
            let Some((text, at)) = self.text_of(placed) else { return End::Unknown };
            let hops = self.start.hops.len();
            let placed = placed.clone();
            self.hop(by.clone(), format!("supervisord reads `{path}`"));
            self.origin(path, &placed);
            if let Origin::Context(file) = &placed.origin {
                last.get_or_insert((path.clone(), Location::whole(file)));
            }
            let text = without_comments(&text);
            for (line, range) in commands_of(&text) {
                let by = self.placed_at(&at, range);
                for command in script::parse(&line).commands {
                    let mut argv: Vec<Arg> = command
                        .words
                        .iter()
                        .map(|word| Some(word.literal.as_deref()?.to_owned()))
                        .collect();
                    if !argv.is_empty()
                        && let End::Api(mut api) = self.run(&mut argv, &by, true, true)
                    {
                        api.reached = super::Reached::Held;
                        return End::Api(api);
                    }
                }
            }
            // a section may be named for it, and a log
            let tells = |line: &str| {
                line.split_once('=').is_some_and(|(key, value)| {
                    matches!(key.trim(), "command" | "files") && value.contains("sandbox-api")
                })
            };
            if text.lines().any(tells) {
                return End::Unknown;
            }
            self.start.hops.truncate(hops);
        }
        match last {
            _ if unknown => End::Unknown,
            Some((what, location)) => End::Other { what, location, script: true },
            None => End::Unknown,
        }
    }

    /// Whether a file of the project by this name is meant, and not in the image.
    fn is_lost(&self, path: &str) -> bool {
        let brought = |package: &String| package == "*" || package.contains("supervisor");
        matches!(self.fs.root, Root::Official(_))
            && !self.fs.opaque
            && !self.fs.packages.iter().any(brought)
            && !self.fs.filled.iter().any(|dir| path.starts_with(dir.as_str()))
            && self.project.tree.entries.iter().any(|entry| entry.path.name() == base(path))
    }

    /// `run` files of s6, runit and their like.
    fn run_files(&mut self, program: &str, by: &Location) -> End {
        let files: Vec<_> = self
            .fs
            .paths
            .iter()
            .filter(|(path, _)| {
                let name = base(path);
                (matches!(name, "run" | "up")
                    || path.contains("cont-init")
                    || path.contains("/my_init.d/"))
                    && ["s6", "services.d", "service", "cont-init", "my_init.d", "/sv/"]
                        .iter()
                        .any(|part| path.contains(part))
            })
            .map(|(path, placed)| (path.clone(), placed.clone()))
            .collect();
        // a package brings services of its own, and none that starts sandbox-api
        let outside = |dir: &String| {
            ["/etc", "/service", "/run", "/sv"].iter().any(|at| dir == "/" || dir.starts_with(at))
        };
        let mut known = matches!(self.fs.root, Root::Official(_))
            && !self.fs.opaque
            && !files.is_empty()
            && !self.fs.filled.iter().any(outside);
        for (path, placed) in files {
            known &= self.text_of(&placed).is_some();
            let names = self.text_of(&placed).is_some_and(|(text, _)| text.contains("sandbox-api"));
            let mut argv = vec![Some(path.clone())];
            let (scripts, hops) = (self.start.scripts.len(), self.start.hops.len());
            let end = self.program(&mut argv, path, &placed, by, true, true);
            self.start.scripts.truncate(scripts);
            match end {
                End::Api(mut api) => {
                    api.reached = super::Reached::Held;
                    return End::Api(api);
                }
                _ if names => return End::Unknown,
                end => {
                    known &= !matches!(end, End::Unknown);
                    self.start.hops.truncate(hops);
                }
            }
        }
        if known {
            let what = base(program).to_owned();
            return End::Other { what, location: by.clone(), script: false };
        }
        End::Unknown
    }
}

/// The text with comment lines as blanks; offsets stay.
fn without_comments(text: &str) -> String {
    let line = |line: &str| match line.trim_start().as_bytes().first() {
        Some(b';' | b'#') => format!("{}\n", " ".repeat(line.len().saturating_sub(1))),
        _ => line.to_owned(),
    };
    text.split_inclusive('\n').map(line).collect()
}

/// The values of `command=` in the programs of a supervisor configuration, and where they stand.
fn commands_of(text: &str) -> Vec<(String, Range<usize>)> {
    let mut program = false;
    let (mut out, mut at) = (Vec::new(), 0);
    for raw in text.split_inclusive('\n') {
        let start = at;
        at += raw.len();
        let line = raw.trim();
        if line.starts_with('[') {
            program = line.starts_with("[program:");
        } else if program
            && let Some((key, value)) = line.split_once('=')
            && key.trim() == "command"
        {
            // `;` behind a blank starts a comment
            let value = value.split(" ;").next().unwrap_or(value).trim();
            out.push((value.to_owned(), start..start + raw.trim_end().len()));
        }
    }
    out
}
