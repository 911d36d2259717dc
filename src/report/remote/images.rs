//! Images and tags.

use serde::Serialize;

use super::{super::table::Table, Form, at, lines, size};
use crate::{
    escape,
    ship::blaxel::{Image, Tag},
};

#[derive(Serialize)]
struct ImageV1<'a> {
    id: String,
    status: Option<&'a str>,
    /// The workspace that shares it; null for the workspace's own.
    source_workspace: Option<&'a str>,
    newest: Option<String>,
    tags: Option<Vec<TagV1<'a>>>,
    tag_count: Option<u64>,
    bytes: Option<u64>,
    created: Option<String>,
    updated: Option<String>,
    last_deployed: Option<String>,
}

#[derive(Serialize)]
struct TagV1<'a> {
    id: String,
    name: &'a str,
    bytes: Option<u64>,
    created: Option<String>,
}

fn id(image: &Image) -> String {
    format!("{}/{}", image.kind, image.name)
}

fn newest(image: &Image) -> Option<String> {
    image.newest().map(|tag| format!("{}:{}", id(image), tag.name))
}

fn count(image: &Image) -> Option<u64> {
    let listed = image.tags.as_ref().and_then(|tags| u64::try_from(tags.len()).ok());
    listed.or(image.tag_count)
}

fn image_v1(image: &Image) -> ImageV1<'_> {
    let name = id(image);
    ImageV1 {
        status: image.status.as_deref(),
        source_workspace: image.source.as_deref(),
        newest: newest(image),
        tags: image.tags.as_ref().map(|tags| tags.iter().map(|tag| tag_v1(&name, tag)).collect()),
        tag_count: count(image),
        bytes: image.size,
        created: at(image.created),
        updated: at(image.updated),
        last_deployed: at(image.deployed),
        id: name,
    }
}

fn tag_v1<'a>(image: &str, tag: &'a Tag) -> TagV1<'a> {
    TagV1 {
        id: format!("{image}:{}", tag.name),
        name: &tag.name,
        bytes: tag.size,
        created: at(tag.created),
    }
}

/// Tags, newest first; those without an instant behind them.
fn sorted(image: &Image) -> Vec<&Tag> {
    let mut tags: Vec<&Tag> = image.tags.iter().flatten().collect();
    tags.sort_by_key(|tag| (std::cmp::Reverse(tag.created), tag.is_fixed(), tag.name.clone()));
    tags
}

/// The images of a workspace.
pub fn images(form: Form, images: &[Image]) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        images: Vec<ImageV1<'a>>,
    }
    let data = Data { images: images.iter().map(image_v1).collect() };
    form.write(data, || {
        let mut table =
            Table::new(&["IMAGE", "STATUS", ">TAGS", "NEWEST", ">SIZE", "UPDATED", "SHARED BY"]);
        for image in images {
            table.row([
                Some(id(image)),
                image.status.clone(),
                count(image).map(|count| count.to_string()),
                image.newest().map(|tag| tag.name.clone()),
                size(image.size),
                at(image.updated),
                image.source.clone(),
            ]);
        }
        table.show("the workspace sees no image")
    })
}

/// One image.
pub fn image(form: Form, image: &Image) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        image: ImageV1<'a>,
    }
    form.write(Data { image: image_v1(image) }, || {
        lines(&[
            ("image", Some(id(image))),
            ("status", image.status.clone()),
            ("newest", newest(image)),
            ("tags", count(image).map(|count| count.to_string())),
            ("size", size(image.size)),
            ("created", at(image.created)),
            ("updated", at(image.updated)),
            ("deployed", at(image.deployed)),
            ("shared by", image.source.clone()),
        ])
    })
}

/// The ID of the newest build of an image, alone.
pub fn latest(form: Form, id: &str) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        id: &'a str,
    }
    form.write(Data { id }, || format!("{}\n", escape::terminal(id, false)))
}

/// The tags of an image, newest first.
pub fn tags(form: Form, image: &Image) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        image: String,
        tags: Vec<TagV1<'a>>,
    }
    let name = id(image);
    let tags = sorted(image);
    let all = tags.iter().map(|tag| tag_v1(&name, tag)).collect();
    form.write(Data { image: name.clone(), tags: all }, || {
        let mut table = Table::new(&["TAG", ">SIZE", "CREATED"]);
        for tag in &tags {
            table.row([Some(tag.name.clone()), size(tag.size), at(tag.created)]);
        }
        table.show(&format!("`{name}` has no tag yet"))
    })
}

/// What was deleted: an image or a tag. People were told already.
pub fn deleted(form: Form, kind: &'static str, name: &str, existed: bool) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        kind: &'a str,
        name: &'a str,
        deleted: bool,
    }
    form.write(Data { kind, name, deleted: existed }, String::new)
}
