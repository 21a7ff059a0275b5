using System.Net;
using Hdms.Kit.Hosting;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Hdms.Cli.Hosting;

/// <summary>
/// Several applications, each with a container of its own, behind one Kestrel: no proxy between, no copy of anything. They reach
/// one another over HTTP as they would in processes of their own.
/// </summary>
internal sealed class OneProcess : IAsyncDisposable
{
    static readonly TimeSpan Drain = TimeSpan.FromSeconds(15);

    readonly Dispatcher _dispatcher = new();
    readonly ServiceProvider _kestrelServices;
    readonly KestrelServer _kestrel;
    List<InnerApp> _apps = [];
    bool _stopped;

    /// <param name="address">Null for this machine only, on 127.0.0.1 and on ::1.</param>
    public OneProcess(IPAddress? address, int port, ILoggerFactory log)
    {
        Address = address;
        Port = port;
        _kestrelServices = new ServiceCollection().AddSingleton(log).BuildServiceProvider();
        var options = new KestrelServerOptions { ApplicationServices = _kestrelServices, AddServerHeader = false };
        options.Limits.MaxRequestBodySize = ServiceHost.LargestBody;
        // There is no TLS here, and without it nobody speaks HTTP/2 unless told beforehand.
        options.ConfigureEndpointDefaults(e => e.Protocols = HttpProtocols.Http1);
        if (address is null)
            options.ListenLocalhost(port);
        else
            options.Listen(address, port);
        _kestrel = new KestrelServer(Options.Create(options), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), log), log);
    }

    public IPAddress? Address { get; }

    public int Port { get; }

    /// <summary>Takes the port. Requests wait until <see cref="StartAsync"/> is done.</summary>
    public async Task ListenAsync(CancellationToken ct)
    {
        try
        {
            await _kestrel.StartAsync(_dispatcher, ct);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new OneLineError($"Port {Port} is taken by another program; choose another with --port.", ExitCode.InUse, e);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            throw new OneLineError($"Can't listen on {Address?.ToString() ?? "localhost"}, port {Port}: {e.Message}", ExitCode.Failed, e);
        }
    }

    /// <summary>Starts the applications, all at once, and lets requests in when all have started.</summary>
    /// <param name="prepare">What is still to be done before anybody comes in.</param>
    public async Task StartAsync(IEnumerable<InnerApp> apps, CancellationToken ct, Func<Task>? prepare = null)
    {
        _apps = [.. apps];
        await Task.WhenAll(_apps.Select(a => a.App.StartAsync(ct)));
        if (prepare is not null)
            await prepare();
        _dispatcher.Open(_apps);
    }

    /// <summary>Takes no new requests, lets those at work finish, and stops what works in the background.</summary>
    /// <param name="atOnce">When it is cancelled, nothing is waited for any longer.</param>
    public async Task StopAsync(CancellationToken atOnce)
    {
        if (_stopped)
            return;
        _stopped = true;
        _dispatcher.Close();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(atOnce);
        patience.CancelAfter(Drain);
        // Together: a feed that is being read ends only with its reader, and the reader is one of them.
        foreach (var app in _apps)
            app.App.Lifetime.StopApplication();
        await Task.WhenAll(_apps.Select(a => StopAsync(a, patience.Token)).Append(_kestrel.StopAsync(patience.Token)));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        foreach (var app in _apps)
            await app.App.DisposeAsync();
        _kestrel.Dispose();
        await _kestrelServices.DisposeAsync();
    }

    static async Task StopAsync(InnerApp app, CancellationToken ct)
    {
        try
        {
            await app.App.StopAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // It was given its time.
        }
    }
}
