//! Scripts on the way to sandbox-api.

use std::{collections::BTreeSet, ops::Range};

use super::{
    super::{
        super::diagnostic::Location,
        images::{Origin, Placed},
        runs::{self, RunCommand, base, collect},
        wrappers,
    },
    Arg, Chain, End, Hold, Hop, MAX_STEPS, Manner, Reached, ScriptUse, StartCommand, TextAt,
    is_shell_text, wrapper,
};
use crate::project::{
    path::ContextPath,
    script::{self, Connector, Place, ShellCommand, ShellWord, Step},
    source::Span,
};

/// Files that read files are followed this deep.
const MAX_READS: usize = 4;
/// More list items than a script has.
const READ_APART: usize = 1 << 16;

/// The commands of a script with those of the files that it reads.
#[derive(Debug, Default)]
struct Body {
    commands: Vec<ShellCommand>,
    /// Where each stands.
    locations: Vec<Location>,
    /// For one of another file: the command that reads the file.
    via: Vec<Option<usize>>,
    /// Names of functions.
    functions: BTreeSet<String>,
    /// A part of a text that names sandbox-api could not be parsed.
    unread: bool,
    /// Any part could not be parsed.
    errors: bool,
}

impl Body {
    /// Whether it calls a function of the script, whose commands are steps of their own.
    fn is_function(&self, command: &ShellCommand) -> bool {
        command.name().is_some_and(|name| self.functions.contains(name))
    }

    /// Whether the script ends at this step, whatever came before. One in a function or in a file
    /// that is read may stand behind a `return`.
    fn ends(&self, step: &Step) -> bool {
        let command = &self.commands[step.index];
        let mut list = self.commands.iter().filter(|other| other.statement == command.statement);
        command.name() == Some("exit")
            && !self.errors
            && self.via[step.index].is_none()
            && step.place == Place::default()
            && !step.background
            && list.all(|other| other.connector == Connector::Sequence)
    }

    /// Whether this command reads a file whose commands stand behind it.
    fn sourced(&self, index: usize) -> bool {
        self.via.get(index + 1).is_some_and(|via| *via == Some(index))
    }
}

