//! What a run would tell, printed: nobody is called.

use super::{
    super::Done, super::scene::Scene, client::is_read_only, comment::key, deployments, forge::Told,
    gitlab, outputs, rows, summary,
};
use crate::{
    cli,
    commands::written,
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::ci::{Command, Host, Job},
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
        if let (Some(_), true) = (scene.pull, args.feedback.comment != cli::When::Never) {
            let page = scene.page(args.feedback.comment);
            let mut legs = done.legs.clone();
            for leg in &mut legs {
                scene.sign(leg);
            }
            let text = report::comment::comment(&page, &legs, &[], None);
            let text = text.unwrap_or_else(|| "nothing to tell: no comment is made\n".to_owned());
            let marker = crate::ship::forge::comment::marker(&key(args, scene));
            part("comment", &format!("{marker}\n{text}"));
        }
    }
    if scene.host == Host::Gitlab
        && let Some((calls, note)) = gitlab::rehearsed(args, scene, done)
    {
        part("calls", &calls);
        part("note", &note);
    }
    part("summary", &summary::text(args, scene, done, ended));
    let all = outputs::all(args, done, ended, None, &Told::default());
    let lines: Vec<String> = all
        .iter()
        .map(|(name, value)| format!("{name}={}", crate::escape::terminal(value, false)))
        .collect();
    part("outputs", &lines.join("\n"));
    let out = crate::escape::terminal(&out, true).into_owned();
    let out = shell.guarded(&out).into_owned();
    written(shell.out().write_all(out.as_bytes())).map(drop)
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
    let at = format!("/repos/{repository}");
    let mut lines = Vec::new();
    if feedback.status && own {
        for row in done.legs.iter().map(|leg| rows::of(leg, sha)) {
            lines.push(format!(
                "POST {at}/statuses/{sha} context=sandgate/{} state={} description={}",
                row.image,
                row.state.name(),
                row.description
            ));
        }
    }
    if let (Some(number), true) = (scene.pull, feedback.comment != cli::When::Never) {
        lines.push(format!("GET {at}/commits/{sha}/status"));
        lines.push(format!("GET {at}/issues/{number}/comments"));
        lines.push(format!("POST {at}/issues/{number}/comments, or PATCH where it is there"));
    }
    if feedback.check && own && !done.legs.is_empty() {
        lines.push(format!("POST {at}/check-runs"));
    }
    if feedback.deployments && own {
        for one in done.legs.iter().flat_map(|leg| deployments::wanted(args, scene, leg)) {
            lines.push(format!("POST {at}/deployments environment={}", one.environment));
            lines.push(format!("POST {at}/deployments/ID/statuses state={}", one.state.name()));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}
