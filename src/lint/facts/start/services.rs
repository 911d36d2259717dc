//! Supervisors: what they start is written in files.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{super::diagnostic::Location, images::Root, runs::base},
    Api, Arg, Chain, End, Reached, Unlisted,
};
use crate::project::path::ContextPath;

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
        if files.is_empty() {
            return End::Unknown;
        }
        // a package brings services of its own, and none that starts sandbox-api
        let outside = |dir: &String| {
            ["/etc", "/service", "/run", "/sv"].iter().any(|at| dir == "/" || dir.starts_with(at))
        };
        let mut known = matches!(self.fs.root, Root::Official(_))
            && !self.fs.opaque
            && !self.fs.filled.iter().any(outside);
        let (mut unlisted, mut hidden) = (None, false);
        for (path, placed) in files {
            known &= self.text_of(&placed).is_some();
            let idle = self.bundles.get_or_init(|| self.read_bundles()).idle(&path);
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
    fn read_bundles(&self) -> Bundles {
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
pub(super) struct Bundles {
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