impl Chain<'_> {
    /// Runs a file that the project put into the image.
    pub(super) fn program(
        &mut self,
        argv: &mut Vec<Arg>,
        path: String,
        placed: &Placed,
        by: &Location,
        direct: bool,
        nested: bool,
    ) -> End {
        let text = self.text_of(placed);
        let file = match &text {
            Some((_, TextAt::File(file))) => Some(file.clone()),
            Some((_, TextAt::Inline(_))) => Some(self.project.dockerfile.source.path().clone()),
            _ => None,
        };
        let replaced = match (&placed.origin, &text) {
            (Origin::Heredoc(instruction, number), Some((text, _))) => {
                let heredocs = &self.project.dockerfile.instructions[*instruction].heredocs;
                heredocs.get(*number).is_some_and(|heredoc| heredoc.content.text != *text)
            }
            _ => false,
        };
        if text.is_some()
            || direct
                && matches!(placed.origin, Origin::Context(_))
                && path.rsplit('.').next() == Some("sh")
        {
            self.start.scripts.push(ScriptUse {
                path: path.clone(),
                placed: placed.clone(),
                direct,
                by: by.clone(),
                text: text.as_ref().map(|(text, _)| text.clone()),
                file,
                nested,
                replaced,
            });
        }
        let Some((text, at)) = text else { return End::Unknown };
        self.runs(by, &path, placed);
        if runs::interpreter(&text).is_some_and(|program| base(&program) == "execlineb") {
            return self.execline(&text, &at);
        }
        if !is_shell_text(&text) {
            return End::Unknown;
        }
        let whole = match &at {
            TextAt::File(file) => Location::whole(file),
            TextAt::Fixed(at) => at.clone(),
            TextAt::Inline(_) => by.clone(),
        };
        let args = argv.split_off(1.min(argv.len()));
        let dir = path.rsplit_once('/').map(|(dir, _)| dir.to_owned());
        let outer = std::mem::replace(&mut self.dir, dir);
        self.depth += 1;
        let end = self.text(&text, &at, &args);
        self.depth -= 1;
        self.dir = outer;
        match end {
            // a file fetched or changed in ways that nobody can read says nothing
            End::Other { .. } | End::None
                if placed.edited && matches!(placed.origin, Origin::Run(_)) =>
            {
                End::Unknown
            }
            End::Other { script: true, what, location } if !what.is_empty() => {
                End::Other { what, location, script: true }
            }
            End::Other { .. } | End::None => {
                End::Other { what: path, location: whole, script: true }
            }
            end => end,
        }
    }

    /// A script given as text: `sh -c '…'`, shell form.
    pub(super) fn inline(&mut self, text: &str, args: &[Arg], by: &Location) -> End {
        self.depth += 1;
        let end = self.text(text, &TextAt::Fixed(by.clone()), args);
        self.depth -= 1;
        match end {
            End::Other { script: true, what, location } if !what.is_empty() => {
                End::Other { what, location, script: true }
            }
            End::Other { .. } | End::None => {
                let what = text.trim_start_matches(['(', '{', ' ']);
                let what = what.split_whitespace().next().unwrap_or("sh").to_owned();
                End::Other { what, location: by.clone(), script: false }
            }
            end => end,
        }
    }

    fn text(&mut self, text: &str, at: &TextAt, args: &[Arg]) -> End {
        let mut body = Body::default();
        self.gather(text, at, 0, &mut body);
        let functions = body.commands.iter().filter_map(|command| command.place.function.clone());
        body.functions = functions.collect();
        let commands = &body.commands;
        let mut steps = script::steps(commands);
        let exit = steps.iter().position(|step| body.ends(step));
        // no more of them are told
        let cut = exit.is_none() && steps.len() >= MAX_STEPS;
        steps.truncate(exit.map_or(steps.len(), |exit| exit + 1));
        for step in &steps {
            let command = given(&commands[step.index], args);
            let location = body.locations[step.index].clone();
            self.start.commands.push(StartCommand { command, location, place: step.place.clone() });
        }
        let sure = self.sure;
        let mut unknown = body.unread || cut;
        let mut missing: Option<End> = None;
        let mut deeper: Option<(usize, End)> = None;
        let mut becomes = None;
        for (number, step) in steps.iter().enumerate() {
            let command = &commands[step.index];
            if command.words.is_empty() || is_quiet(command) || body.is_function(command) {
                continue;
            }
            let here = body.locations[step.index].clone();
            let mut argv = self.words(command, args);
            if argv.is_empty() {
                continue;
            }
            let scripts = self.start.scripts.len();
            let hops = self.start.hops.len();
            if let Some(via) = body.via[step.index].filter(|_| !body.sourced(step.index)) {
                let file = here.file.as_str();
                self.hop(body.locations[via].clone(), format!("reads `{file}`"));
            }
            self.manner = match (step.background, command.name()) {
                (true, _) => Manner::Background,
                (false, Some("exec")) => Manner::Exec,
                _ => Manner::Foreground,
            };
            self.sure =
                sure && !body.errors && is_sure(step, commands) && !asked_for(commands, step);
            let end = if body.sourced(step.index) {
                End::None
            } else {
                self.step(&mut argv, command, &here)
            };
            self.manner = Manner::Direct;
            self.sure = sure;
            match end {
                End::Api(mut api) => {
                    // a script that was called and left it in the background is done
                    let left =
                        matches!(api.reached, Reached::Script(Hold::Ends { .. } | Hold::Leaves(_)));
                    if !matches!(api.reached, Reached::Script(Hold::Blocks(_))) {
                        let mut steps = steps.clone();
                        steps[number].background |= left;
                        let exit = exit.and_then(|exit| steps.get(exit));
                        let last = exit.map_or(text.len(), |exit| commands[exit.index].range.start);
                        let end = self.text_end(text, at, last);
                        api.reached = match hold(text, &body, &steps, number, &end) {
                            // `wait` does not wait for it
                            Hold::Ends { .. }
                                if matches!(api.reached, Reached::Script(Hold::Leaves(_))) =>
                            {
                                api.reached
                            }
                            hold => Reached::Script(hold),
                        };
                        let later = steps.get(number + 1..).unwrap_or_default();
                        if steps[number].background
                            && let Some(end) = self.lacks_holder(later, &body, args)
                        {
                            return end;
                        }
                    }
                    return End::Api(api);
                }
                End::Unknown => unknown = true,
                End::Missing { .. } => missing = missing.or(Some(end)),
                End::Other { script: true, .. } => deeper = Some((number, end)),
                _ => (),
            }
            if !matches!(missing, Some(End::Missing { .. })) {
                self.start.scripts.truncate(scripts.max(1));
                self.start.hops.truncate(hops.max(1));
            }
            let replaced = command.name() == Some("exec")
                && command.words.len() > 1
                && !step.place.conditional
                && !step.place.subshell
                && !step.background;
            if replaced {
                becomes = Some(number);
                break;
            }
        }
        if unknown {
            let here = self.placed_at(at, 0..0);
            return self.unknown(&here, "a part of the script cannot be read");
        }
        // what the script becomes in the end is what it is for
        let deeper = deeper.filter(|(number, _)| steps.len() == 1 || becomes == Some(*number));
        missing.or(deeper.map(|(_, end)| end)).unwrap_or(End::None)
    }

    /// What the script becomes behind sandbox-api, where that needs a program that the image surely
    /// lacks: then the container ends there.
    fn lacks_holder(&self, later: &[Step], body: &Body, args: &[Arg]) -> Option<End> {
        let at = later.iter().position(|step| {
            let command = &body.commands[step.index];
            command.name() == Some("exec") && command.words.len() > 1 && !step.background
        })?;
        // it may never come to it
        if later[..at].iter().any(|step| holds(step, body)) {
            return None;
        }
        let step = &later[at];
        let sure = self.sure && !body.errors && step.place.function.is_none();
        if !sure || !is_sure(step, &body.commands) || asked_for(&body.commands, step) {
            return None;
        }
        let mut argv = self.words(&body.commands[step.index], args);
        while self.unwrap(&mut argv) {
            let program = argv.first()?.clone()?;
            if argv.len() > 1 && self.lacks(&program) {
                let location = body.locations[step.index].clone();
                return Some(End::Missing { path: program, location });
            }
        }
        None
    }

    fn step(&mut self, argv: &mut Vec<Arg>, command: &ShellCommand, here: &Location) -> End {
        match command.base_name() {
            Some(name @ ("." | "source" | "eval")) => {
                self.unknown(here, format!("`{name}` cannot be followed"))
            }
            _ => self.run(argv, here, true, true),
        }
    }

    /// The commands of a script, and in their place those of the files that it reads.
    fn gather(&self, text: &str, at: &TextAt, depth: usize, body: &mut Body) {
        let known = match at {
            TextAt::File(file) => self.scripts.get(file).cloned(),
            _ => None,
        };
        let mut parsed = known.unwrap_or_else(|| script::parse(text));
        body.unread |= parsed.has_errors && text.contains("sandbox-api");
        body.errors |= parsed.has_errors;
        let lookup = |name: &str| self.scope.env.get(name).cloned();
        let mut found = Vec::new();
        collect(text, &mut parsed, &lookup, 0, &mut found);
        let dockerfile = self.project.dockerfile.source.path();
        for RunCommand { command, .. } in found {
            let reader = body.commands.len();
            body.locations.push(place(at, command.range.clone(), dockerfile));
            body.via.push(None);
            let read = matches!(command.base_name(), Some("." | "source"))
                .then(|| self.read(&command))
                .flatten()
                .filter(|_| depth < MAX_READS && reader < MAX_STEPS);
            let (place, background) = (command.place.clone(), command.background);
            body.commands.push(command);
            let Some((text, at)) = read else { continue };
            let first = body.commands.len();
            self.gather(&text, &at, depth + 1, body);
            for index in first..body.commands.len() {
                body.via[index].get_or_insert(reader);
                let command = &mut body.commands[index];
                // numbers of another file
                command.statement += READ_APART * first;
                command.pipeline += READ_APART * first;
                command.background |= background;
                command.place.conditional |= place.conditional;
                command.place.in_loop |= place.in_loop;
                if command.place.function.is_none() {
                    command.place.function.clone_from(&place.function);
                }
            }
        }
    }

    /// The text that `source FILE` reads.
    fn read(&self, command: &ShellCommand) -> Option<(String, TextAt)> {
        let word = command.words.get(1)?;
        let file = word.literal.as_deref().map(str::to_owned).or_else(|| self.beside(&word.raw))?;
        let super::Lookup::Placed(placed) = self.resolve_file(&file).1 else { return None };
        self.text_of(placed)
    }

    /// A file named by the script's own directory: `"$(dirname "$0")/lib.sh"`. Other variables may
    /// hold other directories, so only a file that is there counts.
    fn beside(&self, raw: &str) -> Option<String> {
        let end = raw.rfind(['}', ')', '$'])?;
        let rest = &raw[end..];
        let name = rest[rest.find('/')?..].trim_end_matches('"');
        if name.contains(['*', '?', '[', '"', '\'', '`']) {
            return None;
        }
        let path = format!("{}{name}", self.dir.as_deref()?);
        let (path, found) = self.resolve_file(&path);
        matches!(found, super::Lookup::Placed(_)).then_some(path)
    }

    /// The words of a command with the script's own arguments put in.
    fn words(&self, command: &ShellCommand, args: &[Arg]) -> Vec<Arg> {
        let mut out = Vec::new();
        let own = runs::program_at(&command.words);
        for (at, word) in command.words.iter().enumerate() {
            match word.raw.trim_matches('"') {
                "$@" | "$*" | "${@}" | "${*}" => out.extend(args.iter().cloned()),
                "$1" | "${1}" => out.extend(args.first().cloned()),
                _ => {
                    let known = word.literal.as_deref().map(str::to_owned);
                    // `env A=$B` sets a variable, whatever its value; behind the program a word
                    // may be a script
                    let set =
                        || (at < own && wrappers::assigns(&word.raw)).then(|| word.raw.to_string());
                    out.push(known.or_else(|| self.beside(&word.raw)).or_else(set));
                }
            }
        }
        out
    }

    /// A script of execline: one chain of programs over all its lines.
    fn execline(&mut self, text: &str, at: &TextAt) -> End {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        for word in lines.flat_map(str::split_whitespace) {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            let by = self.placed_at(at, start..start + word.len());
            let (path, found) = self.resolve(word);
            if let super::Lookup::Placed(placed) = found
                && super::is_api(&path, placed)
            {
                self.manner = Manner::Exec;
                return self.run(&mut vec![Some(word.to_owned())], &by, true, true);
            }
        }
        End::Unknown
    }

    /// Where a part of a text stands.
    pub(super) fn placed_at(&self, at: &TextAt, range: Range<usize>) -> Location {
        place(at, range, self.project.dockerfile.source.path())
    }

    /// Where a text ends: at its `exit`, which starts at `last`, or behind its last byte.
    fn text_end(&self, text: &str, at: &TextAt, last: usize) -> Location {
        match at {
            TextAt::File(file) => Location::new(file, Span::at(last)),
            TextAt::Inline(inline) if last < text.len() => self.at(Span::at(inline.offset(last))),
            TextAt::Inline(inline) => self.at(Span::at(inline.span(0..text.len()).range().end)),
            TextAt::Fixed(at) => at.clone(),
        }
    }
}

