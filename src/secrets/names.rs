//! Which names promise a credential.

/// What kind of value a name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    /// Chosen by people: short and readable values count too.
    Password,
    /// Issued by a machine: a value must look random.
    Token,
    /// A header or field that holds `Bearer …` or `Basic …`.
    Authorization,
    /// Base64 of `user:password`.
    Basic,
    /// A field whose value is a credential whatever it looks like (`_authToken`).
    Opaque,
}

/// Words after the telling one that do not change what it is.
const TRAILERS: &[&str] = &[
    "prod",
    "production",
    "dev",
    "staging",
    "live",
    "base64",
    "b64",
    "value",
    "default",
    "plain",
    "main",
];

/// Words that make a name say something *about* a credential, or of something public.
const HARMLESS: &[&str] = &[
    "algorithm",
    "alias",
    "anon",
    "arn",
    "audience",
    "bytes",
    "cache",
    "checksum",
    "count",
    "dir",
    "directory",
    "digest",
    "disable",
    "disabled",
    "enable",
    "enabled",
    "endpoint",
    "env",
    "expires",
    "expiration",
    "expiry",
    "field",
    "file",
    "files",
    "fingerprint",
    "folder",
    "format",
    "gpg",
    "hashalgo",
    "header",
    "helper",
    "host",
    "id",
    "ids",
    "issuer",
    "keyring",
    "keyserver",
    "kid",
    "len",
    "length",
    "lifetime",
    "limit",
    "max",
    "method",
    "min",
    "mode",
    "name",
    "names",
    "path",
    "paths",
    "pattern",
    "pgp",
    "policy",
    "prefix",
    "primary",
    "provider",
    "pub",
    "public",
    "publishable",
    "ref",
    "regex",
    "region",
    "required",
    "rotation",
    "schema",
    "sha",
    "sha1",
    "sha256",
    "sha512",
    "size",
    "source",
    "store",
    "suffix",
    "template",
    "timeout",
    "ttl",
    "type",
    "uri",
    "url",
    "user",
    "username",
    "var",
    "version",
];

/// Words before `key` that make it a credential.
const KEYS: &[&str] = &[
    "access",
    "account",
    "admin",
    "api",
    "app",
    "application",
    "auth",
    "authorization",
    "client",
    "consumer",
    "deploy",
    "encryption",
    "integration",
    "jwt",
    "license",
    "master",
    "org",
    "private",
    "root",
    "secret",
    "server",
    "service",
    "session",
    "shared",
    "signing",
    "storage",
    "subscription",
    "webhook",
    "write",
];

/// Makers of services whose `X_KEY` is a credential.
const VENDORS: &[&str] = &[
    "anthropic",
    "aws",
    "azure",
    "blaxel",
    "bl",
    "claude",
    "cloudflare",
    "cohere",
    "datadog",
    "dd",
    "deepgram",
    "deepseek",
    "fireworks",
    "gemini",
    "github",
    "gitlab",
    "google",
    "groq",
    "huggingface",
    "langsmith",
    "linear",
    "mailgun",
    "mistral",
    "newrelic",
    "openai",
    "openrouter",
    "perplexity",
    "pinecone",
    "resend",
    "sendgrid",
    "sentry",
    "slack",
    "snyk",
    "stripe",
    "supabase",
    "tavily",
    "together",
    "twilio",
    "xai",
];

/// What every name holds that promises anything, in lower case.
const STEMS: [&str; 8] = ["auth", "credential", "key", "pass", "pat", "pwd", "secret", "token"];

/// Whether `name` holds one of [`STEMS`], in any case. Most names do not, and taking a name apart
/// costs much more.
fn holds_stem(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| {
        matches!(byte | 0x20, b'a' | b'c' | b'k' | b'p' | b's' | b't')
            && STEMS.iter().any(|stem| {
                bytes
                    .get(at..at + stem.len())
                    .is_some_and(|part| part.eq_ignore_ascii_case(stem.as_bytes()))
            })
    })
}

