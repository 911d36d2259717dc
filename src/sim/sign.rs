//! Presigned URLs as S3 makes them: Signature Version 4 in the query, payload unsigned.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

/// The access key that the URLs name; it opens nothing.
pub(super) const ACCESS_KEY: &str = "SIMULATEDACCESSKEY";
const REGION: &str = "us-west-2";
/// Everything but letters, digits and the unreserved marks.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a signature covers.
pub(super) struct Signed<'a> {
    /// Path as sent, percent-encoded.
    pub(super) path: &'a str,
    /// `YYYYMMDDTHHMMSSZ`.
    pub(super) date: &'a str,
    /// The query without `X-Amz-Signature`: decoded names and values.
    pub(super) query: &'a [(String, String)],
    /// Signed headers, lower-case names in ascending order, with their values.
    pub(super) headers: &'a [(String, String)],
}

/// `date/region/s3/aws4_request`, the scope of a credential.
pub(super) fn scope(date: &str) -> String {
    format!("{}/{REGION}/s3/aws4_request", date.get(..8).unwrap_or_default())
}

/// The signature, in hexadecimal.
pub(super) fn sign(secret: &[u8; 32], what: &Signed<'_>) -> String {
    let mut query: Vec<(String, String)> =
        what.query.iter().map(|(name, value)| (encode(name), encode(value))).collect();
    query.sort();
    let query: Vec<String> =
        query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut headers = String::new();
    for (name, value) in what.headers {
        // Writing to a string cannot fail.
        let _ = writeln!(headers, "{name}:{}", value.trim());
    }
    let names: Vec<&str> = what.headers.iter().map(|(name, _)| name.as_str()).collect();
    let request = format!(
        "PUT\n{}\n{}\n{headers}\n{}\nUNSIGNED-PAYLOAD",
        what.path,
        query.join("&"),
        names.join(";")
    );
    let scope = scope(what.date);
    let text = format!(
        "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
        what.date,
        hex(&Sha256::digest(request.as_bytes()))
    );
    let mut start = b"AWS4".to_vec();
    start.extend_from_slice(hex(secret).as_bytes());
    let mut key = start;
    for part in scope.split('/') {
        key = mac(&key, part.as_bytes());
    }
    hex(&mac(&key, text.as_bytes()))
}

/// HMAC with SHA-256.
pub(super) fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Percent-encoding as S3 wants it: all but the unreserved characters.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_signed_matters() {
        let secret = [7; 32];
        let query = [("X-Amz-Expires".to_owned(), "900".to_owned())];
        let headers = [("host".to_owned(), "127.0.0.1:1".to_owned())];
        let base =
            Signed { path: "/store/a", date: "20261124T000000Z", query: &query, headers: &headers };
        let good = sign(&secret, &base);
        assert_eq!(good.len(), 64);
        let later = [("X-Amz-Expires".to_owned(), "901".to_owned())];
        let elsewhere = [("host".to_owned(), "127.0.0.1:2".to_owned())];
        assert_ne!(good, sign(&[8; 32], &base));
        assert_ne!(good, sign(&secret, &Signed { path: "/store/b", ..base }));
        assert_ne!(good, sign(&secret, &Signed { date: "20261124T000001Z", ..base }));
        assert_ne!(good, sign(&secret, &Signed { query: &later, ..base }));
        assert_ne!(good, sign(&secret, &Signed { headers: &elsewhere, ..base }));
        assert_eq!(good, sign(&secret, &base));
    }

    #[test]
    fn reserved_characters_are_encoded() {
        assert_eq!(encode("a;b/c d~é"), "a%3Bb%2Fc%20d~%C3%A9");
    }
}
