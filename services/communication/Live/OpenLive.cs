using System.ComponentModel;
using System.Globalization;
using System.IO.Pipelines;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Limits;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Hdms.Communication.Live;

/// <summary>
/// <c>GET /live</c>: what concerns the caller, as it happens. With <c>Last-Event-ID</c> it goes on where another stream ended, on any
/// instance; where that is too far back it says so, and begins anew.
/// </summary>
static class OpenLive
{
    static readonly byte[] Greeting = "retry: 2000\n\n"u8.ToArray();

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/live", HandleAsync)
        .WithName(nameof(OpenLive))
        .WithTags("Live")
        .WithSummary("What concerns the caller, as it happens: server-sent events, until the token ends")
        .StaysOpen()
        .Produces<string>(StatusCodes.Status200OK, "text/event-stream")
        .WithProblems(Codes.Forbidden, Codes.Unavailable);

    static async Task HandleAsync(
        HttpContext http,
        [FromHeader(Name = "Last-Event-ID"), Description("The last id that came: goes on behind it")] string? last,
        Caller caller,
        LiveHub hub,
        IHostApplicationLifetime lifetime,
        TimeProvider clock)
    {
        var stream = hub.Begin(caller, EndsAt(http, clock));
        try
        {
            using var stopping = lifetime.ApplicationStopping.Register(stream.HangUp);
            http.Response.ContentType = "text/event-stream";
            http.Response.Headers.CacheControl = "no-store";
            http.Response.Headers["X-Accel-Buffering"] = "no";
            http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await SendAsync(http.Response.BodyWriter, stream, last, hub, clock, http.RequestAborted);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Who listened is gone.
        }
        finally
        {
            hub.End(stream);
        }
    }

    static async Task SendAsync(PipeWriter body, LiveStream stream, string? last, LiveHub hub, TimeProvider clock, CancellationToken ct)
    {
        await body.WriteAsync(Greeting, ct);
        var (end, rooms) = await hub.PlaceAsync(stream.Owner, ct);
        if (!string.IsNullOrEmpty(last))
        {
            await CatchUpAsync(body, stream, last, end, rooms, hub, clock, ct);
        }

        await body.WriteAsync(LiveNews.PlaceOf(end), ct);
        hub.GoOn(stream, end, rooms);
        while (await stream.Waiting.WaitToReadAsync(ct))
        {
            while (stream.Waiting.TryRead(out var news))
            {
                // It may have waited; what was taken away meanwhile is not sent any more.
                if (stream.MaySend(news))
                {
                    body.Write(news.Frame);
                }
            }

            await body.FlushAsync(ct);
        }
    }

    static async Task CatchUpAsync(
        PipeWriter body, LiveStream stream, string last, LogPosition end, Dictionary<Guid, DateTimeOffset> rooms, LiveHub hub, TimeProvider clock, CancellationToken ct)
    {
        if (!LogPosition.TryParse(last, out var from) || !await hub.CanReplayAsync(from, end, ct))
        {
            await body.WriteAsync(LiveNews.FrameOf<object?>(end, LiveTypes.Reset, null, clock.GetUtcNow(), null), ct);
            return;
        }

        // By what they see now: what was taken away from them while they were gone is not told any more.
        stream.Look(rooms);
        for (LogPosition? next = from; next is { } after;)
        {
            (var missed, next) = await hub.ReplayAsync(after, end, ct);
            foreach (var news in missed.Where(stream.MaySend))
            {
                body.Write(news.Frame);
            }

            await body.FlushAsync(ct);
        }
    }

    static DateTimeOffset EndsAt(HttpContext http, TimeProvider clock) =>
        long.TryParse(http.User.FindFirst("exp")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : clock.GetUtcNow();

    static void Write(this PipeWriter body, byte[] frame)
    {
        frame.CopyTo(body.GetMemory(frame.Length));
        body.Advance(frame.Length);
    }
}
