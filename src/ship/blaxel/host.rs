//! Which platform is talked to. Comes from the caller alone, never from a repository.

use reqwest::Url;

use super::fault::Fault;

/// The API's base URL, which ends in `/v0`.
#[derive(Clone, Debug)]
pub struct Host(Url);

impl Host {
    /// The platform's own hosts by the name of the environment (`prod`, `dev`, `local`), or the URL that the
    /// caller gives. TLS is required but on a loopback address.
    pub fn new(url: Option<&str>, environment: Option<&str>) -> Result<Self, Fault> {
        let text = match (url, environment) {
            (Some(url), _) => url,
            (None, None | Some("" | "prod")) => "https://api.blaxel.ai/v0",
            (None, Some("dev")) => "https://api.blaxel.dev/v0",
            (None, Some("local")) => "http://localhost:8080/v0",
            (None, Some(other)) => {
                return Err(Fault::usage(
                    format!("`{other}` is no environment of the platform"),
                    "set BL_ENV to `prod`, `dev` or `local`, or leave it unset",
                ));
            }
        };
        let bad = |why: &str| {
            Err(Fault::usage(
                format!("the API URL {why}"),
                "set BL_API_URL to something like https://api.blaxel.ai/v0",
            ))
        };
        let Ok(url) = Url::parse(text.trim_end_matches('/')) else { return bad("cannot be read") };
        if !url.username().is_empty() || url.password().is_some() {
            return bad("holds a user name or password");
        }
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if loopback(&url) => Ok(Self(url)),
            "http" => bad("is not encrypted, and its host is not this machine"),
            _ => bad("is neither http nor https"),
        }
    }

    /// Whether it is this machine.
    pub(super) fn is_loopback(&self) -> bool {
        loopback(&self.0)
    }

    /// The URL of a path below the base; every part is one segment, whatever it holds.
    pub(super) fn url(&self, path: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    /// As it is shown.
    pub fn shown(&self) -> String {
        shown(&self.0)
    }
}

/// Whether a URL leads to this machine.
pub(in crate::ship) fn loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

/// A URL without user-info, query and fragment.
pub(in crate::ship) fn shown(url: &Url) -> String {
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or(""), url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tls_or_this_machine() {
        for good in [
            "https://x.example/v0",
            "http://127.0.0.1:1/v0",
            "http://[::1]:1/v0",
            "http://localhost/v0",
        ] {
            assert!(Host::new(Some(good), None).is_ok(), "{good}");
        }
        for bad in [
            "http://x.example/v0",
            "http://127.0.0.1.x.example",
            "ftp://x",
            "",
            "https://a:b@x/v0",
            "file:///x",
        ] {
            assert!(Host::new(Some(bad), None).is_err(), "{bad}");
        }
        for (environment, url) in [
            (None, "https://api.blaxel.ai/v0"),
            (Some("dev"), "https://api.blaxel.dev/v0"),
            (Some("local"), "http://localhost:8080/v0"),
        ] {
            assert_eq!(Host::new(None, environment).unwrap().shown(), url);
        }
        assert!(Host::new(None, Some("elsewhere")).is_err());
    }

    #[test]
    fn a_part_cannot_leave_its_segment() {
        let host = Host::new(Some("https://x.example/v0/"), None).unwrap();
        assert_eq!(
            host.url(&["sandboxes", "a/../b?c"]).as_str(),
            "https://x.example/v0/sandboxes/a%2F..%2Fb%3Fc"
        );
    }
}
