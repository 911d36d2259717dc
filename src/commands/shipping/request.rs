//! What is shipped, from the command line and `blaxel.toml`: the part that every command needs.

use serde_json::{Value, json};

use super::keys;
use crate::{
    cli,
    commands::{
        manifest::{of_folder, same_workspace, whole},
        platform::Target,
        vars::Vars,
    },
    error::Error,
    exit::Exit,
    project::manifest::{self, Manifest},
    ship::blaxel::{BUILD_SETTINGS, Finished, Request},
};

/// What a request is made from.
pub(in crate::commands) struct From<'a> {
    /// What was typed.
    pub(in crate::commands) args: &'a cli::Ship,
    /// `blaxel.toml`, where there is one.
    pub(in crate::commands) manifest: Option<&'a Manifest>,
    /// What it may use.
    pub(in crate::commands) vars: &'a Vars,
    /// The workspace.
    pub(in crate::commands) target: &'a Target,
    /// A finished image.
    pub(in crate::commands) image: Option<&'a str>,
}

impl From<'_> {
    /// The name, the generation, and how it is built. What else the file holds belongs to sandboxes.
    pub(in crate::commands) fn read(&self) -> Result<Request, Error> {
        let args = self.args;
        let image = self.image.map(|reference| Finished {
            reference: reference.to_owned(),
            docker_config: None,
            skip_build: args.skip_build,
        });
        let mut request =
            Request { name: self.name()?, image, no_wait: args.no_wait, ..Request::default() };
        if let Some(file) = self.manifest {
            self.kind(file)?;
            same_workspace(file, self.vars, &args.platform, self.target)?;
            self.build(file, &mut request)?;
            if let Some(generation) = &file.generation {
                request.runtime.insert("generation".into(), json!(generation.value));
            }
        }
        if let Some(generation) = &args.generation {
            request.runtime.insert("generation".into(), json!(generation));
        }
        Ok(request)
    }

    fn kind(&self, file: &Manifest) -> Result<(), Error> {
        let Some(kind) = &file.kind else { return Ok(()) };
        let kind = self.vars.fill("type", &kind.value)?;
        if matches!(kind.as_str(), "" | "sandbox") {
            return Ok(());
        }
        Err(Error::new(
            Exit::Usage,
            format!("blaxel.toml describes something else: `type` is `{kind}`"),
        )
        .at("blaxel.toml")
        .help(
            "sandgate ships sandboxes: set `type = \"sandbox\"`, or use the platform's own client",
        ))
    }

    fn build(&self, file: &Manifest, request: &mut Request) -> Result<(), Error> {
        for (key, label) in BUILD_SETTINGS {
            let value = match file.build.get(*key) {
                None | Some(Value::Bool(false)) => continue,
                Some(Value::String(text)) => self.vars.fill(&format!("build.{key}"), text)?,
                Some(other) => other.to_string(),
            };
            request.labels.insert((*label).into(), value);
        }
        Ok(())
    }

    fn name(&self) -> Result<String, Error> {
        let file = self.manifest.and_then(|file| file.name.as_ref());
        let (name, place) = match (&self.args.name, file, self.image) {
            (Some(name), ..) => (name.clone(), "--name"),
            (None, Some(name), _) => (self.vars.fill("name", &name.value)?, "blaxel.toml"),
            (None, None, Some(image)) => (of_image(image), "the image's name"),
            (None, None, None) => (of_folder(&self.args.path), "the folder's name"),
        };
        if manifest::is_name(&name) {
            return Ok(name);
        }
        Err(Error::new(Exit::Usage, format!("`{name}` is no sandbox name")).at(place).help(
            format!(
                "use lower-case letters, digits and inner hyphens, at most 49 characters: `{}`",
                manifest::slug(&name)
            ),
        ))
    }

    /// What the file holds and nobody uses; what matters and cannot be sent is an error.
    pub(super) fn unused(&self) -> Result<Option<String>, Error> {
        let Some(file) = self.manifest else { return Ok(None) };
        let mut idle = keys::check(file)?;
        whole(file)?;
        if self.image.is_some() && file.root.table("build").is_some() {
            idle.push("`build` (nothing is built)".to_owned());
        }
        Ok((!idle.is_empty())
            .then(|| format!("blaxel.toml: no effect on a sandbox: {}", idle.join(", "))))
    }
}

/// The last part of a reference, without tag and digest.
fn of_image(reference: &str) -> String {
    let path = reference.split('@').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    manifest::slug(last.split(':').next().unwrap_or_default())
}
