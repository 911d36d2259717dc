//! What the commands of a RUN do to files.

use std::{borrow::Cow, cell::OnceCell, collections::HashMap};

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{
    super::runs::{self, Run, base},
    ImageFs, Origin, Placed, Root, absolute, within,
};
use crate::project::{
    dockerfile::{Scope, Text},
    script::{Connector, Redirect, ShellCommand, ShellWord},
};

/// Applies every command in order.
pub(super) fn apply(run: &Run, scope: &Scope, fs: &mut ImageFs) {
    let assigned = OnceCell::new();
    let mut cwd = Cow::Borrowed(scope.workdir.as_deref().unwrap_or("/"));
    for item in &run.commands {
        let command = &item.command;
        let closed = matches!(fs.root, Root::Official(_) | Root::Scratch);
        let index = run.instruction;
        let step = Step { run, command, cwd: &cwd, index, scope, closed, assigned: &assigned };
        step.redirects(fs);
        let name = command.base_name();
        if name == Some("cd") {
            if let Some(to) = command.args().next() {
                cwd = Cow::Owned(absolute(&cwd, to));
            }
        } else {
            step.apply(name, fs);
        }
    }
}

/// Whether a mode lets the owner execute; `None` for one with variables.
pub(super) fn executable_by(mode: &str) -> Option<bool> {
    if let Ok(bits) = u32::from_str_radix(mode, 8) {
        return Some(bits & 0o100 != 0);
    }
    if mode.contains('$') {
        return None;
    }
    if mode.contains('+') && mode.contains(['x', 'X']) {
        return Some(true);
    }
    if mode.contains('=') { Some(mode.contains('x')) } else { None }
}

struct Step<'a, 'r> {
    run: &'r Run,
    command: &'a ShellCommand,
    cwd: &'a str,
    index: usize,
    scope: &'a Scope,
    /// The base sets no variables that are not known.
    closed: bool,
    /// What the commands of the RUN set, the last of each name, where somebody asked.
    assigned: &'a OnceCell<HashMap<&'r str, &'r ShellWord>>,
}

impl Step<'_, '_> {
    fn place(&self, origin: Origin, executable: Option<bool>) -> Placed {
        Placed { origin, instruction: self.index, executable, edited: false }
    }

    fn path(&self, word: &str) -> String {
        absolute(self.cwd, word)
    }

    fn redirects(&self, fs: &mut ImageFs) {
        for redirect in &self.command.redirects {
            if !redirect.operator.contains('>') || redirect.operator == ">&" {
                continue;
            }
            let Some(target) = redirect.target.literal.as_deref() else {
                fs.opaque = true;
                continue;
            };
            if target.starts_with("/dev/") {
                continue;
            }
            let path = self.path(target);
            self.write(&path, self.output(), redirect.operator.contains(">>"), fs);
        }
    }

    fn write(&self, path: &str, text: Option<String>, append: bool, fs: &mut ImageFs) {
        let before = fs.paths.get(path);
        let text = match before.map(|placed| &placed.origin) {
            Some(Origin::Run(Some(head))) if append => text.map(|tail| format!("{head}{tail}")),
            Some(_) if append => {
                if let Some(placed) = fs.paths.get_mut(path) {
                    placed.edited = true;
                    placed.origin = Origin::Run(None);
                }
                return;
            }
            _ => text,
        };
        // an existing file keeps its mode
        let executable = before.map_or(Some(false), |placed| placed.executable);
        fs.paths.insert(path.to_owned(), self.place(Origin::Run(text), executable));
    }

    /// What the command prints, where it shows it.
    fn output(&self) -> Option<String> {
        let args = &self.command.words[1.min(self.command.words.len())..];
        let literals: Option<Vec<&str>> = args.iter().map(|word| word.literal.as_deref()).collect();
        match self.command.base_name()? {
            "echo" => {
                let mut words = literals?;
                let escapes = words.first().is_some_and(|w| w.starts_with('-') && w.contains('e'));
                while words
                    .first()
                    .is_some_and(|w| matches!(*w, "-e" | "-n" | "-ne" | "-en" | "-E"))
                {
                    words.remove(0);
                }
                let text = words.join(" ");
                // dash's echo understands escapes always
                Some(format!(
                    "{}\n",
                    if escapes || text.contains("\\n") { unescape(&text) } else { text }
                ))
            }
            "printf" => {
                let words = literals?;
                let (format, rest) = words.split_first()?;
                let mut text = String::new();
                if !format.contains('%') {
                    return Some(unescape(format));
                }
                if *format == "%s\\n" || *format == "%s" || *format == "%b" || *format == "%b\\n" {
                    for word in rest {
                        text.push_str(&if format.starts_with("%b") {
                            unescape(word)
                        } else {
                            (*word).to_owned()
                        });
                        if format.ends_with('n') {
                            text.push('\n');
                        }
                    }
                    return Some(text);
                }
                None
            }
            "base64" if self.command.args().any(|arg| matches!(arg, "-d" | "-D" | "--decode")) => {
                let text: String = self.piped()?.split_whitespace().collect();
                String::from_utf8(BASE64_STANDARD.decode(text).ok()?).ok()
            }
            "cat" | "tee" => {
                let heredoc = |redirect: &&Redirect| redirect.heredoc.is_some();
                let redirect = self.command.redirects.iter().find(heredoc)?;
                let body = self.run.text.text.get(redirect.heredoc.clone()?)?;
                let quoted = redirect.target.raw.contains(['"', '\'', '\\']);
                Some(if quoted { body.to_owned() } else { self.expanded(body) })
            }
            _ => None,
        }
    }

