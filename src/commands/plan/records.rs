//! The records of earlier runs.

use std::path::Path;

use ignore::WalkBuilder;

use crate::{
    cli,
    error::Error,
    exit::Exit,
    record::{Earlier, Unusable},
    repo,
    shell::Shell,
};

/// Folders of artifacts lie in a folder.
const DEPTH: usize = 4;

/// The builds that the records tell of; `None` where none are named.
pub(super) fn read(
    args: &cli::Plan,
    shell: &mut Shell,
    warnings: &mut Vec<String>,
) -> Result<Option<Vec<Earlier>>, Error> {
    if args.records.is_empty() {
        return Ok(None);
    }
    let mut out = Vec::new();
    for path in &args.records {
        if path.is_dir() {
            folder(path, &mut out, shell, warnings);
            continue;
        }
        let refused = |why: String| {
            Error::new(Exit::Usage, "the record cannot be read")
                .at(path.display().to_string())
                .because(why)
                .help("name a file that `push --record`, `deploy --record` or `sandgate ci` wrote, or a folder with such files")
        };
        match one(path).map_err(refused)? {
            Ok(earlier) => out.extend(earlier),
            Err(Unusable::NotBuilt(why)) => {
                warnings.push(format!("`{}` does not count: {why}", path.display()));
            }
            Err(Unusable::NoRecord(why)) => return Err(refused(why)),
        }
    }
    let all = out.len();
    out.retain(|earlier| counts(args, earlier));
    if all > 0 && out.is_empty() {
        warnings.push(format!(
            "none of the {all} records counts: they are of another action or workspace ({})",
            args.workspace.as_deref().unwrap_or("any")
        ));
    }
    let mut workspaces: Vec<String> =
        out.iter().map(|earlier| format!("`{}`", earlier.workspace)).collect();
    workspaces.sort();
    workspaces.dedup();
    if workspaces.len() > 1 {
        warnings.push(format!(
            "the records are of several workspaces, {}, and what is in one may be missing in another: name one with -w",
            workspaces.join(", ")
        ));
    }
    Ok(Some(out))
}

/// Every record below a folder. Other files may lie there, too.
fn folder(dir: &Path, out: &mut Vec<Earlier>, shell: &mut Shell, warnings: &mut Vec<String>) {
    let walk = WalkBuilder::new(dir)
        .standard_filters(false)
        .max_depth(Some(DEPTH))
        .sort_by_file_name(std::ffi::OsStr::cmp)
        .build();
    let files = walk.filter_map(Result::ok).map(ignore::DirEntry::into_path);
    for path in files.filter(|path| path.extension().is_some_and(|ext| ext == "json")) {
        match one(&path) {
            Ok(Ok(earlier)) => out.extend(earlier),
            Ok(Err(Unusable::NotBuilt(why) | Unusable::NoRecord(why))) => {
                shell.detail(&format!("{} does not count: {why}", path.display()));
            }
            Err(why) => warnings.push(format!("`{}` is not read: {why}", path.display())),
        }
    }
}

fn one(path: &Path) -> Result<Result<Vec<Earlier>, Unusable>, String> {
    let bytes = repo::read(path)?;
    Ok(Earlier::read_all(&String::from_utf8_lossy(&bytes)))
}

fn counts(args: &cli::Plan, earlier: &Earlier) -> bool {
    let action = args.records_of.is_none_or(|action| match action {
        cli::Action::Push => earlier.action == "push",
        cli::Action::Deploy => earlier.action == "deploy",
    });
    let workspace = args.workspace.as_deref().filter(|name| !name.is_empty());
    action && workspace.is_none_or(|name| earlier.workspace == name)
}
