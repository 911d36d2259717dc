//! A list that is no JSON where Docker takes one (ENTRYPOINT, CMD, RUN, VOLUME, HEALTHCHECK), or
//! whose first word is a whole command.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{BrokenList, Facts, Root},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Command, Kind, Word},
        script::base,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG111",
    name: "broken-exec-form",
    family: Family::Contract,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG111.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(stage) = facts.stages.last() else { return };
    let scope = facts.stages.scope_after(stage.index);
    let whole = whole_command(facts);
    for index in [scope.entrypoint, scope.cmd].into_iter().flatten() {
        let instruction = facts.instruction(index);
        if let Some(list) = facts.broken_lists.get(&index) {
            let is_cmd = matches!(instruction.kind, Kind::Cmd(_));
            let keyword = if is_cmd { "CMD" } else { "ENTRYPOINT" };
            let why =
                "the shell looks for a command whose name starts with `[`, and the start fails";
            report(facts, sink, index, list, keyword, why);
        } else if let Some((_, words)) = whole.filter(|(whole, _)| *whole == index) {
            report_whole(facts, words, sink);
        }
    }
    for index in facts.stages.needed().flat_map(|at| facts.stages.stages[at].body.clone()) {
        if let Some(list) = facts.broken_lists.get(&index) {
            elsewhere(facts, sink, index, list);
        } else if matches!(facts.instruction(index).kind, Kind::Run(_) | Kind::Healthcheck(_)) {
            operator(facts, index, sink);
        }
    }
    if let Some(index) = started(facts) {
        operator(facts, index, sink);
    }
}

/// Programs that take no shell text among their words, but behind some options.
const PROGRAMS: &[&str] = &[
    "apk", "apt-get", "bun", "bundle", "cargo", "celery", "curl", "dotnet", "flask", "go",
    "gunicorn", "java", "nginx", "node", "npm", "php", "pip", "pip3", "pnpm", "python", "python3",
    "rails", "ruby", "uvicorn", "wget", "yarn",
];

/// Short options of curl and wget whose value is text for others.
const SENT: [char; 8] = ['A', 'F', 'H', 'U', 'b', 'd', 'u', 'w'];

/// `["yarn", "--prod && node-prune"]`: no shell is there to read `&&`.
fn operator(facts: &Facts<'_>, index: usize, sink: &mut Sink<'_>) {
    let (Kind::Entrypoint(command)
    | Kind::Cmd(command)
    | Kind::Run(command)
    | Kind::Healthcheck(Some(command))) = &facts.instruction(index).kind
    else {
        return;
    };
    let Command::Exec(words) = command else { return };
    let Some(program) = words.first().map(|word| base(&word.raw)) else { return };
    if !PROGRAMS.contains(&program) {
        return;
    }
    // `-c`, `-e`, `-lc`, `--eval`: a text for the program; of `-d`, `-H`, `-w` and their like, curl and wget
    // send or print it
    let sends = matches!(program, "curl" | "wget");
    let text = |option: &str| {
        option.starts_with("--")
            || option.starts_with('-')
                && (option.ends_with(['c', 'e', 'p', 'r', 'x'])
                    || program == "php" && option.ends_with('d')
                    || sends && option.ends_with(SENT))
    };
    // `--header=A: b | c`, `-fsSHX: a | b`
    let attached = |word: &str| match word.strip_prefix("--") {
        Some(long) => long.split(' ').next().is_some_and(|name| name.contains('=')),
        None => word.strip_prefix('-').is_some_and(|letters| {
            sends
                && letters.chars().take_while(char::is_ascii_alphabetic).any(|c| SENT.contains(&c))
        }),
    };
    let found = words.windows(2).find_map(|pair| {
        let [before, word] = pair else { return None };
        let operator = ["&&", "||", "|"]
            .into_iter()
            .find(|operator| word.raw.split(' ').any(|part| part == *operator))?;
        (!text(&before.raw) && !attached(&word.raw) && !word.raw.contains('\n'))
            .then_some((word, operator))
    });
    let Some((word, operator)) = found else { return };
    sink.report(
        facts.at(word.span),
        format!("`{}` is one argument of `{program}`", word.raw),
        format!("no shell reads a JSON list, so that `{program}` gets `{operator}` and what stands behind it as text, and nothing else runs"),
    )
    .severity(Severity::Warning)
    .help("write it without brackets, or start a shell with it: `[\"sh\", \"-c\", \"…\"]`");
}

