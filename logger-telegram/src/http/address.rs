//! Which hosts may be reached: public ones by TLS on port 443, and those that are allowed by name.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::error::AlertError;

/// How the network is used.
#[derive(Debug, Clone, Default)]
pub(crate) struct Network {
    allowed: Vec<Allowed>,
    pub(crate) proxy: Option<logger_core::Secret<String>>,
    /// Certificates in PEM or DER that are trusted besides those of the system.
    pub(crate) roots: Vec<Vec<u8>>,
}

/// A host that may be anywhere, on any port or one, with or without TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Allowed {
    host: String,
    port: Option<u16>,
}

impl Network {
    /// `host` or `host:port`; an IPv6 address stands in brackets.
    pub(crate) fn allow(&mut self, text: &str) {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()),
            _ => (text, None),
        };
        self.allowed.push(Allowed { host: host.trim_matches(['[', ']']).to_ascii_lowercase(), port });
    }

    /// Reads an address that comes from the configuration.
    pub(crate) fn check(&self, target: &str, text: &str) -> Result<Url, AlertError> {
        let wrong = |what: String| AlertError::Setting { target: target.to_owned(), what };
        let url = Url::parse(text).map_err(|error| wrong(format!("the address cannot be read: {error}")))?;
        let host = match url.host() {
            Some(host) if matches!(url.scheme(), "http" | "https") => host,
            _ => return Err(wrong("the address begins neither with `https://` nor with `http://`".into())),
        };
        let name = host_name(&host);
        let port = url.port_or_known_default().unwrap_or_default();
        if self.allows(&name, port) {
            return Ok(url);
        }
        if url.scheme() != "https" {
            return Err(wrong(format!(
                "the address of `{name}` has no TLS, and the host is not allowed by name"
            )));
        }
        if port != 443 {
            return Err(wrong(format!(
                "port {port} of `{name}` is not allowed by name; without that it is 443"
            )));
        }
        let literal = match host {
            Host::Domain(_) => None,
            Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
            Host::Ipv6(ip) => Some(IpAddr::V6(ip)),
        };
        if name == "localhost" || literal.is_some_and(|ip| !is_public(ip)) {
            return Err(wrong(format!("`{name}` is not a public address, and not allowed by name")));
        }
        Ok(url)
    }

    fn allows(&self, host: &str, port: u16) -> bool {
        self.allowed.iter().any(|it| it.host == host && it.port.is_none_or(|it| it == port))
    }

    pub(crate) fn resolver(&self) -> Arc<Resolver> {
        Arc::new(Resolver { allowed: self.allowed.clone() })
    }
}

/// Whether requests to it leave this machine without TLS.
pub(crate) fn is_unprotected(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && !is_here
}

fn host_name(host: &Host<&str>) -> String {
    match host {
        Host::Domain(name) => name.to_ascii_lowercase(),
        Host::Ipv4(ip) => ip.to_string(),
        Host::Ipv6(ip) => ip.to_string(),
    }
}

/// Looks at the addresses behind a name each time that it is resolved: what was public when it was configured may not be
/// any more.
pub(crate) struct Resolver {
    allowed: Vec<Allowed>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_ascii_lowercase();
        let anywhere = self.allowed.iter().any(|it| it.host == host);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let usable = if anywhere { found } else { public(found)? };
            Ok::<Addrs, Box<dyn std::error::Error + Send + Sync>>(Box::new(usable.into_iter()))
        })
    }
}

/// Those of the addresses behind a name that may be reached.
fn public(mut found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, &'static str> {
    let some = !found.is_empty();
    found.retain(|address| is_public(address.ip()));
    if some && found.is_empty() {
        return Err("the host has no public address, and is not allowed by name");
    }
    Ok(found)
}