/// Where a part of a script stands.
fn place(at: &TextAt, range: Range<usize>, dockerfile: &ContextPath) -> Location {
    match at {
        TextAt::File(file) => Location::new(file, Span::new(range.start, range.end)),
        TextAt::Inline(text) => Location::new(dockerfile, text.span(range)),
        TextAt::Fixed(at) => at.clone(),
    }
}

/// A command with the words that the script was given in the place of `"$@"`.
fn given(command: &ShellCommand, args: &[Arg]) -> ShellCommand {
    let mut command = command.clone();
    let at = command.words.iter().position(|word| word.raw.trim_matches('"') == "$@");
    if let Some(at) = at {
        let word = command.words.remove(at);
        let words = args
            .iter()
            .map(|arg| ShellWord { literal: arg.as_deref().map(Into::into), ..word.clone() });
        command.words.splice(at..at, words);
    }
    command
}

/// Commands that start nothing.
fn is_quiet(command: &ShellCommand) -> bool {
    let words = || command.words.iter().map(|word| word.literal.as_deref().unwrap_or(""));
    let first = words().next().map_or("", base);
    if (first == "sandbox-api" || wrappers::wrapper(first).is_some())
        && wrappers::only_asks(&words().collect::<Vec<_>>())
    {
        return true;
    }
    command.base_name().is_some_and(|name| {
        matches!(
            name,
            "echo" | "printf" | "[" | "[[" | "test" | ":" | "true" | "false" | "set" | "trap" | "cd" | "export"
                | "local" | "readonly" | "declare" | "unset" | "shift" | "return" | "exit" | "wait" | "sleep"
                | "kill" | "mkdir" | "chmod" | "chown" | "cp" | "mv" | "rm" | "ln" | "touch" | "cat" | "grep" | "sed"
                | "awk" | "curl" | "wget" | "nc" | "read" | "date" | "umask" | "ulimit" | "which" | "type" | "pgrep"
                | "pkill" | "ps" | "tr" | "cut" | "head" | "jq" | "break" | "continue" | "let" | "seq" | "id" | "whoami"
                | "hostname" | "ls" | "find" | "tee" | "basename" | "dirname" | "apt-get" | "pip" | "git" | "mount"
                | "sysctl" | "ip" | "iptables" | "ss" | "netstat" | "lsof" | "sync" | "openssl" | "base64" | "uname"
                | "stat" | "realpath" | "readlink" | "sort" | "wc" | "expr" | "getent" | "addgroup" | "adduser"
                | "useradd" | "groupadd" | "usermod" | "pwd" | "xargs" | "env" if name != "env" || command.words.len() == 1
        )
    })
}

