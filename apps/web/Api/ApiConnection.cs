using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Microsoft.Extensions.Configuration;

namespace Hdms.Web.Api;

/// <summary>Where each path of the API is answered, and the connections there. One for the whole program.</summary>
sealed class ApiConnection : IDisposable
{
    readonly PathRouter<Uri> _routes;

    public ApiConnection(IConfiguration settings)
    {
        var services = Services.All.Select(s => (s.Paths, Url: settings.Url(s))).ToList();
        _routes = new PathRouter<Uri>(services.SelectMany(s => s.Paths.Select(p => (p, s.Url))), services[0].Url);
    }

    /// <summary>No redirects and no cookies: what a service answers is what is dealt with.</summary>
    public HttpMessageInvoker Http { get; } = new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(2),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
    });

    /// <param name="path">As <c>/api/v1/tickets?page=2</c>.</param>
    public Uri AddressOf(string path)
    {
        var end = path.IndexOf('?', StringComparison.Ordinal);
        return new Uri(_routes.Find(end < 0 ? path : path.AsSpan(0, end)), path);
    }

    public void Dispose() => Http.Dispose();
}
