//! Blocks of addresses (CIDR).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The addresses that begin with the same bits; one address alone is the smallest block. An IPv4 address
/// mapped into IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    address: IpAddr,
    prefix_len: u8,
}

/// A text is not a block of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidNetwork;

/// How many bits an IPv4 address has.
const V4_BITS: u8 = 32;
/// How many bits an IPv6 address has.
const V6_BITS: u8 = 128;
/// How many bits all IPv4 addresses mapped into IPv6 begin with.
const MAPPED_BITS: u8 = V6_BITS - V4_BITS;

impl Network {
    /// The block of all addresses that share so many first bits with this one; nothing where an address has
    /// fewer bits.
    pub fn new(address: IpAddr, prefix_len: u8) -> Option<Self> {
        match address {
            IpAddr::V4(v4) => Self::of_v4(v4, prefix_len),
            IpAddr::V6(v6) => match (v6.to_ipv4_mapped(), prefix_len.checked_sub(MAPPED_BITS)) {
                (Some(v4), Some(prefix_len)) => Self::of_v4(v4, prefix_len),
                _ => Self::of_v6(v6, prefix_len),
            },
        }
    }

    /// The block of one address alone.
    pub fn only(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self { address, prefix_len: bits(address) }
    }

    /// The first address of the block.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// How many first bits its addresses share.
    pub fn prefix_len(&self) -> u8 {
        self.prefix_len
    }

    /// Whether it is one address, not a block of several.
    pub fn is_one_address(&self) -> bool {
        self.prefix_len == bits(self.address)
    }

    /// Whether an address is one of the block.
    pub fn contains(&self, address: IpAddr) -> bool {
        Self::new(address.to_canonical(), self.prefix_len) == Some(*self)
    }

    fn of_v4(address: Ipv4Addr, prefix_len: u8) -> Option<Self> {
        let rest = V4_BITS.checked_sub(prefix_len)?;
        let mask = u32::MAX.checked_shl(rest.into()).unwrap_or(0);
        Some(Self { address: Ipv4Addr::from_bits(address.to_bits() & mask).into(), prefix_len })
    }

    fn of_v6(address: Ipv6Addr, prefix_len: u8) -> Option<Self> {
        let rest = V6_BITS.checked_sub(prefix_len)?;
        let mask = u128::MAX.checked_shl(rest.into()).unwrap_or(0);
        Some(Self { address: Ipv6Addr::from_bits(address.to_bits() & mask).into(), prefix_len })
    }
}

fn bits(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => V4_BITS,
        IpAddr::V6(_) => V6_BITS,
    }
}

/// As `10.0.0.0/8`; one address alone without its length.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)?;
        if self.prefix_len == bits(self.address) { Ok(()) } else { write!(f, "/{}", self.prefix_len) }
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    /// Reads an address, or one with the length of a prefix; bits after the prefix are left out.
    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let Some((address, prefix_len)) = text.split_once('/') else {
            return text.parse().map(Self::only).map_err(|_| InvalidNetwork);
        };
        // The standard library would read a sign.
        if !prefix_len.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidNetwork);
        }
        let address = address.parse().map_err(|_| InvalidNetwork)?;
        let prefix_len = prefix_len.parse().map_err(|_| InvalidNetwork)?;
        Self::new(address, prefix_len).ok_or(InvalidNetwork)
    }
}

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected an address like 192.0.2.1, or a block like 10.0.0.0/8")
    }
}

impl std::error::Error for InvalidNetwork {}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        network.parse::<Network>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn a_block_contains_its_first_and_last_address_and_not_those_beside_it() {
        assert!(contains("10.0.0.0/8", "10.0.0.0") && contains("10.0.0.0/8", "10.255.255.255"));
        assert!(!contains("10.0.0.0/8", "9.255.255.255") && !contains("10.0.0.0/8", "11.0.0.0"));
        assert!(
            contains("2001:db8::/33", "2001:db8:7fff::1") && !contains("2001:db8::/33", "2001:db8:8000::")
        );
    }

    #[test]
    fn a_block_of_no_bits_contains_every_address_of_its_family() {
        assert!(contains("0.0.0.0/0", "255.1.2.3") && contains("::/0", "ffff::1"));
        assert!(!contains("0.0.0.0/0", "ffff::1") && !contains("::/0", "255.1.2.3"));
    }

    #[test]
    fn an_address_alone_contains_itself_only() {
        assert!(contains("192.0.2.1", "192.0.2.1") && !contains("192.0.2.1", "192.0.2.0"));
        assert!(contains("::1", "::1") && !contains("::1", "::"));
    }

    #[test]
    fn a_mapped_address_is_the_ipv4_address() {
        assert!(contains("192.0.2.0/24", "::ffff:192.0.2.7") && contains("::ffff:192.0.2.7", "192.0.2.7"));
        assert!(contains("::ffff:192.0.2.0/120", "192.0.2.7") && !contains("::ffff:0:0/90", "192.0.2.7"));
    }

    #[test]
    fn a_block_is_written_with_its_first_address() {
        let written =
            ["10.9.9.9/8", "10.9.9.9/32", "::ffff:1.2.3.4/112", "2001:db8::1/32", "::1/128", "::2/0"]
                .map(|text| text.parse::<Network>().unwrap().to_string());
        assert_eq!(written, ["10.0.0.0/8", "10.9.9.9", "1.2.0.0/16", "2001:db8::/32", "::1", "::/0"]);
    }

    #[test]
    fn what_is_no_block_is_refused() {
        for text in ["", "10", "10.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/+8", "::/129", "::/256", "a/8"]
        {
            assert_eq!(text.parse::<Network>(), Err(InvalidNetwork), "{text}");
        }
    }
}
