//! `--online`: what registries tell of the images of a project. Never fails a run.

use std::sync::{Arc, Mutex};

use super::policy::Settled;
use crate::{
    lint::facts::Facts,
    project::{
        Project,
        image::looked_up::{Answer, LookedUp, megabytes},
    },
    registry::Client,
    settings,
};

/// Asks each image once in a run.
#[derive(Default)]
pub(super) struct Online(Mutex<Known>);

#[derive(Default)]
struct Known {
    client: Option<Arc<Client>>,
    images: LookedUp,
    /// What is said of each: whether it is a warning, and the line.
    said: std::collections::BTreeMap<String, (bool, String)>,
}

impl Online {
    /// Asks for the images of a project and puts the answers where rules look for them.
    pub(super) fn look_up(&self, project: &Project, settled: &mut Settled) {
        let wanted = Facts::new(project, &settled.options).worth_asking();
        let Ok(mut known) = self.0.lock() else { return };
        let new: Vec<String> =
            wanted.iter().filter(|name| !known.said.contains_key(*name)).cloned().collect();
        if !new.is_empty()
            && let Err(why) = known.ask(&new)
        {
            settled.warnings.push(format!("registries cannot be asked: {why}"));
            return;
        }
        for reference in wanted {
            if let Some(answer) = known.images.get(&reference) {
                settled.options.images.insert(reference.clone(), answer.clone());
            }
            match known.said.get(&reference) {
                Some((true, line)) => settled.warnings.push(line.clone()),
                Some((false, line)) => settled.details.push(line.clone()),
                None => (),
            }
        }
    }
}

impl Known {
    fn ask(&mut self, references: &[String]) -> Result<(), String> {
        let client = match &self.client {
            Some(client) => Arc::clone(client),
            None => Arc::new(Client::new(settings::registry())?),
        };
        self.client = Some(Arc::clone(&client));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|err| err.to_string())?;
        let results = runtime.block_on(client.look_up(references));
        // A look-up of a name that still runs has nobody to answer.
        runtime.shutdown_background();
        for (reference, result) in references.iter().zip(results) {
            let (warn, line) = match &result {
                Ok(Answer::Image(image)) => {
                    let size = megabytes(image.bytes());
                    (false, format!("`{reference}` is {size} in its registry, {}", image.digest))
                }
                Ok(Answer::Foreign { platforms }) => {
                    let all = platforms.join(", ");
                    (false, format!("`{reference}` is published for {all} alone"))
                }
                Ok(Answer::Unknown) => (false, format!("`{reference}` is not known")),
                Err(why) => (
                    true,
                    format!(
                        "the registry of `{reference}` was no help, and the table stands in: {why}"
                    ),
                ),
            };
            self.said.insert(reference.clone(), (warn, line));
            self.images.insert(reference.clone(), result.unwrap_or(Answer::Unknown));
        }
        Ok(())
    }
}
