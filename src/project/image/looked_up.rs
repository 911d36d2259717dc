//! What a registry told of an image. Filled by whoever asked; nobody asks from here.

use std::collections::BTreeMap;

/// What came of each look-up, by the reference as the Dockerfile gives it, variables replaced.
pub type LookedUp = BTreeMap<String, Answer>;

/// What came of one look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The image for linux/amd64.
    Image(Box<Published>),
    /// The image exists, but not for linux/amd64.
    Foreign {
        /// The platforms that are offered: `linux/arm64/v8`.
        platforms: Vec<String>,
    },
    /// Nothing is known.
    Unknown,
}

/// An image as it is published for linux/amd64.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Published {
    /// `sha256:…` of what the reference names: the index, where there is one.
    pub digest: String,
    /// The layers from the lowest on.
    pub layers: Vec<Layer>,
    /// Size of the configuration in bytes.
    pub config_bytes: u64,
    /// Its environment.
    pub env: BTreeMap<String, String>,
    /// Its user; empty for root.
    pub user: String,
    /// Its working directory; empty for `/`.
    pub workdir: String,
    /// Its ENTRYPOINT.
    pub entrypoint: Vec<String>,
    /// Its CMD.
    pub cmd: Vec<String>,
    /// Whether the history of its build names sandbox-api.
    pub history_names_api: bool,
}

/// A layer of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// `sha256:…`.
    pub digest: String,
    /// Compressed bytes.
    pub size: u64,
}

impl Published {
    /// What is downloaded for it: compressed bytes, each layer once.
    pub fn bytes(&self) -> u64 {
        bytes_of([self])
    }

    /// Whether it starts sandbox-api by itself.
    pub fn starts_api(&self) -> bool {
        let command = if self.entrypoint.is_empty() { &self.cmd } else { &self.entrypoint };
        command.iter().any(|word| word.contains("sandbox-api"))
    }

    /// Whether anything says that sandbox-api is in it.
    pub fn names_api(&self) -> bool {
        self.history_names_api
            || self.entrypoint.iter().chain(&self.cmd).any(|word| word.contains("sandbox-api"))
    }
}

/// Compressed bytes of images together; a layer that several share counts once.
pub fn bytes_of<'a>(images: impl IntoIterator<Item = &'a Published>) -> u64 {
    let mut layers: BTreeMap<&str, u64> = BTreeMap::new();
    let mut configs = 0_u64;
    for image in images {
        configs = configs.saturating_add(image.config_bytes);
        layers.extend(image.layers.iter().map(|layer| (layer.digest.as_str(), layer.size)));
    }
    layers.values().fold(configs, |sum, size| sum.saturating_add(*size))
}

/// Millions of bytes with one decimal: `408.5 MB`.
pub fn megabytes(bytes: u64) -> String {
    let tenths = bytes.saturating_add(50_000) / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(layers: &[(&str, u64)]) -> Published {
        let layers = layers
            .iter()
            .map(|(digest, size)| Layer { digest: (*digest).to_owned(), size: *size })
            .collect();
        Published { layers, config_bytes: 10, ..Published::default() }
    }

    #[test]
    fn a_shared_layer_counts_once() {
        let (a, b) = (image(&[("x", 100), ("y", 20), ("x", 100)]), image(&[("x", 100), ("z", 3)]));
        assert_eq!(a.bytes(), 130);
        assert_eq!(bytes_of([&a, &b]), 143);
        assert_eq!(image(&[("x", u64::MAX), ("y", 1)]).bytes(), u64::MAX);
    }

    #[test]
    fn the_entrypoint_hides_the_command() {
        let words = |word: &str| vec![word.to_owned()];
        let mut image = Published { cmd: words("/sandbox-api"), ..Published::default() };
        assert!(image.starts_api());
        image.entrypoint = words("/tini");
        assert!(!image.starts_api() && image.names_api());
    }
}
