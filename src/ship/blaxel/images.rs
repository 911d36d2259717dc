//! Images and their tags.

use reqwest::{Method, StatusCode};

use super::{
    client::Client,
    fault::Fault,
    names::{ImageName, TagName},
    read,
    rule::{self, Rule},
    sandboxes, shares,
    wire::{Image, Share, Tag},
};

/// Every image that the workspace sees: its own, and those that others share with it.
pub async fn list(client: &Client) -> Result<Vec<Image>, Fault> {
    let rows = read::all(client, &["images"], &[read::LIMIT]).await?.unwrap_or_default();
    Ok(rows.iter().map(Image::read).collect())
}

/// An image with its tags; `None` where there is none.
pub async fn find(client: &Client, name: &ImageName) -> Result<Option<Image>, Fault> {
    let Some(value) = read::one(client, &["images", name.kind(), name.name()], &[]).await? else {
        return Ok(None);
    };
    let mut image = Image::read(&value);
    if image.tags.is_none() {
        image.tags = Some(listed_tags(client, name.kind(), name.name()).await?);
    }
    Ok(Some(image))
}

/// An image with its tags.
///
/// # Errors
/// [`Rule::Missing`] where there is none, with the nearest name.
pub async fn get(client: &Client, name: &ImageName) -> Result<Image, Fault> {
    match find(client, name).await? {
        Some(image) => Ok(image),
        None => Err(missing(client, name).await),
    }
}

/// An image with one of its tags, and no other.
///
/// # Errors
/// [`Rule::Missing`] where there is none, with the nearest name.
pub async fn tagged(client: &Client, name: &ImageName, tag: &TagName) -> Result<Image, Fault> {
    let mut image = get(client, name).await?;
    let tags = image.tags.unwrap_or_default();
    image.tags = Some(vec![one(name, tag, &tags)?.clone()]);
    Ok(image)
}

fn one<'a>(name: &ImageName, tag: &TagName, tags: &'a [Tag]) -> Result<&'a Tag, Fault> {
    tags.iter().find(|known| known.name == tag.as_str()).ok_or_else(|| {
        rule::missing(
            &format!("there is no tag `{tag}` of `{name}`"),
            tag.as_str(),
            &format!("sandgate image tags {name}"),
            tags.iter().map(|tag| tag.name.as_str()),
        )
    })
}

/// The tags where the image itself does not hold them. Versions without that list have no tags to tell either.
pub(super) async fn listed_tags(
    client: &Client,
    kind: &str,
    name: &str,
) -> Result<Vec<Tag>, Fault> {
    let path = ["images", kind, name, "tags"];
    let rows =
        read::all(client, &path, &[read::LIMIT, ("sort", "name:asc")]).await?.unwrap_or_default();
    Ok(rows.iter().filter_map(Tag::read).collect())
}

/// Deletes an image with all its tags.
///
/// # Errors
/// [`Rule::NotOwned`], [`Rule::Shared`], [`Rule::InUse`], [`Rule::Missing`], [`Rule::NotAllowed`].
pub async fn delete(client: &Client, name: &ImageName) -> Result<(), Fault> {
    own(client, name).await?;
    let path = ["images", name.kind(), name.name()];
    let answer = client
        .sure(Method::DELETE, &path, &[], None)
        .await
        .map_err(|fault| not_allowed(fault, &name.to_string()))?;
    match answer.status {
        // It was there a moment ago: an earlier try took effect, or somebody else was faster.
        StatusCode::NOT_FOUND => Ok(()),
        status if status.is_success() => Ok(()),
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT => {
            Err(held(client, name, None, answer.fault()).await)
        }
        _ => Err(answer.fault()),
    }
}

