//! What is never sent unless it is asked for by name.

/// Names of private keys that `ssh-keygen` and other tools choose by themselves.
const KEYS: &[&str] = &[
    "id_dsa",
    "id_ecdsa",
    "id_ecdsa_sk",
    "id_ed25519",
    "id_ed25519_sk",
    "id_rsa",
    "privkey.pem",
    "private-key.pem",
    "private.key",
    "private.pem",
    "private_key.pem",
    "privatekey.pem",
    "server.key",
];

/// Containers of private keys, by extension.
const KEY_STORES: &[&str] = &[".p12", ".pfx", ".ppk"];

/// Parts of the names of `.env.*` files that are made to be shared: `.env.example.local` is one.
const SHARED: &[&str] = &["example", "sample", "template", "dist"];
/// Endings of others: defaults, what a value looks like, values that are encrypted.
const SHARED_ENDINGS: &[&str] = &["default", "defaults", "schema", "vault"];

/// Why the entry at `path` is always left out, in a few words; `None` for ordinary entries.
///
/// Holds at any depth. A directory other than `.git` is never left out for its name.
pub(super) fn reason(path: &str, is_dir: bool) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == ".git" {
        return Some("the history of the repository");
    }
    if is_dir {
        return None;
    }
    if name == ".env" || name.strip_prefix(".env.").is_some_and(|kind| !is_shared_env(kind)) {
        return Some("a file of environment secrets");
    }
    if name == "config.json"
        && (path == ".docker/config.json" || path.ends_with("/.docker/config.json"))
    {
        return Some("registry credentials");
    }
    if KEYS.contains(&name) || KEY_STORES.iter().any(|end| name.ends_with(end)) {
        return Some("a private key, by its name");
    }
    None
}

/// Whether a `.env.KIND` is made to be shared, and holds no secrets.
pub fn is_shared_env(kind: &str) -> bool {
    let last = kind.rsplit('.').next().unwrap_or(kind);
    kind.split('.').any(|part| SHARED.contains(&part)) || SHARED_ENDINGS.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn secrets_are_left_out_and_their_examples_are_not() {
        for path in [
            ".git",
            "lib/.git",
            ".env",
            "app/.env",
            ".env.local",
            ".env.build",
            ".env.ci",
            ".env.vault.local",
            ".docker/config.json",
            "home/.docker/config.json",
            "keys/id_ed25519",
            "tls/server.key",
            "a.p12",
        ] {
            assert!(reason(path, false).is_some(), "{path}");
        }
        for path in [
            ".gitignore",
            ".github",
            ".env.example",
            ".env.local.sample",
            ".env.example.local",
            ".env.vault",
            ".env.defaults",
            ".envrc",
            "env",
            "config.json",
            "x.docker/config.json",
            "id_ed25519.pub",
            "ca.pem",
            "my_id_rsa_notes.md",
        ] {
            assert!(reason(path, false).is_none(), "{path}");
        }
        assert!(reason(".git", true).is_some());
        assert!(reason(".env", true).is_none());
    }
}
