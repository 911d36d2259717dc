//! An installation without a cache mount, in a Dockerfile that uses them.

use std::collections::BTreeMap;

use super::moves;
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{Facts, Manager, PackageCall, Packager},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Flag, Kind},
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG309",
    name: "install-without-cache-mount",
    family: Family::Cache,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG309.md"),
    check,
};

/// A file with more mounts, or a stage with more findings, was not written by hand.
const MOST: usize = 32;

/// Who installs, by what its cache is called.
struct Tool {
    /// A part of the path of its cache, one of these.
    marks: &'static [&'static str],
    /// The programs that read the cache later on, so that each of their RUNs needs the mount.
    read_by: &'static [&'static str],
}

const fn tool(marks: &'static [&'static str], read_by: &'static [&'static str]) -> Tool {
    Tool { marks, read_by }
}

const PIP: Tool = tool(&["/pip"], &[]);

fn of_manager(manager: Manager) -> Tool {
    match manager {
        Manager::Npm => tool(&["/.npm", "/npm"], &[]),
        Manager::Yarn => tool(&["yarn"], &[]),
        Manager::Pnpm => tool(&["pnpm"], &[]),
        Manager::Bun => tool(&["/.bun", "/bun"], &[]),
        Manager::Pip => PIP,
        Manager::Uv => tool(&["/uv"], &[]),
        Manager::Poetry => tool(&["pypoetry"], &[]),
        Manager::Pipenv => tool(&["/pipenv"], &[]),
        Manager::Pdm => tool(&["/pdm"], &[]),
        Manager::Mix => tool(&["/.hex", "/.mix"], &["mix"]),
        Manager::Deno => tool(&["/deno-dir", "/.deno", "/deno"], &["deno"]),
        Manager::Go => tool(&["/pkg/mod"], &["go"]),
        Manager::Cargo => tool(&["cargo/registry", "cargo/git"], &["cargo"]),
        Manager::Bundler => tool(&["bundle/cache"], &[]),
        Manager::Composer => tool(&["composer"], &[]),
        Manager::Maven => tool(&["/.m2"], &["mvn", "mvnw"]),
        Manager::Gradle => tool(&["/.gradle"], &["gradle", "gradlew"]),
        Manager::Dotnet => tool(&["/.nuget"], &["dotnet"]),
    }
}

fn of_packager(packager: Packager) -> Tool {
    match packager {
        Packager::Apt => tool(&["/var/cache/apt", "/var/lib/apt"], &[]),
        Packager::Apk => tool(&["/var/cache/apk", "/etc/apk/cache"], &[]),
        Packager::Dnf => tool(&["/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum"], &[]),
        Packager::Zypper => tool(&["/var/cache/zypp"], &[]),
        Packager::Pip => PIP,
    }
}

impl Tool {
    /// Whether its cache lies in a directory.
    fn keeps(&self, dir: &str) -> bool {
        self.marks.iter().any(|mark| {
            dir.match_indices(mark).any(|(at, _)| {
                let rest = &dir[at + mark.len()..];
                !mark.starts_with('/') || rest.is_empty() || rest.starts_with('/')
            })
        })
    }
}

