//! What can be verified of a token without asking its provider.

use base64::{
    Engine as _,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
const URL: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, LENIENT);

/// Decodes base64 of either alphabet, with or without padding.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL.decode(text)).ok()
}

/// The CRC-32 of zip and PNG. Bit by bit: tokens are short, a table would cost more to build.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

/// `number` in base `digits.len()`, left-filled with the first digit to `width`.
fn in_base(mut number: u32, digits: &[u8], width: usize) -> Vec<u8> {
    let base = u32::try_from(digits.len()).expect("at most 62 digits");
    let mut out = vec![digits[0]; width];
    for place in out.iter_mut().rev() {
        *place = digits[(number % base) as usize];
        number /= base;
    }
    out
}

const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Whether the last six characters are the base62 CRC-32 of those before (GitHub, npm).
pub(super) fn base62_crc(body: &str) -> bool {
    let Some((head, sum)) = body.as_bytes().split_last_chunk::<6>() else { return false };
    in_base(crc32(head), BASE62, 6) == sum
}

/// Whether the last eight characters are the hexadecimal CRC-32 of those before (Cloudflare).
pub(super) fn hex_crc(body: &str) -> bool {
    let Some((head, sum)) = body.as_bytes().split_last_chunk::<8>() else { return false };
    parse_hex(sum) == Some(crc32(head))
}

/// Whether the last eight characters are the CRC-32 of what stands before, with or without the
/// `=` between them (Atlassian).
pub(super) fn atlassian_crc(token: &str) -> bool {
    let Some((head, sum)) = token.as_bytes().split_last_chunk::<8>() else { return false };
    let sum = parse_hex(sum);
    sum == Some(crc32(head)) || sum == Some(crc32(head.strip_suffix(b"=").unwrap_or(head)))
}

/// Whether the last eight characters are the little-endian CRC-32 of what stands before the last
/// `_`, with or without the literal in front (Grafana).
pub(super) fn grafana_crc(token: &str) -> bool {
    let Some((head, sum)) = token.rsplit_once('_') else { return false };
    let sum = parse_hex(sum.as_bytes()).map(u32::swap_bytes);
    let body = head.strip_prefix("glsa_").unwrap_or(head);
    sum == Some(crc32(head.as_bytes())) || sum == Some(crc32(body.as_bytes()))
}

/// Whether the last seven characters are the base36 CRC-32 of what stands before (GitLab).
pub(super) fn gitlab_crc(token: &str) -> bool {
    let Some((head, sum)) = token.as_bytes().split_last_chunk::<7>() else { return false };
    in_base(crc32(head), &BASE62[..36], 7).eq_ignore_ascii_case(sum)
}

fn parse_hex(digits: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// What a JSON web token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Jwt {
    /// A credential.
    Secret,
    /// Made to be published: an anonymous role, or the sample that every tutorial shows.
    Public,
}

/// A header of a JSON web token with a chain of certificates in it is shorter; bytes.
const LONGEST_HEADER: usize = 16 * 1024;

/// Judges `header.payload.signature`; `None` where it is no JSON web token.
pub(super) fn jwt(token: &str) -> Option<Jwt> {
    let head = &token.as_bytes()[..token.len().min(LONGEST_HEADER)];
    let (header, rest) = token.split_at(memchr::memchr(b'.', head)?);
    let mut parts = rest[1..].split('.');
    let (payload, signature) = (parts.next()?, parts.next()?);
    let header: serde_json::Value = serde_json::from_slice(&base64(header)?).ok()?;
    header.get("alg").or_else(|| header.get("enc"))?;
    if header.get("enc").is_some() {
        return Some(Jwt::Secret);
    }
    if signature.len() < 20 {
        return None;
    }
    let payload: serde_json::Value = serde_json::from_slice(&base64(payload)?).ok()?;
    let is = |key: &str, value: &str| payload.get(key).and_then(|v| v.as_str()) == Some(value);
    let public = is("role", "anon") || is("sub", "1234567890") || is("name", "John Doe");
    Some(if public { Jwt::Public } else { Jwt::Secret })
}

/// `user:password` behind base64 (Basic authorization, `_auth`, Docker's `auths`): the password.
pub(super) fn basic(text: &str) -> Option<String> {
    let decoded = String::from_utf8(base64(text)?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    let printable = |text: &str| !text.is_empty() && !text.contains(|c: char| c.is_control());
    (printable(user) && printable(password)).then(|| password.to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// `body` followed by its base62 checksum.
    pub(in crate::secrets) fn with_base62(body: &str) -> String {
        let sum = in_base(crc32(body.as_bytes()), BASE62, 6);
        format!("{body}{}", String::from_utf8(sum).unwrap())
    }

    #[test]
    fn crc_agrees_with_the_published_check_value() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn github_checksum_of_the_published_sample() {
        // the sample of GitHub's own article on token formats
        let (head, sum) = ("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17");
        assert!(base62_crc(&format!("{head}{sum}")));
        assert!(!base62_crc(&format!("{head}0mLq18")));
        assert!(!base62_crc("abc"));
    }

    #[test]
    fn sums_reject_a_changed_character() {
        let body = "k3J9xQ2mV7bN4tR8wZ1cY6pL0dF5hG3sA9eU7iO2";
        let good = format!("{body}{:08x}", crc32(body.as_bytes()));
        assert!(hex_crc(&good));
        assert!(!hex_crc(&good.replacen('k', "l", 1)));
        let grafana = format!("glsa_{body}_{:08x}", crc32(body.as_bytes()).swap_bytes());
        assert!(grafana_crc(&grafana));
        assert!(!grafana_crc(&grafana.replacen("k3", "k4", 1)));
        let head = format!("glpat-{body}.01.0v");
        let sum = String::from_utf8(in_base(crc32(head.as_bytes()), &BASE62[..36], 7)).unwrap();
        assert!(gitlab_crc(&format!("{head}{}", sum.to_lowercase())));
        assert!(!gitlab_crc(&format!("{head}0000000")));
    }

    #[test]
    fn web_tokens_are_judged_by_what_they_say() {
        let encode = |text: &str| URL.encode(text).trim_end_matches('=').to_owned();
        let token = |payload: &str| {
            format!(
                "{}.{}.{}",
                encode(r#"{"alg":"HS256"}"#),
                encode(payload),
                "k3J9xQ2mV7bN4tR8wZ1cY6pL0dF5hG"
            )
        };
        assert_eq!(jwt(&token(r#"{"role":"service_role"}"#)), Some(Jwt::Secret));
        assert_eq!(jwt(&token(r#"{"role":"anon"}"#)), Some(Jwt::Public));
        assert_eq!(jwt(&token(r#"{"sub":"1234567890"}"#)), Some(Jwt::Public));
        assert_eq!(jwt("eyJub3Q.anything.here"), None);
    }

    #[test]
    fn basic_needs_a_user_and_a_password() {
        assert_eq!(basic(&STANDARD.encode("ci:pw-1")).as_deref(), Some("pw-1"));
        assert_eq!(basic(&STANDARD.encode("no colon here")), None);
        assert_eq!(basic("%%%"), None);
    }
}
