using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.Extensions.Logging;

namespace Hdms.Tickets.History;

/// <summary>
/// Records every refused action on the ticket's stream, without taking a version of it (DOMAIN.md section 4), in a unit of work of
/// its own. Somebody who is forbidden things again and again is told of to the admins.
/// </summary>
sealed partial class RefusedActions(ServiceDatabase database, ILogger<RefusedActions> log)
{
    const int Suspicious = 10;

    /// <returns>The refusal, to be thrown.</returns>
    public async Task<Refusal> RecordAsync(Guid ticket, string action, Caller caller, Refusal refusal, CancellationToken ct)
    {
        if (refusal.IsRecorded || refusal.Code.Status is not (403 or 409 or 412 or 422))
        {
            return refusal;
        }

        try
        {
            await database.WriteAsync(caller, async unit =>
            {
                await unit.RecordRefusalAsync(new EventStream(ticket, 0), new AttemptRefused(action, refusal.Code.Name), new Audit(Reason: refusal.Message));
                if (refusal.Code == Codes.Forbidden && caller.UserId is { } person)
                {
                    await SuspectAsync(unit, person);
                }
            }, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The caller is refused all the same, and hears why.
            NotRecorded(log, action, DatabaseFaults.Describe(e));
        }

        return refusal.Recorded();
    }

    /// <summary>With the tenth in ten minutes, and each tenth after.</summary>
    static async Task SuspectAsync(UnitOfWork unit, Guid person)
    {
        var before = await unit.SingleAsync<int>(
            "SELECT count(*) FROM tickets_events WHERE actor_id = @person AND type = @type AND data ->> 'code' = @code AND occurred_at > @since",
            new { person, type = EventLog.Refused, code = Codes.Forbidden.Name, since = unit.Now - TimeSpan.FromMinutes(10) });
        if ((before + 1) % Suspicious == 0)
        {
            var id = Guid.CreateVersion7(unit.Now);
            await unit.AppendAsync(new EventStream(id, 0), new SecurityAlerted(id, person, before + 1, unit.Now));
        }
    }

    [LoggerMessage(430, LogLevel.Error, "A refused {Action} could not be recorded: {Reason}")]
    static partial void NotRecorded(ILogger logger, string action, string reason);
}
