//! TOML to [`Manifest`].

use super::model::Manifest;
use crate::project::source::Source;

/// Reads `blaxel.toml`. Never fails: see [`Manifest::issues`].
pub fn parse(source: Source) -> Manifest {
    Manifest {
        source,
        kind: None,
        name: None,
        workspace: None,
        image: None,
        region: None,
        memory: None,
        generation: None,
        ttl: None,
        ports: Vec::new(),
        env: Vec::new(),
        labels: Vec::new(),
        volumes: Vec::new(),
        runtime: serde_json::Map::new(),
        build_args: Vec::new(),
        dockerfile: None,
        issues: Vec::new(),
    }
}