/// RUN, VOLUME and HEALTHCHECK.
fn elsewhere(facts: &Facts<'_>, sink: &mut Sink<'_>, index: usize, list: &BrokenList) {
    let (keyword, why) = match &facts.instruction(index).kind {
        Kind::Run(_) => {
            ("RUN", "the shell looks for a command whose name starts with `[`, and the build stops")
        }
        Kind::Healthcheck(_) => (
            "HEALTHCHECK",
            "the shell looks for a command whose name starts with `[`, and every check fails",
        ),
        Kind::Volume(_) => {
            ("VOLUME", "each word, brackets and quotes included, becomes the path of a volume")
        }
        _ => return,
    };
    report(facts, sink, index, list, keyword, why);
}

fn report(
    facts: &Facts<'_>,
    sink: &mut Sink<'_>,
    index: usize,
    list: &BrokenList,
    keyword: &str,
    why: &str,
) {
    let instruction = facts.instruction(index);
    let what = if keyword == "VOLUME" {
        "the list of `VOLUME` is not JSON".to_owned()
    } else {
        format!("the list of `{keyword}` is not JSON, so that a shell gets it as text")
    };
    let severity = match instruction.kind {
        Kind::Volume(_) | Kind::Healthcheck(_) => Severity::Warning,
        _ => Severity::Error,
    };
    let file = facts.file.source.path();
    sink.report(facts.at(instruction.span), what, why)
        .severity(severity)
        .help("write a JSON list: double quotes, commas between the words, no comma at the end")
        .maybe_fix(list.repaired.clone().map(|text| Fix {
            title: "write the list as JSON".to_owned(),
            safety: Safety::Safe,
            edits: vec![Edit::Replace { file: file.clone(), span: list.span, text }],
        }));
}

/// The ENTRYPOINT or CMD whose first word is a program.
fn started(facts: &Facts<'_>) -> Option<usize> {
    let scope = facts.stages.scope_after(facts.stages.last()?.index);
    scope.entrypoint.or_else(|| {
        // the ENTRYPOINT of another image may give its CMD to a shell
        let root = facts.images.last().map(|fs| &fs.root);
        scope.cmd.filter(|_| matches!(root, Some(Root::Official(_) | Root::Scratch)))
    })
}

/// The ENTRYPOINT or CMD whose first word is a whole command, `["npm start"]`, and its words.
pub(super) fn whole_command<'a>(facts: &'a Facts<'_>) -> Option<(usize, &'a [Word])> {
    let index = started(facts)?;
    let (Kind::Entrypoint(Command::Exec(words)) | Kind::Cmd(Command::Exec(words))) =
        &facts.instruction(index).kind
    else {
        return None;
    };
    let first = words.first()?;
    let mut parts = first.raw.split_ascii_whitespace();
    let (program, second) = (parts.next()?, parts.next()?);
    let is_file = facts.images.last().is_some_and(|fs| {
        fs.paths.keys().any(|path| path.ends_with(first.raw.trim_start_matches('.')))
    });
    // a path may have a blank in it
    let is_path = is_file
        || first.raw.starts_with(' ')
        || program.contains('/') && !second.starts_with(['/', '-']);
    (!is_path).then_some((index, words.as_slice()))
}

/// Reports a whole command as the name of one program.
fn report_whole(facts: &Facts<'_>, words: &[Word], sink: &mut Sink<'_>) {
    let Some((first, rest)) = words.split_first() else { return };
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_./:=@,".contains(c);
    let is_plain = first.raw.chars().all(plain);
    let one_each = rest.iter().all(|word: &Word| !word.raw.contains(' '));
    let list = first.raw.split_ascii_whitespace().collect::<Vec<_>>().join("\", \"");
    let help = if is_plain {
        format!("write every word by itself: `\"{list}\"`")
    } else {
        "start a shell with it: `[\"sh\", \"-c\", \"…\"]`".to_owned()
    };
    sink.report(
        facts.at(first.span),
        format!("`{}` is taken as the name of one program", first.raw),
        "there is no file of that name, so the container stops at once with \"no such file or directory\"",
    )
    .help(help)
    .maybe_fix((is_plain && one_each).then(|| Fix {
        title: "write every word by itself".to_owned(),
        safety: Safety::Safe,
        edits: vec![Edit::Replace {
            file: facts.file.source.path().clone(),
            span: first.span,
            text: format!("\"{list}\""),
        }],
    }));
}
