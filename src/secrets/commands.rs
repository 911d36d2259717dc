//! Programs that take a credential as an argument.

use std::{fmt, ops::Range, sync::LazyLock};

use super::{Confidence, Kind, checks, names::Promise, value};
use crate::project::{
    bytes::split_once,
    script::{Connector, ShellCommand, ShellWord, base},
};

/// A credential that a command is given.
#[derive(Clone, PartialEq, Eq)]
pub struct Given {
    /// Bytes of the word in the text that the command was parsed from, quotes included.
    pub range: Range<usize>,
    /// For messages: "password of `docker login`".
    pub what: String,
    value: String,
}

impl Given {
    /// The credential itself, to find its place in a file. Never for people's eyes.
    pub(crate) fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given")
            .field("range", &self.range)
            .field("what", &self.what)
            .finish_non_exhaustive()
    }
}

/// How an argument holds the credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// It is the credential.
    Plain,
    /// `user:password` or `user%password`.
    Login,
    /// `pass:password`, as OpenSSL takes it.
    Pass,
}

type Names = &'static [&'static str];

/// Options that take a credential: programs, words of which one must be an argument (or none),
/// options, form. A short option also holds its value directly (`-ppassword`).
const OPTIONS: &[(Names, Names, Names, Form)] = &[
    (
        &["docker", "podman", "buildah", "nerdctl", "skopeo", "crane", "regctl", "oras", "helm"],
        &["login"],
        &["-p", "--password"],
        Form::Plain,
    ),
    (&["helm"], &[], &["--password"], Form::Plain),
    (&["skopeo"], &[], &["--creds", "--src-creds", "--dest-creds"], Form::Login),
    (&["curl"], &[], &["-u", "--user", "-U", "--proxy-user"], Form::Login),
    (&["curl"], &[], &["--oauth2-bearer", "--pass"], Form::Plain),
    (
        &["wget"],
        &[],
        &["--password", "--http-password", "--ftp-password", "--proxy-password"],
        Form::Plain,
    ),
    (&["http", "https", "xh"], &[], &["-a", "--auth"], Form::Login),
    (&["az"], &["login"], &["-p", "--password"], Form::Plain),
    (&["az"], &[], &["--account-key", "--sas-token", "--password"], Form::Plain),
    (
        &[
            "mysql",
            "mysqldump",
            "mysqladmin",
            "mariadb",
            "mariadb-dump",
            "mariadb-admin",
            "mysqlimport",
        ],
        &[],
        &["-p", "--password"],
        Form::Plain,
    ),
    (
        &["mongo", "mongosh", "mongodump", "mongorestore", "mongoimport"],
        &[],
        &["-p", "--password"],
        Form::Plain,
    ),
    (&["sshpass"], &[], &["-p"], Form::Plain),
    (&["redis-cli"], &[], &["-a", "--pass"], Form::Plain),
    (&["sqlcmd"], &[], &["-P"], Form::Plain),
    (&["smbclient"], &[], &["-U", "--user"], Form::Login),
    (&["x11vnc"], &[], &["-passwd"], Form::Plain),
    (&["useradd", "usermod"], &[], &["-p", "--password"], Form::Plain),
    (&["openssl"], &[], &["-pass", "-passin", "-passout"], Form::Pass),
    (&["openssl"], &["enc"], &["-k"], Form::Plain),
    (
        &["keytool", "jarsigner"],
        &[],
        &["-storepass", "-keypass", "-deststorepass", "-srcstorepass"],
        Form::Plain,
    ),
    (&["7z", "7za", "7zr", "unrar"], &[], &["-p"], Form::Plain),
    (&["zip", "unzip"], &[], &["-P", "--password"], Form::Plain),
    (&["gpg", "gpg2"], &[], &["--passphrase"], Form::Plain),
    (&["twine"], &["upload"], &["-p", "--password"], Form::Plain),
    (
        &["dotnet", "nuget"],
        &[],
        &["-p", "--password", "-Password", "-k", "--api-key", "-ApiKey"],
        Form::Plain,
    ),
    (&["huggingface-cli", "hf"], &[], &["--token"], Form::Plain),
    (&["vercel"], &[], &["-t", "--token"], Form::Plain),
    (&["netlify"], &[], &["--auth"], Form::Plain),
    (&["fly", "flyctl"], &[], &["-t", "--access-token"], Form::Plain),
    (&["tailscale"], &[], &["--authkey", "--auth-key"], Form::Plain),
    (&["cloudflared"], &[], &["--token"], Form::Plain),
    (&["sentry-cli"], &[], &["--auth-token"], Form::Plain),
    (&["bl", "blaxel"], &[], &["--api-key", "--token"], Form::Plain),
];

