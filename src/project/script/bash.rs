//! What bash understands, and a smaller shell does not.

use std::ops::Range;

use super::model::{ShellCommand, ShellWord, base};

/// The shell that reads a text instead of bash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sh {
    /// dash, `sh` of Debian and Ubuntu.
    Dash,
    /// `BusyBox`, `sh` of Alpine, which knows a good part of bash.
    Busybox,
}

/// What the smaller shell does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The text is no script for it: it ends there, whatever stands around.
    Syntax,
    /// It looks for a program of this name, and finds none.
    NotFound,
    /// The test fails with an error, whatever is compared.
    TestFails,
    /// It knows no such option and ends, whatever stands behind `||`.
    Refused,
    /// It does something else.
    Differs(&'static str),
}

/// A part of a text that only bash reads as it was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BashOnly {
    /// Where it stands; bytes of the text.
    pub range: Range<usize>,
    /// How it is called in a message: `source`.
    pub what: &'static str,
    /// What happens.
    pub effect: Effect,
    /// What every shell reads.
    pub instead: &'static str,
}

/// Commands of bash, whether `BusyBox` has them too, and what every shell has.
const BUILTINS: &[(&str, bool, &str)] = &[
    ("[[", true, "test with `[ … ]`"),
    ("declare", false, "assign with `NAME=value`"),
    ("let", true, "calculate with `$(( … ))`"),
    ("mapfile", false, "read lines with `while read -r`"),
    ("popd", false, "change the directory with `cd`, in `( … )` where it is to be left again"),
    ("pushd", false, "change the directory with `cd`, in `( … )` where it is to be left again"),
    ("readarray", false, "read lines with `while read -r`"),
    ("shopt", false, "list the files with `find`"),
    ("source", true, "read the file with `. FILE`"),
    ("typeset", false, "assign with `NAME=value`"),
];

impl ShellCommand {
    /// The first thing in this command that only bash reads as it was meant.
    pub fn bash_only(&self, sh: Sh) -> Option<BashOnly> {
        self.syntax(sh)
            .or_else(|| self.builtin(sh))
            .or_else(|| self.background(sh))
            .or_else(|| self.braces())
    }

    fn syntax(&self, sh: Sh) -> Option<BashOnly> {
        let dash = sh == Sh::Dash;
        let found = |word: &ShellWord, what, instead| {
            Some(BashOnly { range: word.range.clone(), what, effect: Effect::Syntax, instead })
        };
        for redirect in &self.redirects {
            let target = &redirect.target;
            if redirect.operator == "<<<" {
                return found(target, "<<<", "pipe the text in: `printf '%s\\n' TEXT | COMMAND`");
            }
            let is_file = redirect.operator == ">&"
                && target
                    .raw
                    .starts_with(|first: char| first.is_ascii_alphabetic() || first == '/');
            if dash && is_file {
                return found(target, ">& FILE", "redirect with `> FILE 2>&1`");
            }
        }
        for (_, value) in &self.assignments {
            if value.raw.starts_with('(') {
                return found(
                    value,
                    "NAME=( … )",
                    "keep the words in one variable, or in `set --`",
                );
            }
        }
        let targets = self.redirects.iter().map(|redirect| &redirect.target);
        let values = self.assignments.iter().map(|(_, value)| value);
        for word in self.words.iter().chain(targets).chain(values) {
            // Most words hold neither a variable nor another command.
            if !word.raw.as_bytes().iter().any(|byte| matches!(byte, b'$' | b'<' | b'>')) {
                continue;
            }
            if dash && (word.raw.starts_with("<(") || word.raw.starts_with(">(")) {
                return found(word, "<( … )", "use a pipe, or a file in between");
            }
            if let Some(what) = expansion(&word.raw, sh) {
                return found(word, what, "change the value with `sed`, `tr` or `cut`");
            }
        }
        None
    }

    fn builtin(&self, sh: Sh) -> Option<BashOnly> {
        let (name, args) = self.words.split_first()?;
        let range = name.range.clone();
        let raw = name.raw.as_str();
        let builtin = BUILTINS.iter().find(|(builtin, ..)| *builtin == raw);
        if let Some((what, in_busybox, instead)) = builtin {
            let known = sh == Sh::Busybox && *in_busybox;
            let effect = Effect::NotFound;
            return (!known).then_some(BashOnly { range, what, effect, instead });
        }
        if sh == Sh::Busybox {
            return None;
        }
        match raw {
            "[" | "test" if args.iter().any(|word| word.raw == "==") => Some(BashOnly {
                range,
                what: "==",
                effect: Effect::TestFails,
                instead: "compare with `=`",
            }),
            "[" | "test" if args.iter().any(|word| word.raw == "=~") => Some(BashOnly {
                range,
                what: "=~",
                effect: Effect::TestFails,
                instead: "match with `case` or `grep -Eq`",
            }),
            "set" => {
                let of = |pair: &[ShellWord]| {
                    let option = pair[0].raw.as_str();
                    option.starts_with('-') && option.ends_with('o') && pair[1].raw == "pipefail"
                };
                let at = args.windows(2).position(of)?;
                Some(BashOnly {
                    range: args[at].range.start..args[at + 1].range.end,
                    what: "set -o pipefail",
                    effect: Effect::Refused,
                    instead: "leave it out where nothing is piped",
                })
            }
            "echo" if matches!(args.first()?.raw.as_str(), "-e" | "-ne" | "-en") => {
                let why = "this `echo` knows no `-e` and writes it out";
                let range = args.first()?.range.clone();
                let effect = Effect::Differs(why);
                Some(BashOnly { range, what: "echo -e", effect, instead: "write `printf`" })
            }
            _ => None,
        }
    }

