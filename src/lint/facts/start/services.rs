//! Supervisors: what they start is written in files.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use globset::GlobBuilder;

use super::{
    super::{
        super::diagnostic::Location,
        images::{Lookup, Origin, Placed, Root},
        runs::base,
    },
    Api, Arg, Chain, End, Hold, Reached, TextAt, Unlisted,
};
use crate::project::{
    path::{ContextPath, absolute},
    script,
};

impl Chain<'_> {
    /// What a supervisor starts; `None` where the program is none.
    pub(super) fn services(&mut self, argv: &[Arg], by: &Location) -> Option<End> {
        let program = argv.first()?.as_deref()?;
        // what a supervisor lacks, it says and tries again
        let sure = std::mem::take(&mut self.sure);
        let end = match base(program) {
            "supervisord" => Some(self.supervisord(argv, by)),
            "init" | "s6-svscan" | "runsvdir" | "my_init" | "runit-init" | "runit" | "svscan" => {
                Some(self.init(argv, by))
            }
            _ => None,
        };
        self.sure = sure;
        end
    }

    fn supervisord(&mut self, argv: &[Arg], by: &Location) -> End {
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
        let (files, hidden) = self.configurations(paths);
        let detached = !hidden
            && (!unknown || packaged)
            && argv.iter().all(Option::is_some)
            && !words.iter().any(|word| word.starts_with("-n") || *word == "--nodaemon")
            && !files.iter().any(|file| stays(&file.text))
            && self.is_plain("nodaemon");
        let later = self.starts_more();
        let mut last = None;
        for Configuration { path, placed, text, at } in files {
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
            // a command may start the others
            let started = if later { text.clone() } else { started_at_once(&text) };
            let tells =
                |text: &str| commands_of(text).iter().any(|(line, _)| line.contains("sandbox-api"));
            if let Some(whole) = whole
                && (last.is_none() || tells(&text) && !tells(&started))
            {
                last = Some((path.clone(), whole));
            }
            let text = started;
            for (line, range) in commands_of(&text) {
                let here = self.placed_at(&at, range);
                for command in script::parse(&line).commands {
                    let mut argv: Vec<Arg> = command
                        .words
                        .iter()
                        .map(|word| Some(word.literal.as_deref()?.to_owned()))
                        .collect();
                    if !argv.is_empty()
                        && let End::Api(mut api) = self.run(&mut argv, &here, true, true)
                    {
                        api.reached = if detached {
                            Reached::Script(Hold::Leaves(by.clone()))
                        } else {
                            Reached::Held
                        };
                        return End::Api(api);
                    }
                }
            }
            if tells(&text) {
                return End::Unknown;
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
    fn configurations(&self, mut paths: Vec<String>) -> (Vec<Configuration>, bool) {
        let (mut out, mut hidden, mut next) = (Vec::new(), false, 0);
        let first = paths.len();
        while let Some(path) = paths.get(next).cloned() {
            next += 1;
            let Some(placed) = self.fs.paths.get(&path) else { continue };
            let Some((text, at)) = self.text_of(placed) else {
                hidden = true;
                continue;
            };
            hidden |= placed.edited;
            let text = without_comments(&text);
            let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
            // what is included includes nothing
            for pattern in includes(&text).into_iter().filter(|_| next <= first) {
                let pattern = absolute(dir, &pattern.replace("%(here)s", dir));
                let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
                let Some(glob) = glob.ok().filter(|_| !pattern.contains("%(")) else {
                    hidden = true;
                    paths.extend(self.usual_configurations());
                    continue;
                };
                let glob = glob.compile_matcher();
                let found: Vec<_> = self.fs.paths.keys().filter(|p| glob.is_match(p)).collect();
                let (from, _) = pattern.rsplit_once('/').unwrap_or_default();
                hidden |= !matches!(self.fs.root, Root::Official(_))
                    || self.fs.filled.iter().any(|dir| from.starts_with(dir.as_str()))
                    || self.fs.opaque;
                paths.extend(found.into_iter().cloned());
            }
            let mut seen = BTreeSet::new();
            paths.retain(|path| seen.insert(path.clone()));
            out.push(Configuration { path, placed: placed.clone(), text, at });
        }
        (out, hidden)
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

    /// An init process: the command that it is given, where it takes one, and its services.
    fn init(&mut self, argv: &[Arg], by: &Location) -> End {
        let program = argv.first().cloned().flatten().unwrap_or_default();
        let mut given = main_command(&program, argv).to_vec();
        let mut hidden = false;
        if !given.is_empty() {
            let (scripts, hops) = (self.start.scripts.len(), self.start.hops.len());
            match self.run(&mut given, by, true, true) {
                End::Api(api) => return End::Api(api),
                end => hidden = matches!(end, End::Unknown),
            }
            self.start.scripts.truncate(scripts);
            self.start.hops.truncate(hops);
        }
        match self.run_files(&program, by) {
            End::Other { .. } if hidden => End::Unknown,
            end => end,
        }
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
        let bundles = self.bundles();
        let (mut unlisted, mut hidden) = (None, false);
        for (path, placed) in files {
            known &= self.text_of(&placed).is_some();
            let idle = bundles.idle(&path);
            let names = self.text_of(&placed).is_some_and(|(text, _)| text.contains("sandbox-api"));
            let mut argv = vec![Some(path.clone())];
            let (scripts, hops) = (self.start.scripts.len(), self.start.hops.len());
            let end = self.program(&mut argv, path, &placed, by, true, true);
            self.start.scripts.truncate(scripts);
            match end {
                End::Api(Api { location, .. }) if idle.is_some() => {
                    unlisted = idle.map(|(name, dir, by)| Unlisted { name, dir, by, location });
                    self.start.hops.truncate(hops);
                }
                End::Api(mut api) => {
                    api.reached = Reached::Held;
                    return End::Api(api);
                }
                _ if names => return End::Unknown,
                end => {
                    hidden |= matches!(end, End::Unknown);
                    self.start.hops.truncate(hops);
                }
            }
        }
        let told = unlisted.is_some();
        self.start.unlisted = unlisted.filter(|_| !hidden);
        if (known || told) && !hidden {
            let what = base(program).to_owned();
            return End::Other { what, location: by.clone(), script: false };
        }
        End::Unknown
    }

    /// What the bundles and the services of s6-rc name, where nothing but their files can tell.
    fn bundles(&self) -> Bundles {
        let mut dirs: BTreeMap<String, Names> = BTreeMap::new();
        for (path, placed) in &self.fs.paths {
            let Some((dir, rest)) = in_services(path) else { continue };
            let names = dirs.entry(dir.to_owned()).or_default();
            let mut add = |by: &str, name: &str| {
                names.by.entry(by.to_owned()).or_default().push(name.to_owned());
            };
            match rest.split('/').collect::<Vec<_>>()[..] {
                [by, "contents.d" | "dependencies.d", name] => add(by, name),
                [by, "contents" | "dependencies"] => match self.text_of(placed) {
                    Some((text, _)) => text.split_whitespace().for_each(|name| add(by, name)),
                    None => names.hidden = true,
                },
                _ => (),
            }
        }
        let tells =
            |text: &str| ["contents.d", "s6-rc ", "s6-rc-"].iter().any(|w| text.contains(w));
        let instructions = &self.project.dockerfile.instructions;
        let in_script = |file: &ContextPath| {
            self.project.source(file).is_some_and(|source| tells(source.text()))
        };
        let hidden = dirs.is_empty()
            || !matches!(self.fs.root, Root::Official(_))
            || instructions.iter().any(|one| tells(self.project.dockerfile.source.slice(one.span)))
            || self.scripts.keys().any(in_script);
        for (dir, names) in &mut dirs {
            let near = |filled: &String| {
                dir.starts_with(filled.as_str()) || filled.starts_with(dir.as_str())
            };
            names.hidden |= hidden || self.fs.filled.iter().any(near);
            names.start(dir);
        }
        Bundles { dirs }
    }
}

/// The command behind an init process that runs one beside its services: `/init` of s6-overlay and
/// `my_init`. Others take none.
fn main_command<'a>(program: &str, argv: &'a [Arg]) -> &'a [Arg] {
    let rest = argv.get(1..).unwrap_or_default();
    if program != "/init" && base(program) != "my_init" {
        return &[];
    }
    let is_option = |arg: &Arg| arg.as_deref().is_some_and(|arg| arg.starts_with('-'));
    let end = rest.iter().position(|arg| arg.as_deref() == Some("--") || !is_option(arg));
    let rest = &rest[end.unwrap_or(rest.len())..];
    match rest.first() {
        Some(Some(dashes)) if dashes == "--" => &rest[1..],
        _ => rest,
    }
}

/// The directory of services of s6-rc that holds a path, and what is behind it.
fn in_services(path: &str) -> Option<(&str, &str)> {
    let at = path.find("/s6-rc.d/")? + "/s6-rc.d".len();
    Some((&path[..at], path[at..].trim_start_matches('/')))
}

/// The directories of services of s6-rc.
struct Bundles {
    dirs: BTreeMap<String, Names>,
}

/// What the bundles and services in one directory name.
#[derive(Default)]
struct Names {
    by: BTreeMap<String, Vec<String>>,
    /// For each name one that names it.
    of: BTreeMap<String, String>,
    /// Those that are started.
    started: BTreeSet<String>,
    /// There may be more.
    hidden: bool,
}

/// What s6-overlay starts, with the names of its own bundles.
const STARTED: [&str; 5] = ["user", "user2", "top", "base", "default"];

impl Names {
    /// Finds what is started. Where s6-overlay does not start them, any bundle may be.
    fn start(&mut self, dir: &str) {
        let any = !dir.ends_with("/s6-overlay/s6-rc.d");
        let mut next: Vec<&String> =
            self.by.keys().filter(|by| any || STARTED.contains(&by.as_str())).collect();
        while let Some(by) = next.pop() {
            for name in self.by.get(by).into_iter().flatten() {
                if self.started.insert(name.clone()) {
                    next.push(name);
                }
            }
        }
        for (by, names) in &self.by {
            self.of.extend(names.iter().map(|name| (name.clone(), by.clone())));
        }
    }
}

impl Bundles {
    /// The name of the service that a file belongs to, the directory of all services, and what
    /// names the service and is not started itself, where surely nothing starts the service.
    fn idle(&self, path: &str) -> Option<(String, String, Option<String>)> {
        let (dir, rest) = in_services(path)?;
        let (name, "run" | "up") = rest.split_once('/')? else { return None };
        let names = self.dirs.get(dir).filter(|names| !names.hidden)?;
        if names.started.contains(name) {
            return None;
        }
        Some((name.to_owned(), dir.to_owned(), names.of.get(name).cloned()))
    }
}

/// Where the packages of supervisord keep its configuration, in which it is not told to stay.
const MAIN: [&str; 2] = ["/etc/supervisor/supervisord.conf", "/etc/supervisord.conf"];
/// What supervisord takes for no.
const FALSE: [&str; 4] = ["false", "no", "off", "0"];

/// A configuration of supervisord in the image.
struct Configuration {
    path: String,
    placed: Placed,
    /// Without comments; offsets stay.
    text: String,
    at: TextAt,
}

/// The value of a line with this key; `;` behind a blank starts a comment.
fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (found, value) = line.split_once('=')?;
    (found.trim() == key).then(|| value.split(" ;").next().unwrap_or(value).trim())
}

