//! Ports, variables and labels, as they are typed.

use crate::{error::Error, exit::Exit, settings};

/// Ports that the platform keeps for itself.
const RESERVED: [u16; 3] = [80, 443, 8080];

/// `3000` or `3000/tls`: the port, and the protocol in upper case where one is named.
pub(super) fn port(text: &str) -> Result<(u16, Option<String>), Error> {
    let bad = |what: String, help: &str| Err(Error::new(Exit::Usage, what).at("--port").help(help));
    let (target, protocol) = match text.split_once('/') {
        Some((target, protocol)) => (target, Some(protocol.to_ascii_uppercase())),
        None => (text, None),
    };
    let known = matches!(protocol.as_deref(), None | Some("HTTP" | "TCP" | "UDP" | "TLS"));
    match target.parse::<u16>() {
        Ok(target) if RESERVED.contains(&target) => bad(
            format!("port {target} is the platform's own"),
            "80, 443 and 8080 are reserved: let the program listen on another one",
        ),
        Ok(target) if known && target > 0 => Ok((target, protocol)),
        _ => bad(
            format!("`{text}` is no port"),
            "write it as 3000, or with http, tcp, udp or tls: 3000/tls",
        ),
    }
}

/// `NAME=VALUE`, or `NAME` for the value that this process has. What is wrong is told without the text, which may hold
/// a secret.
pub(super) fn env(text: &str) -> Result<(String, String), Error> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, settings::variable(text)),
    };
    if name.is_empty() {
        return Err(Error::new(Exit::Usage, "a variable has no name")
            .at("--env")
            .help("write it as NAME=VALUE"));
    }
    let Some(value) = value else {
        return Err(Error::new(Exit::Usage, format!("the variable `{name}` is not set"))
            .at("--env")
            .help("set it, or give its value: NAME=VALUE"));
    };
    Ok((name.to_owned(), value))
}

/// `NAME=VALUE`.
pub(super) fn label(text: &str) -> Result<(String, String), Error> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Error::new(Exit::Usage, format!("`{text}` is no label"))
            .at("--label")
            .help("write it as NAME=VALUE")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_with_their_protocol() {
        assert_eq!(port("3000/tls").unwrap(), (3000, Some("TLS".to_owned())));
        assert_eq!(port("1").unwrap(), (1, None));
        for bad in ["", "0", "70000", "80", "8080/tcp", "3000/quic", "-1", "x", "/tls", "3000/"] {
            assert!(port(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn variables_and_labels_are_pairs() {
        assert_eq!(env("A=b=c").unwrap(), ("A".into(), "b=c".into()));
        assert_eq!(label("team=").unwrap(), ("team".into(), String::new()));
        for bad in ["=x", "SURELY_NOT_SET_ANYWHERE"] {
            assert!(env(bad).is_err(), "{bad}");
        }
        assert!(label("team").is_err() && label("=a").is_err());
    }
}