    fn background(&self, sh: Sh) -> Option<BashOnly> {
        let redirect =
            self.redirects.iter().find(|redirect| matches!(redirect.operator, "&>" | "&>>"))?;
        (sh == Sh::Dash).then(|| BashOnly {
            range: redirect.target.range.clone(),
            what: redirect.operator,
            effect: Effect::Differs(
                "this shell reads `&` and then `>`: what stands before it runs in the background, and nobody waits for it",
            ),
            instead: if redirect.operator == "&>" {
                "redirect with `> FILE 2>&1`"
            } else {
                "redirect with `>> FILE 2>&1`"
            },
        })
    }

    fn braces(&self) -> Option<BashOnly> {
        let name = self.words.iter().map(|word| word.raw.as_str()).find(|raw| *raw != "sudo")?;
        if !takes_paths(base(name)) {
            return None;
        }
        let word = self.words.iter().skip(1).find(|word| has_braces(&word.raw))?;
        Some(BashOnly {
            range: word.range.clone(),
            what: "{ … , … }",
            effect: Effect::Differs("this shell takes the braces for a part of the name"),
            instead: "write every path out",
        })
    }
}

/// Whether the words of a program are paths, so that braces in them are meant for the shell.
fn takes_paths(program: &str) -> bool {
    matches!(
        program,
        "cat"
            | "chgrp"
            | "chmod"
            | "chown"
            | "cp"
            | "install"
            | "ln"
            | "ls"
            | "mkdir"
            | "mv"
            | "rm"
            | "rmdir"
            | "touch"
    )
}

/// Whether bash makes several words of this one: `a/{b,c}`.
pub fn has_braces(raw: &str) -> bool {
    raw.as_bytes().contains(&b'{')
        && outside_quotes(raw, false).any(|(at, _)| {
            let rest = &raw[at..];
            let Some(list) = rest.strip_prefix('{').filter(|_| !raw[..at].ends_with('$')) else {
                return false;
            };
            let end = list.find(['}', '\'', '"', '\\', '{', '`', ' ']);
            end.is_some_and(|end| list[end..].starts_with('}') && list[..end].contains(','))
        })
}

/// The first `${ … }` that the shell refuses.
fn expansion(raw: &str, sh: Sh) -> Option<&'static str> {
    // Inside of a command, other quotes hold.
    let has = |next| raw.as_bytes().windows(2).any(|two| two[0] == b'$' && two[1] == next);
    if !has(b'{') || has(b'(') || raw.contains('`') {
        return None;
    }
    let mut dollars = outside_quotes(raw, true).filter(|(_, c)| *c == '$');
    dollars.find_map(|(at, _)| {
        let body = raw[at..].strip_prefix("${")?;
        if let Some(indirect) = body.strip_prefix('!') {
            let named = indirect.starts_with(|first: char| first.is_ascii_alphabetic());
            return named.then_some("${!NAME}");
        }
        let name = body.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let rest = &body[name..];
        let mut chars = rest.chars();
        match (chars.next().filter(|_| name > 0)?, chars.next()) {
            ('^', _) => Some("${NAME^}"),
            ('[', _) => Some("${NAME[ … ]}"),
            (',', _) => Some("${NAME,}"),
            ('/', _) if sh == Sh::Dash => Some("${NAME/ … }"),
            (':', Some('0'..='9' | ' ' | '$')) if sh == Sh::Dash => Some("${NAME:N}"),
            _ => None,
        }
    })
}

/// The places of a word that no quotes and no `\` take their meaning from; those in double quotes
/// too, where these keep it.
fn outside_quotes(raw: &str, double: bool) -> impl Iterator<Item = (usize, char)> {
    let (mut single, mut quoted, mut escaped) = (false, false, false);
    raw.char_indices().filter(move |(_, c)| {
        if escaped {
            escaped = false;
            return false;
        }
        match c {
            '\\' if !single => escaped = true,
            '\'' if !quoted => single = !single,
            '"' if !single => quoted = !quoted,
            _ => return !single && (double || !quoted),
        }
        false
    })
}
