//! Names that become a part of a path. None can be empty: `DELETE /images/` deletes every image that nothing uses.

use std::{fmt, str::FromStr};

use super::fault::Fault;

/// Longest name that is sent, in bytes. The platform's own limits are shorter and its own to tell.
const LONGEST: usize = 255;
/// What an image can be the image of, as paths call it.
const KINDS: [&str; 5] = ["sandbox", "agent", "function", "job", "application"];

/// Whether a text can be one segment of a path and nothing else.
fn is_segment(text: &str) -> bool {
    let harmless = |c: char| !c.is_control() && !c.is_whitespace() && !"/\\?#%:".contains(c);
    (1..=LONGEST).contains(&text.len()) && !matches!(text, "." | "..") && text.chars().all(harmless)
}

fn segment(text: &str, what: &str) -> Result<String, Fault> {
    if is_segment(text) {
        return Ok(text.to_owned());
    }
    Err(Fault::usage(
        if text.is_empty() {
            format!("the name of the {what} is empty")
        } else {
            format!("`{text}` is no name of a {what}")
        },
        "names are lower-case letters, digits and inner hyphens",
    ))
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Fault;

            fn from_str(text: &str) -> Result<Self, Fault> {
                segment(text, $what).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The name of a sandbox.
    SandboxName,
    "sandbox"
);
name!(
    /// The name of a workspace.
    WorkspaceName,
    "workspace"
);
name!(
    /// A tag of an image.
    TagName,
    "tag"
);
name!(
    /// The name of a preview of a sandbox.
    PreviewName,
    "preview"
);
name!(
    /// What a share that waits for an approval is called.
    ShareId,
    "share"
);

/// A whole image, with all its tags: `sandbox/app`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageName {
    kind: &'static str,
    name: String,
}

/// An image or one tag of it: `sandbox/app`, `sandbox/app:tag`, `app`, `app:tag`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageRef {
    /// The image.
    pub image: ImageName,
    /// The tag, where one is named.
    pub tag: Option<TagName>,
}

impl ImageName {
    /// What it is an image of: `sandbox`, ...
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The name alone.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One tag of it, as a sandbox names it.
    pub fn tagged(&self, tag: &str) -> String {
        format!("{self}:{tag}")
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.image.fmt(f)?;
        self.tag.as_ref().map_or(Ok(()), |tag| write!(f, ":{tag}"))
    }
}

impl ImageRef {
    /// The whole image, where sharing and the like have no use for one tag of it; `does` says what the platform does
    /// with whole images, such as `shares`.
    pub fn whole(self, does: &str) -> Result<ImageName, Fault> {
        let Some(tag) = self.tag else { return Ok(self.image) };
        Err(Fault::usage(
            format!("`{}:{tag}` names one tag, and the platform {does} whole images", self.image),
            format!("give `{}`; what uses the image pins the tag", self.image),
        ))
    }

    /// One tag of the image; `None` names none.
    pub fn pinned(self) -> Result<(ImageName, TagName), Fault> {
        match self.tag {
            Some(tag) => Ok((self.image, tag)),
            None => Err(Fault::usage(
                format!("`{}` names no tag", self.image),
                format!("give `{0}:TAG`: `sandgate image tags {0}` lists them", self.image),
            )),
        }
    }
}

impl FromStr for ImageName {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let (kind, name) = text.split_once('/').unwrap_or(("sandbox", text));
        let Some(kind) = KINDS.iter().find(|known| **known == kind) else {
            return Err(Fault::usage(
                format!("`{text}` is no image of the platform"),
                "write it as sandbox/NAME, or NAME alone; a reference into a registry is none",
            ));
        };
        Ok(Self { kind, name: segment(name, "image")? })
    }
}

impl FromStr for ImageRef {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        if text.contains('@') {
            return Err(Fault::usage(
                format!("`{text}` holds a digest, and the platform knows images by tags alone"),
                "write it as sandbox/NAME:TAG",
            ));
        }
        let (image, tag) = match text.rsplit_once(':') {
            Some((image, tag)) => (image, Some(tag.parse()?)),
            None => (text, None),
        };
        Ok(Self { image: image.parse()?, tag })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_cannot_be_one() {
        for bad in ["", " ", ".", "..", "a/b", "a?b", "a#b", "a%2fb", "a\nb", "a b", "a:b", "a\\b"]
        {
            assert!(bad.parse::<SandboxName>().is_err(), "{bad:?}");
            assert!(bad.parse::<TagName>().is_err(), "{bad:?}");
        }
        assert!("a".repeat(256).parse::<ShareId>().is_err());
        assert_eq!("app-1".parse::<SandboxName>().unwrap().to_string(), "app-1");
    }

    #[test]
    fn references_are_read() {
        for (text, want) in [
            ("app", "sandbox/app"),
            ("sandbox/app", "sandbox/app"),
            ("sandbox/app:t1", "sandbox/app:t1"),
            ("app:t1", "sandbox/app:t1"),
            ("job/x:latest", "job/x:latest"),
        ] {
            assert_eq!(text.parse::<ImageRef>().unwrap().to_string(), want);
        }
        for bad in [
            "",
            "sandbox/",
            "sandbox/:t",
            "sandbox/app:",
            "/app",
            ":t",
            "docker.io/library/app",
            "ghcr.io/app",
            "app@sha256:00",
            "sandbox/../x",
        ] {
            assert!(bad.parse::<ImageRef>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_tag_where_only_an_image_makes_sense_is_explained() {
        let tagged: ImageRef = "app:t1".parse().unwrap();
        let fault = tagged.whole("shares").unwrap_err().to_string();
        assert_eq!(fault, "`sandbox/app:t1` names one tag, and the platform shares whole images");
        let whole: ImageRef = "app".parse().unwrap();
        assert!(whole.clone().whole("shares").is_ok() && whole.pinned().is_err());
    }
}
