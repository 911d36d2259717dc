//! What is told of the comparison.

use crate::{cli, commands::project::named, repo::affected::Bases};

/// What is to be said where the command line gives nothing to compare with.
pub(super) fn nothing(args: &cli::Plan) -> Option<String> {
    let given = args.base.as_deref().is_some_and(|base| !base.trim().is_empty());
    (!given && !args.all && args.records.is_empty()).then(|| {
        format!(
            "there is nothing to compare with, and {}: give `--base REF` (or SANDGATE_BASE), or `--records FOLDER`",
            built(args, "")
        )
    })
}

/// Which images are built where nobody can say; `of` says of which projects.
fn built(args: &cli::Plan, of: &str) -> String {
    let named = if args.only.is_empty() { "" } else { " that `--only` names" };
    let told = if args.records.is_empty() { "" } else { " that no record tells otherwise of" };
    format!("every image{of}{named} is built{told}")
}

/// What is to be said of the comparison.
pub(super) fn warnings(args: &cli::Plan, with: Option<&Bases>) -> Vec<String> {
    let Some(bases) = with.filter(|_| !args.all) else { return Vec::new() };
    let missing = bases.missing().map(|(top, missing)| {
        let of = match bases.count() {
            1 => String::new(),
            _ => format!(" of `{}`", named(top)),
        };
        format!("{}, and {}: {}", missing.what, built(args, &of), missing.help)
    });
    let mut out: Vec<String> = missing.collect();
    if bases.outside {
        out.push(format!(
            "there is no git repository around some projects, and {}: run it in a clone, or give `--records FOLDER`",
            built(args, " of them")
        ));
    }
    out.extend(bases.found().filter(|before| before.apart).map(|before| {
        format!(
            "HEAD is not built on `{}` (a force push, or a branch that went on): whatever differs counts as changed; \
             `--merge-base` compares with the commit where the two parted",
            before.name
        )
    }));
    out
}

/// The base as it is told.
pub(super) fn base(bases: &Bases, merge_base: bool) -> Option<String> {
    let Some(before) = bases.only() else {
        // Each repository has a commit of its own.
        let parted = if merge_base { "the merge base with " } else { "" };
        return bases.found().next().map(|before| format!("{parted}{}", before.name));
    };
    let short = before.id.get(..7).unwrap_or(&before.id);
    Some(match before.id.starts_with(&before.name) {
        true => short.to_owned(),
        false if merge_base => format!("the merge base with {} ({short})", before.name),
        false => format!("{} ({short})", before.name),
    })
}
