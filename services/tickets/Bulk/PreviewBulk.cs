using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Bulk;

static class PreviewBulk
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/tickets/bulk/preview", Handle)
        .WithName("PreviewBulkOnTickets")
        .WithTags("Bulk")
        .WithSummary("How many tickets a filter matches just now; a question, though a POST (moderators)")
        .WithoutIdempotency()
        .WithProblems(Codes.Forbidden);

    static Task<Ok<BulkPreview>> Handle(PreviewBulkRequest request, Caller caller, TicketDesk desk, TimeProvider clock, CancellationToken ct)
    {
        BulkAct.MustBeModerator(caller);
        var filter = BulkFilter.Read(request.Filter, caller);
        var now = clock.GetUtcNow();
        return desk.Database.ReadAsync(async connection =>
        {
            var (where, args) = filter.Sql(caller, await Standing.ReadAsync(connection, caller, desk.Rules, now, ct), now);
            var count = await connection.ExecuteScalarAsync<int>(new CommandDefinition(
                $"SELECT count(*) FROM tickets AS r WHERE {where} AND r.status <> 'draft'", args, cancellationToken: ct));
            return TypedResults.Ok(new BulkPreview(count, BulkAct.MostInAJob));
        }, ct);
    }
}
