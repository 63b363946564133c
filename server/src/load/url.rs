//! An address to ask: `http://host:port/path?query`, with `{n}` where a number belongs.

use std::net::{SocketAddr, ToSocketAddrs};

use anyhow::{Context, bail};
use http::Uri;

/// A server, and what to ask of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// As the `host` header says it.
    pub(super) host: String,
    port: u16,
    /// Path and query, with `{n}` as it was given.
    pub(super) target: String,
}

impl Address {
    /// Reads an address. Errors do not repeat it: it may carry a key.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let uri: Uri = text.replace("{n}", "0").parse().context("--url is not an address")?;
        if uri.scheme_str() != Some("http") {
            bail!("--url must begin with http://: load is made without TLS, beside what it measures");
        }
        let authority = uri.authority().context("--url names no host")?;
        if authority.as_str().contains('@') {
            bail!("--url carries a name and a password; send them by --header instead");
        }
        let rest = text["http://".len()..].split('#').next().unwrap_or_default();
        let target = match rest.find(['/', '?']) {
            None => "/".to_owned(),
            Some(at) if rest[at..].starts_with('?') => format!("/{}", &rest[at..]),
            Some(at) => rest[at..].to_owned(),
        };
        let host = authority.as_str().to_owned();
        Ok(Self { host, port: uri.port_u16().unwrap_or(80), target })
    }

    /// Looks the host up, once.
    pub(super) fn resolve(&self) -> anyhow::Result<SocketAddr> {
        let name = self.host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
        let name = name.map_or(self.host.as_str(), |(name, _)| name);
        let name = name.trim_start_matches('[').trim_end_matches(']');
        let found =
            (name, self.port).to_socket_addrs().with_context(|| format!("{} is not found", self.host))?;
        // `localhost` is both; servers that listen on one address mostly take the older.
        let mut found: Vec<SocketAddr> = found.collect();
        found.sort_by_key(SocketAddr::is_ipv6);
        found.into_iter().next().with_context(|| format!("{} has no address", self.host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_an_address() {
        for (text, host, port, target) in [
            ("http://127.0.0.1:3000/a/p{n}?b={n}", "127.0.0.1:3000", 3000, "/a/p{n}?b={n}"),
            ("http://localhost", "localhost", 80, "/"),
            ("http://localhost:81?x=1", "localhost:81", 81, "/?x=1"),
            ("http://[::1]:4010/v1#part", "[::1]:4010", 4010, "/v1"),
            ("HTTP://localhost/{n}", "localhost", 80, "/{n}"),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.host.as_str(), address.port, address.target.as_str()), (host, port, target));
        }
        assert_eq!(Address::parse("http://[::1]:9/").unwrap().resolve().unwrap().to_string(), "[::1]:9");
        assert_eq!(Address::parse("http://127.0.0.1/").unwrap().resolve().unwrap().port(), 80);
    }

    #[test]
    fn what_is_no_address_is_refused_unrepeated() {
        for text in ["https://host/secret", "/secret", "http://", "http://me:secret@host/", "secret host", ""]
        {
            let error = format!("{:#}", Address::parse(text).unwrap_err());
            assert!(error.contains("--url") && !error.contains("secret"), "{error}");
        }
    }
}
