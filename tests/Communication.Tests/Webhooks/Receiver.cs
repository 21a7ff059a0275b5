using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Hdms.Communication.Tests.Webhooks;

/// <summary>What came to a receiver.</summary>
sealed record Received(string Id, string Timestamp, string Signature, string Body)
{
    public JsonElement Json { get; } = JsonDocument.Parse(Body).RootElement;

    public string Type => Json.GetProperty("type").GetString()!;

    /// <summary>Whether one of the signatures is this secret's, reckoned as the specification says and not as the service does.</summary>
    public bool IsSignedBy(string secret)
    {
        using var hmac = new HMACSHA256(Convert.FromBase64String(secret["whsec_".Length..]));
        var expected = hmac.ComputeHash(Encoding.UTF8.GetBytes(Id + "." + Timestamp + "." + Body));
        return Signature.Split(' ').Select(s => s.Split(',')).Any(s => s[0] == "v1" && CryptographicOperations.FixedTimeEquals(Convert.FromBase64String(s[1]), expected));
    }

    public DateTimeOffset At => DateTimeOffset.FromUnixTimeSeconds(long.Parse(Timestamp, CultureInfo.InvariantCulture));
}

/// <summary>Another program, which is told of events: an HTTP server on this machine.</summary>
sealed class Receiver : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentQueue<Received> _received = [];

    Receiver(WebApplication app) => _app = app;

    /// <summary>What it does and answers; 204 unless a test says otherwise.</summary>
    public Func<Received, HttpContext, Task> Answer { get; set; } = static (_, http) => Say(http, 204);

    public IReadOnlyList<Received> Received => [.. _received];

    public string Url => $"{_app.Urls.First()}/hdms?of=tests";

    public int Port => new Uri(_app.Urls.First()).Port;

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, o => o.Protocols = HttpProtocols.Http1));
        var app = builder.Build();
        var receiver = new Receiver(app);
        app.Run(receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    public void Says(int status, string? body = null) => Answer = (_, http) => Say(http, status, body);

    public static Task Say(HttpContext http, int status, string? body = null)
    {
        http.Response.StatusCode = status;
        return body is null ? Task.CompletedTask : http.Response.WriteAsync(body);
    }

    /// <summary>Until so much has come.</summary>
    public Task HasAsync(int count) => Eventually.ShouldAsync(() => Task.FromResult(_received.Count >= count));

    async Task TakeAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var headers = http.Request.Headers;
        var received = new Received($"{headers["webhook-id"]}", $"{headers["webhook-timestamp"]}", $"{headers["webhook-signature"]}", await reader.ReadToEndAsync());
        _received.Enqueue(received);
        await Answer(received, http);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
