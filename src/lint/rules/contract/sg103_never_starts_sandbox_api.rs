//! ENTRYPOINT and CMD never come to sandbox-api.

use super::{edits, sg101_missing_sandbox_api::is_missing};
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{End, Facts, INTERACTIVE, is_shell_name},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Command, Kind, Word},
        script::base,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG103",
    name: "never-starts-sandbox-api",
    family: Family::Contract,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG103.md"),
    check,
};

const WHY: &str = "nothing listens on port 8080: every call to the sandbox ends with a 502 and the \
                   deploy may time out";

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    if facts.start.overridden.is_some()
        || edits::starts_with_broken_list(facts)
        || !edits::has_shell(facts)
        || is_missing(facts)
        || edits::is_windows(facts)
        || edits::is_cut_off(facts)
    {
        return;
    }
    let path = edits::api_path(facts);
    if let Some(service) = &facts.start.unlisted {
        let name = &service.name;
        let what = match &service.by {
            Some(by) => format!(
                "nothing starts `{by}` of s6-rc, which names the service `{name}`, which starts `sandbox-api`"
            ),
            None => {
                format!("no bundle of s6-rc names the service `{name}`, which starts `sandbox-api`")
            }
        };
        let draft = sink
            .report(service.location.clone(), what, WHY)
            .severity(Severity::Warning)
            .help(format!("add an empty file `{}/user/contents.d/{name}`", service.dir));
        if let Some(start) = edits::start_of(facts) {
            draft.related(start, "starts the services that are named");
        }
        return;
    }
    match &facts.start.end {
        End::None if idle(facts, &path, sink) || served(facts, &path, sink) => (),
        End::None => {
            let Some(from) = facts.final_from() else { return };
            let line = format!("ENTRYPOINT [\"{path}\"]");
            sink.report(from, "nothing starts `sandbox-api`: there is no ENTRYPOINT", WHY)
                .help(format!("end the Dockerfile with `{line}`"))
                .maybe_fix(edits::last_line(facts, &line).map(|edit| Fix {
                    title: "start `sandbox-api` with an ENTRYPOINT".to_owned(),
                    safety: Safety::Unsafe,
                    edits: vec![edit],
                }));
        }
        End::Other { what, location, script: false } => {
            let former = former(facts);
            let help = match (what.strip_prefix("sandbox-api "), &former) {
                (Some(option), _) => format!("start `{path}` without `{option}`"),
                (None, Some((.., line))) if waits(line) => {
                    format!("start `{path}` in place of `{line}`, which does nothing by itself")
                }
                _ => format!(
                    "start `{path}`, and the command with `--command` or in a script that starts both"
                ),
            };
            let what = match what.as_str() {
                INTERACTIVE => what.clone(),
                name => format!("`{name}`"),
            };
            sink.report(location.clone(), format!("starts {what}, and never `sandbox-api`"), WHY)
                .help(help)
                .maybe_fix(former.map(|former| replace(facts, &path, former)));
        }
        _ => (),
    }
}

/// Reports an ENTRYPOINT or a CMD that starts a program which only runs another, and names none;
/// whether there is one.
fn idle(facts: &Facts<'_>, path: &str, sink: &mut Sink<'_>) -> bool {
    let Some(index) = facts.start.instruction else { return false };
    let instruction = facts.instruction(index);
    let (Kind::Entrypoint(command) | Kind::Cmd(command)) = &instruction.kind else { return false };
    let Command::Exec(words) = command else { return false };
    let Some(program) = words.first().map(|word| base(&word.raw)) else { return false };
    let scope = facts.stages.last().map(|stage| facts.stages.scope_after(stage.index));
    let has_cmd = scope.is_none_or(|scope| scope.cmd.is_some());
    let keyword = facts.file.source.slice(instruction.keyword).to_ascii_uppercase();
    let line = format!("CMD [\"{path}\"]");
    let help = if has_cmd {
        format!("name `{path}` at the end of its list")
    } else {
        format!("name what it runs: `{line}`")
    };
    let fix = (!has_cmd).then(|| edits::last_line(facts, &line)).flatten();
    sink.report(
        facts.at(instruction.span),
        format!("{keyword} starts `{program}` with nothing to run, and never `sandbox-api`"),
        WHY,
    )
    .help(help)
    .maybe_fix(fix.map(|edit| Fix {
        title: format!("add `{line}`"),
        safety: Safety::Unsafe,
        edits: vec![edit],
    }));
    true
}

/// Official images that start a shell, an interpreter or a message when nobody says what to start:
/// nothing is lost when sandbox-api takes its place.
const IDLE: &[&str] = &[
    "almalinux",
    "alpine",
    "alt",
    "amazoncorretto",
    "amazonlinux",
    "archlinux",
    "bash",
    "buildpack-deps",
    "busybox",
    "centos",
    "clearlinux",
    "clojure",
    "composer",
    "dart",
    "debian",
    "eclipse-temurin",
    "elixir",
    "erlang",
    "fedora",
    "gcc",
    "golang",
    "gradle",
    "groovy",
    "haskell",
    "hylang",
    "ibm-semeru-runtimes",
    "java",
    "jruby",
    "julia",
    "mageia",
    "maven",
    "mono",
    "neurodebian",
    "node",
    "openjdk",
    "opensuse",
    "oraclelinux",
    "perl",
    "photon",
    "pypy",
    "python",
    "r-base",
    "rakudo-star",
    "rockylinux",
    "ros",
    "ruby",
    "rust",
    "sapmachine",
    "swift",
    "swipl",
    "ubuntu",
];

