//! To whom a registry may send us.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

use super::names::Names;

/// Whether `from` may send its callers on to `target`: plain text stays on this machine, nobody
/// leaves TLS, and an address inside of a network has to be the very one that sent them. The error
/// is a clause.
pub(super) async fn judge(names: &Names, from: &Url, target: &Url) -> Result<(), String> {
    let shown = target.host_str().unwrap_or_default().to_owned();
    match (from.scheme(), target.scheme()) {
        (_, "https") => (),
        ("http", "http") if is_loopback(target) => (),
        _ => return Err(format!("it leads to `{shown}`, which is not encrypted")),
    }
    if !target.username().is_empty() || target.password().is_some() {
        return Err(format!("it leads to `{shown}` with a login in the URL"));
    }
    // `localhost` may have an address more than the one that is called.
    if from.host_str() == target.host_str() || (is_loopback(from) && shown == "localhost") {
        return Ok(());
    }
    // A name without address leads nowhere but through a proxy.
    let to = names.of(&shown).await;
    if !to.iter().any(|address| is_inside(*address)) {
        return Ok(());
    }
    let from = names.of(from.host_str().unwrap_or_default()).await;
    if to.iter().all(|address| from.contains(address)) {
        return Ok(());
    }
    Err(format!("it leads to `{shown}`, another host at a private address"))
}

/// Whether a URL leads to this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let bare = host.trim_matches(['[', ']']);
        bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

/// Addresses that mean another host elsewhere, or no host: loopback, private, link-local, shared
/// (RFC 6598), reserved, multicast, and what carries one of them inside (RFC 4291, 6052, 3056).
fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || a == 0
                || a >= 224
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (18..20).contains(&b))
        }
        IpAddr::V6(v6) => {
            let carried = |high: u16, low: u16| {
                let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
                is_inside(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
            };
            let s = v6.segments();
            v6 == Ipv6Addr::UNSPECIFIED
                || v6.is_loopback()
                || s[0] & 0xfe00 == 0xfc00
                || s[0] & 0xff80 == 0xfe80
                || s[0] & 0xff00 == 0xff00
                || (s[..5] == [0; 5] && matches!(s[5], 0 | 0xffff) && carried(s[6], s[7]))
                || (s[0] == 0x64 && s[1] == 0xff9b && carried(s[6], s[7]))
                || (s[0] == 0x2002 && carried(s[1], s[2]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_sends_nobody_inside() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let names = Names::told(&[
            ("public.invalid", "203.0.113.7"),
            ("mixed.invalid", "203.0.113.7 192.168.0.1"),
            ("inside.invalid", "10.0.0.5"),
            ("twin.invalid", "10.0.0.5"),
            ("unknown.invalid", ""),
            ("localhost", "::1 127.0.0.1"),
        ]);
        for (registry, target, want) in [
            ("https://203.0.113.1/", "https://203.0.113.2/t", true),
            ("https://203.0.113.1/", "http://203.0.113.1/t", false),
            ("https://203.0.113.1/", "https://10.0.0.1/t", false),
            ("https://203.0.113.1/", "https://169.254.169.254/t", false),
            ("https://203.0.113.1/", "https://[::1]/t", false),
            ("https://203.0.113.1/", "https://[::ffff:10.0.0.1]/t", false),
            ("https://203.0.113.1/", "https://[64:ff9b::10.0.0.1]/t", false),
            ("https://203.0.113.1/", "https://[64:ff9b::203.0.113.2]/t", true),
            ("https://203.0.113.1/", "https://[2002:a00:1::]/t", false),
            ("https://203.0.113.1/", "https://[fd00::1]/t", false),
            ("https://203.0.113.1/", "https://[fe80::1]/t", false),
            ("https://203.0.113.1/", "https://100.64.0.1/t", false),
            ("https://203.0.113.1/", "https://0.0.0.0/t", false),
            ("https://203.0.113.1/", "https://224.0.0.1/t", false),
            ("https://203.0.113.1/", "https://2130706433/t", false),
            ("https://203.0.113.1/", "https://localhost/t", false),
            ("https://203.0.113.1/", "https://a:b@203.0.113.2/t", false),
            ("https://203.0.113.1/", "file:///t", false),
            ("https://public.invalid/", "https://mixed.invalid/t", false),
            ("https://public.invalid/", "https://inside.invalid/t", false),
            ("https://public.invalid/", "https://unknown.invalid/t", true),
            ("https://inside.invalid/", "https://twin.invalid/t", true),
            ("https://inside.invalid/", "https://public.invalid/t", true),
            ("https://inside.invalid/", "https://10.0.0.6/t", false),
            ("http://127.0.0.1:5001/", "http://127.0.0.1:5004/t", true),
            ("http://127.0.0.1:5001/", "http://localhost:5004/t", true),
            ("http://localhost:5001/", "http://127.0.0.1:5004/t", true),
            ("http://127.0.0.1:5001/", "http://127.0.0.2:5004/t", false),
            ("http://127.0.0.1:5001/", "http://203.0.113.1/t", false),
            ("http://127.0.0.1:5001/", "https://203.0.113.1/t", true),
            ("https://10.0.0.5/", "https://10.0.0.6/t", false),
        ] {
            let (from, to) = (Url::parse(registry).unwrap(), Url::parse(target).unwrap());
            let got = runtime.block_on(judge(&names, &from, &to));
            assert_eq!(got.is_ok(), want, "{registry} {target} {got:?}");
        }
    }
}
