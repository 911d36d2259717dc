//! The summary of the job: the verdict first.

use super::{
    super::{Done, inputs, scene::Scene},
    is_bad,
};
use crate::{
    cli,
    error::Error,
    escape,
    exit::Exit,
    report::comment,
    ship::ci::{Command, Job},
};

pub(super) fn text(
    args: &cli::Ci,
    scene: &Scene,
    done: &Done,
    ended: &Result<Exit, Error>,
) -> String {
    let mut out = String::new();
    if let Err(error) = ended
        && !done.legs.iter().any(is_bad)
    {
        out.push_str(&format!("### ❌ {}\n\n", escape::markdown(&error.what)));
        for cause in &error.causes {
            out.push_str(&format!("{}\n\n", escape::markdown(cause)));
        }
        if let Some(help) = &error.help {
            out.push_str(&format!("**What to do:** {}\n\n", escape::markdown(help)));
        }
    }
    if let Some(doubt) = scene.decision.doubt() {
        let doubt = inputs::beside(scene.host, &doubt);
        out.push_str(&format!("⚠️ {}\n\n", escape::markdown(&doubt)));
    }
    if !done.legs.is_empty() {
        out.push_str(&comment::summary(&scene.page(args.feedback.comment), &done.legs));
    }
    let audit = done.audit.as_deref().map(|text| ("Audit of shares", text));
    let plan = done.plan.as_ref().map(|plan| ("Images to build", plan.table.as_str()));
    for (title, text) in audit.into_iter().chain(plan) {
        out.push_str(&format!("### {title}\n\n"));
        let warnings = done.plan.iter().flat_map(|plan| &plan.warnings);
        for warning in warnings {
            out.push_str(&format!("⚠️ {}\n\n", escape::markdown(warning)));
        }
        for line in text.lines() {
            out.push_str(&format!("    {}\n", escape::terminal(line, false)));
        }
        out.push('\n');
    }
    if out.is_empty() && scene.decision.job == Job::Do(Command::Report) {
        out.push_str(
            "sandgate: nothing to report: no record was read that may be told; the log says why\n",
        );
    } else if out.is_empty() {
        let why = done.nothing.as_deref().unwrap_or(&scene.decision.why);
        out = format!("sandgate: nothing to do: {}\n", escape::markdown(why));
    }
    out
}
