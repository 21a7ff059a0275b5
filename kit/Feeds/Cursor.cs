using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Kit.Feeds;

/// <summary>How far a reader has come; its row advances in the same transaction as the effects.</summary>
sealed class Cursor(string service, string reader, string source)
{
    public async Task<LogPosition> ReadAsync(ServiceDatabase database, CancellationToken ct)
    {
        var row = await database.ReadAsync(c => c.QuerySingleOrDefaultAsync<(int, long)?>(new CommandDefinition(
            $"SELECT epoch, position FROM {service}_cursors WHERE reader = @reader", new { reader }, cancellationToken: ct)), ct);
        if (row is var (epoch, position))
        {
            return new LogPosition(epoch, position);
        }

        await database.WriteAsync(Http.Caller.System(), work => work.ExecuteAsync(
            $"INSERT INTO {service}_cursors (reader, source) VALUES (@reader, @source) ON CONFLICT DO NOTHING", new { reader, source }), ct);
        return LogPosition.Start;
    }

    /// <summary>Advances, or finds that another reader of the same name has been here; the row lock is held until commit.</summary>
    /// <exception cref="CursorMovedException">Another process has advanced it; nothing of this unit of work may stay.</exception>
    public async Task AdvanceAsync(UnitOfWork work, LogPosition from, LogPosition to, DateTimeOffset? eventTime, bool caughtUp)
    {
        var rows = await work.ExecuteAsync(
            $"""
            UPDATE {service}_cursors
            SET epoch = @toEpoch, position = @toPosition, event_time = coalesce(@eventTime, event_time),
                caught_up_at = CASE WHEN @caughtUp THEN now() ELSE caught_up_at END, updated_at = now()
            WHERE reader = @reader AND epoch = @fromEpoch AND position = @fromPosition
            """,
            new
            {
                reader,
                fromEpoch = from.Epoch,
                fromPosition = from.Position,
                toEpoch = to.Epoch,
                toPosition = to.Position,
                eventTime,
                caughtUp,
            });
        if (rows == 0)
        {
            throw new CursorMovedException();
        }
    }
}

/// <summary>Two processes run the same reader, and the other one was first.</summary>
sealed class CursorMovedException : Exception;
