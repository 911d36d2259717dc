//! Which names promise a credential.

use super::words::Words;

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
static TRAILERS: Words = Words::new(&[
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
]);

/// Words that make a name say something *about* a credential, or of something public.
static HARMLESS: Words = Words::new(&[
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
]);

/// Words before `key` that make it a credential.
static KEYS: Words = Words::new(&[
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
]);

/// Makers of services whose `X_KEY` is a credential.
static VENDORS: Words = Words::new(&[
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
]);

/// What every name holds that promises anything, in lower case.
const STEMS: [&str; 8] = ["auth", "credential", "key", "pass", "pat", "pwd", "secret", "token"];

/// All letters of [`STEMS`] in a row: a bit for each first and each last one, and for each byte those
/// that it may stand for, in any case.
struct StemBits {
    first: u64,
    last: u64,
    of: [u64; 256],
}

static STEM_BITS: StemBits = {
    let mut bits = StemBits { first: 0, last: 0, of: [0; 256] };
    let (mut stem, mut bit) = (0, 0);
    while stem < STEMS.len() {
        let bytes = STEMS[stem].as_bytes();
        bits.first |= 1 << bit;
        let mut at = 0;
        while at < bytes.len() {
            bits.of[bytes[at] as usize] |= 1 << bit;
            bits.of[bytes[at].to_ascii_uppercase() as usize] |= 1 << bit;
            at += 1;
            bit += 1;
        }
        bits.last |= 1 << (bit - 1);
        stem += 1;
    }
    assert!(bit <= 64);
    bits
};

/// Whether `name` holds one of [`STEMS`], in any case: all are searched for at once, each bit says that
/// a stem was met up to this letter. Most names hold none, and taking a name apart costs much more.
fn holds_stem(name: &str) -> bool {
    let mut met = 0_u64;
    for byte in name.bytes() {
        met = (met << 1 | STEM_BITS.first) & STEM_BITS.of[usize::from(byte)];
        if met & STEM_BITS.last != 0 {
            return true;
        }
    }
    false
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
    // The word that tells, and the one in front of it.
    let (mut before, mut last) = (None, None);
    let mut previous = None;
    let mut harmless = false;
    for word in words(bare) {
        harmless = harmless || HARMLESS.has_in_any_case(word);
        if !is_trailer(word) {
            (before, last) = (previous, Some(word));
        }
        previous = Some(word);
    }
    if previous.is_some_and(|word| word.eq_ignore_ascii_case("authorization")) {
        return Some(Promise::Authorization);
    }
    let last = last.filter(|_| !harmless)?.to_ascii_lowercase();
    let ends = |tails: &[&str]| tails.iter().any(|tail| last.ends_with(tail));
    if ends(&["password", "passwd", "passphrase", "passwort"])
        || matches!(last.as_str(), "pwd" | "pass" | "passcode" | "userpass" | "sqlpwd")
    {
        // `COMPASS` and `BYPASS` are one word; a lone `pass` says too little
        return (last != "pass" || before.is_some()).then_some(Promise::Password);
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
    ]) || last == "pat" && before.is_some()
    {
        return Some(Promise::Token);
    }
    let before = before?;
    let is_key = match last.as_str() {
        "key" | "keys" => KEYS.has_in_any_case(before) || VENDORS.has_in_any_case(before),
        "base" => ["secret", "key"].iter().any(|word| word.eq_ignore_ascii_case(before)),
        _ => false,
    };
    is_key.then_some(Promise::Token)
}

/// Whether a word behind the telling one does not change what it is.
fn is_trailer(word: &str) -> bool {
    TRAILERS.has_in_any_case(word) || word.bytes().all(|b| b.is_ascii_digit())
}

/// Words before `key` that make it a credential even where its value could be the number of a thing:
/// an application, an account and a client have keys that are no secrets.
static SURE_KEYS: Words = Words::new(&[
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
]);

/// Whether `name`, which promises a credential, leaves nothing else for a UUID to be.
pub(super) fn is_sure(name: &str) -> bool {
    let mut words: Vec<&str> = words(name).collect();
    while words.last().is_some_and(|last| TRAILERS.has_in_any_case(last)) {
        words.pop();
    }
    let [head @ .., last] = words.as_slice() else { return false };
    if last.eq_ignore_ascii_case("key") {
        return head.last().is_some_and(|before| {
            SURE_KEYS.has_in_any_case(before) || VENDORS.has_in_any_case(before)
        });
    }
    let last = last.to_ascii_lowercase();
    ["token", "secret", "password", "apikey", "secretkey", "accesskey", "privatekey"]
        .iter()
        .any(|tail| last.ends_with(tail))
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
    let is = |word: &str, known: &str| word.eq_ignore_ascii_case(known);
    is_bundled(name)
        || words(name).any(|word| is(word, "public") || is(word, "firebase"))
        || words(name).next().is_some_and(|word| is(word, "vite"))
}

/// The words of `some_name`, `some-name`, `someName` and `SOMEName`, as they are written.
pub(super) fn words(name: &str) -> impl Iterator<Item = &str> {
    let bytes = name.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric();
        let start = at + bytes[at..].iter().position(is_of_word)?;
        at = start + 1;
        while let Some(byte) = bytes.get(at).filter(|byte| is_of_word(byte)) {
            let before = bytes[at - 1];
            let begins = byte.is_ascii_uppercase()
                && (before.is_ascii_lowercase()
                    || before.is_ascii_uppercase()
                        && bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase));
            if begins {
                break;
            }
            at += 1;
        }
        Some(&name[start..at])
    })
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