/// A cache mount of a RUN.
struct Mount<'a> {
    instruction: usize,
    flag: &'a Flag,
    target: &'a str,
}

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let mut mounts: Vec<Mount<'_>> = Vec::new();
    for (index, instruction) in facts.file.instructions.iter().enumerate() {
        if matches!(instruction.kind, Kind::Run(_)) {
            mounts.extend(instruction.flags_named("mount").filter_map(|flag| {
                Some(Mount { instruction: index, flag, target: cache_target(flag)? })
            }));
            if mounts.len() >= MOST {
                break;
            }
        }
    }
    if mounts.is_empty() {
        return;
    }
    for stage in facts.stages.needed() {
        let mut told = 0;
        for (index, run) in facts.runs_in(facts.stages.stages[stage].body.clone()) {
            if told == MOST {
                break;
            }
            if facts
                .instruction(index)
                .flags_named("mount")
                .any(|flag| cache_target(flag).is_some())
            {
                continue;
            }
            let first = facts.installs.partition_point(|install| install.instruction < index);
            // What Go needs to compile may be in a layer above.
            let install = facts.installs.get(first).filter(|it| {
                it.instruction == index && (it.manager != Manager::Go || it.manifests_suffice)
            });
            let (tool, what, span, any) = if let Some(install) = install {
                (of_manager(install.manager), install.what.clone(), install.span, true)
            } else {
                let first = facts.packages.partition_point(|call| call.instruction < index);
                let mut calls =
                    facts.packages[first..].iter().take_while(|call| call.instruction == index);
                let Some(call) = calls.find(|call| call.installs()) else { continue };
                let held = &run.commands[call.command];
                let program = &held.command.words[call.program].raw;
                // A cache of the system is kept in its own way, or not at all.
                let any = call.packager == Packager::Pip && !is_local(call);
                let what = format!("{program} {}", call.what);
                (of_packager(call.packager), what, held.span, any)
            };
            let same: Vec<&Mount<'_>> =
                mounts.iter().filter(|mount| tool.keeps(mount.target)).collect();
            if same.is_empty() && !any
                || is_declined(facts, index, &run.text.text)
                || is_read_later(facts, index, &tool, &same)
            {
                continue;
            }
            told += 1;
            let shown = same.first().copied().unwrap_or(&mounts[0]);
            let clears = clears(&run.text.text);
            let fix = if clears { None } else { mounted(facts, index, &same) };
            let help = match (same.is_empty(), clears) {
                (true, _) => {
                    "mount the cache of this package manager too: `RUN --mount=type=cache,target=…`"
                }
                (false, true) => "mount the same cache here, and leave out what empties it",
                (false, false) => "mount the same cache here",
            };
            sink.report(
                facts.at(span),
                format!("`{what}` has no cache mount, and other RUNs of this Dockerfile have one"),
                "whenever this layer is built again, everything is downloaded anew, which a cache mount spares the builds of the sandbox",
            )
            .help(help)
            .related(facts.at(shown.flag.span), "mounts a cache")
            .maybe_fix(fix);
        }
    }
}

/// Where a cache is mounted; `None` for every other mount.
fn cache_target(flag: &Flag) -> Option<&str> {
    let raw = &flag.value.as_ref()?.raw;
    let mut cache = false;
    let mut target = None;
    for part in raw.trim_matches('"').split(',') {
        match part.trim().split_once('=') {
            Some(("type", kind)) => cache = kind == "cache",
            Some(("target" | "dst" | "destination", path)) => target = Some(path),
            _ => (),
        }
    }
    target.filter(|_| cache)
}

/// `pip install .` builds what lies there; there is little to download.
fn is_local(call: &PackageCall) -> bool {
    call.incomplete || call.names.iter().any(|name| name.starts_with(['.', '/']))
}

/// Whether the command says that it wants no cache.
fn is_declined(facts: &Facts<'_>, index: usize, text: &str) -> bool {
    let env = &facts.stages.scope_at(index).env;
    ["--no-cache", "--offline", "--no-index"].iter().any(|option| text.contains(option))
        || env.contains_key("PIP_NO_CACHE_DIR")
        || env.contains_key("UV_NO_CACHE")
}

/// Whether the RUN empties a cache, as it does where nothing is mounted.
fn clears(text: &str) -> bool {
    [
        "cache clean",
        "cache purge",
        "/var/lib/apt/lists",
        "apt-get clean",
        "clean all",
        "store prune",
    ]
    .iter()
    .chain(&["rm -rf /var/cache", "rm -rf /root", "rm -rf ~", "rm -rf $HOME"])
    .any(|words| text.contains(words))
}

