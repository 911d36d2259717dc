//! Programs that only run another: one table, and one reader of their options.

use super::runs::{base, is_shell_name};

/// A program that only runs another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wrapper {
    /// Short options with a value.
    letters: &'static str,
    /// Long options whose value may be the next word.
    long: &'static [&'static str],
    /// Short options with which it tells something, or does something else, and runs nothing.
    asks: &'static str,
    /// How many words of its own stand in front of the program.
    operands: usize,
    /// Whether `NAME=value` may stand in front of the program.
    assigns: bool,
    /// Whether it runs a program only with this option.
    only_with: Option<(char, &'static str)>,
}

const PLAIN: Wrapper =
    Wrapper { letters: "", long: &[], asks: "", operands: 0, assigns: false, only_with: None };

/// Options of `su` and `runuser`.
const AS_USER: Wrapper = Wrapper {
    letters: "cgGsuw",
    long: &[
        "--command",
        "--group",
        "--session-command",
        "--shell",
        "--supp-group",
        "--user",
        "--whitelist-environment",
    ],
    asks: "hV",
    only_with: Some(('u', "--user")),
    ..PLAIN
};

/// The wrapper of this name, without its directory.
pub(super) fn wrapper(name: &str) -> Option<Wrapper> {
    Some(match name {
        "sudo" => Wrapper {
            letters: "CDghpRrTtUu",
            long: &[
                "--chdir",
                "--chroot",
                "--close-from",
                "--command-timeout",
                "--group",
                "--host",
                "--prompt",
                "--role",
                "--type",
                "--user",
            ],
            asks: "eKlVv",
            assigns: true,
            ..PLAIN
        },
        "doas" => Wrapper { letters: "u", asks: "CLs", ..PLAIN },
        "env" => Wrapper {
            letters: "aCSu",
            long: &["--argv0", "--chdir", "--split-string", "--unset"],
            assigns: true,
            ..PLAIN
        },
        "tini" | "tini-static" | "docker-init" => Wrapper { letters: "ep", asks: "hl", ..PLAIN },
        "dumb-init" => Wrapper { letters: "r", long: &["--rewrite"], asks: "hV", ..PLAIN },
        "catatonit" => Wrapper { asks: "hLV", ..PLAIN },
        "exec" => Wrapper { letters: "a", ..PLAIN },
        "command" => Wrapper { asks: "vV", ..PLAIN },
        "builtin" | "nohup" | "catchsegv" | "eatmydata" | "unbuffer" | "with-contenv" => PLAIN,
        "setsid" => Wrapper { asks: "hV", ..PLAIN },
        "fakeroot" => Wrapper { letters: "bils", long: &["--faked", "--lib"], asks: "hv", ..PLAIN },
        "time" => Wrapper {
            letters: "fo",
            long: &["--format", "--output"],
            asks: "V",
            assigns: true,
            ..PLAIN
        },
        "nice" => Wrapper { letters: "n", long: &["--adjustment"], ..PLAIN },
        "ionice" => {
            Wrapper { letters: "cn", long: &["--class", "--classdata"], asks: "hPpuV", ..PLAIN }
        }
        "stdbuf" => Wrapper { letters: "eio", long: &["--error", "--input", "--output"], ..PLAIN },
        "xvfb-run" => Wrapper {
            letters: "efnpsw",
            long: &[
                "--auth-file",
                "--error-file",
                "--server-args",
                "--server-num",
                "--wait",
                "--xauth-protocol",
            ],
            asks: "h",
            ..PLAIN
        },
        "setpriv" => Wrapper {
            long: &[
                "--ambient-caps",
                "--apparmor-profile",
                "--bounding-set",
                "--egid",
                "--euid",
                "--groups",
                "--inh-caps",
                "--pdeathsig",
                "--regid",
                "--reuid",
                "--rgid",
                "--ruid",
                "--securebits",
                "--selinux-label",
            ],
            asks: "dhV",
            ..PLAIN
        },
        "numactl" => Wrapper {
            letters: "CimNPpw",
            long: &["--cpunodebind", "--interleave", "--membind", "--physcpubind", "--preferred"],
            asks: "Hhs",
            ..PLAIN
        },
        "dbus-run-session" => Wrapper { long: &["--config-file", "--dbus-daemon"], ..PLAIN },
        "chpst" => Wrapper { letters: "/bCcdefLlmnoprtuU", asks: "V", ..PLAIN },
        "timeout" => {
            Wrapper { letters: "ks", long: &["--kill-after", "--signal"], operands: 1, ..PLAIN }
        }
        "gosu" => Wrapper { asks: "hv", operands: 1, ..PLAIN },
        "su-exec" | "s6-setuidgid" | "setuidgid" => Wrapper { operands: 1, ..PLAIN },
        "taskset" => Wrapper { asks: "hpV", operands: 1, ..PLAIN },
        "runuser" => AS_USER,
        _ => return None,
    })
}

