//! Ports of a sandbox, as they are typed and as `blaxel.toml` lists them.

use crate::{error::Error, exit::Exit, project::manifest::Manifest, ship::blaxel::Port};

/// Ports that the platform keeps for itself.
const RESERVED: [u16; 3] = [80, 443, 8080];

/// `3000` or `3000/tls`.
pub(super) fn read(text: &str) -> Result<Port, Error> {
    let (target, protocol) = text.split_once('/').unwrap_or((text, ""));
    let protocol = protocol.to_ascii_uppercase();
    let known = matches!(protocol.as_str(), "" | "HTTP" | "TCP" | "UDP" | "TLS");
    match target.parse() {
        Ok(target) if known && target > 0 => {
            let protocol = Some(protocol).filter(|protocol| !protocol.is_empty());
            Ok(Port { name: None, target: free(target)?, protocol })
        }
        _ => Err(Error::new(Exit::Usage, format!("`{text}` is no port"))
            .at("--port")
            .help("write it as 3000, or with http, tcp, udp or tls: 3000/tls")),
    }
}

/// The port, unless it is reserved.
pub(super) fn free(port: u16) -> Result<u16, Error> {
    if !RESERVED.contains(&port) {
        return Ok(port);
    }
    Err(Error::new(Exit::Usage, format!("port {port} is the platform's own"))
        .at("--port")
        .help("80, 443 and 8080 are reserved: let the program listen on another one"))
}

/// The first port of a manifest that is not reserved.
pub(super) fn first(manifest: &Manifest) -> Option<u16> {
    let targets = manifest.ports.iter().filter_map(|port| port.target.as_ref());
    let mut targets = targets.filter_map(|target| u16::try_from(target.value).ok());
    targets.find(|port| *port > 0 && !RESERVED.contains(port))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn ports_are_read_with_their_protocol() {
        let tls = read("3000/tls").unwrap();
        assert_eq!((tls.target, tls.protocol.as_deref()), (3000, Some("TLS")));
        assert_eq!(read("1").unwrap().protocol, None);
        for bad in ["", "0", "70000", "80", "8080/tcp", "3000/quic", "-1", "x", "/tls"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
