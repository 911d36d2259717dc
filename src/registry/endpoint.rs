//! Which host serves an image.

use reqwest::Url;

use crate::project::image::ImageRef;

/// Where an image is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// Host and port.
    pub(super) host: String,
    /// The repository, as the registry calls it.
    pub(super) repository: String,
    /// A digest, else a tag.
    pub(super) version: String,
}

impl Endpoint {
    /// Where `text` is served; `None` for what is no reference.
    pub(super) fn of(text: &str) -> Option<Self> {
        let image = ImageRef::parse(text)?;
        let host = match image.registry.as_deref() {
            None | Some("docker.io" | "index.docker.io") => "registry-1.docker.io",
            Some(host) => host,
        };
        let hub = host == "registry-1.docker.io";
        let repository = if hub && !image.repository.contains('/') {
            format!("library/{}", image.repository)
        } else {
            image.repository.into_string()
        };
        let version = image.digest.or(image.tag).map_or_else(|| "latest".to_owned(), Into::into);
        // A host that does not stay one in a URL is none, nor one that is read as another there.
        if !host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b)) {
            return None;
        }
        let url = Url::parse(&format!("https://{host}/")).ok()?;
        let plain = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        plain.then(|| Self { host: host.to_owned(), repository, version })
    }

    /// The URL of a manifest (`manifests`) or of a blob (`blobs`).
    pub(super) fn url(&self, scheme: &str, kind: &str, version: &str) -> Option<Url> {
        Url::parse(&format!("{scheme}://{}/v2/{}/{kind}/{version}", self.host, self.repository))
            .ok()
    }

    /// The command that logs in there, to be shown.
    pub(super) fn login(&self) -> String {
        match self.host.as_str() {
            "registry-1.docker.io" => "`docker login`".to_owned(),
            host => format!("`docker login {host}`"),
        }
    }

    /// Keys that Docker's configuration may have for the host, the usual one first.
    pub(super) fn keys(&self) -> Vec<&str> {
        if self.host == "registry-1.docker.io" {
            vec![
                "https://index.docker.io/v1/",
                "docker.io",
                "index.docker.io",
                "registry-1.docker.io",
            ]
        } else {
            vec![&self.host]
        }
    }
}

/// Whether a digest is one that can be checked.
pub(super) fn is_sha256(digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_leads_to_its_host() {
        for (text, want) in [
            ("node:22", Some("registry-1.docker.io/library/node 22")),
            ("docker.io/acme/a", Some("registry-1.docker.io/acme/a latest")),
            ("ghcr.io/acme/a:1", Some("ghcr.io/acme/a 1")),
            ("localhost:5000/a", Some("localhost:5000/a latest")),
            ("127.0.0.1:x/a", None),
            ("a.b?c/d", None),
            ("a.b@c.d/e", None),
            ("ghcr.io\u{ad}/a/b", None),
            ("gh%63r.io/a/b", None),
            ("[::1]:5000/a", Some("[::1]:5000/a latest")),
            ("A", None),
        ] {
            let got =
                Endpoint::of(text).map(|e| format!("{}/{} {}", e.host, e.repository, e.version));
            assert_eq!(got.as_deref(), want, "{text}");
        }
        let login = |text: &str| Endpoint::of(text).unwrap().login();
        assert_eq!(
            (login("a"), login("a.b/c")),
            ("`docker login`".into(), "`docker login a.b`".into())
        );
        let digest = format!("sha256:{}", "0a".repeat(32));
        assert_eq!(Endpoint::of(&format!("a:1@{digest}")).unwrap().version, digest);
        assert!(is_sha256(&digest) && !is_sha256("sha256:0A") && !is_sha256("sha256:../x"));
    }
}