/// Reports an image that its base starts, as a database or a web server; whether it is one.
fn served(facts: &Facts<'_>, path: &str, sink: &mut Sink<'_>) -> bool {
    let (Some(from), Some(image)) = (facts.final_from(), facts.final_reference()) else {
        return false;
    };
    let tag = image.tag.as_deref().unwrap_or_default();
    let idle = |name| {
        IDLE.contains(&name) || name == "php" && !tag.contains("fpm") && !tag.contains("apache")
    };
    if facts.start.instruction.is_some() || image.official().is_none_or(idle) {
        return false;
    }
    let name = image.name();
    sink.report(from, format!("starts what `{name}` starts, and never `sandbox-api`"), WHY).help(
        format!("end the Dockerfile with `ENTRYPOINT [\"{path}\", \"--command\", \"…\"]`, and write what `{name}` starts in place of `…`"),
    );
    true
}

/// The instruction that sandbox-api takes the place of, its keyword then, and what it starts.
///
/// `CMD ["node", "a.js"]` alone becomes an argument of sandbox-api, which starts it. So it does
/// behind an ENTRYPOINT that only runs what it is given.
fn former(facts: &Facts<'_>) -> Option<(usize, &'static str, String)> {
    let last = facts.stages.last()?;
    let scope = facts.stages.scope_after(last.index);
    let (index, keyword) = match (scope.entrypoint, scope.cmd) {
        (Some(entrypoint), Some(cmd))
            if is_init(&facts.instruction(entrypoint).kind) && last.body.contains(&cmd) =>
        {
            (cmd, "CMD")
        }
        (Some(_), Some(_)) => return None,
        _ => (facts.start.instruction?, "ENTRYPOINT"),
    };
    let (Kind::Entrypoint(command) | Kind::Cmd(command)) = &facts.instruction(index).kind else {
        return None;
    };
    let line = match command {
        Command::Exec(words) => of_list(words)?,
        Command::Shell { script, .. } => script.text.clone(),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_./:=@,".contains(c);
    // nobody starts sandbox-api to be told its version
    if line.split_whitespace().any(|word| base(word) == "sandbox-api") {
        return None;
    }
    let is_plain = !line.trim().is_empty() && line.chars().all(plain);
    is_plain.then_some((index, keyword, line))
}

/// Whether a command does nothing but keep the container running, which sandbox-api does, too.
fn waits(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let Some((program, args)) = words.split_first() else { return false };
    match (base(program), args) {
        ("sleep", [time]) => {
            matches!(*time, "infinity" | "inf") || time.starts_with(|c: char| c.is_ascii_digit())
        }
        ("tail", ["-f" | "-F", "/dev/null"]) => true,
        (program, []) => is_shell_name(program),
        _ => false,
    }
}

fn replace(facts: &Facts<'_>, path: &str, former: (usize, &str, String)) -> Fix {
    let (index, keyword, line) = former;
    let (title, text) = if waits(&line) {
        (format!("start `sandbox-api` in place of `{line}`"), format!("{keyword} [\"{path}\"]"))
    } else {
        (
            format!("start `sandbox-api`, and `{line}` by it"),
            format!("{keyword} [\"{path}\", \"--command\", \"{line}\"]"),
        )
    };
    Fix {
        title,
        safety: Safety::Unsafe,
        edits: vec![Edit::Replace {
            file: facts.file.source.path().clone(),
            span: facts.instruction(index).span,
            text,
        }],
    }
}

/// Whether it is an init process that runs the words behind it: `["tini", "--"]`.
fn is_init(kind: &Kind) -> bool {
    let Kind::Entrypoint(Command::Exec(words)) = kind else { return false };
    let Some((program, options)) = words.split_first() else { return false };
    matches!(base(&program.raw), "tini" | "tini-static" | "dumb-init" | "catatonit")
        && options.iter().all(|word| matches!(word.raw.as_str(), "-g" | "-s" | "-v" | "--"))
}

/// The words of a list as shell text; `None` where they need quotes. Of `sh -c TEXT` it is the text:
/// sandbox-api gives it to a shell.
fn of_list(words: &[Word]) -> Option<String> {
    if let [shell, flag, text] = words
        && is_shell_name(&shell.raw)
        && matches!(flag.raw.as_str(), "-c" | "-lc")
    {
        return Some(text.raw.clone());
    }
    let words: Vec<&str> = words.iter().map(|word| word.raw.as_str()).collect();
    let whole = words.iter().all(|word| !word.is_empty() && !word.contains(char::is_whitespace));
    whole.then(|| words.join(" "))
}