/// Whether the script surely comes to this command.
fn is_sure(step: &Step, commands: &[ShellCommand]) -> bool {
    let (place, command) = (&step.place, &commands[step.index]);
    let aside = place.conditional
        || place.condition
        || place.in_loop
        || place.case
        || place.subshell
        || place.substitution;
    let before = step.index.checked_sub(1).and_then(|index| commands.get(index));
    let sure = match command.connector {
        Connector::Sequence | Connector::Pipe => true,
        Connector::And => before.is_some_and(|before| before.name() == Some("cd")),
        Connector::Or => false,
    };
    !aside && sure
}

/// Whether another command names a wrapper of this one: it may bring it, or look for it, and one
/// behind `||` may take its place.
fn asked_for(commands: &[ShellCommand], step: &Step) -> bool {
    let words = commands[step.index].words.iter().filter_map(|word| word.literal.as_deref());
    let names: Vec<&str> =
        words.map(base).filter(|name| wrapper::INSTALLED.contains(name)).collect();
    let tells = |other: &ShellCommand| {
        let mut args = other.words.iter().skip(1);
        other.name() != Some("exec")
            && args.any(|word| names.iter().any(|name| word.raw.contains(name)))
    };
    let next = commands.get(step.index + 1);
    !names.is_empty()
        && (next.is_some_and(|next| next.connector == Connector::Or)
            || commands.iter().enumerate().any(|(at, other)| at != step.index && tells(other)))
}

