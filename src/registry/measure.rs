//! Manifests and configurations of images, as OCI and Docker write them.

use serde_json::Value;

use crate::project::image::looked_up::{Layer, Published};

/// Platforms that are told; a sentence holds no more.
const PLATFORMS: usize = 12;

/// What a manifest turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Manifest {
    /// One image: its layers, and digest and size of its configuration.
    Image { layers: Vec<Layer>, config: String, config_bytes: u64 },
    /// Several: the digest of the one for linux/amd64, and every platform.
    Index { amd64: Option<String>, platforms: Vec<String> },
}

/// Reads a manifest; the error is a clause. Its form tells its kind: some tools write no media
/// type.
pub(super) fn manifest(bytes: &[u8]) -> Result<Manifest, String> {
    let text = bytes.trim_ascii_start();
    let Ok(value) = serde_json::from_slice::<Value>(text) else {
        let page = text.starts_with(b"<");
        let what = if page { "a web page" } else { "what is no JSON" };
        return Err(format!("it answers with {what} instead of a manifest"));
    };
    if value["schemaVersion"] == 1 || value.get("fsLayers").is_some() {
        return Err("it offers the image in schema 1 alone, which tells no sizes".into());
    }
    match (value["manifests"].as_array(), value["layers"].as_array()) {
        (Some(entries), None) => Ok(index(entries)),
        (None, Some(layers)) => image(&value, layers),
        _ => Err("its manifest is neither an image nor an index".into()),
    }
}

fn image(value: &Value, layers: &[Value]) -> Result<Manifest, String> {
    let broken = || "its manifest tells no size of a layer".to_owned();
    let layers = layers
        .iter()
        .map(|layer| {
            let digest = layer["digest"].as_str()?.to_owned();
            Some(Layer { digest, size: layer["size"].as_u64()? })
        })
        .collect::<Option<Vec<_>>>()
        .ok_or_else(broken)?;
    let config = value["config"]["digest"].as_str().ok_or_else(broken)?.to_owned();
    let config_bytes = value["config"]["size"].as_u64().ok_or_else(broken)?;
    Ok(Manifest::Image { layers, config, config_bytes })
}

fn index(entries: &[Value]) -> Manifest {
    // The plain one, one for newer processors, one that leaves it to its configuration.
    let (mut plain, mut newer, mut untold) = (None, None, None);
    let mut platforms = Vec::new();
    for entry in entries {
        let platform = &entry["platform"];
        let part = |name: &str| platform[name].as_str().unwrap_or_default();
        let (os, machine, variant) = (part("os"), machine(part("architecture")), part("variant"));
        // BuildKit puts what it attests beside the images.
        let attests = entry["annotations"].get("vnd.docker.reference.type").is_some();
        if attests || os == "unknown" || machine == "unknown" {
            continue;
        }
        let slot = match (os, machine, variant) {
            ("", ..) | (_, "", _) => &mut untold,
            ("linux", "amd64", "" | "v1") => &mut plain,
            ("linux", "amd64", _) => &mut newer,
            _ => &mut None,
        };
        if slot.is_none() {
            *slot = entry["digest"].as_str().map(str::to_owned);
        }
        if !os.is_empty() && !machine.is_empty() {
            let shown = [os, machine, variant].map(name).join("/");
            platforms.push(shown.trim_end_matches('/').to_owned());
        }
    }
    platforms.sort();
    platforms.dedup();
    platforms.truncate(PLATFORMS);
    Manifest::Index { amd64: plain.or(newer).or(untold), platforms }
}

/// A processor as Go calls it, as most registries do.
fn machine(text: &str) -> &str {
    match text {
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        text => text,
    }
}

/// A part of a platform, made fit to be shown: nobody has to write names of this kind well.
fn name(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '?' };
    text.chars().take(24).map(plain).collect()
}

