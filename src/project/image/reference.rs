//! Image references: `registry/repository:tag@digest`.

use compact_str::CompactString;

use crate::project::bytes::split_once;

/// A parsed image reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRef {
    /// The registry host as written (`ghcr.io`, `localhost:5000`); `None` means Docker Hub.
    pub registry: Option<CompactString>,
    /// The repository without registry: `node`, `library/node`, `blaxel-ai/sandbox`.
    pub repository: CompactString,
    /// The tag, where one is written.
    pub tag: Option<CompactString>,
    /// `sha256:…`, where one is written.
    pub digest: Option<CompactString>,
}

impl ImageRef {
    /// Reads a reference; `None` where Docker would refuse it.
    pub fn parse(text: &str) -> Option<Self> {
        let (rest, digest) = match split_once(text, b'@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        if digest.is_some_and(|d| !d.contains(':') || d.len() < 10) {
            return None;
        }
        // A colon before the last slash belongs to the registry.
        let last = memchr::memrchr2(b':', b'/', rest.as_bytes());
        let (path, tag) = match last.filter(|at| rest.as_bytes()[*at] == b':') {
            Some(at) => (&rest[..at], Some(&rest[at + 1..])),
            None => (rest, None),
        };
        if tag.is_some_and(|tag| !valid_tag(tag)) {
            return None;
        }
        let is_host = |host: &str| {
            host.bytes().any(|byte| matches!(byte, b'.' | b':')) || host == "localhost"
        };
        let (registry, repository) = match split_once(path, b'/') {
            Some((host, rest)) if is_host(host) => (Some(host), rest),
            _ => (None, path),
        };
        valid_repository(repository).then(|| Self {
            registry: registry.map(CompactString::from),
            repository: repository.into(),
            tag: tag.map(CompactString::from),
            digest: digest.map(CompactString::from),
        })
    }

    /// Whether it lies on Docker Hub itself, by any of its names.
    pub fn on_docker_hub(&self) -> bool {
        matches!(
            self.registry.as_deref(),
            None | Some("docker.io" | "index.docker.io" | "registry-1.docker.io")
        )
    }

    /// The name of a Docker official image (`node` for `node`, `library/node`,
    /// `docker.io/library/node`, Docker Hub's mirrors, and what lies below `library/` in any other
    /// registry, which is how mirrors keep them); `None` for every other image.
    pub fn official(&self) -> Option<&str> {
        let below = |path: &'static str| self.repository.strip_prefix(path);
        let name = match self.registry.as_deref() {
            _ if self.on_docker_hub() => below("library/").unwrap_or(&self.repository),
            Some("mirror.gcr.io") => below("library/").unwrap_or(&self.repository),
            None => return None,
            Some("public.ecr.aws") => below("docker/library/")?,
            Some(_) => match self.repository.rsplit_once('/')? {
                ("library", name) => name,
                (path, name) if path.ends_with("/library") => name,
                _ => return None,
            },
        };
        (!name.contains('/')).then_some(name)
    }

    /// Whether an image of an official name may be built by others all the same: a private registry
    /// often has a project `library` of its own, which is no mirror.
    pub fn may_be_rebuilt(&self) -> bool {
        !self.on_docker_hub()
            && self.registry.as_deref() != Some("mirror.gcr.io")
            && self.repository.starts_with("library/")
    }

    /// `registry/repository` without tag and digest.
    pub fn name(&self) -> String {
        match &self.registry {
            Some(host) => format!("{host}/{}", self.repository),
            None => self.repository.to_string(),
        }
    }
}

/// Parts of small letters and digits with signs between them, never at an end.
fn valid_repository(path: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut before = b'/';
    for byte in path.bytes() {
        let fits = match byte {
            b'/' => is_inner(before),
            b'.' | b'_' | b'-' => before != b'/',
            _ => is_inner(byte),
        };
        if !fits {
            return false;
        }
        before = byte;
    }
    is_inner(before)
}

fn valid_tag(tag: &str) -> bool {
    (1..=128).contains(&tag.len())
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        && !matches!(tag.as_bytes()[0], b'.' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let r = ImageRef::parse("localhost:5000/a/b:1@sha256:0123456789").unwrap();
        assert_eq!((r.registry.as_deref(), r.repository.as_str()), (Some("localhost:5000"), "a/b"));
        assert_eq!((r.tag.as_deref(), r.digest.as_deref()), (Some("1"), Some("sha256:0123456789")));
        for bad in [
            "", "A", "a:", "a b", "a@x", "/a", "a//b", "a:b:c", "a/", "-a", "a-", "a/.b", "a_/b",
            "é", "a:-b", "a:.b", "a:é",
        ] {
            assert!(ImageRef::parse(bad).is_none(), "{bad}");
        }
        for good in ["a-b/c.d/e_f", "a--b", "a._b", "1/2", "a:_b", "a:B-c.d"] {
            assert!(ImageRef::parse(good).is_some(), "{good}");
        }
    }

    #[test]
    fn docker_hub_has_several_names() {
        for (reference, want) in [
            ("x/y", true),
            ("docker.io/library/x", true),
            ("index.docker.io/x/y:1", true),
            ("registry-1.docker.io/x/y", true),
            ("localhost/x", false),
            ("localhost:5000/library/x", false),
            ("mirror.gcr.io/x/y", false),
            ("docker.io.corp.example/x/y", false),
        ] {
            assert_eq!(ImageRef::parse(reference).unwrap().on_docker_hub(), want, "{reference}");
        }
    }

    #[test]
    fn official_images_are_known_in_mirrors_too() {
        for (reference, want) in [
            ("node:22", Some("node")),
            ("library/node", Some("node")),
            ("docker.io/library/node:22", Some("node")),
            ("mirror.gcr.io/library/node:22", Some("node")),
            ("public.ecr.aws/docker/library/node", Some("node")),
            ("registry.example.com/mirror/library/node:18", Some("node")),
            ("localhost:5000/library/node:18", Some("node")),
            ("europe-docker.pkg.dev/acme/hub/library/python:3.12", Some("python")),
            ("registry.example.com/dockerhub/node:18-alpine", None),
            ("registry.example.com/library/acme/node", None),
            ("registry.example.com/mylibrary/node", None),
            ("public.ecr.aws/library/node", None),
            ("ghcr.io/node", None),
            ("a/b", None),
            ("acme/library/node", None),
        ] {
            assert_eq!(ImageRef::parse(reference).unwrap().official(), want, "{reference}");
        }
    }

    #[test]
    fn a_library_of_its_own_may_hold_other_images() {
        for (reference, want) in [
            ("library/node", false),
            ("docker.io/library/node", false),
            ("mirror.gcr.io/library/node", false),
            ("registry.example.com/mirror/library/node", false),
            ("registry.example.com/library/node", true),
        ] {
            assert_eq!(ImageRef::parse(reference).unwrap().may_be_rebuilt(), want, "{reference}");
        }
    }
}