    /// What the shell of the RUN makes of an unquoted here-document.
    fn expanded(&self, body: &str) -> String {
        let mut text = String::with_capacity(body.len());
        let mut chars = body.chars().peekable();
        while let Some(c) = chars.next() {
            text.push(c);
            if c == '\\' {
                match chars.peek() {
                    Some('$' | '`' | '\\') => text.extend(chars.next()),
                    Some('\n') => {
                        chars.next();
                        text.pop();
                    }
                    // any other stays: written twice for what is read below
                    _ => text.push('\\'),
                }
            }
        }
        let assigned = self.assigned.get_or_init(|| {
            let set = self.run.commands.iter().flat_map(|item| &item.command.assignments);
            set.map(|(name, value)| (name.as_str(), value)).collect()
        });
        let own = |name: &str| {
            let value = assigned.get(name)?;
            Some(value.literal.as_deref().map(str::to_owned))
        };
        runs::written(&Text::contiguous(&text, 0), self.scope, self.closed, &own)
            .map_or_else(|| body.to_owned(), |t| t.text)
    }

    /// What the command in front prints into this one.
    fn piped(&self) -> Option<String> {
        if self.command.connector != Connector::Pipe {
            return None;
        }
        let before = self.run.commands.iter().map(|item| &item.command);
        let command = before
            .take_while(|command| command.range.start < self.command.range.start)
            .filter(|command| command.pipeline == self.command.pipeline)
            .last()?;
        if matches!(command.base_name(), Some("base64")) {
            return None;
        }
        Step { command, ..*self }.output()
    }

    fn apply(&self, name: Option<&str>, fs: &mut ImageFs) {
        let Some(name) = name else {
            fs.opaque |= !self.command.words.is_empty();
            return;
        };
        let words = &self.command.words[1..];
        let mut operands = words
            .iter()
            .map(|word| word.literal.as_deref())
            .filter(|word| !word.is_some_and(|w| w.starts_with('-') && w.len() > 1));
        match name {
            "cp" | "mv" | "install" | "ln" | "link" => self.copy(name, operands.collect(), fs),
            "chmod" => self.chmod(operands, fs),
            "rm" => {
                for word in words {
                    // of the patterns, only the one that takes all
                    let all = word.raw.strip_suffix("/*");
                    let plain = |dir: &&str| !dir.contains(['*', '$', '"', '\'', '?', '[', '{']);
                    if let Some(dir) = all.filter(plain) {
                        let dir = self.path(if dir.is_empty() { "/" } else { dir });
                        fs.paths.retain(|placed, _| *placed == dir || !within(placed, &dir));
                        continue;
                    }
                    let Some(path) = word.literal.as_deref() else { continue };
                    if path.starts_with('-') {
                        continue;
                    }
                    let path = self.path(path);
                    fs.paths.retain(|placed, _| !within(placed, &path));
                }
            }
            "sed" | "dos2unix" | "perl" | "tr" | "unix2dos" => {
                for placed in operands.map(|word| word.map(|w| self.path(w))) {
                    for (path, entry) in &mut fs.paths {
                        entry.edited |= placed.as_deref().is_none_or(|dir| within(path, dir));
                    }
                }
            }
            "find" | "xargs" => {
                for entry in fs.paths.values_mut() {
                    entry.executable = entry.executable.filter(|executable| *executable);
                    entry.edited = true;
                }
            }
            "tee" => {
                for path in operands.flatten() {
                    self.write(&self.path(path), self.output(), self.command.has_arg("-a"), fs);
                }
            }
            "curl" | "wget" => self.fetch(name, fs),
            "go" | "gcc" | "cc" | "clang" | "cargo" => {
                if let Some(out) = self.after(&["-o"]) {
                    fs.paths.insert(self.path(out), self.place(Origin::Run(None), Some(true)));
                }
            }
            "apt-get" | "apt" | "apk" | "yum" | "dnf" | "microdnf" | "zypper" | "tdnf" => {
                let mut names = operands.flatten();
                if matches!(names.next(), Some("install" | "add" | "in")) {
                    fs.packages.extend(names.map(str::to_owned));
                } else if self.command.words.iter().any(|word| word.literal.is_none()) {
                    fs.packages.push("*".to_owned());
                }
                if words.iter().any(|word| word.literal.is_none()) {
                    fs.packages.push("*".to_owned());
                }
            }
            // `python -m pip` is no more than `pip`
            "python" | "python3"
                if matches!(operands.next(), Some(Some("pip" | "venv" | "compileall")))
                    && words.first().is_some_and(|word| word.raw == "-m") => {}
            "tar" | "unzip" | "git" | "make" | "cmake" | "rsync" | "sh" | "bash" | "python"
            | "python3" | "node" | "eval" | "source" | "." | "busybox" | "7z" | "dpkg" | "rpm"
            | "nix" | "ansible-playbook" => {
                fs.opaque = true;
            }
            _ if name.ends_with(".sh") || self.command.name().is_some_and(|n| n.contains('/')) => {
                fs.opaque = true;
            }
            _ => (),
        }
    }

