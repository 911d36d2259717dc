//! What is deployed or pushed, and the bodies of the calls that say it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    fault::Fault, sandboxes::Create, secret::Secret, upload::Archive, upload_url::is_build_setting,
};

/// Says that the sandbox was made by a client, which builds it from source.
const GENERATED: &str = "x-blaxel-auto-generated";

/// What to deploy or to push.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Name of the sandbox and its image.
    pub name: String,
    /// `spec.runtime`, without environment variables.
    pub runtime: Map<String, Value>,
    /// Environment variables.
    pub envs: Vec<(String, String)>,
    /// `spec.region`.
    pub region: Option<String>,
    /// `spec.volumes`.
    pub volumes: Vec<Value>,
    /// Labels of the sandbox, build settings among them.
    pub labels: BTreeMap<String, String>,
    /// Other keys of `spec`, such as `policies`.
    pub spec: Map<String, Value>,
    /// A finished image; without it there is an archive to build from.
    pub image: Option<Finished>,
    /// Delete the sandbox and create it anew where its environment variables differ.
    pub recreate: bool,
    /// End once the platform has taken it.
    pub no_wait: bool,
    /// What must not be shown where the platform repeats it, beside the credentials.
    pub hidden: Vec<Secret>,
}

/// An image that exists in a registry or on the platform.
#[derive(Debug, Clone, Default)]
pub struct Finished {
    /// The reference: `ghcr.io/acme/app:1`, or `sandbox/app:TAG` for a deploy.
    pub reference: String,
    /// The text of a Docker `config.json` with the login for its registry.
    pub docker_config: Option<Secret>,
    /// Import it as it is: do not build it anew.
    pub skip_build: bool,
}

/// What a sandbox or an image is made from.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// An archive that is uploaded and built.
    Archive(&'a Archive),
    /// A finished image.
    Image(&'a Finished),
}

impl Request {
    /// What it is made from: the finished image that it names, else the archive.
    pub(super) fn source<'a>(&'a self, archive: Option<&'a Archive>) -> Result<Source<'a>, Fault> {
        match (&self.image, archive) {
            (Some(image), _) => Ok(Source::Image(image)),
            (None, Some(archive)) => Ok(Source::Archive(archive)),
            (None, None) => {
                Err(Fault::usage("there is nothing to send", "give an archive or an image"))
            }
        }
    }

    /// Takes over what a sandbox shall be that is created from an image, but for that image.
    pub fn like(&mut self, create: &Create) {
        let mut body = create.body();
        if let Value::Object(runtime) = body["spec"]["runtime"].take() {
            let own = |(key, _): &(String, Value)| !matches!(key.as_str(), "image" | "envs");
            self.runtime.extend(runtime.into_iter().filter(own));
        }
        if let lifecycle @ Value::Object(_) = body["spec"]["lifecycle"].take() {
            self.spec.insert("lifecycle".into(), lifecycle);
        }
        let exposed = |(name, value): &(String, Secret)| (name.clone(), value.expose().to_owned());
        self.envs = create.envs.iter().map(exposed).collect();
        self.hidden.extend(create.envs.iter().map(|(_, value)| value.clone()));
        self.region.clone_from(&create.region);
        self.labels.extend(create.labels.clone());
    }

    /// What the sandbox is made from; `labels` are those it has already and keeps.
    pub(super) fn sandbox(&self, labels: &BTreeMap<String, String>) -> Value {
        let mut all = labels.clone();
        all.extend(self.labels.clone());
        let mut runtime = self.runtime.clone();
        if !self.envs.is_empty() {
            let envs = self
                .envs
                .iter()
                .map(|(name, value)| json!({ "name": name, "value": value }))
                .collect();
            runtime.insert("envs".into(), envs);
        }
        if let Some(image) = &self.image {
            all.remove(GENERATED);
            runtime.insert("image".into(), json!(image.reference));
            if let Some(config) = &image.docker_config {
                runtime.insert("dockerConfig".into(), json!(config.expose()));
            }
            if image.skip_build {
                // A string there, says the official client.
                runtime.insert("skipBuild".into(), json!("true"));
            }
        } else {
            all.insert(GENERATED.into(), "true".into());
        }
        let mut spec = self.spec.clone();
        spec.insert("runtime".into(), Value::Object(runtime));
        if let Some(region) = &self.region {
            spec.insert("region".into(), json!(region));
        }
        if !self.volumes.is_empty() {
            spec.insert("volumes".into(), json!(self.volumes));
        }
        json!({
            "apiVersion": "blaxel.ai/v1alpha1",
            "kind": "Sandbox",
            "metadata": { "name": self.name, "labels": all },
            "spec": spec,
        })
    }

    /// What the image is made from. Of the labels only build settings belong to an image, and of the runtime its
    /// generation.
    pub(super) fn image(&self) -> Value {
        let mut body = Map::from_iter([
            ("name".to_owned(), json!(self.name)),
            ("resourceType".to_owned(), json!("sandbox")),
        ]);
        if let Some(generation) = self.runtime.get("generation") {
            body.insert("generation".into(), generation.clone());
        }
        let Some(image) = &self.image else {
            let labels = self.settings_of_build();
            if !labels.is_empty() {
                body.insert("labels".into(), json!(labels));
            }
            return Value::Object(body);
        };
        body.insert("image".into(), json!(image.reference));
        if let Some(config) = &image.docker_config {
            body.insert("dockerConfig".into(), json!(config.expose()));
        }
        for (field, label) in
            [("memoryMb", "x-blaxel-build-memory"), ("volumeMb", "x-blaxel-build-volume")]
        {
            let given = self.labels.get(label).and_then(|value| value.parse::<u64>().ok());
            if let Some(value) = given {
                body.insert(field.into(), json!(value));
            }
        }
        Value::Object(body)
    }

    /// The labels that say how it is built.
    pub(super) fn settings_of_build(&self) -> BTreeMap<&String, &String> {
        self.labels.iter().filter(|(name, _)| is_build_setting(name)).collect()
    }

    /// The request without the login for a registry.
    fn open(&self) -> Self {
        let image = self.image.clone().map(|image| Finished { docker_config: None, ..image });
        Self { image, ..self.clone() }
    }

    /// Everything that decides what runs, as text with one form: for the deploy key.
    pub fn settings(&self) -> String {
        self.open().sandbox(&BTreeMap::new()).to_string()
    }

    /// Everything that decides what is built, as text with one form: for the deploy key.
    pub fn settings_of_image(&self) -> String {
        self.open().image().to_string()
    }
}
