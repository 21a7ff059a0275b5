using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Bulk;

/// <summary>Writes down which tickets match now, for the worker to carry out; those that come later are not touched.</summary>
static class StartBulkJob
{
    public static async Task<Answer<BulkAnswer>> StartAsync(
        TicketAction action, BulkActRequest request, Caller caller, TicketDesk desk, BulkWorker worker, TimeProvider clock, CancellationToken ct)
    {
        var filter = BulkFilter.Read(request.Filter!, caller);
        var now = clock.GetUtcNow();
        return await desk.Database.AnswerAsync(caller, async unit =>
        {
            var standing = await Standing.ReadAsync(unit.Connection, caller, desk.Rules, now, unit.Ct);
            var (where, args) = filter.Sql(caller, standing, now);
            var job = new BulkJob
            {
                Id = Guid.CreateVersion7(unit.Now),
                Action = action.Name,
                Arguments = request.Arguments?.GetRawText() ?? "{}",
                RequestedBy = caller.Person,
                Caller = BulkCaller.Of(caller),
                Status = TicketBulkJobStatus.Waiting,
                CreatedAt = unit.Now,
                UpdatedAt = unit.Now,
            };
            await BulkJob.Rows.InsertAsync(unit, job);
            args.AddDynamicParams(new { job = job.Id, most = BulkAct.MostInAJob + 1 });
            var total = await unit.ExecuteAsync(
                $"""
                INSERT INTO bulk_job_items (job_id, ordinal, ticket_id)
                SELECT @job, row_number() OVER (ORDER BY r.created_at, r.id), r.id FROM tickets AS r
                WHERE {where} AND r.status <> 'draft' LIMIT @most
                """,
                args);
            if (total > BulkAct.MostInAJob)
            {
                throw Refusal.Invalid("filter", $"matches more than {BulkAct.MostInAJob} tickets; narrow it");
            }

            if (request.Expected is { } expected && expected != total)
            {
                throw new Refusal(Codes.VersionConflict, $"{total} tickets match now, not {expected}. Look again, then decide.")
                {
                    Members = new Dictionary<string, object?> { ["count"] = total },
                };
            }

            var counted = job with { Total = total };
            await BulkJob.Rows.UpdateAsync(unit, counted);
            unit.AfterCommit(worker.WakeAsync);
            return Answer.Accepted($"{Service.Api}/bulk-jobs/tickets/{job.Id}", new BulkAnswer([], 0, 0, counted.View([])));
        }, ct);
    }
}
