//! The setting that says where figures are served.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::{Value as Json, json};

use crate::{
    given::Given,
    setting::{Setting, refuse, refuse_kind},
};

/// An address that no other machine can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LoopbackAddress(pub(crate) SocketAddr);

impl Setting for LoopbackAddress {
    const IS: &'static str = "an address";

    fn allowed() -> String {
        "is an address of the loopback with a port, such as `127.0.0.1:9464`, `[::1]:9464` or `localhost:9464`".into()
    }

    fn read(given: &Given) -> Result<Self, String> {
        let Given::Text(text) = given else { return Err(refuse_kind::<Self>(given)) };
        let text = text.trim();
        let local = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
        let local = local.map(|port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        local
            .or_else(|| text.parse().ok())
            .filter(|address| address.ip().is_loopback())
            .map(LoopbackAddress)
            .ok_or_else(|| refuse::<Self>(given))
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": r"^\s*(127(\.[0-9]{1,3}){3}|\[[0-9:]+\]|localhost):[0-9]{1,5}\s*$" })
    }

    fn form() -> String {
        "address of the loopback".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_loopback_are_allowed() {
        for fine in ["127.0.0.1:9464", "127.8.9.10:1", "[::1]:0", "localhost:80"] {
            assert!(LoopbackAddress::read(&fine.into()).is_ok(), "{fine}");
        }
        for wrong in [
            "0.0.0.0:9464",
            "[::]:9464",
            "192.168.0.1:80",
            "127.0.0.1",
            "localhost",
            "example.org:80",
            ":80",
            "",
            "localhost:65536",
        ] {
            let said = LoopbackAddress::read(&wrong.into()).unwrap_err();
            assert!(said.contains("loopback") && said.contains(wrong), "{said}");
        }
    }
}
