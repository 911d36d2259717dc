//! The deploy key: equal keys would run the same.

use sha2::{Digest as _, Sha256};

/// `sha256:` over the context digest, the settings as they are sent, workspace and name, each with
/// its length in front. Base images are in it only as the Dockerfile names them.
pub fn deploy_key(context_digest: &str, settings: &str, workspace: &str, name: &str) -> String {
    let mut hash = Sha256::new_with_prefix("sandgate-key-v1");
    for part in [context_digest, settings, workspace, name] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().fold(String::from("sha256:"), |mut out, byte| {
        for nibble in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::deploy_key;

    #[test]
    fn parts_cannot_run_into_each_other() {
        let key = deploy_key("a", "b", "c", "d");
        assert_eq!(key.len(), "sha256:".len() + 64);
        assert_ne!(key, deploy_key("ab", "", "c", "d"));
        assert_ne!(key, deploy_key("a", "b", "d", "c"));
    }
}