/// What `name` promises; `None` where it promises no credential.
pub(super) fn promise(name: &str) -> Option<Promise> {
    if !holds_stem(name) {
        return None;
    }
    let bare = name.trim_matches(|c: char| matches!(c, '"' | '\'' | '-' | ' '));
    if bare.len() > 100 {
        return None;
    }
    match bare.rsplit(':').next().unwrap_or(bare) {
        "_authToken" | "_password" | "npmAuthToken" => return Some(Promise::Opaque),
        "_auth" | "npmAuthIdent" => return Some(Promise::Basic),
        "PWD" | "OLDPWD" => return None,
        _ => {}
    }
    let words = words(bare);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words.last() == Some(&"authorization") {
        return Some(Promise::Authorization);
    }
    if words.iter().any(|word| HARMLESS.contains(word)) {
        return None;
    }
    let mut words = words.as_slice();
    while let [head @ .., last] = words
        && (TRAILERS.contains(last) || last.bytes().all(|b| b.is_ascii_digit()))
    {
        words = head;
    }
    let [head @ .., last] = words else { return None };
    let ends = |tails: &[&str]| tails.iter().any(|tail| last.ends_with(tail));
    if ends(&["password", "passwd", "passphrase", "passwort"])
        || matches!(*last, "pwd" | "pass" | "passcode" | "userpass" | "sqlpwd")
    {
        // `COMPASS` and `BYPASS` are one word; a lone `pass` says too little
        return (*last != "pass" || !head.is_empty()).then_some(Promise::Password);
    }
    if ends(&[
        "secret",
        "token",
        "apikey",
        "accesskey",
        "secretkey",
        "authkey",
        "privatekey",
        "credential",
        "credentials",
        "secrets",
    ]) || matches!(*last, "pat" if !head.is_empty())
    {
        return Some(Promise::Token);
    }
    if matches!(*last, "key" | "keys") {
        let before = head.last()?;
        return (KEYS.contains(before) || VENDORS.contains(before)).then_some(Promise::Token);
    }
    let before = head.last().copied();
    let secret_base = matches!((before, *last), (Some("secret" | "key"), "base"));
    let dsn_key = matches!((before, *last), (Some("connection"), "string"));
    (secret_base && !dsn_key).then_some(Promise::Token)
}

/// Words before `key` that make it a credential even where its value could be the number of a thing:
/// an application, an account and a client have keys that are no secrets.
const SURE_KEYS: &[&str] = &[
    "access",
    "api",
    "auth",
    "encryption",
    "jwt",
    "license",
    "master",
    "private",
    "secret",
    "signing",
];

/// Whether `name`, which promises a credential, leaves nothing else for a UUID to be.
pub(super) fn is_sure(name: &str) -> bool {
    let words = words(name);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    while words.last().is_some_and(|last| TRAILERS.contains(last)) {
        words.pop();
    }
    let [head @ .., last] = words.as_slice() else { return false };
    match *last {
        "key" => {
            head.last().is_some_and(|before| SURE_KEYS.contains(before) || VENDORS.contains(before))
        }
        _ => ["token", "secret", "password", "apikey", "secretkey", "accesskey", "privatekey"]
            .iter()
            .any(|tail| last.ends_with(tail)),
    }
}

/// How names begin by which bundlers put a value into web pages and apps.
const PUBLISHED: &[&str] = &[
    "EXPO_PUBLIC_",
    "GATSBY_",
    "NEXT_PUBLIC_",
    "NUXT_PUBLIC_",
    "PUBLIC_",
    "REACT_APP_",
    "VITE_",
    "VUE_APP_",
];

/// Whether a bundler puts the value of `name` into web pages.
pub(super) fn is_bundled(name: &str) -> bool {
    PUBLISHED.iter().any(|start| name.starts_with(start))
}

