//! System packages are installed behind a COPY of the sources.

use super::moves;
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{ContextCopy, Facts, PackageCall, Packager, Run},
        rule::{Family, Rule, Sink},
    },
    project::{dockerfile::Kind, source::Span},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG302",
    name: "packages-after-copy",
    family: Family::Cache,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG302.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.needed() {
        let body = facts.stages.stages[stage].body.clone();
        // The first directory of the context that comes in.
        let Some(copy) = facts.copies.iter().find(|copy| {
            body.contains(&copy.instruction)
                && copy.is_directory(facts.project)
                && !is_settings(facts, copy)
        }) else {
            continue;
        };
        let below = facts.packages_in(copy.instruction + 1..body.end).iter();
        let runs = below.filter(|call| call.packager != Packager::Pip && call.installs());
        let mut told = None;
        for call in runs {
            let Some(run) = facts.runs.get(&call.instruction) else { continue };
            if told == Some(call.instruction)
                || !is_alone(run)
                || !facts.instruction(call.instruction).heredocs.is_empty()
            {
                continue;
            }
            told = Some(call.instruction);
            report(facts, sink, copy, call, run);
        }
    }
}

/// Whether the RUN does nothing but install packages, so that it cannot need a copied file.
fn is_alone(run: &Run) -> bool {
    !run.commands.is_empty()
        && run.commands.iter().all(|held| {
            let command = &held.command;
            let light = |name: &str| {
                matches!(
                    name,
                    "apt-get"
                        | "apt"
                        | "apk"
                        | "dnf"
                        | "microdnf"
                        | "yum"
                        | "zypper"
                        | "rm"
                        | "set"
                        | "true"
                        | "echo"
                        | "sudo"
                )
            };
            command.redirects.is_empty()
                && command.base_name().is_some_and(light)
                && !command.args().any(|arg| {
                    arg.starts_with("./")
                        || arg.ends_with(".deb")
                        || arg.ends_with(".apk")
                        || arg.ends_with(".rpm")
                })
        })
        && !run.text.text.contains('$')
}

/// Whether what is copied may be read by the installation: repositories, keys.
fn is_settings(facts: &Facts<'_>, copy: &ContextCopy) -> bool {
    let (Kind::Copy(transfer) | Kind::Add(transfer)) = &facts.instruction(copy.instruction).kind
    else {
        return true;
    };
    goes_to_settings(&transfer.dest.raw)
}

fn goes_to_settings(dest: &str) -> bool {
    dest == "/" || ["/etc", "/usr/share/keyrings"].iter().any(|dir| dest.starts_with(dir))
}

fn report(
    facts: &Facts<'_>,
    sink: &mut Sink<'_>,
    copy: &ContextCopy,
    call: &PackageCall,
    run: &Run,
) {
    let words = &run.commands[call.command].command.words;
    let what =
        format!("{} {}", words[call.program].literal.as_deref().unwrap_or_default(), call.what);
    let taken = if copy.path.is_empty() {
        "the whole context".to_owned()
    } else {
        format!("`{}`", copy.path)
    };
    sink.report(
        facts.at(facts.instruction(copy.instruction).span),
        format!("{taken} is copied before `{what}`"),
        "every change of any file installs the packages again, so each build of the sandbox takes longer",
    )
    .help("install first, copy then")
    .related(facts.at(run.commands[call.command].span), "installed here")
    .maybe_fix(moved(facts, copy, call));
}

/// Moves the RUN above the COPY, where nothing between the two has a say.
fn moved(facts: &Facts<'_>, copy: &ContextCopy, call: &PackageCall) -> Option<Fix> {
    let mut between = copy.instruction + 1..call.instruction;
    // A RUN may load the lists or add a repository, a COPY may bring one.
    let harmless = between.all(|index| match &facts.instruction(index).kind {
        Kind::Copy(transfer) | Kind::Add(transfer) => !goes_to_settings(&transfer.dest.raw),
        Kind::Label(_) | Kind::Expose(_) | Kind::Workdir(_) => true,
        _ => false,
    });
    if !harmless {
        return None;
    }
    let source = &facts.file.source;
    let with_comments = |index: usize| facts.lines_with_comments(facts.instruction(index).span);
    let own = with_comments(call.instruction);
    let target = with_comments(copy.instruction);
    let mut text = source.slice(own).to_owned();
    if !text.ends_with('\n') {
        text.push_str(source.line_end());
    }
    // A blank line that set it apart goes along.
    let cut = moves::cut(facts, own, usize::MAX);
    if cut != own {
        text.push_str(source.line_end());
    }
    let file = source.path().clone();
    Some(Fix {
        title: "install before the sources are copied".into(),
        safety: Safety::Safe,
        edits: vec![
            Edit::Replace { file: file.clone(), span: Span::at(target.start as usize), text },
            Edit::Replace { file, span: cut, text: String::new() },
        ],
    })
}