/// Whether the script stays at this command for good.
fn stays(step: &Step, commands: &[ShellCommand]) -> bool {
    let command = &commands[step.index];
    !step.background && is_sure(step, commands) && wrapper::never_returns(command)
}

/// Whether the script may stay at this command for long, as far as its name tells.
fn holds(step: &Step, body: &Body) -> bool {
    let command = &body.commands[step.index];
    if step.place.substitution || step.background || command.words.is_empty() {
        return false;
    }
    let Some(name) = command.base_name() else { return true };
    match name {
        "wait" | "fg" => true,
        "exec" => command.words.len() > 1,
        "sleep" => command.args().any(|arg| {
            arg == "infinity" || arg == "inf" || arg.parse::<f64>().is_ok_and(|s| s > 3600.0)
        }),
        "tail" => {
            command.args().any(|arg| arg.starts_with('-') && arg.to_ascii_lowercase().contains('f'))
        }
        "true" | ":" | "false" | "[" | "[[" => {
            step.place.in_loop
                && step.place.condition
                && !step.place.awaited
                && matches!(name, "true" | ":")
        }
        // it ends what it runs after a while, mostly a wait
        "timeout" => command.args().find(|arg| !arg.starts_with('-')).is_none_or(|limit| {
            limit.trim_end_matches('s').parse::<f64>().is_ok_and(|s| s == 0.0 || s > 3600.0)
        }),
        "kill" | "pgrep" => step.place.in_loop && step.place.condition,
        "read" | "cat" if command.words.len() == 1 => true,
        _ => !is_quiet(command) && !body.is_function(command),
    }
}

