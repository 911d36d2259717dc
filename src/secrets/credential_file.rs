//! Files that hold credentials, by their names.

use super::words::Words;
use crate::project::context::is_shared_env;

/// A file that holds credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialFile {
    /// What it is, for messages: "SSH private key".
    pub what: &'static str,
    /// Whether the name alone proves it. Otherwise only its content tells (`.npmrc` may hold no
    /// token, a `.pem` may be a certificate).
    pub certain: bool,
}

/// Names of files: `(name, what, certain)`.
const NAMES: &[(&str, &str, bool)] = &[
    (".aws/credentials", "AWS credentials", true),
    (".azure/accessTokens.json", "Azure tokens", true),
    (".azure/msal_token_cache.json", "Azure tokens", true),
    (".blaxel/config.yaml", "Blaxel credentials", true),
    (".bundle/config", "Bundler configuration", false),
    (".cargo/credentials", "Cargo credentials", true),
    (".cargo/credentials.toml", "Cargo credentials", true),
    (".config/gcloud/application_default_credentials.json", "Google Cloud credentials", true),
    (".config/gh/hosts.yml", "GitHub CLI credentials", true),
    (".dev.vars", "environment file", true),
    (".docker/config.json", "Docker credentials", false),
    (".dockerconfigjson", "Docker credentials", true),
    (".gem/credentials", "RubyGems credentials", true),
    (".git-credentials", "Git credentials", true),
    (".htpasswd", "password file", true),
    (".kube/config", "Kubernetes credentials", true),
    (".my.cnf", "MySQL configuration", false),
    (".netrc", "login data", true),
    ("_netrc", "login data", true),
    (".npmrc", "npm configuration", false),
    (".pgpass", "PostgreSQL passwords", true),
    (".pypirc", "PyPI credentials", true),
    (".terraformrc", "Terraform configuration", false),
    (".vault-token", "Vault token", true),
    (".yarnrc.yml", "Yarn configuration", false),
    ("auth.json", "Composer credentials", false),
    ("kubeconfig", "Kubernetes credentials", true),
    ("master.key", "Rails master key", true),
    ("nuget.config", "NuGet configuration", false),
    ("pip.conf", "pip configuration", false),
    ("rclone.conf", "rclone configuration", true),
    ("credentials.json", "credentials", false),
    ("settings.xml", "Maven settings", false),
    ("service-account.json", "Google service account", false),
    ("service_account.json", "Google service account", false),
    ("serviceAccount.json", "Google service account", false),
    ("serviceAccountKey.json", "Google service account", true),
    ("gcp-key.json", "Google service account", false),
    ("terraform.tfvars", "Terraform variables", false),
    ("terraform.tfstate", "Terraform state", true),
    (".bash_history", "shell history", true),
    (".zsh_history", "shell history", true),
    (".psql_history", "database history", true),
    (".mysql_history", "database history", true),
    ("wp-config.php", "WordPress configuration", false),
];

/// SSH keys by the names that `ssh-keygen` gives them.
const SSH_KEYS: &[&str] =
    &["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk"];

/// Extensions: `(extension, what, certain)`.
const EXTENSIONS: &[(&str, &str, bool)] = &[
    ("p12", "key store", true),
    ("pfx", "key store", true),
    ("jks", "key store", false),
    ("keystore", "key store", false),
    ("kdbx", "password database", true),
    ("ppk", "PuTTY private key", true),
    ("tfstate", "Terraform state", true),
    ("pem", "PEM file", false),
    ("key", "key file", false),
];

/// Extensions and suffixes of files that show how another one looks, or hold it encrypted.
static SAMPLES: Words = Words::new(&[
    "example", "sample", "template", "dist", "tpl", "tmpl", "default", "defaults", "schema",
    "test", "enc", "gpg", "age", "sops", "vault", "j2",
]);

/// Directories whose files belong to somebody else's tests and examples.
static OTHERS: Words = Words::new(&[
    "node_modules",
    "site-packages",
    "testdata",
    "fixtures",
    "test",
    "tests",
    "__tests__",
    "spec",
    "examples",
    "vendor",
    ".venv",
    "venv",
    "docs",
]);

/// Says whether `path` (with `/` between its parts) names a file that holds credentials.
pub fn credential_file(path: &str) -> Option<CredentialFile> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let last = name.rsplit('.').next().unwrap_or("");
    if SAMPLES.has(last) || matches!(last, "pub" | "md" | "rs" | "go" | "py" | "js" | "ts") {
        return None;
    }
    if path.split('/').any(|part| OTHERS.has(part)) {
        return None;
    }
    let file = |what, certain| Some(CredentialFile { what, certain });
    if name == ".env" {
        return file("environment file", true);
    }
    if let Some(kind) = name.strip_prefix(".env.") {
        return if is_shared_env(kind) { None } else { file("environment file", true) };
    }
    if SSH_KEYS.contains(&name) {
        return file("SSH private key", true);
    }
    let end = name.bytes().next_back();
    let listed = NAMES.iter().find(|(listed, ..)| {
        listed.bytes().next_back() == end
            && path.strip_suffix(listed).is_some_and(|head| head.is_empty() || head.ends_with('/'))
    });
    if let Some((_, what, certain)) = listed {
        return file(what, *certain);
    }
    let stem = name.rsplit_once('.')?.0;
    let (_, what, certain) =
        EXTENSIONS.iter().find(|(extension, ..)| last.eq_ignore_ascii_case(extension))?;
    // bundles of certificates, and public keys
    let harmless = ["ca", "cert", "chain", "bundle", "root", "public", "pub", "dhparam"];
    let stem = stem.to_ascii_lowercase();
    if !certain
        && stem
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| harmless.iter().any(|h| word == *h || (h.len() > 3 && word.contains(h))))
    {
        return None;
    }
    file(what, *certain)
}

#[cfg(test)]
mod tests {
    use super::credential_file;

    #[test]
    fn files_that_hold_credentials() {
        for (path, certain) in [
            (".env", true),
            ("app/.env.production", true),
            (".env.local", true),
            ("keys/id_rsa", true),
            (".ssh/id_ed25519", true),
            (".npmrc", false),
            ("deploy/server.pem", false),
            ("tls.key", false),
            (".aws/credentials", true),
            ("home/.docker/config.json", false),
            ("cert.p12", true),
            (".netrc", true),
            ("config/master.key", true),
            ("kubeconfig", true),
            ("a.PFX", true),
            (".env.build", true),
            (".env.ci", true),
            ("deploy/.env.docker.local", true),
            ("maven/settings.xml", false),
        ] {
            assert_eq!(credential_file(path).map(|f| f.certain), Some(certain), "{path}");
        }
    }

    #[test]
    fn files_that_do_not() {
        for path in [
            ".env.example",
            ".env.sample",
            ".env.template",
            ".env.dist",
            ".env.default",
            ".env.vault",
            ".env.example.local",
            ".env.local.sample",
            "id_rsa.pub",
            "ca.pem",
            "ca-bundle.pem",
            "certs/root-ca.pem",
            "cacert.pem",
            "node_modules/x/test/server.key",
            "tests/fixtures/key.pem",
            "env",
            "environment.ts",
            "src/credentials.rs",
            "keys.md",
            "fullchain.pem",
            ".environment",
            "public.key",
            "package.json",
            "config.json",
        ] {
            assert_eq!(credential_file(path), None, "{path}");
        }
    }
}
