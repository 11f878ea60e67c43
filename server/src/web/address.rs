//! Where a request came from.

use axum::extract::{ConnectInfo, Request};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The address a request came from. Each trusted proxy in front has added the
/// address it saw to the end of `X-Forwarded-For`; what stands before those
/// was written by the client and counts for nothing.
pub fn of(request: &Request, trusted_proxy_hops: usize) -> IpAddr {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
    if trusted_proxy_hops == 0 {
        return peer;
    }
    let forwarded: Vec<&str> = request
        .headers()
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    forwarded
        .len()
        .checked_sub(trusted_proxy_hops)
        .and_then(|place| forwarded[place].parse().ok())
        .unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let request = Request::builder()
            .header("x-forwarded-for", "6.6.6.6, 192.0.2.7")
            .header("x-forwarded-for", "10.0.0.2")
            .extension(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 443))))
            .body(Body::empty())
            .expect("request");
        let address = |hops| of(&request, hops).to_string();
        assert_eq!(address(0), "10.0.0.1");
        assert_eq!(address(1), "10.0.0.2");
        assert_eq!(address(2), "192.0.2.7");
        assert_eq!(address(9), "10.0.0.1");
    }
}