/// The rows of [`OPTIONS`] with a program of this first letter, a bit for each.
static ROWS: [u64; 256] = {
    assert!(OPTIONS.len() <= 64);
    let mut rows = [0; 256];
    let mut row = 0;
    while row < OPTIONS.len() {
        let programs = OPTIONS[row].0;
        let mut at = 0;
        while at < programs.len() {
            rows[programs[at].as_bytes()[0] as usize] |= 1 << row;
            at += 1;
        }
        row += 1;
    }
    rows
};

/// Sub-commands whose arguments are credentials: program, words that must follow, position of the
/// credential behind them (from 0, options not counted), form.
const POSITIONS: &[(&str, &[&str], usize, Form)] = &[
    ("aws", &["configure", "set", "aws_secret_access_key"], 0, Form::Plain),
    ("aws", &["configure", "set", "aws_session_token"], 0, Form::Plain),
    ("wandb", &["login"], 0, Form::Plain),
    ("cargo", &["login"], 0, Form::Plain),
    ("vault", &["login"], 0, Form::Plain),
    ("snyk", &["auth"], 0, Form::Plain),
    ("ngrok", &["authtoken"], 0, Form::Plain),
    ("ngrok", &["config", "add-authtoken"], 0, Form::Plain),
    ("nuget", &["setapikey"], 0, Form::Plain),
    ("doppler", &["configure", "set", "token"], 0, Form::Plain),
    ("x11vnc", &["-storepasswd"], 0, Form::Plain),
];

/// Programs that read credentials from a pipe, and what must be among their arguments.
const READERS: &[(&str, &str)] = &[
    ("chpasswd", ""),
    ("passwd", ""),
    ("smbpasswd", ""),
    ("vncpasswd", "-f"),
    ("docker", "--password-stdin"),
    ("podman", "--password-stdin"),
    ("buildah", "--password-stdin"),
    ("skopeo", "--password-stdin"),
    ("helm", "--password-stdin"),
    ("crane", "--password-stdin"),
    ("oras", "--password-stdin"),
    ("gh", "--with-token"),
    ("glab", "--stdin"),
];

/// Programs of [`configuration`] and [`printed`], which stand in none of the tables.
const BESIDES: &[&str] =
    &["npm", "pnpm", "yarn", "poetry", "composer", "bundle", "echo", "printf", DECODER];

/// The program that makes a text of base64 again.
const DECODER: &str = "base64";

/// A text in base64 that is decoded to look for a credential is no shorter and no longer; bytes.
const ENCODED: Range<usize> = 24..16 * 1024;

/// Whether a program can be given a credential otherwise than by [`flags`]: by first letter and length of its name, since most
/// commands are none of these. Bit `n` of an entry stands for names of `n` bytes.
static SHAPES: LazyLock<[u64; 256]> = LazyLock::new(|| {
    let options = OPTIONS.iter().flat_map(|(programs, ..)| programs.iter().copied());
    let positions = POSITIONS.iter().map(|(program, ..)| *program);
    let readers = READERS.iter().map(|(program, _)| *program);
    let mut shapes = [0; 256];
    for name in options.chain(positions).chain(readers).chain(BESIDES.iter().copied()) {
        shapes[usize::from(name.as_bytes()[0])] |= 1 << name.len();
    }
    shapes
});

fn may_hold(name: &str) -> bool {
    let Some(first) = name.bytes().next() else { return false };
    name.len() < 64 && SHAPES[usize::from(first)] & (1 << name.len()) != 0
}

