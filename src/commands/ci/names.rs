//! What the images of several projects are called: each by a name of its own.

use super::check::{At, Project};
use crate::{commands::manifest::folder_name, error::Error, exit::Exit, project::manifest::slug};

/// Sees to it that each is told under a name that no other has.
pub(super) fn settle(projects: &mut [Project]) {
    for project in projects.iter_mut().filter(|project| project.leg.image.is_empty()) {
        project.leg.image = whole_path(&project.at, &project.leg.path);
        project.unnamed = true;
    }
    apart(projects);
}

/// Images of one name would be one row, and one image of the platform: each is told under its path. They are refused
/// where they are to be built.
fn apart(projects: &mut [Project]) {
    let names: Vec<String> = projects.iter().map(|project| project.leg.image.clone()).collect();
    for (project, name) in projects.iter_mut().zip(&names) {
        if names.iter().filter(|other| *other == name).count() > 1 {
            let path = whole_path(&project.at, &project.leg.path);
            project.leg.image = slug(&path.replace('/', "-"));
            project.twin = Some(name.clone());
        }
    }
}

/// What tells a project from every other: its folder in the repository, with the Dockerfile where a path names that.
fn whole_path(at: &At, path: &str) -> String {
    let path = if path.is_empty() { folder_name(&at.folder) } else { path.to_owned() };
    match &at.dockerfile {
        Some(file) => format!("{path}/{file}"),
        None => path,
    }
}

/// Refuses to build what has no name of its own: none, or one that another project has, too.
pub(super) fn named(projects: &[Project]) -> Result<(), Error> {
    if let Some(project) = projects.iter().find(|project| project.unnamed) {
        return Err(Error::new(
            Exit::Usage,
            format!("nothing gives the image of `{}` a name", project.leg.image),
        )
        .because("it would be called after its folder, of whose name no character can be in that of an image")
        .help("give it a `name` in its blaxel.toml, of lower-case letters, digits and hyphens"));
    }
    let Some(twin) = projects.iter().find_map(|project| project.twin.as_ref()) else {
        return Ok(());
    };
    let paths: Vec<&str> = projects
        .iter()
        .filter(|project| project.twin.as_ref() == Some(twin))
        .map(|project| project.leg.path.as_str())
        .map(|path| if path.is_empty() { "." } else { path })
        .collect();
    Err(Error::new(
        Exit::Usage,
        format!("several projects are called `{twin}`: {}", paths.join(", ")),
    )
    .because("they would be one image of the platform, and the last would be it")
    .help("give each a `name` in its blaxel.toml"))
}