/// Whether an address is one of the internet: not this machine, not its network, nothing of a cloud's own.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (b == 18 || b == 19);
    let protocols = (a, b, c) == (192, 0, 0);
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || shared
        || benchmark
        || protocols)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(ip) = ip.to_ipv4_mapped() {
        return is_public_v4(ip);
    }
    let first = ip.segments()[0];
    // NAT64 and 6to4 lead to an IPv4 address that they contain
    let embedded = match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some((high, low)),
        _ => None,
    };
    let embedded_is_public = embedded.is_none_or(|(high, low)| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    });
    let local = first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80 || first & 0xffc0 == 0xfec0;
    let documentation = first == 0x2001 && ip.segments()[1] == 0xdb8;
    !(ip.is_loopback() || ip.is_unspecified() || ip.is_multicast() || local || documentation)
        && embedded_is_public
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(network: &Network, url: &str) -> String {
        network.check("webhook", url).map_or_else(|error| error.to_string(), |_| "ok".into())
    }

    #[test]
    fn only_public_hosts_by_tls_on_their_port_unless_allowed_by_name() {
        let none = Network::default();
        for url in ["https://example.com/x", "https://8.8.8.8/", "https://[2606:4700::1111]/"] {
            assert_eq!(said(&none, url), "ok", "{url}");
        }
        for (url, why) in [
            ("http://example.com/secret", "has no TLS"),
            ("https://example.com:8443/", "port 8443"),
            ("https://127.0.0.1/", "not a public address"),
            ("https://localhost/", "not a public address"),
            ("https://2130706433/", "not a public address"),
            ("https://0x7f.1/", "not a public address"),
            ("https://169.254.169.254/latest", "not a public address"),
            ("https://10.1.2.3/", "not a public address"),
            ("https://100.100.100.200/", "not a public address"),
            ("https://[::1]/", "not a public address"),
            ("https://[::ffff:127.0.0.1]/", "not a public address"),
            ("https://[fd00:ec2::254]/", "not a public address"),
            ("https://[64:ff9b::7f00:1]/", "not a public address"),
            ("https://[fe80::1]/", "not a public address"),
            ("file:///etc/passwd", "begins neither"),
            ("gopher://example.com", "begins neither"),
            ("example.com/secret", "cannot be read"),
        ] {
            let said = said(&none, url);
            assert!(said.contains(why) && !said.contains("secret"), "{url}: {said}");
        }
    }

    #[test]
    fn of_the_addresses_behind_a_name_the_public_ones_are_used() {
        let all = |texts: &[&str]| texts.iter().map(|it| it.parse().unwrap()).collect::<Vec<SocketAddr>>();
        let mixed = all(&["127.0.0.1:443", "8.8.8.8:443", "[fd00::1]:443"]);
        assert_eq!(public(mixed), Ok(all(&["8.8.8.8:443"])));
        assert!(public(all(&["10.0.0.1:443", "[::1]:443"])).unwrap_err().contains("no public address"));
        assert_eq!(public(Vec::new()), Ok(Vec::new()), "what cannot be resolved fails for that reason");
    }

    #[test]
    fn what_leaves_the_machine_without_tls_is_known() {
        let said = |url: &str| is_unprotected(&Url::parse(url).unwrap());
        for url in ["http://example.com/", "http://10.0.0.5/", "http://[fd00::1]/"] {
            assert!(said(url), "{url}");
        }
        for url in ["https://example.com/", "http://localhost:8081/", "http://127.0.0.1:1/", "http://[::1]/"]
        {
            assert!(!said(url), "{url}");
        }
    }

    #[test]
    fn a_host_is_allowed_with_all_its_ports_or_one() {
        let mut some = Network::default();
        some.allow("localhost:8081");
        some.allow("10.0.0.5");
        some.allow("[::1]:9");
        some.allow("hooks.example");
        for url in [
            "http://localhost:8081/a",
            "http://10.0.0.5/",
            "https://10.0.0.5:99/",
            "http://[::1]:9/",
            "http://HOOKS.example/",
        ] {
            assert_eq!(said(&some, url), "ok", "{url}");
        }
        for url in [
            "http://localhost:8082/",
            "http://10.0.0.6/",
            "http://[::1]:10/",
            "http://evil-hooks.example/",
            "http://a.hooks.example/",
            "http://hooks.example.com/",
        ] {
            assert_ne!(said(&some, url), "ok", "{url}");
        }
    }
}
