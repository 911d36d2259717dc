//! To whom a registry may send us.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use reqwest::Url;

/// Whether `registry` may send its callers on to `target`: not from TLS to plain text, and not to
/// an address inside of a network unless the registry has that very address. The error is a clause.
pub(super) async fn judge(registry: &Url, target: &Url) -> Result<(), String> {
    let shown = target.host_str().unwrap_or_default().to_owned();
    match (registry.scheme(), target.scheme()) {
        (_, "https") | ("http", "http") => (),
        _ => return Err(format!("it leads to `{shown}`, which is not encrypted")),
    }
    if !target.username().is_empty() || target.password().is_some() {
        return Err(format!("it leads to `{shown}` with a login in the URL"));
    }
    if registry.host_str() == target.host_str() {
        return Ok(());
    }
    let to = addresses(target).await;
    if !to.iter().any(|address| is_inside(*address)) {
        return Ok(());
    }
    let from = addresses(registry).await;
    if to.iter().all(|address| from.contains(address)) {
        return Ok(());
    }
    Err(format!("it leads to `{shown}`, another host at a private address"))
}

/// The addresses of a host; none where the name is not known here, as behind a proxy.
async fn addresses(url: &Url) -> Vec<IpAddr> {
    let Some(host) = url.host_str() else { return Vec::new() };
    let bare = host.trim_matches(['[', ']']);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return vec![address];
    }
    let port = url.port_or_known_default().unwrap_or(443);
    let found = tokio::time::timeout(
        Duration::from_secs(2),
        tokio::net::lookup_host((bare.to_owned(), port)),
    );
    match found.await {
        Ok(Ok(found)) => found.map(|address| address.ip()).collect(),
        _ => Vec::new(),
    }
}

/// Loopback, private, link-local, shared (RFC 6598), unspecified, and unique local addresses.
pub(super) fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_broadcast()
                || a == 0
                || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            v6.is_loopback()
                || v6 == Ipv6Addr::UNSPECIFIED
                || first & 0xfe00 == 0xfc00
                || first & 0xffc0 == 0xfe80
                || v6.to_ipv4().is_some_and(|v4| is_inside(IpAddr::V4(v4)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_sends_nobody_inside() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for (registry, target, want) in [
            ("https://203.0.113.1/", "https://203.0.113.2/t", true),
            ("https://203.0.113.1/", "http://203.0.113.1/t", false),
            ("https://203.0.113.1/", "https://10.0.0.1/t", false),
            ("https://203.0.113.1/", "https://169.254.169.254/t", false),
            ("https://203.0.113.1/", "https://[::1]/t", false),
            ("https://203.0.113.1/", "https://[::ffff:10.0.0.1]/t", false),
            ("https://203.0.113.1/", "https://[fd00::1]/t", false),
            ("https://203.0.113.1/", "https://100.64.0.1/t", false),
            ("https://203.0.113.1/", "https://a:b@203.0.113.2/t", false),
            ("https://203.0.113.1/", "file:///t", false),
            ("http://127.0.0.1:5001/", "http://127.0.0.1:5004/t", true),
            ("http://127.0.0.1:5001/", "http://127.0.0.2:5004/t", false),
            ("https://10.0.0.5/", "https://10.0.0.6/t", false),
        ] {
            let (from, to) = (Url::parse(registry).unwrap(), Url::parse(target).unwrap());
            let got = runtime.block_on(judge(&from, &to));
            assert_eq!(got.is_ok(), want, "{registry} {target} {got:?}");
        }
    }
}