/// What a script does behind the start of sandbox-api.
fn hold(text: &str, body: &Body, steps: &[Step], number: usize, end: &Location) -> Hold {
    let commands = &body.commands;
    let step = &steps[number];
    let command = &commands[step.index];
    if let Some(before) = steps[..number].iter().find(|step| stays(step, commands)) {
        return Hold::Behind(body.locations[before.index].clone());
    }
    let piped =
        commands.iter().any(|c| c.pipeline == command.pipeline && c.connector == Connector::Pipe);
    // in a pipeline it takes the place of a subshell alone
    if command.name() == Some("exec") && !step.background && !piped {
        return Hold::Lives(None);
    }
    let later = &steps[number + 1..];
    if !step.background {
        if step.place.conditional || step.place.in_loop {
            return Hold::Lives(None);
        }
        let dead = later.iter().find(|later| {
            let other = &commands[later.index];
            other.place.function.is_none()
                && !later.place.substitution
                && other.statement != command.statement
                && !other.words.is_empty()
                && !matches!(
                    other.base_name(),
                    Some(
                        "exit"
                            | "echo"
                            | "wait"
                            | ":"
                            | "printf"
                            | "kill"
                            | "trap"
                            | "return"
                            | "true"
                            | "rm"
                    )
                )
        });
        return dead
            .map_or(Hold::Lives(None), |dead| Hold::Blocks(body.locations[dead.index].clone()));
    }
    let lives = later.iter().rfind(|later| holds(later, body));
    // something that was started before may hold the script with a trap or a coprocess
    let loops = text.contains("while true")
        || text.contains("while :")
        || text.contains("for ((;;))")
        || text.contains("until false");
    match lives {
        Some(lives) => {
            let command = &commands[lives.index];
            let mut words = command.words.iter().map(|word| word.raw.as_str());
            let name = match (words.next().unwrap_or(""), words.next()) {
                ("exec", Some(program)) => format!("exec {program}"),
                (name, _) => name.to_owned(),
            };
            Hold::Lives(Some(Hop {
                location: body.locations[lives.index].clone(),
                what: format!("`{name}` keeps the container up"),
            }))
        }
        // what waits may stand in the part that was not read
        None if loops || body.errors => Hold::Lives(None),
        None => Hold::Ends { end: end.clone() },
    }
}
