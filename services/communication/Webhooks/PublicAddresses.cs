using System.Net;
using System.Net.Sockets;

namespace Hdms.Communication.Webhooks;

/// <summary>Addresses that anybody in the world may be at, by IANA's registries of special-purpose addresses (RFC 6890).</summary>
static class PublicAddresses
{
    static readonly IPNetwork[] NotIPv4 =
    [
        // This network, private ones, those behind a provider's NAT, this machine, link-local (where clouds tell machines their secrets).
        .. Networks("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        // Of protocols, for documents, 6to4 relays, private, measurements, for documents.
        .. Networks("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        // Multicast, reserved and broadcast.
        .. Networks("224.0.0.0/4", "240.0.0.0/4"),
    ];

    /// <summary>All that is given out so far; this machine, unique-local, link-local, multicast and what IPv4 is embedded in are outside.</summary>
    static readonly IPNetwork IPv6 = IPNetwork.Parse("2000::/3");

    /// <summary>Of protocols, Teredo among them; for documents; 6to4, in which an IPv4 address is; for documents.</summary>
    static readonly IPNetwork[] NotIPv6 = [.. Networks("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")];

    public static bool Contain(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily == AddressFamily.InterNetwork
            ? !NotIPv4.Any(n => n.Contains(plain))
            : IPv6.Contains(plain) && !NotIPv6.Any(n => n.Contains(plain));
    }

    static IEnumerable<IPNetwork> Networks(params IEnumerable<string> networks) => networks.Select(IPNetwork.Parse);
}