/// Adds what the configuration tells. Returns the platform where it is another than linux/amd64.
pub(super) fn configure(bytes: &[u8], image: &mut Published) -> Result<Option<String>, String> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|_| "the configuration of the image is no JSON".to_owned())?;
    let config = &value["config"];
    let words = |name: &str| -> Vec<String> {
        let list = config[name].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let text = |name: &str| config[name].as_str().unwrap_or_default().to_owned();
    image.env = words("Env")
        .iter()
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    image.user = text("User");
    image.workdir = text("WorkingDir");
    image.entrypoint = words("Entrypoint");
    image.cmd = words("Cmd");
    image.history_names_api = value["history"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|step| step["created_by"].as_str())
        .any(|step| step.contains("sandbox-api"));
    // A manifest may tell any size of it.
    image.config_bytes = bytes.len() as u64;
    let part = |name: &str| value[name].as_str().unwrap_or_default();
    Ok(match (part("os"), machine(part("architecture"))) {
        ("linux", "amd64") | ("", _) | (_, "") => None,
        (os, machine) => Some(format!("{}/{}", name(os), name(machine))),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn attestations_are_no_platforms() {
        let index = json!({ "schemaVersion": 2, "manifests": [
            { "digest": "sha256:a", "platform": { "os": "unknown", "architecture": "unknown" } },
            { "digest": "sha256:b", "platform": { "os": "linux", "architecture": "amd64" },
              "annotations": { "vnd.docker.reference.type": "attestation-manifest" } },
            { "digest": "sha256:c", "platform": { "os": "linux", "architecture": "arm64", "variant": "v8" } },
            { "digest": "sha256:d", "platform": { "os": "linux", "architecture": "amd64" } },
        ] });
        let got = manifest(index.to_string().as_bytes()).unwrap();
        let platforms = vec!["linux/amd64".to_owned(), "linux/arm64/v8".to_owned()];
        assert_eq!(got, Manifest::Index { amd64: Some("sha256:d".into()), platforms });
    }

    #[test]
    fn an_index_leads_to_the_image_that_the_builder_takes() {
        let lead = |platforms: &[Value]| {
            let entries: Vec<Value> = (platforms.iter().enumerate())
                .map(|(at, platform)| json!({ "digest": at.to_string(), "platform": platform }))
                .collect();
            let index = json!({ "manifests": entries }).to_string();
            let Ok(Manifest::Index { amd64, platforms }) = manifest(index.as_bytes()) else {
                unreachable!("it is an index")
            };
            (amd64, platforms.join(" "))
        };
        let of = |machine: &str, variant: &str| json!({ "os": "linux", "architecture": machine, "variant": variant });
        let at = |at: &str, shown: &str| (Some(at.to_owned()), shown.to_owned());
        assert_eq!(
            lead(&[of("amd64", "v3"), of("amd64", "")]),
            at("1", "linux/amd64 linux/amd64/v3")
        );
        assert_eq!(lead(&[of("amd64", "v2")]), at("0", "linux/amd64/v2"));
        assert_eq!(lead(&[of("arm64", ""), of("x86_64", "")]), at("1", "linux/amd64 linux/arm64"));
        // what tells no platform may be for any
        assert_eq!(lead(&[of("arm64", ""), Value::Null]), at("1", "linux/arm64"));
        assert_eq!(lead(&[]), (None, String::new()));
        let evil = of(&format!("\u{1b}[31m`{}", "x".repeat(1 << 20)), "");
        let (none, shown) = lead(&[evil]);
        assert_eq!((none, shown.len()), (None, "linux/".len() + 24));
        assert!(shown.starts_with("linux/??31m?x"), "{shown}");
        let many: Vec<Value> = (0..99).map(|at| of(&format!("m{at}"), "")).collect();
        assert_eq!(lead(&many).1.split(' ').count(), PLATFORMS);
    }

    #[test]
    fn what_is_no_manifest_is_told() {
        for (text, want) in [
            ("<html>", "a web page"),
            ("x", "no JSON"),
            ("{}", "neither"),
            ("{\"layers\":[],\"manifests\":[]}", "neither"),
            ("{\"schemaVersion\":1,\"fsLayers\":[]}", "schema 1"),
            ("{\"layers\":[{\"digest\":\"a\"}]}", "no size"),
        ] {
            let got = manifest(text.as_bytes()).unwrap_err();
            assert!(got.contains(want), "{text}: {got}");
        }
    }
}
