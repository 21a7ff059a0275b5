using System.Security.Cryptography;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Bulk;

/// <summary>One action for many tickets, each in a transaction of its own: up to a hundred at once, all that match in the background.</summary>
static class BulkAct
{
    public const int MostAtOnce = 100;
    public const int MostInAJob = 10_000;

    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/tickets/bulk", Handle)
        .WithName("BulkActOnTickets")
        .WithTags("Bulk")
        .WithSummary("Carries an action out for up to 100 tickets, or, as a job, for all that match a filter (moderators)")
        .Produces<BulkAnswer>(StatusCodes.Status202Accepted)
        .WithProblems(Codes.Forbidden, Codes.VersionConflict, Codes.ValidationFailed);

    static Task<Answer<BulkAnswer>> Handle(BulkActRequest request, Caller caller, TicketDesk desk, BulkWorker worker, TimeProvider clock, CancellationToken ct)
    {
        MustBeModerator(caller);
        var check = new Checks();
        var action = TicketActions.Find(request.Action);
        check.That("action", action is not null, $"is not known; known are {string.Join(", ", TicketActions.All.Select(a => a.Name))}");
        check.That("arguments", request.Arguments is null or { ValueKind: JsonValueKind.Object }, "takes an object");
        check.That("ids", request.Ids is null != request.Filter is null, "or filter is required, one of the two");
        check.That("ids", request.Ids is null or { Count: >= 1 and <= MostAtOnce }, $"takes 1 to {MostAtOnce}");
        check.Done();
        return request.Ids is { } ids
            ? AtOnceAsync(action!, [.. ids.Distinct()], request, caller, desk, ct)
            : StartBulkJob.StartAsync(action!, request, caller, desk, worker, clock, ct);
    }

    public static void MustBeModerator(Caller caller)
    {
        if (caller.Role != Role.Moderator)
        {
            throw Refusal.Forbidden("Only moderators change many tickets at once.");
        }
    }

    static async Task<Answer<BulkAnswer>> AtOnceAsync(
        TicketAction action, IReadOnlyList<Guid> ids, BulkActRequest request, Caller caller, TicketDesk desk, CancellationToken ct)
    {
        var results = new List<BulkResult>();
        foreach (var id in ids)
        {
            results.Add(await OneAsync(action, id, request.Arguments, caller, desk, ct));
        }

        var failed = results.Count(r => r.Error is not null);
        var answer = new BulkAnswer(results, results.Count - failed, failed);
        return await desk.Database.AnswerAsync(caller, _ => Task.FromResult(Answer.Ok(answer)), ct);
    }

    /// <summary>One ticket's turn. Under an idempotency key each has a key of its own, so that a request that is sent again after half of it goes on with the rest.</summary>
    public static async Task<BulkResult> OneAsync(TicketAction action, Guid id, JsonElement? arguments, Caller caller, TicketDesk desk, CancellationToken ct)
    {
        var one = caller.Idempotent is { } call
            ? caller with { Idempotent = call with { Key = SHA256.HashData([.. call.Key, .. id.ToByteArray()]) } }
            : caller;
        try
        {
            var answer = await action.RunAsync(desk, id, arguments, one, Preconditions.None, ct);
            return new BulkResult(id, answer.Status);
        }
        catch (Refusal refusal)
        {
            return new BulkResult(id, refusal.Code.Status, new BulkError(refusal.Code.Name, refusal.Message));
        }
    }
}
