using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Tickets.Tickets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Tickets.Bulk;

/// <summary>
/// Works jobs off, oldest first, a ticket at a time. Each ticket is changed under an idempotency key made of the job and the ticket,
/// so a process that dies half-way, or two that work on one job, change none twice.
/// </summary>
sealed partial class BulkWorker(ServiceDatabase db, IServiceProvider services, ILogger<BulkWorker> log) : BackgroundService
{
    const int AtOnce = 50;
    static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>There is something new to do.</summary>
    public Task WakeAsync()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }

        return Task.CompletedTask;
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await WorkAsync(stoppingToken))
                {
                    // Until nothing is left.
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Waiting(log, DatabaseFaults.Describe(e));
            }

            await _wake.WaitAsync(Look, stoppingToken);
        }
    }

    /// <returns>Whether there was something to do.</returns>
    async Task<bool> WorkAsync(CancellationToken ct)
    {
        var job = await db.ReadAsync(c => BulkJob.Rows.FindAsync(c, "WHERE r.status IN ('waiting', 'running') ORDER BY r.created_at, r.id LIMIT 1", null, ct), ct);
        if (job is null)
        {
            return false;
        }

        var items = await db.ReadAsync(async c => (await c.QueryAsync<(int Ordinal, Guid Ticket)>(new CommandDefinition(
            "SELECT ordinal, ticket_id FROM bulk_job_items WHERE job_id = @Id AND status = 'waiting' ORDER BY ordinal LIMIT @AtOnce",
            new { job.Id, AtOnce },
            cancellationToken: ct))).AsList(), ct);
        if (items.Count == 0 || !await StillModeratesAsync(job.RequestedBy, ct))
        {
            await EndAsync(job.Id, items.Count == 0 ? TicketBulkJobStatus.Done : TicketBulkJobStatus.Cancelled, ct);
            return true;
        }

        // Not in the constructor: the desk's features know this worker.
        var desk = services.GetRequiredService<TicketDesk>();
        var action = TicketActions.Find(job.Action)!;
        var arguments = JsonSerializer.Deserialize<JsonElement>(job.Arguments);
        foreach (var (ordinal, ticket) in items)
        {
            var by = job.Caller.By(job.RequestedBy) with { Idempotent = new IdempotentCall(SHA256.HashData(Encoding.UTF8.GetBytes($"bulk {job.Id}")), job.Id.ToByteArray(), TimeSpan.FromDays(30)) };
            var result = await BulkAct.OneAsync(action, ticket, arguments, by, desk, ct);
            if (!await CountAsync(job.Id, ordinal, result, ct))
            {
                break;
            }
        }

        return true;
    }

    /// <summary>Notes what became of a ticket, once.</summary>
    /// <returns>False: the job was cancelled.</returns>
    Task<bool> CountAsync(Guid id, int ordinal, BulkResult result, CancellationToken ct) => db.WriteAsync(Caller.System(), async unit =>
    {
        var job = (await BulkJob.Rows.FindAsync(unit, "WHERE r.id = @id FOR UPDATE", new { id }))!;
        var failed = result.Error is not null;
        var counted = await unit.ExecuteAsync(
            "UPDATE bulk_job_items SET status = @status, error = @error::jsonb WHERE job_id = @id AND ordinal = @ordinal AND status = 'waiting'",
            new { id, ordinal, status = failed ? "failed" : "succeeded", error = failed ? JsonSerializer.Serialize(result, Json.Tolerant) : null });
        if (counted == 1)
        {
            job = job with
            {
                Status = job.Status == TicketBulkJobStatus.Waiting ? TicketBulkJobStatus.Running : job.Status,
                Succeeded = job.Succeeded + (failed ? 0 : 1),
                Failed = job.Failed + (failed ? 1 : 0),
                UpdatedAt = unit.Now,
            };
            await BulkJob.Rows.UpdateAsync(unit, job);
        }

        return job.Status != TicketBulkJobStatus.Cancelled;
    }, ct);

    Task<int> EndAsync(Guid id, TicketBulkJobStatus status, CancellationToken ct) => db.WriteAsync(Caller.System(), unit => unit.ExecuteAsync(
        "UPDATE bulk_jobs SET status = @status, finished_at = @Now, updated_at = @Now WHERE id = @id AND status IN ('waiting', 'running')",
        new { id, status = status.ToString().ToLowerInvariant(), unit.Now }), ct);

    /// <summary>Whoever asked may have lost the right in the meantime.</summary>
    Task<bool> StillModeratesAsync(Guid moderator, CancellationToken ct) => db.ReadAsync(c => c.ExecuteScalarAsync<bool>(new CommandDefinition(
        "SELECT NOT EXISTS (SELECT FROM tickets_replica_users WHERE id = @moderator AND (role <> 'moderator' OR NOT is_active OR is_deleted))",
        new { moderator },
        cancellationToken: ct)), ct);

    [LoggerMessage(420, LogLevel.Warning, "Changes to many tickets wait, for the database can't be asked: {Reason}")]
    static partial void Waiting(ILogger logger, string reason);
}
