//! `--online`: what registries tell of the images of a project. Never fails a run.

use std::sync::{Arc, Mutex};

use super::policy::Settled;
use crate::{
    lint::facts::{Facts, size_in_table},
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
    /// What is said of each, or why nothing is known.
    said: std::collections::BTreeMap<String, Result<String, String>>,
}

impl Online {
    /// Asks for the images of a project and puts the answers where rules look for them.
    pub(super) fn look_up(&self, project: &Project, settled: &mut Settled) {
        let facts = Facts::new(project, &settled.options);
        let (wanted, named) = (facts.worth_asking(), facts.external_images());
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
                Some(Ok(line)) => settled.details.push(line.clone()),
                Some(Err(why)) => {
                    let line = no_help(&reference, why);
                    // An image that only a hint would name is nobody's trouble.
                    let warns = named.contains(&reference);
                    let to = if warns { &mut settled.warnings } else { &mut settled.details };
                    to.push(line);
                }
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
            let said = match &result {
                Ok(Answer::Image(image)) => Ok(format!(
                    "`{reference}` is {} to download, says its registry: {}",
                    megabytes(image.bytes()),
                    image.digest
                )),
                Ok(Answer::Foreign { platforms }) => {
                    Ok(format!("`{reference}` is published for {} alone", platforms.join(", ")))
                }
                Ok(Answer::Unknown) => Err("it tells nothing".to_owned()),
                Err(trouble) => Err(trouble.why.clone()),
            };
            self.said.insert(reference.clone(), said);
            self.images.insert(reference.clone(), result.unwrap_or(Answer::Unknown));
        }
        Ok(())
    }
}

fn no_help(reference: &str, why: &str) -> String {
    let size = size_in_table(reference).map_or_else(
        || "stays unknown".to_owned(),
        |bytes| format!("is the table's, {}", megabytes(bytes)),
    );
    format!("the size of `{reference}` {size}; its registry was no help: {why}")
}

#[cfg(test)]
mod tests {
    use super::no_help;

    #[test]
    fn what_stands_in_is_told() {
        let own = no_help("acme.example/a:1", "it answers with 500");
        assert_eq!(
            own,
            "the size of `acme.example/a:1` stays unknown; its registry was no help: it answers with 500"
        );
        let known = no_help("node:22", "it answers with 500");
        assert!(known.starts_with("the size of `node:22` is the table's, 408.5 MB; "), "{known}");
    }
}
