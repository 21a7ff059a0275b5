using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hdms.Bench.Live;

/// <summary>The least that could send server-sent events: what is said to people is written to their streams, and nothing else is done. A process of its own.</summary>
sealed class LivePeer : IAsyncDisposable
{
    /// <summary>The first argument of the program when it is to be one.</summary>
    public const string Argument = "live-peer";

    readonly Process _process;

    LivePeer(Process process, int port) => (_process, Address) = (process, new Uri($"http://127.0.0.1:{port}"));

    public Uri Address { get; }

    public static async Task<LivePeer> StartAsync()
    {
        var port = FreePort();
        var peer = new LivePeer(Process.Start(new ProcessStartInfo("dotnet", [typeof(LivePeer).Assembly.Location, Argument, $"{port}"]))!, port);
        using var client = new HttpClient { BaseAddress = peer.Address };
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync("/");
                return peer;
            }
            catch (HttpRequestException) when (!peer._process.HasExited)
            {
                await Task.Delay(20);
            }
        }
    }

    /// <summary>Resident memory, in megabytes (Linux).</summary>
    public double Megabytes() =>
        double.Parse(File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("VmRSS", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Is one, until it is killed.</summary>
    public static Task ServeAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var streams = new ConcurrentDictionary<int, ConcurrentBag<Channel<byte[]>>>();
        app.MapGet("/live", async (HttpContext http, int person) =>
        {
            var frames = Channel.CreateUnbounded<byte[]>();
            streams.GetOrAdd(person, _ => []).Add(frames);
            http.Response.ContentType = "text/event-stream";
            await http.Response.BodyWriter.WriteAsync("id: 1.0\n\n"u8.ToArray());
            await foreach (var frame in frames.Reader.ReadAllAsync(http.RequestAborted))
            {
                await http.Response.BodyWriter.WriteAsync(frame, http.RequestAborted);
            }
        });
        app.MapPost("/say", async (HttpContext http, string people) =>
        {
            var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            byte[] frame = [.. "id: 1.1\nevent: message.posted\ndata: "u8, .. body.ToArray(), .. "\n\n"u8];
            foreach (var stream in people.Split(',').SelectMany(p => streams.GetValueOrDefault(int.Parse(p)) ?? []))
            {
                stream.Writer.TryWrite(frame);
            }
        });
        return app.RunAsync();
    }
}
