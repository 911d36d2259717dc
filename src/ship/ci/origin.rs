//! Which repository a run is of, as one word: what two runs of it have in common, and no run of another repository.

use sha2::{Digest as _, Sha256};

use super::host::{Host, Read};

/// Digits of the digest.
const DIGITS: usize = 16;

/// The digest of the repository's address; `None` where nobody says which it is.
pub fn read(host: Host, read: Read<'_>) -> Option<String> {
    let beside = |server: &str, name: &str| Some(format!("{}/{}", read(server)?, read(name)?));
    let url = match host {
        Host::Github => beside("GITHUB_SERVER_URL", "GITHUB_REPOSITORY"),
        Host::Gitlab => read("CI_PROJECT_URL"),
        Host::Bitbucket => {
            read("BITBUCKET_REPO_FULL_NAME").map(|name| format!("bitbucket.org/{name}"))
        }
        Host::Buildkite => read("BUILDKITE_REPO"),
        Host::CircleCi => read("CIRCLE_REPOSITORY_URL"),
        Host::Azure => read("BUILD_REPOSITORY_URI"),
        Host::Jenkins => read("GIT_URL"),
        Host::Other => None,
    }?;
    let digest = Sha256::digest(address(&url).as_bytes());
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.get(..DIGITS).map(str::to_owned)
}

/// `HOST/OWNER/NAME` of a URL in any of its spellings: what comes before the host may be a credential.
fn address(url: &str) -> String {
    let url = url.trim();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find('/').unwrap_or(rest.len());
    let start = rest[..end].rfind('@').map_or(0, |at| at + 1);
    let rest = rest[start..].trim_end_matches('/').trim_end_matches(".git");
    rest.replacen(':', "/", 1).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{Host, address, read};

    #[test]
    fn a_repository_is_the_same_in_each_spelling() {
        for url in [
            "https://github.com/o/r",
            "https://token@github.com/O/r.git",
            "https://x:y@github.com/o/r/",
            "git@github.com:o/r.git",
            "ssh://git@github.com/o/r.git",
            "github.com/o/r",
        ] {
            assert_eq!(address(url), "github.com/o/r", "{url}");
        }
    }

    #[test]
    fn two_repositories_are_two() {
        let of = |name: &'static str| {
            let get = move |asked: &str| match asked {
                "GITHUB_SERVER_URL" => Some("https://github.com".to_owned()),
                "GITHUB_REPOSITORY" => Some(name.to_owned()),
                _ => None,
            };
            read(Host::Github, &get).unwrap()
        };
        assert_eq!(of("o/one"), of("O/one"));
        assert_ne!(of("o/one"), of("o/two"));
        assert!(of("o/one").len() == 16);
        assert_eq!(read(Host::Github, &|_: &str| None), None);
        assert_eq!(read(Host::Other, &|_: &str| Some("x".to_owned())), None);
    }
}
