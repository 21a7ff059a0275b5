using System.ComponentModel;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Requests;

/// <summary>What was asked of the moderators: about one ticket, and about all.</summary>
static class ListRequests
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/ticket-requests", HandleAll)
            .WithName(nameof(ListRequests))
            .WithTags("Requests")
            .WithSummary("Lists the caller's requests, for moderators and admins everybody's; sorts by created_at, decided_at")
            .WithProblems(Codes.Forbidden, Codes.ValidationFailed);
        api.MapGet("/tickets/{id}/requests", HandleOfTicket)
            .WithName("ListRequestsOfTicket")
            .WithTags("Requests")
            .WithSummary("Lists what was asked of the moderators about a ticket; sorts by created_at, decided_at")
            .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ValidationFailed);
    }

    static readonly Dictionary<string, string> Sorts = new(StringComparer.Ordinal) { ["created_at"] = "r.created_at", ["decided_at"] = "r.decided_at" };

    static async Task<Listing<TicketRequestView>> HandleAll(
        [AsParameters] PageQuery page, [AsParameters] RequestFilter filter, Caller caller, TicketDesk desk, TimeProvider clock, CancellationToken ct)
    {
        var check = new Checks();
        page.Check<TicketRequestView>(check);

        // Who has waited longest comes first.
        var order = page.OrderBy(check, Sorts, "created_at", tie: "r.id");
        var (statuses, kinds) = (Filters.Words<RequestStatus>(check, "status", filter.Status), Filters.Words<RequestKind>(check, "kind", filter.Kind));
        check.Done();
        var seesAll = caller.IsService || caller.IsAdmin || caller.Role == Role.Moderator || caller.Scopes.Contains(Scopes.ReadTickets);
        List<string> where = ["NOT r.is_deleted"];
        if (!seesAll)
        {
            where.Add("r.requested_by = @me");
        }

        if (statuses is not null)
        {
            where.Add(statuses is ["pending"] ? "r.status = 'pending'" : "r.status = ANY(@statuses)");
        }

        if (kinds is not null)
        {
            where.Add("r.kind = ANY(@kinds)");
        }

        return await ListAsync(desk, page, string.Join(" AND ", where), new DynamicParameters(new { me = caller.UserId, statuses, kinds }), order, caller, clock.GetUtcNow(), ct);
    }

    static async Task<Listing<TicketRequestView>> HandleOfTicket(
        string id, [AsParameters] PageQuery page, Caller caller, TicketDesk desk, TimeProvider clock, CancellationToken ct)
    {
        var check = new Checks();
        page.Check<TicketRequestView>(check);
        var order = page.OrderBy(check, Sorts, "created_at", tie: "r.id");
        check.Done();
        var seen = await desk.SeeAsync(TicketKey.Of(id), caller, ct);
        return await ListAsync(desk, page, "r.ticket_id = @Id AND NOT r.is_deleted", new DynamicParameters(new { seen.Ticket.Id }), order, caller, clock.GetUtcNow(), ct);
    }

    static Task<Listing<TicketRequestView>> ListAsync(
        TicketDesk desk, PageQuery page, string where, DynamicParameters args, string order, Caller caller, DateTimeOffset now, CancellationToken ct) =>
        desk.Database.ReadAsync(async connection =>
        {
            var (rows, counted) = await TicketRequestTable.Rows.PageAsync(connection, page, $"WHERE {where}", order, args, ct);
            var tickets = await desk.SituationsAsync(connection, rows.Select(r => r.TicketId), caller, now, ct);
            return new Listing<TicketRequestView>(
                page, await RequestViewing.ManyAsync(connection, [.. rows.Select(r => new RequestSituation(r, tickets[r.TicketId]))], ct), counted);
        }, ct);
}

sealed record RequestFilter(
    [property: FromQuery(Name = "status"), Description("pending, approved, denied, withdrawn; several separated by commas")] string? Status = null,
    [property: FromQuery(Name = "kind"), Description("sub_ticket, postpone, reopen; several separated by commas")] string? Kind = null);
