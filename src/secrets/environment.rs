//! Environment files that hold nothing but what is published anyhow.

use super::{Kind, looks_secret, names, scan, value};

/// Names that say how to build or to listen.
const PLAIN: &[&str] = &[
    "APP_ENV",
    "GENERATE_SOURCEMAP",
    "HOST",
    "LOG_LEVEL",
    "NEXT_TELEMETRY_DISABLED",
    "NODE_ENV",
    "PORT",
    "RACK_ENV",
    "RAILS_ENV",
    "TZ",
];

/// Whether each line of an environment file gives a value that is made to be published, or says how
/// to build. Unknown names and whatever looks like a credential are not; a file without values is
/// not either, since nobody knows what it will hold.
pub fn is_public_env(text: &str) -> bool {
    let mut any = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = pair(line).filter(|(name, value)| is_public(name, value)) else {
            return false;
        };
        any |= !name.is_empty() && !value.is_empty();
    }
    // comments, too; those of Google were judged by their names
    any && scan(text, Kind::Config).iter().all(|hit| hit.detector == "google-key")
}

/// `NAME=value` without `export`, quotes and the comment behind it.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let value = value.trim();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    let value = match quote {
        Some(quote) => {
            let (inner, rest) = value[1..].split_once(quote)?;
            let rest = rest.trim_start();
            (rest.is_empty() || rest.starts_with('#')).then_some(inner)?
        }
        None => value.split_once(" #").map_or(value, |(value, _)| value.trim_end()),
    };
    Some((name.trim(), value))
}

fn is_public(name: &str, value: &str) -> bool {
    if looks_secret(name, value).is_some() {
        return false;
    }
    value.is_empty()
        || names::is_bundled(name)
        || PLAIN.contains(&name) && value.len() <= 40 && !value::random(value)
        || names::promise(name).is_none() && is_plain_url(value)
}

/// Whether it is an address without a login, a query, or a part that could be a password.
fn is_plain_url(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else { return false };
    matches!(scheme, "http" | "https" | "ws" | "wss")
        && !rest.is_empty()
        && !rest.contains(['@', '?', '#', '$', ';'])
        && rest.split(['/', '.', ':']).all(|part| !value::random(part))
}

#[cfg(test)]
mod tests {
    use super::is_public_env;

    #[test]
    fn public_values_alone() {
        for text in [
            "NEXT_PUBLIC_API_URL=https://api.example.com/v1\nNODE_ENV=production\nPORT=3000\n",
            "# of the web page\nexport VITE_TITLE=\"My shop\" # shown\n\nVITE_FLAG=\n",
            "REACT_APP_ID=3f2b8c1e-91d4-4c7a-b0de-5f6a7b8c9d0e\r\nPUBLIC_X='a#b'\r\n",
            "API_URL=https://api.acme.dev/v2/shop\nEXPO_PUBLIC_HOST=api.acme.dev",
        ] {
            assert!(is_public_env(text), "{text}");
        }
    }

    #[test]
    fn all_others() {
        for text in [
            "",
            "# NODE_ENV=production\n",
            "PORT=3000\nDB_HOST=db.internal\n",
            "PORT=3000\nTHING=k3J9xQ2mV7bN4tR8wZ1c\n",
            "NODE_ENV=k3J9xQ2mV7bN4tR8wZ1c\n",
            "VITE_STRIPE=sk_live_k3J9xQ2mV7bN4tR8wZ1cY6pL\n",
            "NEXT_PUBLIC_A=1\n# API_KEY=s4mpl3K3y9Zt7Qw2Lx8Vb5\n",
            "API_URL=https://app:s4mpl3Pw81@api.acme.dev\n",
            "API_URL=https://api.acme.dev/?token=s4mpl3K3y9\n",
            "HOOK_URL=https://hooks.acme.dev/services/T024BE7LD/k3J9xQ2mV7bN4tR8wZ1c\n",
            "VITE_KEY=\"-----BEGIN\nPRIVATE KEY\"\n",
            "nothing\n",
        ] {
            assert!(!is_public_env(text), "{text}");
        }
    }
}
