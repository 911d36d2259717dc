//! Files of an image whose tag moves, copied in above an installation.

use super::moves::{self, Made};
use crate::{
    lint::{
        diagnostic::{Fix, Severity},
        facts::{Facts, is_api_image, join},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Base, Kind, Transfer},
        image::{ImageRef, floating, sizes},
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG310",
    name: "floating-copy-above-install",
    family: Family::Cache,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG310.md"),
    check,
};

/// A stage with more of them was not written by hand.
const MOST: usize = 16;

/// Names of directories: what such a source brings is not known.
const DIRECTORIES: [&str; 19] = [
    "app",
    "bin",
    "dist",
    "etc",
    "home",
    "include",
    "lib",
    "lib64",
    "libexec",
    "local",
    "node_modules",
    "opt",
    "root",
    "sbin",
    "share",
    "src",
    "usr",
    "var",
    "venv",
];

/// Where files are read that nothing names.
const READ_UNNAMED: [&str; 8] =
    ["/etc", "/home", "/lib", "/lib64", "/root", "/usr/include", "/usr/lib", "/usr/local/lib"];

/// Programs that installations run without naming them.
const RUNTIMES: [&str; 28] = [
    "bash", "busybox", "cargo", "cc", "clang", "cmake", "curl", "deno", "dotnet", "gcc", "git",
    "go", "java", "javac", "make", "ninja", "node", "nodejs", "npm", "npx", "perl", "php", "pip",
    "python", "ruby", "rustc", "sh", "wget",
];

/// A file that a COPY brings.
struct Placed {
    /// Its path in the image.
    path: String,
    /// Its name there, and in the image that it comes from.
    names: [String; 2],
}

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.needed() {
        let body = facts.stages.stages[stage].body.clone();
        let copies: Vec<(usize, &Transfer, &str)> = body
            .clone()
            .filter_map(|index| {
                let instruction = facts.instruction(index);
                let Kind::Copy(transfer) = &instruction.kind else { return None };
                let from = instruction.flag("from")?.value.as_ref()?.raw.as_str();
                is_floating(facts, stage, from).then_some((index, transfer, from))
            })
            .take(MOST)
            .collect();
        if copies.is_empty() {
            continue;
        }
        let costly = facts.costly(body);
        for (index, transfer, from) in copies {
            let below = &costly[costly.partition_point(|one| one.instruction < index)..];
            let (Some(end), Some(placed)) = (below.last(), placed(facts, index, transfer)) else {
                continue;
            };
            // What uses the files has to be run again, wherever they are copied.
            let Some(first) = below.iter().find(|one| !uses(facts, one.instruction, &placed))
            else {
                continue;
            };
            let fix = moved(facts, index, end.instruction, &placed);
            // The platform documents that line: where it cannot move, nobody will change it.
            if fix.is_none() && is_api_image(from) {
                continue;
            }
            let help = if fix.is_some() {
                "copy it below the installations, or name a version or digest"
            } else {
                "name a version or digest, or copy it further down"
            };
            sink.report(
                facts.at(facts.instruction(index).span),
                format!("`{from}` has a tag that moves, and is copied from above `{}`", first.what),
                "a new release of that image runs the installations below again, which do not use it",
            )
            .help(help)
            .related(facts.at(first.span), "run again with each release")
            .maybe_fix(fix);
        }
    }
}

/// Whether it is an image, not a stage or a build context by name, and its tag moves.
fn is_floating(facts: &Facts<'_>, stage: usize, from: &str) -> bool {
    if from.contains('$') {
        return false;
    }
    let Base::Image(reference) = facts.stages.source_of(stage, from) else { return false };
    let Some(image) = ImageRef::parse(&reference) else { return false };
    if image.digest.is_some() {
        return false;
    }
    match image.tag.as_deref() {
        Some(tag) => floating::moves(&image, tag),
        // A single word may name a build context.
        None => {
            from.contains('/')
                || image.official().is_some_and(|name| sizes::of(name, "latest").is_some())
        }
    }
}

/// What a COPY brings; `None` where that is not known, or is read by commands that do not name it.
fn placed(facts: &Facts<'_>, index: usize, transfer: &Transfer) -> Option<Vec<Placed>> {
    let scope = facts.stages.scope_at(index);
    let known = |word| scope.expand(word, facts.file.escape).known().map(str::to_owned);
    let dest = known(&transfer.dest)?;
    let base = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let workdir = scope.workdir.as_deref().unwrap_or_default();
    let to = join(workdir, &dest);
    let into = transfer.sources.len() > 1
        || dest.ends_with(['/', '.'])
        || DIRECTORIES.contains(&base(&to).as_str());
    let path = scope.env.get("PATH").map_or("", String::as_str);
    transfer
        .sources
        .iter()
        .map(|source| {
            let source = known(source)?;
            let name = base(&source);
            let is_file = !name.is_empty()
                && !name.starts_with('.')
                && !source.contains(['*', '?', '['])
                && !DIRECTORIES.contains(&name.as_str());
            let path_in_image = if into { join(&to, &name) } else { to.clone() };
            let inside = |dir: &str| {
                path_in_image.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
            };
            let below = |dir: &str| {
                dir.strip_prefix(path_in_image.as_str()).is_some_and(|rest| rest.starts_with('/'))
            };
            let unnamed = READ_UNNAMED.iter().any(|dir| inside(dir))
                || !matches!(workdir, "" | "/") && inside(workdir)
                || path.split(':').any(below);
            if !is_file || unnamed || !path_in_image.starts_with('/') {
                return None;
            }
            Some(Placed { names: [base(&path_in_image), name], path: path_in_image })
        })
        .collect()
}

