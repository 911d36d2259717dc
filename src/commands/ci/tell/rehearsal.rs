//! What a run would tell, printed: nobody is called.

use super::{
    super::Done,
    super::scene::Scene,
    calls,
    comment::{self, key},
    comment_calls::Comment,
    forge::Told,
    gitlab, outputs, summary,
};
use crate::{
    cli,
    commands::written,
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::ci::{self, Event, Host},
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
        let place = place(args, scene, done);
        let page = comment::page(args, scene, done);
        let text =
            place.as_ref().and_then(|_| report::comment::comment(&page, &done.legs, &[], None));
        let written = match (&place, &text) {
            (Some(_), Some(_)) => Comment::Written,
            (Some(_), None) => Comment::Kept,
            (None, _) => Comment::None,
        };
        part("calls", &calls::all(args, scene, done, written));
        if let Some(place) = place {
            let text = text.map_or_else(
                || {
                    "nothing to tell: none is made, and one that is there is brought up to date\n"
                        .to_owned()
                },
                |text| format!("{}\n{text}", crate::ship::forge::comment::marker(&key(args))),
            );
            part(&format!("comment{place}"), &text);
        }
    }
    if scene.host == Host::Gitlab
        && let Some((calls, note)) = gitlab::rehearsed(args, scene, done)
    {
        part("calls", &calls);
        part("note", &note);
    }
    part("summary", &summary::text(args, scene, done, ended));
    let own = outputs::own(done, ended, None, &Told::default());
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
    if !comment::is_told(args, scene, done) {
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