/// The credentials that `command` is given. `next` is the command behind it in the text: one that
/// reads a pipe makes the text before the pipe a credential.
pub fn of_command(command: &ShellCommand, next: Option<&ShellCommand>, text: &str) -> Vec<Given> {
    let mut out = Vec::new();
    let command_words = unprefixed(&command.words);
    let Some(name) = command_words.first().and_then(|word| word.literal.as_deref()) else {
        return out;
    };
    let name = base(name);
    let args = &command_words[1..];
    let is_known = may_hold(name);
    if is_known {
        options(name, args, &mut out);
    }
    flags(name, args, &mut out);
    if !is_known {
        return out;
    }
    positions(name, args, &mut out);
    configuration(name, args, &mut out);
    if matches!(name, "echo" | "printf") {
        printed(name, args, command, next, &mut out);
    }
    if let Some(what) = reader(name, args) {
        for redirect in &command.redirects {
            if redirect.operator == "<<<"
                && let Some(value) = redirect.target.literal.as_deref()
            {
                piped(what, value, &redirect.target.range, &mut out);
            }
            if let Some(body) = redirect
                .heredoc
                .clone()
                .and_then(|range| text.get(range.clone()).map(|t| (range, t)))
            {
                piped(what, body.1, &body.0, &mut out);
            }
        }
    }
    out.dedup();
    out
}

/// The words without `sudo`, `env`, `exec`, `time` and assignments in front.
fn unprefixed(words: &[ShellWord]) -> &[ShellWord] {
    let mut words = words;
    while let [first, rest @ ..] = words
        && let Some(text) = first.literal.as_deref()
        && !rest.is_empty()
        && (matches!(
            text,
            "sudo" | "env" | "exec" | "time" | "command" | "nice" | "doas" | "-E" | "-H" | "-n"
        ) || split_once(text, b'=')
            .is_some_and(|(name, _)| !name.is_empty() && !name.starts_with('-')))
    {
        words = rest;
    }
    words
}

fn push(out: &mut Vec<Given>, range: &Range<usize>, what: String, value: &str) {
    if value::given_password(value) {
        out.push(Given { range: range.clone(), what, value: value.to_owned() });
    }
}

fn take(form: Form, text: &str) -> &str {
    match form {
        Form::Plain => text,
        Form::Login => text.split_once([':', '%']).map_or("", |(_, password)| password),
        Form::Pass => text.strip_prefix("pass:").unwrap_or(""),
    }
}

fn options(name: &str, args: &[ShellWord], out: &mut Vec<Given>) {
    let has = |word: &str| args.iter().any(|arg| arg.literal.as_deref() == Some(word));
    let mut rows = ROWS[usize::from(name.as_bytes()[0])];
    while rows != 0 {
        let (programs, needs, flags, form) = &OPTIONS[rows.trailing_zeros() as usize];
        rows &= rows - 1;
        if !programs.contains(&name) || !(needs.is_empty() || needs.iter().any(|need| has(need))) {
            continue;
        }
        for (index, arg) in args.iter().enumerate() {
            let Some(text) = arg.literal.as_deref() else { continue };
            for flag in *flags {
                let Some(rest) = text.strip_prefix(flag) else { continue };
                let short = flag.len() == 2;
                let (range, value) = if let Some(value) = rest.strip_prefix('=').filter(|_| !short)
                {
                    (&arg.range, value)
                } else if rest.is_empty() && !attached_only(name) {
                    let Some(next) = args.get(index + 1) else { continue };
                    (&next.range, next.literal.as_deref().unwrap_or(""))
                } else if short && !rest.is_empty() && may_attach(name) {
                    (&arg.range, rest)
                } else {
                    continue;
                };
                push(out, range, format!("`{flag}` of `{name}`"), take(*form, value));
            }
        }
    }
}

