using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Tickets.Sla;

/// <summary>
/// Gives a new installation its first templates (DOMAIN.md section 6). Not a schema script, which could append no events. Where there
/// ever was a template, if only a deleted one, the admins have decided already.
/// </summary>
sealed partial class SlaSeeds(ServiceDatabase database, ILogger<SlaSeeds> log) : IHostedService
{
    const string None = "SELECT NOT EXISTS (SELECT FROM sla_templates)";

    static readonly (Priority Priority, int Response, int Resolution)[] Hours =
        [(Priority.Urgent, 1, 8), (Priority.High, 2, 24), (Priority.Medium, 4, 48), (Priority.Low, 8, 72)];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await SowAsync(cancellationToken))
            {
                Sown(log, Hours.Length);
            }
        }
        catch (Refusal e) when (e.Code == Codes.Moving || e.Code == Codes.Unavailable)
        {
            // The service starts all the same, and the next start tries again.
            NotSown(log, DatabaseFaults.Describe(e));
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <returns>False: there are templates already.</returns>
    internal async Task<bool> SowAsync(CancellationToken ct)
    {
        if (!await database.ReadAsync(c => c.ExecuteScalarAsync<bool>(new CommandDefinition(None, cancellationToken: ct)), ct))
        {
            return false;
        }

        return await database.WriteAsync(Caller.System(), async unit =>
        {
            // Of several processes that start at once, one sows and the others then see what it has sown.
            await unit.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended('hdms_sla_seeds', 0))");
            if (!await unit.SingleAsync<bool>(None))
            {
                return false;
            }

            foreach (var (priority, response, resolution) in Hours)
            {
                await SlaTemplateTable.InsertAsync<SlaTemplateCreated>(unit, new SlaTemplate { Name = $"{priority}", Priority = priority, ResponseHours = response, ResolutionHours = resolution });
            }

            return true;
        }, ct);
    }

    [LoggerMessage(410, LogLevel.Information, "Sowed {Count} SLA templates")]
    static partial void Sown(ILogger logger, int count);

    [LoggerMessage(411, LogLevel.Warning, "No SLA templates could be looked for: {Reason}")]
    static partial void NotSown(ILogger logger, string reason);
}