/// Whether `name` says that its value goes into web pages, also where no bundler reads it so.
pub(super) fn is_published(name: &str) -> bool {
    let words = words(name);
    is_bundled(name)
        || words.iter().any(|word| matches!(word.as_str(), "public" | "firebase"))
        || words.first().is_some_and(|word| word == "vite")
}

/// Lower-case words of `some_name`, `some-name`, `someName` and `SOMEName`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (index, c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        let after_lower = index > 0 && chars[index - 1].is_ascii_lowercase();
        let before_lower = chars.get(index + 1).is_some_and(char::is_ascii_lowercase);
        let after_upper = index > 0 && chars[index - 1].is_ascii_uppercase();
        if c.is_ascii_uppercase()
            && !word.is_empty()
            && (after_lower || (after_upper && before_lower))
        {
            words.push(std::mem::take(&mut word));
        }
        word.push(c.to_ascii_lowercase());
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_promise_a_credential() {
        for name in [
            "ADMIN_PASSWORD",
            "DB_PASS",
            "PGPASSWORD",
            "MYSQL_PWD",
            "dbPassword",
            "AWS_SECRET_ACCESS_KEY",
            "API_KEY",
            "apiKey",
            "OPENAI_API_KEY",
            "OPENAI_KEY",
            "GITHUB_TOKEN",
            "authToken",
            "CLIENT_SECRET",
            "JWT_SECRET",
            "SECRET_KEY_BASE",
            "PRIVATE_KEY",
            "NPM_TOKEN",
            "GH_PAT",
            "STRIPE_SECRET_KEY_LIVE",
            "accesstoken",
            "PRIVATE-TOKEN",
            "X-Api-Key",
            "NotebookApp.token",
            "BL_API_KEY",
            "KEY_PASSPHRASE",
            "API_TOKEN_2",
        ] {
            assert!(promise(name).is_some(), "{name}");
        }
    }

    #[test]
    fn names_under_which_a_uuid_is_a_credential() {
        for (name, sure) in [
            ("API_TOKEN", true),
            ("AUTH_SECRET", true),
            ("apiKey", true),
            ("HEROKU_API_KEY_PROD", true),
            ("DB_PASSWORD", true),
            ("STORAGE_KEY", false),
            ("APP_KEY", false),
            ("CLIENT_KEY", false),
            ("credentials", false),
            ("GH_PAT", false),
        ] {
            assert!(promise(name).is_some(), "{name}");
            assert_eq!(is_sure(name), sure, "{name}");
        }
    }

    #[test]
    fn names_that_do_not() {
        for name in [
            "GPG_KEY",
            "GPG_KEYS",
            "SSH_AUTH_SOCK",
            "TOKEN_FILE",
            "DB_PASSWORD_FILE",
            "API_KEY_PATH",
            "AUTH_URL",
            "KEY_PREFIX",
            "TOKENIZERS_PARALLELISM",
            "GOPRIVATE",
            "PUBLIC_KEY",
            "STRIPE_PUBLISHABLE_KEY",
            "SUPABASE_ANON_KEY",
            "NEXT_PUBLIC_API_KEY",
            "KEYBOARD",
            "PWD",
            "COMPASS",
            "BYPASS",
            "SECRET_NAME",
            "TOKEN_TTL",
            "AWS_ACCESS_KEY_ID",
            "CACHE_KEY",
            "SORT_KEY",
            "PASSWORD_MIN_LENGTH",
            "MONKEY",
            "DEBKEY",
            "TRAVIS_KEY",
            "PASS",
            "MAX_TOKENS",
            "PASSWORD_POLICY",
            "TOKEN_TYPE",
            "CLIENT_ID",
            "TENANT_ID",
            "PROJECT_ID",
            "API_TOKEN_ID",
            "TOKEN_UUID",
            "SECRET_GUID",
            "",
        ] {
            assert_eq!(promise(name), None, "{name}");
        }
    }
}
