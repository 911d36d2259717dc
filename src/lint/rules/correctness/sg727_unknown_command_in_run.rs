//! A RUN calls something that the image surely does not have.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{Facts, ImageFs, Root, Run, RunCommand},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Command, Kind},
        image::{ImageRef, commands},
        script::ShellWord,
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG727",
    name: "unknown-command-in-run",
    family: Family::Correctness,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG727.md"),
    check,
};

const WHY: &str = "the build ends here with \"not found\"";

/// Whether some distributions do not have this command.
fn is_of_some(name: &str) -> bool {
    matches!(
        name,
        "apk"
            | "apt"
            | "apt-get"
            | "apt-key"
            | "dnf"
            | "groupadd"
            | "groupmod"
            | "microdnf"
            | "useradd"
            | "usermod"
            | "yum"
    )
}

/// Keywords of instructions, none of which is a command anywhere.
const KEYWORDS: [&str; 12] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "LABEL",
    "RUN",
    "USER",
    "WORKDIR",
];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.needed() {
        let manager = facts.images.get(stage).and_then(package_manager);
        let mut asked: Vec<&str> = Vec::new();
        for index in facts.stages.stages[stage].body.clone() {
            let Kind::Run(Command::Shell { .. }) = &facts.instruction(index).kind else { continue };
            let Some(run) = facts.runs.get(&index) else { continue };
            for (number, held) in run.commands.iter().enumerate() {
                let Some(word) = held.command.words.first() else { continue };
                let is_capital = word.raw.as_bytes().first().is_some_and(u8::is_ascii_uppercase);
                if is_capital && KEYWORDS.contains(&word.raw.as_str()) && run.is_unguarded(number) {
                    keyword(facts, run, held, word, sink);
                    continue;
                }
                let (Some(manager), Some(fs)) = (manager, facts.images.get(stage)) else {
                    continue;
                };
                let Some(name) = held.program().filter(|name| is_of_some(name)) else { continue };
                // one finding for each tells enough
                if asked.contains(&name) || !run.is_unguarded(number) {
                    continue;
                }
                asked.push(name);
                if let Some(help) = missing(manager, name, fs) {
                    let image = match &fs.root {
                        Root::Official(image) => image.as_str(),
                        _ => "the base",
                    };
                    sink.report(facts.at(held.span), format!("`{name}` is not in `{image}`"), WHY)
                        .help(help);
                }
            }
        }
    }
}

/// The package manager of the official image that a stage stands on.
fn package_manager(fs: &ImageFs) -> Option<&'static str> {
    let Root::Official(image) = &fs.root else { return None };
    let everything = |dir: &String| {
        matches!(dir.as_str(), "/" | "/bin" | "/sbin" | "/usr" | "/usr/bin" | "/usr/sbin")
    };
    if fs.filled.iter().any(everything) {
        return None;
    }
    let image = ImageRef::parse(image)?;
    let manager = commands::commands(&image)?.package_manager();
    // some of their tags stand on other distributions
    let varies = matches!(image.official(), Some("eclipse-temurin" | "gradle" | "maven"));
    (manager == "apk" || !varies).then_some(manager)
}

/// What to do instead, where an image with this package manager surely has no such command.
fn missing(manager: &str, name: &str, fs: &ImageFs) -> Option<&'static str> {
    let brought = |parts: &[&str]| {
        fs.packages
            .iter()
            .any(|package| package == "*" || parts.iter().any(|part| package.contains(part)))
    };
    match (manager, name) {
        // what works with user namespaces depends on it
        ("apk", "useradd" | "usermod" | "groupadd" | "groupmod")
            if !fs.opaque && !brought(&["shadow", "docker", "podman", "buildah", "lxc"]) =>
        {
            Some(
                "use `adduser` and `addgroup`, which Alpine has (`adduser -D -u 1000 app`), or install `shadow` first",
            )
        }
        ("apk", "apt-get" | "apt" | "apt-key" | "yum" | "dnf")
            if !brought(&["apt", "dpkg", "yum", "dnf"]) =>
        {
            Some(
                "Alpine installs packages with `apk add --no-cache`, and some have other names there",
            )
        }
        ("apt", "apk" | "yum" | "dnf" | "microdnf") if !brought(&["apk", "yum", "dnf"]) => Some(
            "Debian and Ubuntu install packages with `apt-get update && apt-get install -y`, and some have other names there",
        ),
        _ => None,
    }
}

/// `RUN RUN make`, or a line end behind `&& \` with the next instruction below.
fn keyword(facts: &Facts<'_>, run: &Run, held: &RunCommand, word: &ShellWord, sink: &mut Sink<'_>) {
    let source = &facts.file.source;
    let span = run.place(word);
    let next = held.command.words.get(1).map(|next| run.place(next));
    let again = word.raw == "RUN";
    let same_line = |next: &Span| {
        next.start > span.end
            && source.line_of(next.start as usize) == source.line_of(span.start as usize)
            && source.slice(span) == "RUN"
    };
    let help = if again {
        "remove it: the commands belong to the RUN that they stand in"
    } else {
        "end the line above without `\\` and `&&`, so that this begins an instruction of its own"
    };
    sink.report(facts.at(span), format!("`{}` is run as a command", word.raw), WHY)
        .help(help)
        .maybe_fix(next.filter(same_line).filter(|_| again).map(|next| Fix {
            title: "remove the second `RUN`".to_owned(),
            safety: Safety::Safe,
            edits: vec![Edit::Replace {
                file: source.path().clone(),
                span: Span::new(span.start as usize, next.start as usize),
                text: String::new(),
            }],
        }));
}
