using System.Text.Json;
using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Tickets;

/// <summary>
/// The original's form of every action: <c>{"status": "resolved", "completion_notes": "…"}</c>, or <c>{"action": "complete", …}</c>.
/// It finds the action and goes the action's own way.
/// </summary>
static class ChangeStatus
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPatch("/tickets/{id}/status", Handle)
        .WithName(nameof(ChangeStatus))
        .WithTags("Tickets")
        .WithSummary("Carries out an action, named by itself or by the status it leads to; its other members are the action's own")
        .Accepts<JsonObject>("application/json", "application/merge-patch+json")
        .WithProblems([
            Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.VersionConflict, Codes.PreconditionFailed,
            .. TicketActions.All.SelectMany(a => a.Problems).Distinct()]);

    static async Task<Answer<TicketView>> Handle(
        string id, JsonObject body, Caller caller, Preconditions preconditions, TicketDesk desk, CancellationToken ct)
    {
        var key = TicketKey.Of(id);
        var (name, status, rest) = Take(body);
        if (name is null == status is null)
        {
            throw Refusal.Invalid("action", "or status is required, one of the two");
        }

        var action = TicketActions.Find(name ?? await LeadingToAsync(key, status!, caller, desk, ct))
            ?? throw Refusal.Invalid("action", $"is not known; known are {string.Join(", ", TicketActions.All.Select(a => a.Name))}");
        return await action.RunAsync(desk, key, rest, caller, preconditions, ct);
    }

    /// <summary>The first action by which the caller could bring the ticket into that status now.</summary>
    static async Task<string> LeadingToAsync(TicketKey key, string status, Caller caller, TicketDesk desk, CancellationToken ct)
    {
        if (status == "completed")
        {
            return "complete";
        }

        var situation = await desk.LookAsync(key, caller, ct);
        var to = Enum.GetValues<TicketStatus>().Where(s => s.Word() == status).Select(s => (TicketStatus?)s).FirstOrDefault()
            ?? throw Refusal.Invalid("status", $"is not known; known are {string.Join(", ", Enum.GetValues<TicketStatus>().Select(s => s.Word()))}");
        return Decision.LeadingTo(situation, to) ?? throw Refusal.InvalidTransition(situation.Ticket.Status.Word(), $"→ {status}", Decision.Allowed(situation));
    }

    /// <summary>Takes the action's name out of the body and leaves the action's own members.</summary>
    static (string? Action, string? Status, JsonElement Members) Take(JsonObject body)
    {
        try
        {
            var (action, status) = (Text(body, "action"), Text(body, "status"));
            body.Remove("action");
            body.Remove("status");
            return (action, status, JsonSerializer.SerializeToElement(body));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // Names that are no text, or come twice, are found only when somebody looks.
            throw new Refusal(Codes.Malformed, "The body is not valid JSON.", e);
        }
    }

    static string? Text(JsonObject body, string member) => body[member] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => throw Refusal.Invalid(member, "is not text"),
    };
}