/// Whether a later RUN of the stage reads what was downloaded, and has no mount: a layer is what
/// keeps it then.
fn is_read_later(facts: &Facts<'_>, index: usize, tool: &Tool, same: &[&Mount<'_>]) -> bool {
    let Some(stage) = facts.stages.of(index).filter(|_| !tool.read_by.is_empty()) else {
        return false;
    };
    facts.runs_in(index + 1..stage.body.end).any(|(at, run)| {
        let reads = |program: &&str| moves::words(&run.text.text, program).next().is_some();
        tool.read_by.iter().any(reads) && !same.iter().any(|mount| mount.instruction == at)
    })
}

/// Mounts here what another RUN mounts for the same tool, where it finds the same cache there.
fn mounted(facts: &Facts<'_>, index: usize, same: &[&Mount<'_>]) -> Option<Fix> {
    let stage = facts.stages.of(index)?;
    let here = facts.stages.scope_at(index);
    let places = |env: &BTreeMap<String, String>| -> Vec<(String, String)> {
        let says = |name: &str| {
            name.contains("CACHE")
                || name.contains("HOME")
                || name == "GOPATH"
                || name.contains("STORE")
        };
        env.iter().filter(|(name, _)| says(name)).map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    let fits = |mount: &&Mount<'_>| {
        let there = facts.stages.scope_at(mount.instruction);
        let near = stage.body.contains(&mount.instruction);
        let workdir = here.workdir.as_deref().unwrap_or_default().trim_end_matches('/');
        let inside = !workdir.is_empty()
            && mount.target.strip_prefix(workdir).is_some_and(|rest| rest.starts_with('/'));
        mount.target.starts_with('/')
            && !mount.target.contains('$')
            && !inside
            && here.user == there.user
            // The system's own needs settings of its stage (`docker-clean`).
            && (near || !mount.target.starts_with("/var/"))
            && (near || places(&here.env) == places(&there.env))
    };
    let near = same.iter().copied().filter(|mount| stage.body.contains(&mount.instruction));
    let first = near.chain(same.iter().copied()).find(fits)?;
    let of_donor: Vec<&Mount<'_>> =
        same.iter().copied().filter(|mount| mount.instruction == first.instruction).collect();
    if !of_donor.iter().all(fits) {
        return None;
    }
    let source = &facts.file.source;
    let text: String = of_donor
        .iter()
        .map(|mount| {
            let flag = source.slice(mount.flag.span);
            if flag.contains('\n') {
                return None;
            }
            Some(format!("{flag}{}", behind(facts, mount.flag)))
        })
        .collect::<Option<Vec<String>>>()?
        .concat();
    // What follows the keyword brings its own blank; an indentation stays.
    let bare = text.strip_suffix(' ').filter(|bare| !bare.ends_with(char::is_whitespace));
    let text = format!(" {}", bare.unwrap_or(&text));
    let keyword = facts.instruction(index).keyword;
    let end = keyword.end as usize;
    let broken = text.ends_with([' ', '\t']);
    let rest = &source.text()[end..];
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let span = if broken { Span::new(end, end + blanks) } else { Span::at(end) };
    Some(Fix {
        title: "mount the same cache".into(),
        safety: Safety::Unsafe,
        edits: vec![Edit::Replace { file: source.path().clone(), span, text }],
    })
}

/// What stands behind a flag where its line goes on in the next one: the escape, the line end and
/// the indentation.
fn behind(facts: &Facts<'_>, flag: &Flag) -> String {
    let source = &facts.file.source;
    let rest = &source.text()[flag.span.end as usize..];
    let Some(rest) = rest.trim_start_matches([' ', '\t']).strip_prefix(facts.file.escape) else {
        return " ".to_owned();
    };
    let Some((blank, next)) = rest.split_once('\n') else { return " ".to_owned() };
    if !blank.trim().is_empty() {
        return " ".to_owned();
    }
    let indent = &next[..next.len() - next.trim_start_matches([' ', '\t']).len()];
    let indent = if indent.is_empty() { "    " } else { indent };
    format!(" {}{}{indent}", facts.file.escape, source.line_end())
}
