//! What a run would tell, printed: nobody is called.

use super::{
    super::Done,
    super::scene::Scene,
    client::is_read_only,
    comment::{self, key, own_key},
    forge::Told,
    gitlab, outputs, rows, summary, wanted,
};
use crate::{
    cli,
    commands::written,
    error::Error,
    exit::Exit,
    record::{
        Status,
        leg::{Did, Leg},
    },
    report,
    shell::Shell,
    ship::{
        ci::{self, Command, Event, Host, Job},
        forge::Row,
    },
};

pub(super) fn print(
    args: &cli::Ci,
    scene: &Scene,
    done: &Done,
    ended: &Result<Exit, Error>,
    shell: &mut Shell,
) -> Result<(), Error> {
    let mut out = String::new();
    let mut part = |name: &str, text: &str| {
        let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
        out.push_str(&format!("=== {name}\n{text}{end}"));
    };
    if scene.host == Host::Github {
        part("calls", &calls(args, scene, done));
        if let Some(place) = place(args, scene, done) {
            let page = comment::page(args, scene, done);
            let text = report::comment::comment(&page, &done.legs, &[], None);
            let text = text.unwrap_or_else(|| "nothing to tell: no comment is made\n".to_owned());
            let marker = crate::ship::forge::comment::marker(&key(args, scene));
            part(&format!("comment{place}"), &format!("{marker}\n{text}"));
        }
    }
    if scene.host == Host::Gitlab
        && let Some((calls, note)) = gitlab::rehearsed(args, scene, done)
    {
        part("calls", &calls);
        part("note", &note);
    }
    part("summary", &summary::text(args, scene, done, ended));
    let own = outputs::own(args, done, ended, None, &Told::default());
    let lines: Vec<String> = outputs::all(&own, done)
        .iter()
        .map(|(name, value)| format!("{name}={}", crate::escape::terminal(value, false)))
        .collect();
    part("outputs", &lines.join("\n"));
    let out = crate::escape::terminal(&out, true).into_owned();
    let out = shell.guarded(&out).into_owned();
    written(shell.out().write_all(out.as_bytes())).map(drop)
}

/// Where the comment is; `None` where there is none.
fn place(args: &cli::Ci, scene: &Scene, done: &Done) -> Option<String> {
    if args.feedback.comment == cli::When::Never || !done.is_told() {
        return None;
    }
    match (&scene.here.event, scene.pull) {
        (_, Some(_)) => Some(String::new()),
        (Event::Push(push), None) => {
            let named = ci::pull_requests_of(&push.message);
            let number = named.first().map(|number| format!(" {number}")).unwrap_or_default();
            Some(format!(", in pull request{number} if this commit is its merge"))
        }
        _ => None,
    }
}

/// The calls to GitHub, in their order.
fn calls(args: &cli::Ci, scene: &Scene, done: &Done) -> String {
    let repository = scene.here.repository.name.as_deref().unwrap_or("OWNER/REPO");
    let (Some(sha), feedback) = (scene.commit.as_deref(), &args.feedback) else {
        return "none: no commit is known\n".to_owned();
    };
    if is_read_only(scene) {
        return "none: the token of a fork's pull request can write nothing\n".to_owned();
    }
    let own = scene.decision.job != Job::Do(Command::Report);
    let key = own_key(args, scene);
    let at = format!("/repos/{repository}");
    let mut lines = Vec::new();
    let row = |row: Row| {
        format!(
            "POST {at}/statuses/{sha} context=sandgate/{} state={} description={}",
            row.image,
            row.state.name(),
            row.description
        )
    };
    let ends = |leg| if own { wanted::of(args, scene, leg) } else { Vec::new() };
    let builds = |leg: &&Leg| matches!(leg.did, Did::Preview | Did::Push | Did::Deploy);
    let begins = |leg: &&Leg| leg.status != Status::Refused;
    if feedback.status && own {
        let begun = done.legs.iter().filter(builds).filter(begins);
        lines.extend(begun.flat_map(|leg| rows::begun(leg, sha, key.as_deref())).map(row));
    }
    if feedback.deployments {
        for one in done.legs.iter().filter(begins).flat_map(ends) {
            lines.push(format!("POST {at}/deployments environment={}", one.environment));
            lines.push(format!("POST {at}/deployments/ID/statuses state=in_progress"));
        }
    }
    if feedback.status && own {
        let legs = done.legs.iter();
        lines.extend(legs.flat_map(|leg| rows::of(leg, sha, key.as_deref())).map(row));
    }
    if feedback.deployments {
        for one in done.legs.iter().filter(begins).flat_map(ends) {
            lines.push(format!("POST {at}/deployments/ID/statuses state={}", one.state.name()));
        }
    }
    if place(args, scene, done).is_some() {
        let number = match (&scene.here.event, scene.pull) {
            (Event::Push(push), None) => {
                let named = ci::pull_requests_of(&push.message);
                lines.extend(named.iter().take(1).map(|one| format!("GET {at}/pulls/{one}")));
                lines.push(format!("GET {at}/commits/{sha}/pulls, where that is not its merge"));
                named.first().map(u64::to_string)
            }
            (_, number) => number.map(|number| number.to_string()),
        };
        let number = number.unwrap_or_else(|| "NUMBER".to_owned());
        lines.push(format!("GET {at}/commits/{sha}/status"));
        lines.push(format!("GET {at}/issues/{number}/comments"));
        lines.push(format!("POST {at}/issues/{number}/comments, or PATCH where it is there"));
    }
    if feedback.check && own && !done.legs.is_empty() {
        lines.push(format!("POST {at}/check-runs"));
    }
    lines.push(String::new());
    lines.join("\n")
}
