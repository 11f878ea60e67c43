//! Which addresses webhooks may be sent to. What a name leads to is looked at
//! where the connection is made, so that what was checked is what is reached.

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use url::{Host, Url};

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> IpNet {
    IpNet::new_assert(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), length)
}

const fn v6(a: u16, b: u16, length: u8) -> IpNet {
    IpNet::new_assert(IpAddr::V6(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0)), length)
}

/// Where the public internet is not: IANA's registries of special-purpose
/// addresses, multicast, and what is reserved.
const ELSEWHERE: [IpNet; 20] = [
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 31, 196, 0, 24),
    v4(192, 52, 193, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(192, 175, 48, 0, 24),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
    // Teredo, benchmarks, ORCHID and other protocols' own.
    v6(0x2001, 0, 23),
    v6(0x2001, 0x0db8, 32),
];

/// All that is routed of IPv6. What carries an address of IPv4 inside is not in
/// it (mapped, compatible, NAT64), or below (6to4).
const ROUTED: IpNet = v6(0x2000, 0, 3);
const SIX_TO_FOUR: IpNet = v6(0x2002, 0, 16);
const DOCUMENTATION: IpNet = v6(0x3fff, 0, 20);

/// Whether an address is one on the public internet.
fn is_public(address: IpAddr) -> bool {
    let routed = match address {
        IpAddr::V4(_) => true,
        IpAddr::V6(_) => ROUTED.contains(&address),
    };
    routed
        && !ELSEWHERE.iter().chain([&SIX_TO_FOUR, &DOCUMENTATION]).any(|net| net.contains(&address))
}

/// Why an address cannot be used, in words for who typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forbidden(String);

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Forbidden {}

/// Lets through what is on the public internet, and what the operator has named.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allowed: Arc<[IpNet]>,
}

impl Guard {
    /// Allows these networks beside the public internet.
    #[must_use]
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed: allowed.into() }
    }

    fn lets(&self, address: IpAddr) -> bool {
        is_public(address) || self.allowed.iter().any(|net| net.contains(&address))
    }

    /// Whether a host that is an address itself may be reached: names are looked
    /// up by [`Guard::resolve`].
    ///
    /// # Errors
    /// Why not.
    pub fn check_literal(&self, url: &Url) -> Result<(), Forbidden> {
        let address: IpAddr = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(Forbidden("This address has no host.".to_owned())),
        };
        if self.lets(address) { Ok(()) } else { Err(private(&address.to_string(), address)) }
    }

    /// Whether a host may be reached, as far as can be said now.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self, url: &Url) -> Result<(), Forbidden> {
        self.check_literal(url)?;
        match url.domain() {
            Some(name) => self.look_up(name.to_owned()).await.map(drop),
            None => Ok(()),
        }
    }

    async fn look_up(&self, name: String) -> Result<Vec<SocketAddr>, Forbidden> {
        let found = tokio::net::lookup_host((name.as_str(), 0)).await;
        let found: Vec<SocketAddr> = match found {
            Ok(found) => found.collect(),
            Err(_) => Vec::new(),
        };
        let Some(first) = found.first().map(SocketAddr::ip) else {
            return Err(Forbidden(format!("We could not find {name}. Check the address.")));
        };
        let allowed: Vec<_> = found.into_iter().filter(|found| self.lets(found.ip())).collect();
        if allowed.is_empty() { Err(private(&name, first)) } else { Ok(allowed) }
    }
}

fn private(host: &str, address: IpAddr) -> Forbidden {
    let is = if host == address.to_string() {
        format!("{host} is")
    } else {
        format!("{host} leads to {address}, which is")
    };
    Forbidden(format!(
        "{is} not on the public internet. Use an address that is; your operator can allow more networks."
    ))
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, name) = (self.clone(), name.as_str().to_owned());
        Box::pin(async move {
            let found = guard.look_up(name).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().expect("an address")
    }

    #[test]
    fn only_the_public_internet_is_public() {
        for public in [
            "1.1.1.1",
            "9.255.255.255",
            "172.32.0.1",
            "100.128.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:4860:4860::8888",
        ] {
            assert!(is_public(public.parse().expect("an address")), "{public}");
        }
        for other in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::10.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:1.1.1.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(other.parse().expect("an address")), "{other}");
        }
    }

    #[test]
    fn a_host_that_is_an_address_is_looked_at_however_it_is_written() {
        let guard = Guard::default();
        for wrong in [
            "https://10.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://127.1:8443/",
        ] {
            assert!(guard.check_literal(&url(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(guard.check_literal(&url("https://1.1.1.1/")), Ok(()));
        let loopback = Guard::new(vec!["127.0.0.0/8".parse().expect("a network")]);
        assert_eq!(loopback.check_literal(&url("http://127.0.0.1:9/")), Ok(()));
        assert!(loopback.check_literal(&url("https://10.0.0.1/")).is_err());
    }

    #[tokio::test]
    async fn a_name_is_what_it_leads_to() {
        let refused =
            Guard::default().check(&url("https://localhost/")).await.expect_err("refused");
        assert!(refused.to_string().contains("not on the public internet"), "{refused}");
        let nowhere = Guard::default().check(&url("https://nowhere.invalid/")).await;
        assert!(nowhere.expect_err("refused").to_string().contains("could not find"));
        let resolved = Guard::default().resolve("localhost".parse().expect("a name")).await;
        assert!(resolved.is_err());
        let loopback = Guard::new(vec![
            "127.0.0.0/8".parse().expect("a network"),
            "::1/128".parse().expect("a network"),
        ]);
        let resolved = loopback.resolve("localhost".parse().expect("a name")).await;
        assert!(resolved.expect("addresses").all(|found| found.ip().is_loopback()));
    }
}
