//! Names of hosts to addresses, each once in a run.
//!
//! What is judged here is what a connection goes to: a name that means another address a moment
//! later (DNS rebinding) is not asked again. Behind a proxy it is the proxy that finds the host,
//! with what its own network may reach.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Time for one name.
const NAME: Duration = Duration::from_secs(2);

/// The names that were asked for, and their addresses.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(Arc<Mutex<BTreeMap<String, Vec<IpAddr>>>>);

impl Names {
    /// The addresses of a host; none where the name is not known here.
    pub(super) async fn of(&self, host: &str) -> Vec<IpAddr> {
        let bare = host.trim_matches(['[', ']']);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return vec![address];
        }
        if let Some(known) = self.0.lock().ok().and_then(|known| known.get(bare).cloned()) {
            return known;
        }
        let found = tokio::time::timeout(NAME, tokio::net::lookup_host((bare, 0))).await;
        let found = match found {
            Ok(Ok(found)) => found
                .map(|address| address.ip())
                // Plain text goes to this name.
                .filter(|address| bare != "localhost" || address.is_loopback())
                .collect(),
            _ => Vec::new(),
        };
        // Of two that asked at a time both go by the first answer.
        match self.0.lock() {
            Ok(mut known) => known.entry(bare.to_owned()).or_insert(found).clone(),
            Err(_) => Vec::new(),
        }
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.clone();
        Box::pin(async move {
            let found = names.of(name.as_str()).await;
            if found.is_empty() {
                return Err("the name of its host is not known here".into());
            }
            let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(found) as Addrs)
        })
    }
}

#[cfg(test)]
impl Names {
    /// With what a name server would say.
    pub(super) fn told(hosts: &[(&str, &str)]) -> Self {
        let hosts = hosts.iter().map(|(host, address)| {
            ((*host).to_owned(), address.split_whitespace().map(|a| a.parse().unwrap()).collect())
        });
        Self(Arc::new(Mutex::new(hosts.collect())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_goes_where_the_judge_looked() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // No name server knows it: only what is kept can answer.
        let names = Names::told(&[("a.invalid", "203.0.113.1 203.0.113.2"), ("b.invalid", "")]);
        let went = |host: &str| {
            let name = host.parse().unwrap();
            runtime.block_on(names.resolve(name)).map(|found| found.map(|a| a.ip()).collect())
        };
        let kept: Vec<IpAddr> = went("a.invalid").unwrap();
        assert_eq!(kept, runtime.block_on(names.of("a.invalid")));
        assert_eq!(kept.len(), 2);
        assert!(went("b.invalid").is_err());
        assert_eq!(runtime.block_on(names.of("[::1]")), ["::1".parse::<IpAddr>().unwrap()]);
        let local = runtime.block_on(names.of("localhost"));
        assert!(local.iter().all(IpAddr::is_loopback), "{local:?}");
        assert_eq!(names.0.lock().unwrap().get("localhost"), Some(&local));
    }
}
