//! What this run is about: the CI system, the event, what is decided, and whose settings judge.

use jiff::Timestamp;
use serde_json::Value;

use super::{checkout, given, payload, typed, within::Within};
use crate::{
    cli,
    error::Error,
    record::leg::{Leg, Run},
    repo,
    report::comment::{Links, Page},
    settings,
    shell::Shell,
    ship::{
        ci::{self, Asked, Decision, Event, Here, Host, Read},
        promote::Target,
    },
};

/// Domains of the platform's own pages, and of what runs there.
const PLATFORM: [&str; 4] = ["blaxel.ai", "blaxel.dev", "bl.run", "beamlit.com"];

/// What this run is about.
pub(super) struct Scene {
    pub(super) host: Host,
    pub(super) here: Here,
    /// Which repository it is, as one word.
    pub(super) origin: Option<String>,
    pub(super) decision: Decision,
    pub(super) github: settings::Github,
    pub(super) gitlab: ci::GitlabPlace,
    /// The pull request.
    pub(super) pull: Option<u64>,
    /// The commit that it is about.
    pub(super) commit: Option<String>,
    /// The commit that this one is compared with: that of the base of a pull request.
    pub(super) base: Option<String>,
    /// Whether the checkout is that commit with the change merged into it.
    pub(super) merged: bool,
    /// The commit whose settings judge.
    pub(super) policy: Option<String>,
    /// Whether no settings of the repository count, since those of the base cannot be read.
    pub(super) no_config: bool,
    /// The workspace that the job was given.
    pub(super) workspace: Option<String>,
    /// The workspaces to promote to.
    pub(super) targets: Vec<Target>,
    /// Where in the repository it is.
    pub(super) within: Within,
}

pub(super) fn read(args: &cli::Ci, read: Read<'_>, shell: &mut Shell) -> Result<Scene, Error> {
    let there = Host::detect(read);
    // A recorded event is rehearsed anywhere.
    let is_recorded = args.event.is_some() && (args.dry_run || there == Host::Other);
    let host = if is_recorded { Host::Github } else { there };
    if args.event.is_some() && host != Host::Github {
        shell.warn(&format!(
            "`--event` is not read: {} says itself what happened; --dry-run rehearses a recorded event",
            host.name()
        ));
    }
    // Elsewhere variables of those names are for something else.
    let github =
        if host == Host::Github { settings::github() } else { settings::Github::default() };
    given::no_values(&args.paths)?;
    let targets = given::targets(args)?;
    let payload = match &args.event {
        Some(path) if host == Host::Github => payload::read(path)?,
        _ => Value::Null,
    };
    let event = args.event_name.as_deref().or_else(|| payload::guess(&payload));
    if host == Host::Github {
        payload::check(event.unwrap_or_default(), &payload)?;
    }
    let mut here = ci::read(host, event, &payload, read);
    let number = typed::number(args, &here.event)?;
    if let (Event::PullRequest(pull), Some(number)) = (&mut here.event, number) {
        pull.number = Some(number);
    }
    let production = given::branches(args)?;
    let label = given::some(args.label.as_ref());
    let asked = Asked {
        command: typed::command(args.command),
        production: &production,
        default_branch: here.repository.default_branch.as_deref(),
        names_no_default: host.names_no_default(),
        promotes: !targets.is_empty(),
        credentials: given::credentials(args),
        trusted: args.trusted,
        dependabot: read("GITHUB_ACTOR").as_deref() == Some("dependabot[bot]"),
        label: label.as_deref(),
    };
    let decision = ci::decide(&here.event, &asked);
    let change = matches!(here.event, Event::PullRequest(_) | Event::MergeGroup(_));
    let onto = checkout::onto(&here.event);
    let merged = onto.is_some();
    let base = onto.or_else(|| decision.base.clone());
    let policy =
        given::some(args.policy_from.as_ref()).or_else(|| base.as_deref().and_then(repo::commit));
    let no_config = change && policy.is_none();
    let commit = decision.commit.clone().or_else(|| here.commit.clone());
    let within = Within::of(&github);
    let pull = decision.pull.or(number);
    Ok(Scene {
        host,
        origin: ci::origin(host, read),
        here,
        decision,
        github,
        gitlab: ci::GitlabPlace::of(host, read),
        pull,
        commit,
        base,
        merged,
        policy,
        no_config,
        workspace: given::workspace(args),
        targets,
        within,
    })
}

impl Scene {
    /// What is the same in everything that this run did.
    pub(super) fn sign(&self, leg: &mut Leg) {
        if leg.run == Run::default() {
            leg.run = self.run();
            leg.commit.clone_from(&self.commit);
            leg.pull = self.pull;
        }
        if leg.finished.is_empty() {
            leg.finished = format!("{:.0}", Timestamp::now());
        }
    }

    /// The run.
    pub(super) fn run(&self) -> Run {
        Run { id: self.here.run, attempt: self.here.attempt, url: self.here.url.clone() }
    }

    /// How a report of it is made.
    pub(super) fn page(&self, when: cli::When) -> Page {
        Page {
            links: Links {
                server: self.github.server.clone().or_else(|| self.gitlab.server.clone()),
                gitlab: self.host == Host::Gitlab,
                repository: self.here.repository.name.clone(),
                platform: PLATFORM.map(str::to_owned).to_vec(),
                own: true,
            },
            quiet: when == cli::When::OnChange,
            failures_only: when == cli::When::OnFailure,
            idle: None,
        }
    }
}