/// What any program takes by a name that promises a credential: `--password X`, `--api-token=X`.
fn flags(name: &str, args: &[ShellWord], out: &mut Vec<Given>) {
    for (index, arg) in args.iter().enumerate() {
        let Some(flag) = arg.literal.as_deref().filter(|text| text.starts_with("--")) else {
            continue;
        };
        let (flag, value, range) = match split_once(flag, b'=') {
            Some((flag, value)) => (flag, value, &arg.range),
            None => match args.get(index + 1) {
                Some(next) => (flag, next.literal.as_deref().unwrap_or(""), &next.range),
                None => continue,
            },
        };
        let known = out.iter().any(|given| given.range == *range);
        // Builders are told by it where the secret is.
        let names = flag == "--secret"
            && ["id=", "src=", "source=", "type=", "env="].iter().any(|key| value.starts_with(key));
        if !known
            && !names
            && super::names::promise(flag).is_some_and(|promise| value::credible(promise, value))
        {
            push(out, range, format!("`{flag}` of `{name}`"), value);
        }
    }
}

/// `mysql -p db`: without a value the program asks.
fn attached_only(name: &str) -> bool {
    name.starts_with("mysql")
        || name.starts_with("mariadb")
        || matches!(name, "7z" | "7za" | "7zr" | "unrar")
}

/// Programs that people write `-pPASSWORD` for.
fn may_attach(name: &str) -> bool {
    attached_only(name)
        || matches!(name, "sshpass" | "mongo" | "mongodump" | "curl" | "redis-cli" | "sqlcmd")
}

fn positions(name: &str, args: &[ShellWord], out: &mut Vec<Given>) {
    for (program, words, position, form) in POSITIONS {
        if *program != name {
            continue;
        }
        let starts = words
            .iter()
            .zip(args)
            .filter(|(word, arg)| arg.literal.as_deref() == Some(**word))
            .count();
        if starts != words.len() {
            continue;
        }
        let rest = args[words.len()..].iter().filter(|arg| !arg.raw.starts_with('-'));
        if let Some(arg) = rest.clone().nth(*position) {
            let value = arg.literal.as_deref().unwrap_or("");
            push(
                out,
                &arg.range,
                format!("argument of `{name} {}`", words.join(" ")),
                take(*form, value),
            );
        }
    }
    // `htpasswd -b file user password`
    if name == "htpasswd" {
        let flags: String = args
            .iter()
            .filter_map(|a| a.literal.as_deref())
            .filter(|a| a.starts_with('-'))
            .collect();
        let plain: Vec<_> = args.iter().filter(|arg| !arg.raw.starts_with('-')).collect();
        let place = if flags.contains('n') { 1 } else { 2 };
        if flags.contains('b')
            && let Some(arg) = plain.get(place)
        {
            push(
                out,
                &arg.range,
                "password of `htpasswd`".into(),
                arg.literal.as_deref().unwrap_or(""),
            );
        }
    }
}

/// `npm config set //host/:_authToken X`, `poetry config http-basic.x user pw`,
/// `bundle config host user:pw`, `composer config http-basic.host user pw`.
fn configuration(name: &str, args: &[ShellWord], out: &mut Vec<Given>) {
    if !matches!(name, "npm" | "pnpm" | "yarn" | "poetry" | "composer" | "bundle") {
        return;
    }
    let plain: Vec<&ShellWord> = args.iter().filter(|arg| !arg.raw.starts_with('-')).collect();
    let text = |index: usize| plain.get(index).and_then(|arg| arg.literal.as_deref()).unwrap_or("");
    match name {
        "npm" | "pnpm" | "yarn" => {
            let set = match (text(0), text(1)) {
                ("config" | "c", "set") => 2,
                ("set", _) => 1,
                _ => return,
            };
            // `key value` and `key=value`
            let (key, value, at) = match text(set).split_once('=') {
                Some((key, value)) => (key, value, set),
                None => (text(set), text(set + 1), set + 1),
            };
            if let (Some(promise), Some(arg)) = (super::names::promise(key), plain.get(at))
                && value::credible(promise, value)
            {
                push(out, &arg.range, format!("registry credential of `{name}`"), value);
            }
        }
        "poetry" | "composer" => {
            let Some(key) = plain.iter().position(|arg| {
                let key = arg.literal.as_deref().unwrap_or("");
                ["http-basic.", "pypi-token.", "github-oauth.", "gitlab-token.", "bearer."]
                    .iter()
                    .any(|start| key.starts_with(start))
            }) else {
                return;
            };
            let at = if text(key).starts_with("http-basic.") { key + 2 } else { key + 1 };
            if text(0) == "config"
                && let Some(arg) = plain.get(at)
            {
                push(out, &arg.range, format!("repository credential of `{name}`"), text(at));
            }
        }
        "bundle" if text(0) == "config" => {
            for arg in plain.iter().skip(2) {
                let value = arg.literal.as_deref().unwrap_or("");
                if !value.contains("://") && value.matches(':').count() == 1 {
                    push(
                        out,
                        &arg.range,
                        "repository credential of `bundle`".into(),
                        take(Form::Login, value),
                    );
                }
            }
        }
        _ => {}
    }
}

