//! Which network addresses a stranger's URL may lead to: public ones, and nothing of this box or
//! of the home.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

/// Whether `address` belongs to the public internet: not loopback, private, link-local (where
/// cloud metadata lives), shared, reserved, documentation or multicast; IPv4 inside IPv6
/// (mapped, NAT64, 6to4) counts as the IPv4 address it leads to.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let octets = address.octets();
    let (first, second, third) = (octets[0], octets[1], octets[2]);
    // "This network", private, loopback; multicast and everything above it.
    let whole = matches!(first, 0 | 10 | 127 | 224..);
    // Carrier-grade NAT, link-local, private, private, benchmarks.
    let wide = matches!(
        (first, second),
        (100, 64..=127) | (169, 254) | (172, 16..=31) | (192, 168) | (198, 18 | 19)
    );
    // Protocol assignments, documentation, 6to4 relays.
    let narrow = matches!(
        (first, second, third),
        (192, 0, 0 | 2) | (192, 88, 99) | (198, 51, 100) | (203, 0, 113)
    );
    !(whole || wide || narrow)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // IPv4 inside: NAT64 and 6to4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            is_public_v4((u32::from(high) << 16 | u32::from(low)).into())
        }
        // Protocol assignments (Teredo among them) and documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // The global unicast range; all else is loopback, unique-local, link-local, multicast
        // or unassigned.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// Whether `address` is one of this box's own, public ones included: only those can be bound.
pub(crate) fn is_own(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abuse_11_only_the_public_internet_is_public() {
        let refused = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.251",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:192.168.0.1",
            "64:ff9b::7f00:1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::fb",
        ];
        for text in refused {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        let allowed = [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "172.32.0.1",
            "193.0.0.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
            "2606:4700:4700::1111",
            "2a00:1450::1",
        ];
        for text in allowed {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn abuse_11_the_box_knows_its_own_addresses() {
        assert!(is_own("127.0.0.1".parse().unwrap()));
        assert!(!is_own("8.8.8.8".parse().unwrap()));
    }
}
