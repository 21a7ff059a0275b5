using Hdms.Kit.Hosting;
using StackExchange.Redis;

namespace Hdms.Kit.Caching;

/// <summary>The setting <c>redis</c>.</summary>
static class RedisAddress
{
    /// <exception cref="SettingException">The setting <c>redis</c> can't be read.</exception>
    public static ConfigurationOptions Read(string address, string service)
    {
        try
        {
            var options = ConfigurationOptions.Parse(address);
            if (options.EndPoints.Count == 0)
            {
                throw new SettingException("redis", "names no server; write host:port, or host:port,password=….");
            }

            options.AbortOnConnectFail = false;
            options.ConnectTimeout = 1000;
            options.SyncTimeout = (int)RedisLink.UsualPatience.TotalMilliseconds;
            options.ReconnectRetryPolicy = new LinearRetry(500);
            options.ClientName = $"hdms-{service}";
            return options;
        }
        catch (ArgumentException e)
        {
            throw new SettingException("redis", $"can't be read ({e.Message}); write host:port, or host:port,password=….");
        }
    }
}
