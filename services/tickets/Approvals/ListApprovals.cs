using System.ComponentModel;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Approvals;

/// <summary>What waits for somebody's decision, what was decided, and the chain of one ticket.</summary>
static class ListApprovals
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/approvals", HandleAll)
            .WithName(nameof(ListApprovals))
            .WithTags("Approvals")
            .WithSummary("Lists what waits for the caller's decision, also in somebody's place; with all=true everything that was asked of them, for moderators and admins of anybody. Sorts by active_at, created_at, decided_at, due_at")
            .WithProblems(Codes.Forbidden, Codes.ValidationFailed);
        api.MapGet("/tickets/{id}/approvals", HandleOfTicket)
            .WithName("ListApprovalsOfTicket")
            .WithTags("Approvals")
            .WithSummary("Lists the approvals of a ticket, all generations; sorts by position, created_at, decided_at")
            .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ValidationFailed);
    }

    static readonly Dictionary<string, string> Sorts = new(StringComparer.Ordinal)
    {
        ["active_at"] = "r.active_at",
        ["created_at"] = "r.created_at",
        ["decided_at"] = "r.decided_at",
        ["due_at"] = "r.due_at",
    };

    static readonly Dictionary<string, string> SortsOfTicket = new(StringComparer.Ordinal)
    {
        ["position"] = "r.generation, r.created_at, r.position",
        ["created_at"] = "r.created_at",
        ["decided_at"] = "r.decided_at",
    };

    /// <summary>Whose turn it is. The ticket's status counts, too: while it is postponed nobody can decide.</summary>
    const string Waiting =
        """
        r.status = 'pending' AND r.active_at IS NOT NULL AND r.approver_id = ANY(@deciders)
        AND EXISTS (SELECT FROM tickets AS t WHERE t.id = r.ticket_id AND t.status = 'waiting_approval')
        """;

    static async Task<Listing<ApprovalView>> HandleAll(
        [AsParameters] PageQuery page, [AsParameters] ApprovalFilter filter, Caller caller, TicketDesk desk, TimeProvider clock, CancellationToken ct)
    {
        var check = new Checks();
        page.Check<ApprovalView>(check);
        var order = page.OrderBy(check, Sorts, filter.All == true ? "-created_at" : "active_at", tie: "r.id");
        var statuses = Filters.Words<ApprovalStatus>(check, "status", filter.Status);
        check.Done();
        return await desk.Database.ReadAsync(async connection =>
        {
            var standing = await Standing.ReadAsync(connection, caller, desk.Rules, clock.GetUtcNow(), ct);
            Guid[] deciders = caller.UserId is { } me ? [me, .. standing.StandsInFor] : [];
            List<string> where = ["NOT r.is_deleted"];
            if (filter.All != true)
            {
                where.Add(Waiting);
            }
            else if (!caller.IsService && !caller.IsAdmin && caller.Role != Role.Moderator && !caller.Scopes.Contains(Scopes.ReadTickets))
            {
                where.Add("(r.approver_id = ANY(@deciders) OR r.decided_by = @me)");
            }

            Add(statuses, "r.status = ANY(@statuses)");
            Add(filter.ApproverId, "r.approver_id = @ApproverId");
            Add(filter.TicketId, "r.ticket_id = @TicketId");
            var args = new DynamicParameters(new { me = caller.UserId, deciders, statuses, filter.ApproverId, filter.TicketId });
            return await ListAsync(connection, page, string.Join(" AND ", where), args, order, ct);

            void Add(object? value, string condition)
            {
                if (value is not null)
                {
                    where.Add(condition);
                }
            }
        }, ct);
    }

    static async Task<Listing<ApprovalView>> HandleOfTicket(string id, [AsParameters] PageQuery page, Caller caller, TicketDesk desk, CancellationToken ct)
    {
        var check = new Checks();
        page.Check<ApprovalView>(check);
        var order = page.OrderBy(check, SortsOfTicket, "position", tie: "r.id");
        check.Done();
        var seen = await desk.SeeAsync(TicketKey.Of(id), caller, ct);
        return await desk.Database.ReadAsync(
            c => ListAsync(c, page, "r.ticket_id = @Id AND NOT r.is_deleted", new DynamicParameters(new { seen.Ticket.Id }), order, ct), ct);
    }

    static async Task<Listing<ApprovalView>> ListAsync(
        Npgsql.NpgsqlConnection connection, PageQuery page, string where, DynamicParameters args, string order, CancellationToken ct)
    {
        var (rows, counted) = await ApprovalTable.Rows.PageAsync(connection, page, $"WHERE {where}", order, args, ct);
        return new Listing<ApprovalView>(page, await ApprovalViewing.ManyAsync(connection, rows, ct), counted);
    }
}

sealed record ApprovalFilter(
    [property: FromQuery(Name = "all"), Description("Everything, not only what waits for the caller")] bool? All = null,
    [property: FromQuery(Name = "status"), Description("pending, approved, rejected, changes_requested, cancelled; several separated by commas")] string? Status = null,
    [property: FromQuery(Name = "approver_id")] Guid? ApproverId = null,
    [property: FromQuery(Name = "ticket_id")] Guid? TicketId = null);