/// What stands behind a wrapper's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behind {
    /// The program is this word; there may be none.
    Program(usize),
    /// It runs nothing: it tells what it is, or where something is.
    Nothing,
    /// It is no wrapper as it is called here.
    Itself,
}

impl Wrapper {
    /// What stands behind its words, which begin at `at`. A word that is not known is empty, or as
    /// it is written.
    pub(super) fn behind<'w>(
        &self,
        mut at: usize,
        len: usize,
        word: impl Fn(usize) -> &'w str,
    ) -> Behind {
        let mut chosen = self.only_with.is_none();
        while at < len {
            let option = word(at);
            if self.assigns && assigns(option) {
                at += 1;
                continue;
            }
            let Some(letters) = option.strip_prefix('-') else { break };
            at += 1;
            if letters == "-" {
                break;
            }
            if let Some(name) = letters.strip_prefix('-') {
                if matches!(name, "help" | "version" | "list" | "validate" | "dump") {
                    return Behind::Nothing;
                }
                let (name, value) = option
                    .split_once('=')
                    .map_or((option, None), |(name, value)| (name, Some(value)));
                chosen |= self.only_with.is_some_and(|(_, long)| long == name);
                at += usize::from(value.is_none() && self.long.contains(&name));
                continue;
            }
            for (index, letter) in letters.char_indices() {
                if self.asks.contains(letter) {
                    return Behind::Nothing;
                }
                chosen |= self.only_with.is_some_and(|(short, _)| short == letter);
                if self.letters.contains(letter) {
                    at += usize::from(index + letter.len_utf8() == letters.len());
                    break;
                }
            }
        }
        while self.assigns && at < len && assigns(word(at)) {
            at += 1;
        }
        if chosen { Behind::Program((at + self.operands).min(len)) } else { Behind::Itself }
    }
}

/// `NAME=value` for env and sudo, also behind a quote. They take names that no shell does:
/// `spring.port=80`. A path is one of a program, and what a shell puts in may be anything.
pub(super) fn assigns(word: &str) -> bool {
    let word = word.trim_start_matches(['"', '\'']);
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && !name.starts_with('-') && !name.contains(['/', '(', '`', ' '])
    })
}

/// Whether a shell takes `NAME=value` with this name for an assignment.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The shell that `su` and `runuser` start, with its arguments: `su -s /bin/sh NAME -c TEXT`. `None`
/// where it is one for people.
pub(super) fn shell_of(words: &[Option<String>]) -> Option<Vec<Option<String>>> {
    let (mut shell, mut command) = (Some("/bin/sh".to_owned()), None);
    let mut operands = Vec::new();
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        let option = word.as_deref().unwrap_or("");
        if option == "--" {
            operands.extend(rest.by_ref().cloned());
            break;
        }
        let Some(letters) = option.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            operands.push(word.clone());
            continue;
        };
        let (name, value) = if letters.starts_with('-') {
            let (name, value) =
                option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
            if !AS_USER.long.contains(&name) {
                continue;
            }
            (name, value)
        } else {
            let valued = letters.char_indices().find(|(_, c)| AS_USER.letters.contains(*c));
            let Some((at, letter)) = valued else { continue };
            let value = &letters[at + letter.len_utf8()..];
            let name = match letter {
                'c' => "--command",
                's' => "--shell",
                _ => "",
            };
            (name, Some(value).filter(|value| !value.is_empty()))
        };
        let value = match value {
            Some(value) => Some(value.to_owned()),
            None => rest.next().cloned().flatten(),
        };
        match name {
            "--command" | "--session-command" => command = Some(value),
            "--shell" => shell = value,
            _ => (),
        }
    }
    if operands.first().is_some_and(|first| first.as_deref() == Some("-")) {
        operands.remove(0);
    }
    // the user
    let args = operands.split_off(1.min(operands.len()));
    let mut out = vec![shell];
    if let Some(text) = command {
        out.extend([Some("-c".to_owned()), text]);
    } else if args.is_empty() {
        return None;
    }
    out.extend(args);
    Some(out)
}

/// The options of sandbox-api and their values, as Go's `flag` reads them; the first other word ends
/// them. An option that is not known takes no value.
pub(super) fn options<'a>(words: &[&'a str]) -> Vec<(&'a str, Option<&'a str>)> {
    let mut out = Vec::new();
    let mut words = words.iter();
    while let Some(option) = words.next().and_then(|word| word.strip_prefix('-')) {
        let option = option.strip_prefix('-').unwrap_or(option);
        if option.is_empty() {
            break;
        }
        out.push(match option.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None if matches!(option, "port" | "p" | "command" | "c" | "user") => {
                (option, words.next().copied())
            }
            None => (option, None),
        });
    }
    out
}

/// The option of sandbox-api with which it tells what it can do, and ends.
pub(super) fn tells(options: &[(&str, Option<&str>)]) -> Option<&'static str> {
    options.iter().find_map(|(name, _)| match *name {
        "h" => Some("-h"),
        "help" => Some("--help"),
        "version" => Some("--version"),
        _ => None,
    })
}