fn is_no(value: &str) -> bool {
    FALSE.iter().any(|no| no.eq_ignore_ascii_case(value))
}

/// Whether a line may tell supervisord not to go to the background.
fn stays(text: &str) -> bool {
    text.lines().filter_map(|line| value(line, "nodaemon")).any(|value| !is_no(value))
}

/// The text with the sections of `autostart=false` as blanks; offsets stay.
fn started_at_once(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.match_indices("\n[").map(|(at, _)| at + 1).next().unwrap_or(rest.len());
        let (section, behind) = rest.split_at(end);
        if section.lines().filter_map(|line| value(line, "autostart")).any(is_no) {
            out.extend(section.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        } else {
            out.push_str(section);
        }
        rest = behind;
    }
    out
}

/// The patterns of `files=` below `[include]`; lines that begin with a blank go on.
fn includes(text: &str) -> Vec<&str> {
    let (mut include, mut files) = (false, false);
    let mut out = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            include = line.starts_with("[include]");
            files = false;
        } else if include && let Some(value) = value(line, "files") {
            files = true;
            out.extend(value.split_whitespace());
        } else if files && line.starts_with([' ', '\t']) {
            out.extend(line.split_whitespace());
        } else {
            files = false;
        }
    }
    out
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
            let kinds = ["[program:", "[fcgi-program:", "[eventlistener:"];
            program = kinds.iter().any(|kind| line.starts_with(kind));
        } else if program && let Some(value) = value(line, "command") {
            out.push((value.to_owned(), start..start + raw.trim_end().len()));
        }
    }
    out
}
