using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Bulk;

static class CancelBulkJob
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/bulk-jobs/tickets/{id:guid}/cancel", Handle)
        .WithName("CancelTicketBulkJob")
        .WithTags("Bulk")
        .WithSummary("Leaves the tickets that have not had their turn as they are (moderators)")
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    static Task<Answer<TicketBulkJobView>> Handle(Guid id, Caller caller, TicketDesk desk, CancellationToken ct)
    {
        BulkAct.MustBeModerator(caller);
        return desk.Database.AnswerAsync(caller, async unit =>
        {
            var job = await BulkJob.Rows.FindAsync(unit, "WHERE r.id = @id FOR UPDATE", new { id }) ?? throw Refusal.NotFound("job");
            if (job.Status is TicketBulkJobStatus.Waiting or TicketBulkJobStatus.Running)
            {
                job = job with { Status = TicketBulkJobStatus.Cancelled, UpdatedAt = unit.Now, FinishedAt = unit.Now };
                await BulkJob.Rows.UpdateAsync(unit, job);
            }

            return Answer.Ok(job.View(await GetBulkJob.FailuresAsync(unit.Connection, id, unit.Ct)));
        }, ct);
    }
}
