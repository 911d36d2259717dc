//! Scripts on the way to sandbox-api.

use super::{
    super::{
        super::diagnostic::Location,
        images::{Origin, Placed},
        runs::collect,
    },
    Arg, Chain, End, Hold, Reached, ScriptUse, StartCommand, TextAt, is_shell_text,
};
use crate::project::{
    script::{self, ShellCommand, Step},
    source::Span,
};

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
            });
        }
        let Some((text, at)) = text else { return End::Unknown };
        self.hop(by.clone(), format!("runs the script `{path}`"));
        if !is_shell_text(&text) {
            return End::Unknown;
        }
        let whole = match &at {
            TextAt::File(file) => Location::whole(file),
            TextAt::Fixed(at) => at.clone(),
            TextAt::Inline(_) => by.clone(),
        };
        let args = argv.split_off(1.min(argv.len()));
        self.depth += 1;
        let end = self.text(&text, &at, &args);
        self.depth -= 1;
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
                let what = text.split_whitespace().next().unwrap_or("sh").to_owned();
                End::Other { what, location: by.clone(), script: false }
            }
            end => end,
        }
    }

    fn text(&mut self, text: &str, at: &TextAt, args: &[Arg]) -> End {
        let parsed = script::parse(text);
        let env = self.scope.env.clone();
        let lookup = |name: &str| env.get(name).cloned();
        let mut commands = Vec::new();
        collect(text, &parsed, &lookup, 0, &mut commands);
        let steps = script::steps(&commands);
        for step in &steps {
            let command = commands[step.index].clone();
            let location = place(at, &command, self.project.dockerfile.source.path());
            self.start.commands.push(StartCommand { command, location, place: step.place.clone() });
        }
        let mut unknown = parsed.has_errors && text.contains("sandbox-api");
        let mut missing: Option<End> = None;
        let mut deeper: Option<End> = None;
        for (number, step) in steps.iter().enumerate() {
            let command = &commands[step.index];
            if command.words.is_empty() || is_quiet(command) {
                continue;
            }
            let here = place(at, command, self.project.dockerfile.source.path());
            let mut argv = words(command, args);
            if argv.is_empty() {
                continue;
            }
            let scripts = self.start.scripts.len();
            let hops = self.start.hops.len();
            let end = self.step(&mut argv, command, &here, args);
            match end {
                End::Api(mut api) => {
                    // a script that was called and left it in the background is done
                    let left = matches!(api.reached, Reached::Script(Hold::Ends { .. }));
                    if !matches!(api.reached, Reached::Script(Hold::Blocks(_))) {
                        let mut steps = steps.clone();
                        steps[number].background |= left;
                        let end = self.text_end(text, at);
                        api.reached =
                            Reached::Script(hold(text, at, &commands, &steps, number, &end));
                    }
                    return End::Api(api);
                }
                End::Unknown => unknown = true,
                End::Missing { .. } => missing = missing.or(Some(end)),
                End::Other { script: true, .. } => deeper = Some(end),
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
                break;
            }
        }
        if unknown {
            return End::Unknown;
        }
        missing.or(deeper.filter(|_| steps.len() == 1)).unwrap_or(End::None)
    }

    fn step(
        &mut self,
        argv: &mut Vec<Arg>,
        command: &ShellCommand,
        here: &Location,
        args: &[Arg],
    ) -> End {
        match command.base_name() {
            Some("." | "source") => {
                let Some(Some(file)) = argv.get(1).cloned() else { return End::Unknown };
                let (_, found) = self.resolve_file(&file);
                let super::Lookup::Placed(placed) = found else { return End::Unknown };
                let placed = placed.clone();
                let Some((text, at)) = self.text_of(&placed) else { return End::Unknown };
                self.depth += 1;
                let end = self.text(&text, &at, args);
                self.depth -= 1;
                end
            }
            Some("eval") => End::Unknown,
            _ => self.run(argv, here, true, true),
        }
    }

    fn text_end(&self, text: &str, at: &TextAt) -> Location {
        match at {
            TextAt::File(file) => Location::new(file, Span::at(text.len())),
            TextAt::Inline(inline) => self.at(Span::at(inline.span(0..text.len()).range().end)),
            TextAt::Fixed(at) => at.clone(),
        }
    }
}

/// Where a command of a script stands.
fn place(
    at: &TextAt,
    command: &ShellCommand,
    dockerfile: &crate::project::path::ContextPath,
) -> Location {
    match at {
        TextAt::File(file) => {
            Location::new(file, Span::new(command.range.start, command.range.end))
        }
        TextAt::Inline(text) => Location::new(dockerfile, text.span(command.range.clone())),
        TextAt::Fixed(at) => at.clone(),
    }
}

/// The words of a command with the script's own arguments put in.
fn words(command: &ShellCommand, args: &[Arg]) -> Vec<Arg> {
    let mut out = Vec::new();
    for word in &command.words {
        match word.raw.trim_matches('"') {
            "$@" | "$*" | "${@}" => out.extend(args.iter().cloned()),
            "$1" | "${1}" => out.extend(args.first().cloned()),
            _ => out.push(word.literal.clone()),
        }
    }
    out
}

/// Commands that start nothing.
fn is_quiet(command: &ShellCommand) -> bool {
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
                | "useradd" | "groupadd" | "usermod" | "pwd" | "env" if name != "env" || command.words.len() == 1
        )
    })
}

/// What a script does behind the start of sandbox-api.
fn hold(
    text: &str,
    at: &TextAt,
    commands: &[ShellCommand],
    steps: &[Step],
    number: usize,
    end: &Location,
) -> Hold {
    let step = &steps[number];
    let command = &commands[step.index];
    let piped = commands
        .iter()
        .any(|c| c.pipeline == command.pipeline && c.connector == script::Connector::Pipe);
    if command.name() == Some("exec") && !step.background {
        return Hold::Lives;
    }
    let later = &steps[number + 1..];
    if !step.background {
        if step.place.conditional || step.place.in_loop || step.place.condition || piped {
            return Hold::Lives;
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
            .map_or(Hold::Lives, |dead| Hold::Blocks(place(at, &commands[dead.index], &end.file)));
    }
    let lives = later.iter().any(|later| {
        let other = &commands[later.index];
        if later.place.substitution || later.background || other.words.is_empty() {
            return false;
        }
        let Some(name) = other.base_name() else { return true };
        match name {
            "wait" | "fg" => true,
            "exec" => other.words.len() > 1,
            "sleep" => other.args().any(|arg| {
                arg == "infinity" || arg == "inf" || arg.parse::<f64>().is_ok_and(|s| s > 3600.0)
            }),
            "tail" => other
                .args()
                .any(|arg| arg.starts_with('-') && arg.to_ascii_lowercase().contains('f')),
            "true" | ":" | "false" | "[" | "[[" => {
                later.place.in_loop
                    && later.place.condition
                    && !later.place.awaited
                    && matches!(name, "true" | ":")
            }
            "kill" | "pgrep" => later.place.in_loop && later.place.condition,
            "read" | "cat" if other.words.len() == 1 => true,
            _ => {
                !is_quiet(other)
                    && !commands.iter().any(|c| c.place.function.as_deref() == Some(name))
            }
        }
    });
    // something that was started before may hold the script with a trap or a coprocess
    let loops = text.contains("while true")
        || text.contains("while :")
        || text.contains("for ((;;))")
        || text.contains("until false");
    if lives || loops { Hold::Lives } else { Hold::Ends { end: end.clone() } }
}
