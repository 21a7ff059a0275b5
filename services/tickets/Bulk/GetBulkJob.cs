using System.Text.Json;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hdms.Tickets.Bulk;

static class GetBulkJob
{
    const int MostFailures = 100;

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/bulk-jobs/tickets/{id:guid}", Handle)
        .WithName("GetTicketBulkJob")
        .WithTags("Bulk")
        .WithSummary("How far a change to many tickets is, and what failed (moderators)")
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    static Task<Ok<TicketBulkJobView>> Handle(Guid id, Caller caller, TicketDesk desk, CancellationToken ct)
    {
        BulkAct.MustBeModerator(caller);
        return desk.Database.ReadAsync(async connection =>
        {
            var job = await BulkJob.Rows.FindAsync(connection, "WHERE r.id = @id", new { id }, ct) ?? throw Refusal.NotFound("job");
            return TypedResults.Ok(job.View(await FailuresAsync(connection, id, ct)));
        }, ct);
    }

    public static async Task<IReadOnlyList<BulkResult>> FailuresAsync(NpgsqlConnection connection, Guid job, CancellationToken ct) =>
    [
        .. (await connection.QueryAsync<string>(new CommandDefinition(
            "SELECT error FROM bulk_job_items WHERE job_id = @job AND status = 'failed' ORDER BY ordinal LIMIT @MostFailures",
            new { job, MostFailures },
            cancellationToken: ct))).Select(e => JsonSerializer.Deserialize<BulkResult>(e, Json.Tolerant)!),
    ];
}