/// Deletes one tag.
///
/// # Errors
/// [`Rule::NotOwned`], [`Rule::Shared`], [`Rule::InUse`], [`Rule::Missing`], [`Rule::NotAllowed`].
pub async fn delete_tag(client: &Client, name: &ImageName, tag: &TagName) -> Result<(), Fault> {
    let image = own(client, name).await?;
    let tagged = name.tagged(tag.as_str());
    one(name, tag, image.tags.as_deref().unwrap_or_default())?;
    let base = ["images", name.kind(), name.name()];
    let whole = format!("{}:{tag}", name.name());
    // What has no route for tags knows the tag as a part of the name.
    for path in
        [&[base[0], base[1], base[2], "tags", tag.as_str()][..], &[base[0], base[1], &whole]]
    {
        let answer = client
            .sure(Method::DELETE, path, &[], None)
            .await
            .map_err(|fault| not_allowed(fault, &tagged))?;
        match answer.status {
            StatusCode::NOT_FOUND => (),
            status if status.is_success() => return Ok(()),
            StatusCode::BAD_REQUEST | StatusCode::CONFLICT => {
                return Err(held(client, name, Some(tag), answer.fault()).await);
            }
            _ => return Err(answer.fault()),
        }
        let left = find(client, name).await?.and_then(|image| image.tags).unwrap_or_default();
        if left.iter().all(|known| known.name != tag.as_str()) {
            return Ok(());
        }
    }
    Err(Fault::Answer {
        call: format!("DELETE images/{name}/tags/{tag}"),
        phase: None,
        what: format!("the platform does not delete `{tagged}`, which it lists"),
        help: "try again; this is worth a report to the platform".into(),
    })
}

/// An image of this workspace that nobody else sees: only such a one can be pruned.
///
/// # Errors
/// [`Rule::NotOwned`], [`Rule::Shared`], [`Rule::Missing`], [`Rule::NotAllowed`].
pub async fn unshared(client: &Client, name: &ImageName) -> Result<Image, Fault> {
    let image = own(client, name).await?;
    let shares = shares::list(client, name).await?;
    match shares.as_slice() {
        [] => Ok(image),
        shares => Err(shared(&name.to_string(), name, shares)),
    }
}

/// An image of this workspace: what others share is theirs to change.
///
/// # Errors
/// [`Rule::Missing`] with the nearest name, [`Rule::NotOwned`].
pub async fn own(client: &Client, name: &ImageName) -> Result<Image, Fault> {
    let image = get(client, name).await?;
    match &image.source {
        None => Ok(image),
        Some(source) => Err(not_owned(name, source)),
    }
}

pub(super) fn not_owned(name: &ImageName, source: &str) -> Fault {
    Rule::NotOwned.fault(
        format!("`{name}` belongs to the workspace `{source}`, which shares it"),
        format!(
            "what is shared cannot be shared on, nor changed or deleted here: do it as an admin of `{source}`"
        ),
    )
}

pub(super) async fn missing(client: &Client, name: &ImageName) -> Fault {
    // The list is for the hint alone.
    let known = list(client).await.unwrap_or_default();
    let known: Vec<String> =
        known.iter().map(|image| format!("{}/{}", image.kind, image.name)).collect();
    rule::missing(
        &format!("there is no image `{name}` in the workspace `{}`", client.workspace()),
        &name.to_string(),
        "sandgate image list",
        known.iter().map(String::as_str),
    )
}

fn not_allowed(fault: Fault, what: &str) -> Fault {
    rule::role(
        fault,
        &format!("the key may not delete `{what}`"),
        "an admin of the workspace may: use an admin's key, or ask one",
    )
}

fn shared(what: &str, name: &ImageName, shares: &[Share]) -> Fault {
    let with: Vec<&str> = shares.iter().map(|share| share.workspace.as_str()).collect();
    let (with, first) = (with.join("`, `"), with.first().copied().unwrap_or_default());
    Rule::Shared.fault(
        format!("`{what}` cannot be deleted while the image is shared with `{with}`"),
        format!("`sandgate image unshare {name} --with {first}` ends the share; sandboxes there break at their next start"),
    )
}

/// Why the platform holds on to an image or a tag: it says so in words alone, so what is there is read.
async fn held(client: &Client, name: &ImageName, tag: Option<&TagName>, fault: Fault) -> Fault {
    let tagged = tag.map_or_else(|| name.to_string(), |tag| name.tagged(tag.as_str()));
    let shares = shares::list(client, name).await.unwrap_or_default();
    let broken = if !shares.is_empty() {
        shared(&tagged, name, &shares)
    } else {
        let users = sandboxes::users(client, name, tag).await.unwrap_or_default();
        let Some(first) = users.first() else { return fault };
        Rule::InUse.fault(
            format!("`{tagged}` cannot be deleted while it is used: {}", users.join(", ")),
            format!("delete the sandbox (`sandgate sandbox delete {first}`), or deploy another image to it"),
        )
    };
    match (broken, fault) {
        (Fault::Rule(mut broken), Fault::Api { call, status, message }) => {
            broken.call = Some(call);
            broken.said = Some(format!("{status}: {message}"));
            Fault::Rule(broken)
        }
        (broken, _) => broken,
    }
}