/// Whether a command starts nothing: wrappers and sandbox-api only tell something of themselves, or
/// of others. A word that is not known is empty.
pub(super) fn only_asks(words: &[&str]) -> bool {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let name = base(word);
        if name == "sandbox-api" {
            return tells(&options(&words[at + 1..])).is_some();
        }
        if is_shell_name(name) {
            return false;
        }
        match wrapper(name).map(|wrapper| wrapper.behind(at + 1, words.len(), |at| words[at])) {
            Some(Behind::Program(next)) => at = next,
            Some(Behind::Nothing) => return true,
            Some(Behind::Itself) | None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_stand_behind_the_words_of_wrappers() {
        for (line, want) in [
            ("sudo -Eu node x", "x"),
            ("sudo -n x", "x"),
            ("sudo -unode -g g --preserve-env=A -- x", "x"),
            ("sudo A=1 x", "x"),
            ("sudo -l x", "nothing"),
            ("env -i -uX A=1 x", "x"),
            ("env --unset X -C /app -- A=1 x", "x"),
            ("env A=1", ""),
            ("env 'A=1 x", "x"),
            ("env spring.x=1 1A=1 x", "x"),
            ("env -- npm.x=1 x", "x"),
            ("sudo a-b=1 x", "x"),
            ("env ./x=1 y", "./x=1"),
            ("env =1 y", "=1"),
            ("env \"$(a)=1 y", "\"$(a)=1"),
            ("tini -vv -w -p TERM -e 143 -gs -- x -h", "x"),
            ("tini --version", "nothing"),
            ("tini -h x", "nothing"),
            ("dumb-init -r 15:3 -c x", "x"),
            ("command -p x", "x"),
            ("command -pv x", "nothing"),
            ("time -p x", "x"),
            ("nice -10 x", "x"),
            ("nice --adjustment 5 x", "x"),
            ("ionice -t -c2 -n 0 x", "x"),
            ("ionice -c 2 -p 1", "nothing"),
            ("stdbuf -oL -e L x", "x"),
            ("xvfb-run -a -s s --server-num 7 x", "x"),
            ("setpriv --reuid node --regid=node --clear-groups x", "x"),
            ("timeout --foreground -v -k5 10 x", "x"),
            ("taskset -c 0,1 x", "x"),
            ("taskset -ac 0,1 x", "x"),
            ("taskset -p 1", "nothing"),
            ("taskset -ap 1", "nothing"),
            ("catchsegv x", "x"),
            ("chpst -u node -P x", "x"),
            ("gosu node x --version", "x"),
            ("gosu --version", "nothing"),
            ("runuser -u node -- x -c y", "x"),
            ("runuser --user=node x", "x"),
            ("runuser node -c x", "itself"),
            ("runuser -l node -c x", "itself"),
            ("sudo", ""),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let wrapper = wrapper(words[0]).expect("it is one");
            let got = match wrapper.behind(1, words.len(), |at| words[at]) {
                Behind::Program(at) => words.get(at).copied().unwrap_or(""),
                Behind::Nothing => "nothing",
                Behind::Itself => "itself",
            };
            assert_eq!(got, want, "{line}");
        }
    }

    #[test]
    fn shells_assign_to_names_alone() {
        for (name, want) in [("A", true), ("_a1", true), ("1A", false), ("a.b", false), ("", false)]
        {
            assert_eq!(is_name(name), want, "{name}");
        }
    }

    #[test]
    fn other_users_get_a_shell() {
        for (line, want) in [
            ("su node -c x", "/bin/sh -c x"),
            ("su - node -c x a", "/bin/sh -c x a"),
            ("su -lc x node", "/bin/sh -c x"),
            ("su --command=x -s /bin/bash node", "/bin/bash -c x"),
            ("runuser node --session-command x", "/bin/sh -c x"),
            ("su -s /bin/sh node -- -c x", "/bin/sh -c x"),
            ("su -g g node /boot.sh", "/bin/sh /boot.sh"),
            ("su - node", ""),
            ("su", ""),
        ] {
            let words: Vec<_> = line.split(' ').map(|word| Some(word.to_owned())).collect();
            let shell = shell_of(&words).unwrap_or_default();
            let got: Vec<_> = shell.into_iter().flatten().collect();
            assert_eq!(got.join(" "), want, "{line}");
        }
    }

    #[test]
    fn questions_start_nothing() {
        for (line, want) in [
            ("sandbox-api --version", true),
            ("/usr/local/bin/sandbox-api -h", true),
            ("timeout 5 sandbox-api --help", true),
            ("tini --version", true),
            ("command -v sandbox-api", true),
            ("sudo -l sandbox-api", true),
            ("sandbox-api --command --help", false),
            ("sandbox-api --port 8080", false),
            ("tini -- node --version", false),
            ("node --version", false),
        ] {
            assert_eq!(only_asks(&line.split(' ').collect::<Vec<_>>()), want, "{line}");
        }
    }
}
