//! What is told of the comparison.

use crate::{
    cli,
    repo::affected::{Base, Bases},
};

/// What is to be said of the comparison.
pub(super) fn warnings(args: &cli::Plan, with: Option<(&Base, &Bases)>) -> Vec<String> {
    let built = match (args.all, args.records.is_empty()) {
        (true, _) => return Vec::new(),
        (_, true) => "every image is built",
        (_, false) => "every image is built that no record tells otherwise of",
    };
    let Some((base, bases)) = with else {
        return if args.records.is_empty() {
            vec![format!(
                "there is nothing to compare with, and {built}: give `--base REF` (or SANDGATE_BASE), or `--records FOLDER`"
            )]
        } else {
            Vec::new()
        };
    };
    let mut out: Vec<String> = bases
        .missing()
        .map(|missing| format!("{}, and {built}: {}", missing.what, missing.help))
        .collect();
    if bases.outside {
        out.push(format!(
            "there is no git repository around some projects, so that nothing is to compare with `{}`, and of them \
             {built}: run it in a clone, or give `--records FOLDER`",
            base.name
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
    let before = bases.found().next()?;
    let short = before.id.get(..7).unwrap_or(&before.id);
    Some(match before.id.starts_with(&before.name) {
        true => short.to_owned(),
        false if merge_base => format!("the merge base with {} ({short})", before.name),
        false => format!("{} ({short})", before.name),
    })
}
