//! supervisord: what it starts is written in its configuration.

use std::collections::{BTreeSet, HashMap};

use globset::{GlobBuilder, GlobSetBuilder};

use super::{
    super::{
        super::diagnostic::Location,
        images::{Lookup, Origin, Placed, Root},
        runs::{base, is_shell_name},
    },
    Arg, Chain, End, Hold, Reached, TextAt,
    ini::{self, Section},
};
use crate::project::{
    path::{ContextPath, absolute},
    script::{self, ShellWord},
};

/// Where the packages of supervisord keep its configuration, in which it is not told to stay.
const MAIN: [&str; 2] = ["/etc/supervisor/supervisord.conf", "/etc/supervisord.conf"];
/// What supervisord takes for no.
const FALSE: [&str; 4] = ["false", "no", "off", "0"];
/// What stands for the directory of a configuration.
const HERE: &str = "%(here)s";
/// How many patterns of files are looked for; nobody writes more.
const MOST_PATTERNS: usize = 100;

/// A configuration of supervisord in the image.
struct Configuration {
    path: String,
    placed: Placed,
    sections: Vec<Section>,
    at: TextAt,
}

impl Chain<'_> {
    pub(super) fn supervisord(&mut self, argv: &[Arg], by: &Location) -> End {
        let words: Vec<&str> = argv.iter().map(|arg| arg.as_deref().unwrap_or("")).collect();
        let at = words.iter().position(|word| matches!(*word, "-c" | "-nc" | "--configuration"));
        let given = at.and_then(|at| words.get(at + 1).copied()).or_else(|| {
            words.iter().find_map(|word| {
                let short = || word.strip_prefix("-c").filter(|path| !path.is_empty());
                word.strip_prefix("--configuration=").or_else(short)
            })
        });
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
        if paths.is_empty() {
            paths = self.usual_configurations();
        }
        let packaged = given.is_none_or(|given| MAIN.contains(&given))
            && self.fs.packages.iter().any(|package| package.contains("supervisor"));
        let (files, mut hidden) = self.configurations(paths);
        let detached = !hidden
            && (!unknown || packaged)
            && argv.iter().all(Option::is_some)
            && !words.iter().any(|word| word.starts_with("-n") || *word == "--nodaemon")
            && !files.iter().any(|file| stays(&file.sections))
            && self.is_plain("nodaemon");
        hidden |= differ(&files);
        let later = self.starts_more();
        let mut last = None;
        for Configuration { path, placed, sections, at } in files {
            let hops = self.start.hops.len();
            self.hop(by.clone(), format!("supervisord reads `{path}`"));
            self.origin(&path, &placed);
            let whole = match &placed.origin {
                Origin::Context(file) => Some(Location::whole(file)),
                Origin::Heredoc(index, _) => {
                    let instructions = &self.project.dockerfile.instructions;
                    instructions.get(*index).map(|instruction| self.at(instruction.span))
                }
                _ => None,
            };
            let programs = sections.iter().filter(|section| is_program(section));
            let (mut tells, mut tells_started) = (false, false);
            for section in programs {
                let Some(command) = section.get("command") else { continue };
                // a command may start the others
                let started =
                    later || !section.get("autostart").is_some_and(|value| is_no(&value.value));
                let named = command.value.contains("sandbox-api");
                tells |= named;
                tells_started |= named && started;
                if !started {
                    continue;
                }
                let here = self.placed_at(&at, command.range.clone());
                for mut argv in words_of(&command.value, directory(&path)) {
                    match self.run(&mut argv, &here, true, true) {
                        End::Api(mut api) => {
                            api.reached = if detached {
                                Reached::Script(Hold::Leaves(by.clone()))
                            } else {
                                Reached::Held
                            };
                            return End::Api(api);
                        }
                        End::Unknown => hidden |= may_be_script(&argv),
                        _ => (),
                    }
                }
            }
            if tells_started {
                return End::Unknown;
            }
            if let Some(whole) = whole
                && (last.is_none() || tells)
            {
                last = Some((path.clone(), whole));
            }
            self.start.hops.truncate(hops);
        }
        match last {
            _ if unknown || hidden => End::Unknown,
            Some((what, location)) => End::Other { what, location, script: true },
            None => End::Unknown,
        }
    }

    /// The configurations that the project puts where supervisord and the file of its package look.
    fn usual_configurations(&self) -> Vec<String> {
        let usual = |path: &&String| {
            path.contains("supervisor") && [".conf", ".ini"].iter().any(|end| path.ends_with(end))
        };
        self.fs.paths.keys().filter(usual).cloned().collect()
    }

    /// These files and those that they include, and whether there are more that cannot be read.
    fn configurations(&self, first: Vec<String>) -> (Vec<Configuration>, bool) {
        let (mut out, mut hidden) = (Vec::new(), false);
        let mut seen: BTreeSet<String> = first.iter().cloned().collect();
        let mut patterns = GlobSetBuilder::new();
        let (mut dirs, mut known) = (BTreeSet::new(), BTreeSet::new());
        // whether a pattern may stand for any file
        let mut unread = false;
        for path in first {
            let Some(file) = self.configuration(path, &mut hidden) else { continue };
            let dir = directory(&file.path);
            let included = file.sections.iter().filter(|section| section.name == "include");
            let files = included.filter_map(|section| section.get("files"));
            for pattern in files.flat_map(|files| files.value.split_whitespace()) {
                let pattern = absolute(dir, &pattern.replace(HERE, dir));
                if !known.insert(pattern.clone()) {
                    continue;
                }
                let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
                let plain = !pattern.contains("%(") && known.len() <= MOST_PATTERNS;
                let Some(glob) = glob.ok().filter(|_| plain) else {
                    unread = true;
                    continue;
                };
                patterns.add(glob);
                dirs.insert(directory(&pattern).to_owned());
            }
            out.push(file);
        }
        let mut more = if unread { self.usual_configurations() } else { Vec::new() };
        hidden |= unread
            || !dirs.is_empty() && (!matches!(self.fs.root, Root::Official(_)) || self.fs.opaque)
            || dirs
                .iter()
                .any(|from| self.fs.filled.iter().any(|filled| from.starts_with(filled.as_str())));
        match patterns.build() {
            Ok(set) if !set.is_empty() => {
                more.extend(self.fs.paths.keys().filter(|path| set.is_match(path)).cloned());
            }
            Ok(_) => (),
            Err(_) => hidden = true,
        }
        // what is included includes nothing
        for path in more {
            if seen.insert(path.clone()) {
                out.extend(self.configuration(path, &mut hidden));
            }
        }
        (out, hidden)
    }

    fn configuration(&self, path: String, hidden: &mut bool) -> Option<Configuration> {
        let placed = self.fs.paths.get(&path)?;
        let Some((text, at)) = self.text_of(placed) else {
            *hidden = true;
            return None;
        };
        *hidden |= placed.edited;
        Some(Configuration { path, placed: placed.clone(), sections: ini::parse(&text), at })
    }

    /// Whether something in the project may start programs of supervisord that do not start at once.
    fn starts_more(&self) -> bool {
        // a configuration has a section of that name
        let tells = |text: &str| {
            text.contains("startProcess")
                || text
                    .match_indices("supervisorctl")
                    .any(|(at, word)| !text[at + word.len()..].starts_with(']'))
        };
        tells(self.project.dockerfile.source.text())
            || self.project.files.values().any(|source| tells(source.text()))
    }

    /// Whether nothing but a configuration of the project can set this key of supervisord.
    fn is_plain(&self, key: &str) -> bool {
        let in_script = |file: &ContextPath| {
            self.project.source(file).is_some_and(|source| source.text().contains(key))
        };
        matches!(self.fs.root, Root::Official(_))
            && !self.fs.opaque
            && !self.fs.filled.iter().any(|dir| dir == "/" || dir.starts_with("/etc"))
            && !self.project.dockerfile.source.text().contains(key)
            && !self.scripts.keys().any(in_script)
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
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

fn is_no(value: &str) -> bool {
    FALSE.iter().any(|no| no.eq_ignore_ascii_case(value))
}

/// Whether a configuration may tell supervisord not to go to the background.
fn stays(sections: &[Section]) -> bool {
    let own = sections.iter().filter(|section| section.name == "supervisord");
    own.filter_map(|section| section.get("nodaemon")).any(|setting| !is_no(&setting.value))
}

/// Whether two files tell different things of one program: supervisord takes what it reads last,
/// and the order in which it reads them is not known for all.
fn differ(files: &[Configuration]) -> bool {
    let mut known = HashMap::new();
    files.iter().flat_map(|file| &file.sections).filter(|section| is_program(section)).any(
        |section| {
            ["autostart", "command"].iter().any(|name| {
                section.get(name).is_some_and(|setting| {
                    let first = known.entry((section.name.as_str(), *name));
                    *first.or_insert(setting.value.as_str()) != setting.value
                })
            })
        },
    )
}

fn is_program(section: &Section) -> bool {
    ["program:", "fcgi-program:", "eventlistener:"]
        .iter()
        .any(|kind| section.name.starts_with(kind))
}

/// The commands of a `command=` in a file of this directory. supervisord takes a line end between
/// two words for a blank.
fn words_of(command: &str, dir: &str) -> Vec<Vec<Arg>> {
    let mut quote = None;
    let line: String = expanded(command, dir)
        .chars()
        .map(|c| match (c, quote) {
            ('\n', None) => ' ',
            ('"' | '\'', None) => {
                quote = Some(c);
                c
            }
            _ => {
                quote = quote.filter(|quote| *quote != c);
                c
            }
        })
        .collect();
    let commands = script::parse(&line).commands.into_iter();
    let literal = |word: &ShellWord| word.literal.as_deref().map(str::to_owned);
    commands
        .map(|command| command.words.iter().map(literal).collect::<Vec<Arg>>())
        .filter(|argv| !argv.is_empty())
        .collect()
}

/// A value with its directory; what else supervisord puts in becomes a variable that nobody knows.
fn expanded(value: &str, dir: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let value = value.replace(HERE, dir);
    let mut parts = value.split("%(");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let rest = part.split_once(')').map_or("", |(_, rest)| rest);
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        out.push_str("${SUPERVISOR}");
        out.push_str(rest.strip_prefix(['s', 'd']).unwrap_or(rest));
    }
    out
}

/// Whether a command that cannot be looked into may be a script of the project's own.
fn may_be_script(argv: &[Arg]) -> bool {
    let Some(program) = argv.first() else { return false };
    program.as_deref().is_none_or(|program| {
        is_shell_name(program) || base(program).rsplit_once('.').is_some_and(|(_, end)| end == "sh")
    })
}