    fn copy(&self, name: &str, mut operands: Vec<Option<&str>>, fs: &mut ImageFs) {
        let mut mode = (name == "install").then_some(true);
        if let Some(given) = self.after(&["-m", "--mode"]) {
            mode = executable_by(given);
            operands.retain(|word| *word != Some(given));
        }
        let Some((Some(target), sources)) = operands.split_last() else {
            fs.opaque = true;
            return;
        };
        let into = target.ends_with('/')
            || sources.len() > 1
            || super::is_known_directory(&self.path(target));
        for source in sources {
            let Some(source) = source else {
                fs.filled.push(self.path(target));
                continue;
            };
            let from = self.path(source);
            let to =
                if into { absolute(&self.path(target), base(source)) } else { self.path(target) };
            let known = fs.paths.get(&from).cloned();
            let mut placed = known.clone().unwrap_or_else(|| {
                let path = from.clone();
                self.place(Origin::Image { image: String::new(), path }, None)
            });
            placed.instruction = self.index;
            placed.executable = mode.or(placed.executable);
            fs.paths.insert(to.clone(), placed);
            if known.is_none() {
                fs.filled.push(to);
            }
            if name == "mv" {
                fs.paths.remove(&from);
            }
        }
    }

    fn chmod<'w>(&self, mut operands: impl Iterator<Item = Option<&'w str>>, fs: &mut ImageFs) {
        let Some(mode) = operands.next() else { return };
        let executable = mode.and_then(executable_by);
        let recursive = self.command.args().any(|arg| arg.starts_with('-') && arg.contains('R'));
        for path in operands {
            let path = path.map(|path| self.path(path));
            for (at, entry) in &mut fs.paths {
                match &path {
                    Some(path) if at == path || recursive && within(at, path) => {
                        entry.executable = executable;
                    }
                    // a glob or a variable may name it
                    None => {
                        entry.executable =
                            entry.executable.filter(|x| *x || executable == Some(false));
                    }
                    Some(_) => (),
                }
            }
        }
    }

    /// The value behind one of these options.
    fn after(&self, options: &[&str]) -> Option<&str> {
        let args: Vec<_> = self.command.args().collect();
        args.iter().position(|arg| options.contains(arg)).and_then(|at| args.get(at + 1).copied())
    }

    fn fetch(&self, name: &str, fs: &mut ImageFs) {
        let combined = self.command.args().find_map(|arg| {
            let rest = arg.strip_prefix('-').filter(|rest| !rest.starts_with('-'))?;
            rest.ends_with(if name == "curl" { 'o' } else { 'O' }).then_some(arg)
        });
        let options: Vec<&str> =
            if name == "curl" { vec!["-o", "--output"] } else { vec!["-O", "--output-document"] };
        let target = self.after(&options).or_else(|| self.after(&[combined?]));
        let url = self.command.args().find(|arg| arg.contains("://"));
        let remote = name == "wget"
            || self.command.args().any(|arg| {
                arg == "--remote-name"
                    || arg.starts_with('-') && !arg.starts_with("--") && arg.contains('O')
            });
        let path = match target {
            Some("-") => None,
            Some(target) => Some(self.path(target)),
            None if remote => url.map(|url| self.path(base(url.split('?').next().unwrap_or(url)))),
            None => None,
        };
        match path {
            Some(path) => {
                fs.paths.insert(path, self.place(Origin::Run(None), Some(false)));
            }
            // piped into a program that unpacks or installs
            None if self.command.redirects.is_empty() => fs.opaque = true,
            None => (),
        }
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('\\') => out.push('\\'),
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
            None => out.push('\\'),
        }
    }
    out
}
