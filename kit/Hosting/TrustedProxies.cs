using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;

namespace Hdms.Kit.Hosting;

/// <summary>
/// Behind a proxy everybody has the proxy's address, and so one limit on sign-ins for all. What the proxies of the setting
/// <c>trusted_proxies</c> say of a caller's address is believed; what anybody else says is not.
/// </summary>
public static class TrustedProxies
{
    /// <summary>Addresses, separated by commas.</summary>
    public const string Setting = "trusted_proxies";

    /// <summary>A proxy on this machine.</summary>
    public const string ThisMachine = "127.0.0.1,::1";

    public static void UseTrustedProxies(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        if (app.Configuration[Setting] is not { Length: > 0 } list)
        {
            return;
        }

        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto };
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        foreach (var text in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            options.KnownProxies.Add(IPAddress.TryParse(text, out var address) ? address : throw new SettingException(Setting, $"'{text}' is not an IP address."));
        }

        app.UseForwardedHeaders(options);
    }
}
