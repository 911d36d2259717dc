//! Image references: `registry/repository:tag@digest`.

/// A parsed image reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRef {
    /// The registry host as written (`ghcr.io`, `localhost:5000`); `None` means Docker Hub.
    pub registry: Option<String>,
    /// The repository without registry: `node`, `library/node`, `blaxel-ai/sandbox`.
    pub repository: String,
    /// The tag, where one is written.
    pub tag: Option<String>,
    /// `sha256:…`, where one is written.
    pub digest: Option<String>,
}

impl ImageRef {
    /// Reads a reference; `None` where Docker would refuse it.
    pub fn parse(text: &str) -> Option<Self> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        if digest.is_some_and(|d| !d.contains(':') || d.len() < 10) {
            return None;
        }
        let (path, tag) = match rest.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
            _ => (rest, None),
        };
        if tag.is_some_and(|tag| !valid_tag(tag)) {
            return None;
        }
        let (registry, repository) = match path.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => {
                (Some(host), rest)
            }
            _ => (None, path),
        };
        let part = |p: &str| {
            !p.is_empty()
                && p.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
                && p.starts_with(|c: char| c.is_ascii_alphanumeric())
                && p.ends_with(|c: char| c.is_ascii_alphanumeric())
        };
        if !repository.split('/').all(part) {
            return None;
        }
        Some(Self {
            registry: registry.map(str::to_owned),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// The name of a Docker official image (`node` for `node`, `library/node`,
    /// `docker.io/library/node` and Docker Hub's mirrors); `None` for every other image.
    pub fn official(&self) -> Option<&str> {
        match self.registry.as_deref() {
            None
            | Some("docker.io" | "index.docker.io" | "mirror.gcr.io" | "registry-1.docker.io") => {}
            Some("public.ecr.aws") => {
                return self
                    .repository
                    .strip_prefix("docker/library/")
                    .filter(|name| !name.contains('/'));
            }
            Some(_) => return None,
        }
        let name = self.repository.strip_prefix("library/").unwrap_or(&self.repository);
        (!name.contains('/')).then_some(name)
    }

    /// `registry/repository` without tag and digest.
    pub fn name(&self) -> String {
        self.registry
            .as_ref()
            .map_or_else(|| self.repository.clone(), |host| format!("{host}/{}", self.repository))
    }
}

fn valid_tag(tag: &str) -> bool {
    (1..=128).contains(&tag.len())
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        && !tag.starts_with(['.', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let r = ImageRef::parse("localhost:5000/a/b:1@sha256:0123456789").unwrap();
        assert_eq!((r.registry.as_deref(), r.repository.as_str()), (Some("localhost:5000"), "a/b"));
        assert_eq!((r.tag.as_deref(), r.digest.as_deref()), (Some("1"), Some("sha256:0123456789")));
        assert_eq!(ImageRef::parse("docker.io/library/node:22").unwrap().official(), Some("node"));
        assert_eq!(ImageRef::parse("ghcr.io/node").unwrap().official(), None);
        assert_eq!(ImageRef::parse("a/b").unwrap().official(), None);
        for bad in ["", "A", "a:", "a b", "a@x", "/a", "a//b", "a:b:c"] {
            assert!(ImageRef::parse(bad).is_none(), "{bad}");
        }
    }
}
