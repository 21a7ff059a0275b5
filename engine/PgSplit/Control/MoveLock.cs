using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Control;

/// <summary>At most one process works on a move (PROTOCOL case 10): a session on each side holds an advisory lock as long as it lives.</summary>
sealed class MoveLock : IAsyncDisposable
{
    readonly NpgsqlConnection _source, _target;

    MoveLock(NpgsqlConnection source, NpgsqlConnection target) => (_source, _target) = (source, target);

    /// <returns>Null where another process has it.</returns>
    public static async Task<MoveLock?> TryTakeAsync(MoveDefinition definition, CancellationToken ct)
    {
        var source = await new PgServer(definition.Source).OpenAsync($"move {definition.Id}", ct);
        NpgsqlConnection? target = null;
        try
        {
            target = await new PgServer(definition.Target).OpenAsync($"move {definition.Id}", ct);
            if (await TakeAsync(source, definition.Id, ct) && await TakeAsync(target, definition.Id, ct))
                return new MoveLock(source, target);
        }
        catch
        {
            await source.DisposeAsync();
            if (target is not null)
                await target.DisposeAsync();
            throw;
        }

        await source.DisposeAsync();
        await target.DisposeAsync();
        return null;
    }

    /// <summary>Who has it, for people.</summary>
    public static async Task<string?> HolderAsync(NpgsqlConnection session, string moveId, CancellationToken ct) => await session.ScalarAsync<string>(
        """
        SELECT format('process %s from %s since %s', a.pid, coalesce(host(a.client_addr), 'this machine'), date_trunc('second', a.backend_start))
        FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended('pgsplit:' || $1, 0)
        """, ct, moveId);

    /// <summary>Fails when one of the two sessions has gone, and its lock with it.</summary>
    public async Task EnsureAsync(CancellationToken ct)
    {
        await _source.ExecuteAsync("SELECT 1", ct);
        await _target.ExecuteAsync("SELECT 1", ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _target.DisposeAsync();
    }

    static Task<bool> TakeAsync(NpgsqlConnection session, string moveId, CancellationToken ct) =>
        session.ScalarAsync<bool>("SELECT pg_try_advisory_lock(hashtextextended('pgsplit:' || $1, 0))", ct, moveId);
}