fn reader(name: &str, args: &[ShellWord]) -> Option<&'static str> {
    let has = |word: &str| args.iter().any(|arg| arg.literal.as_deref() == Some(word));
    if name == DECODER {
        return ["-d", "-D", "-di", "--decode"].iter().any(|flag| has(flag)).then_some(DECODER);
    }
    // hashed passwords are no passwords, but people put both there
    READERS
        .iter()
        .find(|(reader, needs)| *reader == name && (needs.is_empty() || has(needs)))
        .map(|(name, _)| *name)
}

/// What `echo` and `printf` feed to a program or a file that holds credentials.
fn printed(
    name: &str,
    args: &[ShellWord],
    command: &ShellCommand,
    next: Option<&ShellCommand>,
    out: &mut Vec<Given>,
) {
    let what = next
        .filter(|next| next.connector == Connector::Pipe && next.pipeline == command.pipeline)
        .and_then(|next| {
            let words = unprefixed(&next.words);
            reader(base(words.first()?.literal.as_deref()?), &words[1..])
        });
    if let Some(what) = what {
        for arg in args {
            if let Some(value) = arg.literal.as_deref()
                && !value.starts_with('-')
                && !(name == "printf" && value.starts_with('%'))
            {
                piped(what, value, &arg.range, out);
            }
        }
    }
    let pgpass = command.redirects.iter().any(|r| {
        r.operator.starts_with('>') && r.target.raw.trim_matches(['"', '\'']).ends_with(".pgpass")
    });
    if pgpass {
        for arg in args {
            let value = arg.literal.as_deref().unwrap_or("");
            if let Some(password) = value.splitn(5, ':').nth(4) {
                push(
                    out,
                    &arg.range,
                    "password of a `.pgpass`".into(),
                    password.trim_end_matches("\\n"),
                );
            }
        }
    }
}

/// Text that is decoded from base64 to a file with a credential.
fn decoded(value: &str, range: &Range<usize>, out: &mut Vec<Given>) {
    let value = value.trim();
    if !ENCODED.contains(&value.len()) {
        return;
    }
    let letters: String = value.split_whitespace().collect();
    let text = checks::base64(&letters).and_then(|bytes| String::from_utf8(bytes).ok());
    let hits = text.map(|text| super::scan(&text, Kind::Config)).unwrap_or_default();
    if let Some(hit) = hits.iter().find(|hit| hit.confidence > Confidence::Test) {
        let what = format!("{} behind base64", hit.what);
        out.push(Given { range: range.clone(), what, value: value.to_owned() });
    }
}

/// Text that a reader of credentials gets: `user:password` lines for `chpasswd`, else the text.
fn piped(what: &'static str, value: &str, range: &Range<usize>, out: &mut Vec<Given>) {
    if what == DECODER {
        return decoded(value, range, out);
    }
    for line in value.split('\n').flat_map(|line| line.split("\\n")) {
        let line = line.trim();
        let password = match what {
            "chpasswd" => match line.split_once(':') {
                Some((user, password)) if user != password => password,
                _ => continue,
            },
            _ => line,
        };
        // Words that anybody guesses are no secret; that a password is set at all is advice.
        let guessed =
            matches!(what, "chpasswd" | "passwd") && !value::credible(Promise::Password, password);
        let new = !out.iter().any(|given| given.value == password);
        if new && !guessed {
            push(out, range, format!("text for `{what}`"), password);
        }
    }
}
