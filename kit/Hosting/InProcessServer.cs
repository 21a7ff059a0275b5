using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hdms.Kit.Hosting;

/// <summary>
/// Stands where Kestrel would when several applications share one process and one port: it keeps the application that the host
/// starts it with, and whoever has the port hands each request to it as it came (setting <c>in_process</c>, which only
/// <c>hdms</c> itself gives).
/// </summary>
public sealed class InProcessServer : IServer
{
    InnerApplication? _application;

    public IFeatureCollection Features { get; } = new FeatureCollection();

    /// <summary>What the host gave; there once the application has been started.</summary>
    public InnerApplication Application => _application ?? throw new InvalidOperationException("The application has not been started.");

    [SuppressMessage("Usage", "CA2016", Justification = "There is nothing to wait for.")]
    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        _application = new InnerApplication<TContext>(application);
        return Task.CompletedTask;
    }

    // Whoever has the port sees to it that no request is left.
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
    }
}

/// <summary>An application's own three steps for each request, whatever it keeps between them.</summary>
public abstract class InnerApplication
{
    public abstract object CreateContext(IFeatureCollection features);

    public abstract Task ProcessRequestAsync(object context);

    public abstract void DisposeContext(object context, Exception? exception);
}

sealed class InnerApplication<TContext>(IHttpApplication<TContext> application) : InnerApplication
    where TContext : notnull
{
    public override object CreateContext(IFeatureCollection features) => application.CreateContext(features);

    public override Task ProcessRequestAsync(object context) => application.ProcessRequestAsync((TContext)context);

    public override void DisposeContext(object context, Exception? exception) => application.DisposeContext((TContext)context, exception);
}

/// <summary>How an application is made to share its process and port with others.</summary>
public static class InProcess
{
    public const string Setting = "in_process";

    /// <summary>When <c>in_process</c> is set: no port of its own, and signals are the process's business, not this application's.</summary>
    public static void ServeInProcess(this WebApplicationBuilder builder, IConfiguration settings)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!settings.Flag(Setting, false))
        {
            return;
        }

        builder.Services.AddSingleton<InProcessServer>();
        builder.Services.AddSingleton<IServer>(s => s.GetRequiredService<InProcessServer>());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
    }

    sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
