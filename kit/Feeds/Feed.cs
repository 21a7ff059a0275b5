using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Events;
using Hdms.Kit.Hosting;
using Hdms.Kit.Http;
using Hdms.Kit.Limits;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hdms.Kit.Feeds;

/// <summary>
/// <c>GET /api/v1/&lt;service&gt;/events</c>: the service's log as an HTTP feed (http-feeds.org), a batch of CloudEvents 1.0,
/// oldest first, with long polling. Internal: it needs a service's token or the scope <c>feed:&lt;service&gt;</c>.
/// </summary>
public static class Feed
{
    /// <summary>Tells the log's epoch, also with an empty batch; a reader of another epoch has been taken back.</summary>
    public const string EpochHeader = "X-HDMS-Log-Epoch";

    /// <summary>Tells the position after which the batch begins: the one asked for, or an earlier one after a restore.</summary>
    public const string FromHeader = "X-HDMS-Log-From";

    /// <summary>Tells the position up to which there is nothing more to give; to be asked from next, also after an empty batch.</summary>
    public const string ToHeader = "X-HDMS-Log-To";

    const int MostEvents = 1000;
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public static RouteHandlerBuilder MapFeed(this IEndpointRouteBuilder api, string service) =>
        api.MapGet($"/{service}/events", (HttpContext http, EventReader events, TimeProvider clock, string? lastEventId, int limit = 100, int timeout = 0) =>
                HandleAsync(http, service, events, clock, lastEventId, limit, timeout))
            .WithName($"Feed_{service}")
            .WithTags("Feeds")
            .WithSummary("The service's events, oldest first; waits up to timeout milliseconds for new ones")
            .RequireAuthorization(Policies.Feed)
            .StaysOpen()
            .WithProblems(Codes.Forbidden, Codes.ValidationFailed, Codes.LogWentBack)
            .Produces<FeedEvent[]>(StatusCodes.Status200OK, "application/cloudevents-batch+json");

    static async Task HandleAsync(HttpContext http, string service, EventReader events, TimeProvider clock, string? lastEventId, int limit, int timeout)
    {
        var after = LogPosition.Start;
        var check = new Checks();
        check.That("lastEventId", string.IsNullOrEmpty(lastEventId) || LogPosition.TryParse(lastEventId, out after), "is no event id of this feed");
        check.That("limit", limit is >= 1 and <= MostEvents, $"must be 1 to {MostEvents}");
        check.That("timeout", timeout >= 0 && timeout <= Longest.TotalMilliseconds, $"must be 0 to {Longest.TotalMilliseconds} milliseconds");
        check.Done();

        var stopping = http.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

        // Services go on from the end that they are told. Others may go on from the last event that they got, and would ask again
        // and again if records that no feed gives ended their wait.
        var byService = Caller.Of(http).IsService;
        var part = await WaitAsync(events, clock, after, limit, TimeSpan.FromMilliseconds(timeout), byService, stopping, http.RequestAborted);
        if (!byService)
        {
            Withhold(part, http.RequestServices.GetRequiredService<ServiceDefinition>().ForServicesOnly);
        }

        http.Response.Headers[EpochHeader] = part.Epoch.ToString(System.Globalization.CultureInfo.InvariantCulture);
        http.Response.Headers[FromHeader] = part.From.ToString(System.Globalization.CultureInfo.InvariantCulture);
        http.Response.Headers[ToHeader] = part.To.ToString(System.Globalization.CultureInfo.InvariantCulture);
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentType = "application/cloudevents-batch+json";
        await JsonSerializer.SerializeAsync(
            http.Response.Body, part.Events.Select(e => EventReader.ToFeed(service, e)), Json.Tolerant, http.RequestAborted);
    }

    static void Withhold(LogPart part, IReadOnlyList<string> members)
    {
        foreach (var e in part.Events)
        {
            foreach (var member in members)
            {
                e.Data.Remove(member);
            }
        }
    }

    static async Task<LogPart> WaitAsync(
        EventReader events, TimeProvider clock, LogPosition after, int limit, TimeSpan timeout, bool tellEnd,
        CancellationToken stopping, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        var grown = false;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, ct);
        for (; ; )
        {
            var appended = events.NextAppendAsync();
            var part = await events.AfterAsync(after, limit, ct);
            var left = timeout - clock.GetElapsedTime(started);

            // A process that is to end does not wait for those who wait: what there is, is an answer.
            if (part.Events.Count > 0 || left <= TimeSpan.Zero || part.From != after.Position || grown || stopping.IsCancellationRequested)
            {
                return part;
            }

            // Only records that no feed gives. Somebody may wait for a position among them, but not for each one at once.
            grown = tellEnd && part.To > after.Position;

            await events.WaitAsync(part, appended, left, clock, either.Token);
        }
    }
}
