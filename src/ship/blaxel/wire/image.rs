//! An image, as the platform shows it.

use jiff::Timestamp;
use serde_json::Value;

use super::{Event, instant, list, status, text};

/// Names of tags that move or stand for no image.
const RESERVED: [&str; 3] = ["latest", "pending", "failed"];

/// An image of the platform: `sandbox/NAME` with its tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// `sandbox`, `agent`, ...
    pub kind: String,
    /// The name alone.
    pub name: String,
    /// Upper case; `None` where it is absent, null or no string.
    pub status: Option<String>,
    /// The workspace that owns it, where it is another one.
    pub source: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// When it was first built.
    pub created: Option<Timestamp>,
    /// When it last changed.
    pub updated: Option<Timestamp>,
    /// When a sandbox was last made from it.
    pub deployed: Option<Timestamp>,
    pub(in super::super) events: Vec<Event>,
    /// As the platform lists them. `None` where this answer has no tags in it: newer versions list them elsewhere.
    pub tags: Option<Vec<Tag>>,
    /// How many tags there are, where the answer says only that.
    pub tag_count: Option<u64>,
}

/// A tag of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tag {
    /// The tag.
    pub name: String,
    /// Bytes.
    pub size: Option<u64>,
    /// When it was built.
    pub created: Option<Timestamp>,
}

impl Tag {
    pub(in super::super) fn read(value: &Value) -> Option<Self> {
        Some(Self {
            name: text(&value["name"])?,
            size: value["size"].as_u64(),
            created: instant(&value["createdAt"]),
        })
    }

    /// Whether it names one build for ever, as `latest` does not.
    pub fn is_fixed(&self) -> bool {
        !RESERVED.contains(&self.name.as_str())
    }
}

impl Image {
    pub(in super::super) fn read(value: &Value) -> Self {
        let (metadata, spec) = (&value["metadata"], &value["spec"]);
        let word = |name: &str| text(&metadata[name]).unwrap_or_default();
        let own = text(&metadata["workspace"]);
        Self {
            kind: word("resourceType"),
            name: word("name"),
            status: status(&metadata["status"]).or_else(|| status(&value["status"])),
            source: text(&metadata["sourceWorkspace"])
                .filter(|source| Some(source) != own.as_ref()),
            size: spec["size"].as_u64(),
            created: instant(&metadata["createdAt"]),
            updated: instant(&metadata["updatedAt"]),
            deployed: instant(&metadata["lastDeployedAt"]),
            events: Event::list(&metadata["events"]),
            tags: spec["tags"]
                .is_array()
                .then(|| list(&spec["tags"]).filter_map(Tag::read).collect()),
            tag_count: spec["tagCount"].as_u64(),
        }
    }

    /// The newest tag that names one build, by instants and not by their texts.
    pub fn newest(&self) -> Option<&Tag> {
        self.tags.iter().flatten().filter(|tag| tag.is_fixed()).max_by_key(|tag| tag.created)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Image;

    #[test]
    fn the_newest_tag_is_found_by_its_instant() {
        let image = Image::read(&json!({
            "metadata": {"name": "app", "resourceType": "sandbox", "status": "Built", "sourceWorkspace": ""},
            "spec": {"size": 12, "tags": [
                {"name": "old", "createdAt": "2026-11-25T10:00:00.9Z"},
                {"name": "new", "createdAt": "2026-11-25T10:00:00.95Z"},
                {"name": "latest", "createdAt": "2026-11-25T11:00:00Z"},
                {"createdAt": "2026-11-25T12:00:00Z"},
            ]},
        }));
        assert_eq!(image.newest().unwrap().name, "new");
        assert_eq!((image.status.as_deref(), image.source.as_deref()), (Some("BUILT"), None));
        assert_eq!(image.tags.as_ref().map(Vec::len), Some(3));
        for odd in [json!(null), json!([]), json!({"metadata": 1, "spec": {"tags": null}})] {
            assert_eq!(Image::read(&odd), Image::default());
        }
    }
}
