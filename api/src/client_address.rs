//! Where a request comes from: the connection's other side, or what as many proxies as are trusted say.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::request::Parts;

/// The one header that is looked at, and only with trusted proxies; `Forwarded`, `X-Real-IP` and others never are.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// Bits of an IPv6 address that one customer of a provider has for themselves.
const IPV6_PREFIX_BITS: u32 = 64;

/// The address of who made a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// What counts as one address: one of IPv4, a network of 64 bits of IPv6. Its `Debug` says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Prefix(IpAddr);

impl ClientAddress {
    /// Of a request, behind so many trusted proxies.
    pub(crate) fn of(parts: &Parts, trusted_hops: usize) -> Option<Self> {
        let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(Self::behind(peer.ip(), &parts.headers, trusted_hops))
    }

    /// The entry that the outermost trusted proxy wrote. Where there are fewer entries than proxies, or it is no address,
    /// the request did not come through all of them, and the connection's other side is what is known.
    fn behind(peer: IpAddr, headers: &HeaderMap, trusted_hops: usize) -> Self {
        let stated = trusted_hops.checked_sub(1).and_then(|hop| stated(headers, hop));
        Self(stated.unwrap_or(peer).to_canonical())
    }
}

/// The entry at a place from the right, over all headers of the name.
fn stated(headers: &HeaderMap, from_right: usize) -> Option<IpAddr> {
    let values = headers.get_all(FORWARDED_FOR).iter().rev();
    let entries = values.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
    let entry = std::str::from_utf8(entries.into_iter().nth(from_right)?).ok()?.trim();
    entry.parse().or_else(|_| entry.parse::<SocketAddr>().map(|address| address.ip())).ok()
}

impl Prefix {
    /// What an address counts as.
    pub(crate) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => Ipv4Addr::into(address),
            IpAddr::V6(address) => {
                let kept = u128::MAX << (Ipv6Addr::BITS - IPV6_PREFIX_BITS);
                Ipv6Addr::from_bits(address.to_bits() & kept).into()
            }
        })
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[address]")
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    const PEER: &str = "10.0.0.9";

    fn behind(hops: usize, headers: &[(&'static str, &str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        ClientAddress::behind(PEER.parse().unwrap(), &map, hops).0.to_string()
    }

    #[test]
    fn only_as_many_entries_from_the_right_as_there_are_trusted_proxies_are_believed() {
        let forged = "127.0.0.1, 198.51.100.7,192.0.2.5 , 10.0.0.2";
        for (hops, expected) in
            [(0, PEER), (1, "10.0.0.2"), (2, "192.0.2.5"), (3, "198.51.100.7"), (4, "127.0.0.1"), (5, PEER)]
        {
            assert_eq!(behind(hops, &[(FORWARDED_FOR, forged)]), expected, "{hops} hops");
            let parts: Vec<_> = forged.split(',').map(|part| (FORWARDED_FOR, part)).collect();
            assert_eq!(behind(hops, &parts), expected, "{hops} hops, a header each");
        }
    }

    #[test]
    fn what_is_no_address_and_other_headers_change_nothing() {
        let others = ["forwarded", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "via"];
        for hops in 0..4 {
            for name in others {
                assert_eq!(behind(hops, &[(name, "for=192.0.2.1, 192.0.2.1")]), PEER, "{name}, {hops} hops");
            }
            for odd in
                ["", ",", "unknown", "192.0.2.1;", "192.0.2", "0x7f.1", "a, b, c, d", "192.0.2.1 192.0.2.2"]
            {
                assert_eq!(behind(hops, &[(FORWARDED_FOR, odd)]), PEER, "{odd:?}, {hops} hops");
            }
        }
    }

    #[test]
    fn an_entry_may_have_a_port_and_any_form_of_an_address() {
        for (entry, expected) in [
            ("192.0.2.1:4711", "192.0.2.1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("2001:0db8:0::1", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(behind(1, &[(FORWARDED_FOR, entry)]), expected);
        }
    }

    #[test]
    fn a_network_of_64_bits_counts_as_one_address() {
        let of = |text: &str| Prefix::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
