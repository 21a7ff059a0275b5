using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Kit.Hosting;

/// <summary>
/// Whose word is taken for where a request comes from: limits and the audit go by the caller's address. This machine's
/// nginx, unless <c>trusted_proxies</c> names other addresses or networks (<c>10.0.0.5, 10.1.0.0/16</c>).
/// </summary>
static class Proxies
{
    const string Name = "trusted_proxies";

    public static IServiceCollection AddProxies(this IServiceCollection services, IConfiguration settings)
    {
        var trusted = (settings[Name] ?? "127.0.0.1/32, ::1/128").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Read).ToList();
        return services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            trusted.ForEach(options.KnownIPNetworks.Add);
        });
    }

    static System.Net.IPNetwork Read(string text)
    {
        if (System.Net.IPNetwork.TryParse(text, out var network))
        {
            return network;
        }

        return IPAddress.TryParse(text, out var address)
            ? new System.Net.IPNetwork(address, address.GetAddressBytes().Length * 8)
            : throw new SettingException(Name, $"'{text}' is neither an address nor a network; write 10.0.0.5 or 10.1.0.0/16.");
    }
}