/// Whether an instruction uses one of the files.
fn uses(facts: &Facts<'_>, index: usize, placed: &[Placed]) -> bool {
    let text = facts.file.source.slice(facts.instruction(index).span);
    let named = |name: &String| moves::words(text, name).next().is_some();
    let runtime = |name: &String| {
        let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        RUNTIMES.contains(&plain)
    };
    placed.iter().flat_map(|one| &one.names).any(named)
        || placed.iter().flat_map(|one| &one.names).any(runtime)
            && facts.runs.get(&index).is_none_or(|run| moves::made(run) != Made::Packages)
}

/// Moves the COPY behind the last of them, where nothing in between has a say.
fn moved(facts: &Facts<'_>, index: usize, end: usize, placed: &[Placed]) -> Option<Fix> {
    let instruction = facts.instruction(index);
    let Kind::Copy(transfer) = &instruction.kind else { return None };
    let text = facts.file.source.slice(instruction.span);
    let (variable, relative) = (text.contains('$'), !transfer.dest.raw.starts_with(['/', '"']));
    let free = instruction.heredocs.is_empty()
        && (index + 1..=end).all(|at| match &facts.instruction(at).kind {
            Kind::Cmd(_)
            | Kind::Entrypoint(_)
            | Kind::Expose(_)
            | Kind::Healthcheck(_)
            | Kind::Label(_)
            | Kind::Onbuild(_)
            | Kind::Shell(_)
            | Kind::Stopsignal(_)
            | Kind::User(_) => true,
            Kind::Arg(_) | Kind::Env(_) => !variable && !uses(facts, at, placed),
            Kind::Workdir(_) => !relative,
            Kind::Copy(other) | Kind::Add(other) => beside(facts, at, other, placed),
            Kind::Run(_) => {
                !is_opaque(facts, at) && !uses(facts, at, placed) && !sweeps(facts, at, placed)
            }
            _ => false,
        });
    if !free {
        return None;
    }
    moves::below(facts, index, end, "copy it below the installations".into())
}

/// Whether a COPY writes other files than these.
fn beside(facts: &Facts<'_>, at: usize, other: &Transfer, placed: &[Placed]) -> bool {
    if uses(facts, at, placed) {
        return false;
    }
    let scope = facts.stages.scope_at(at);
    let dest = scope.expand(&other.dest, facts.file.escape);
    let Some(dest) = dest.known() else { return false };
    let to = join(scope.workdir.as_deref().unwrap_or_default(), dest);
    let to = to.trim_end_matches('/');
    // A directory that is copied into one above the file may bring another file of that name.
    let holds = |one: &Placed| one.path.strip_prefix(to).is_some_and(|rest| rest.starts_with('/'));
    let first = facts.copies.partition_point(|copy| copy.instruction < at);
    let file = |raw: &str| {
        !raw.ends_with('/')
            && !raw.contains(['*', '?', '[', '$'])
            && raw.rsplit('/').next().is_some_and(|name| {
                !matches!(name, "" | "." | "..") && !DIRECTORIES.contains(&name)
            })
            && !facts.copies[first..]
                .iter()
                .take_while(|copy| copy.instruction == at)
                .any(|copy| copy.written == raw && copy.is_directory(facts.project))
    };
    to.starts_with('/') && !placed.iter().any(holds)
        || dest.starts_with('/') && other.sources.iter().all(|source| file(&source.raw))
}

/// Whether a RUN runs what nobody can read: a script of the project, a text that is not parsed.
fn is_opaque(facts: &Facts<'_>, at: usize) -> bool {
    let Some(run) = facts.runs.get(&at) else { return true };
    run.commands.is_empty()
        || run.script.has_errors
        || run.commands.iter().any(|held| match held.call() {
            None => !held.command.words.is_empty(),
            Some((name, _)) => {
                let first = held.command.words[0].raw.as_str();
                matches!(name, "sh" | "bash" | "source" | "." | "eval" | "xargs" | "find")
                    || first.starts_with(['.', '/'])
            }
        })
}

/// Whether a RUN names a directory above one of the files as a whole.
fn sweeps(facts: &Facts<'_>, at: usize, placed: &[Placed]) -> bool {
    let text = facts.file.source.slice(facts.instruction(at).span);
    placed.iter().any(|one| {
        let mut dir = one.path.as_str();
        while let Some((above, _)) = dir.rsplit_once('/') {
            if above.is_empty() {
                break;
            }
            dir = above;
            let whole = memchr::memmem::find_iter(text.as_bytes(), dir).any(|found| {
                let rest = &text[found + dir.len()..];
                let rest = rest.strip_prefix('/').unwrap_or(rest);
                !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
            });
            if whole {
                return true;
            }
        }
        false
    })
}
