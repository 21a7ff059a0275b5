using System.Text.Json;
using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Control;

/// <summary>
/// What terminals ask of the process that has a move's lock: rows of pgsplit.request on the target. Whoever asks keeps his request
/// fresh until it is begun, so that one whose asker has gone is never done late, by surprise. Not for several threads at once.
/// </summary>
sealed class Requests : IAsyncDisposable
{
    /// <summary>A request that was neither begun nor kept fresh for so long is dropped.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly NpgsqlConnection _session;
    readonly string _moveId;

    Requests(NpgsqlConnection session, string moveId) => (_session, _moveId) = (session, moveId);

    /// <returns>Null where the target knows nothing of moves yet.</returns>
    public static async Task<Requests?> TryOpenAsync(MoveDefinition definition, CancellationToken ct)
    {
        var session = await new PgServer(definition.Target).OpenAsync($"requests {definition.Id}", ct);
        try
        {
            if (await session.ScalarAsync<bool>("SELECT to_regclass('pgsplit.request') IS NOT NULL", ct))
                return new Requests(session, definition.Id);
            await session.DisposeAsync();
            return null;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    /// <param name="begun">By who asks, since he has the lock: noted so that others see what is done.</param>
    public Task<long> AskAsync(string verb, string arguments, bool begun, CancellationToken ct) => _session.ScalarAsync<long>(
        "INSERT INTO pgsplit.request (move_id, verb, arguments, begun_at) VALUES ($1, $2, $3::jsonb, CASE WHEN $4 THEN clock_timestamp() END) RETURNING id", ct, _moveId, verb, arguments, begun);

    /// <summary>Who asked is still there.</summary>
    public Task KeepFreshAsync(long id, CancellationToken ct) =>
        _session.ExecuteAsync("UPDATE pgsplit.request SET asked_at = clock_timestamp() WHERE id = $1 AND begun_at IS NULL", ct, id);

    /// <returns>False where somebody has begun it.</returns>
    public async Task<bool> WithdrawAsync(long id, CancellationToken ct) =>
        await _session.ExecuteAsync("DELETE FROM pgsplit.request WHERE id = $1 AND begun_at IS NULL", ct, id) == 1;

    public async Task<RequestState?> ReadAsync(long id, CancellationToken ct)
    {
        var rows = await _session.QueryAsync(
            "SELECT begun_at IS NOT NULL, finished_at IS NOT NULL, exit_code, progress::text, answer::text FROM pgsplit.request WHERE id = $1",
            r => new RequestState(r.GetBoolean(0), r.GetBoolean(1), r.IsDBNull(2) ? null : (ExitCode)r.GetInt32(2), r.TextOrNull(3), r.TextOrNull(4)), ct, id);
        return rows.Count > 0 ? rows[0] : null;
    }

    /// <summary>The verb that is being done; null where none is.</summary>
    public Task<string?> DoingAsync(CancellationToken ct) =>
        _session.ScalarAsync<string>("SELECT verb FROM pgsplit.request WHERE move_id = $1 AND begun_at IS NOT NULL AND finished_at IS NULL ORDER BY id LIMIT 1", ct, _moveId);

    public Task<string?> HolderAsync(CancellationToken ct) => MoveLock.HolderAsync(_session, _moveId, ct);

    /// <summary>Begins the oldest request. Those that nobody waits for any more are dropped.</summary>
    public async Task<Request?> NextAsync(CancellationToken ct)
    {
        await _session.ExecuteAsync(
            """
            UPDATE pgsplit.request SET finished_at = clock_timestamp(), exit_code = $3, answer = jsonb_build_object('message', $4::text)
            WHERE move_id = $1 AND begun_at IS NULL AND finished_at IS NULL AND asked_at < clock_timestamp() - $2
            """, ct, _moveId, Patience, (int)ExitCode.Refused, $"nobody began it within {Patience.TotalSeconds:0} s, and who asked has gone: it was dropped");
        var rows = await _session.QueryAsync(
            """
            UPDATE pgsplit.request SET begun_at = clock_timestamp()
            WHERE id = (SELECT id FROM pgsplit.request WHERE move_id = $1 AND begun_at IS NULL AND finished_at IS NULL ORDER BY id LIMIT 1)
            RETURNING id, verb, arguments::text
            """,
            r => new Request(r.GetInt64(0), r.GetString(1), r.GetString(2)), ct, _moveId);
        return rows.Count > 0 ? rows[0] : null;
    }

    /// <summary>Somebody wants the whole move cancelled: what takes hours need not be waited for.</summary>
    public Task<bool> IsCancelAskedAsync(CancellationToken ct) => _session.ScalarAsync<bool>(
        "SELECT EXISTS (SELECT FROM pgsplit.request WHERE move_id = $1 AND verb = 'cancel' AND begun_at IS NULL AND finished_at IS NULL AND asked_at > clock_timestamp() - $2)", ct, _moveId, Patience);

    public Task ProgressAsync(long id, string progress, CancellationToken ct) =>
        _session.ExecuteAsync("UPDATE pgsplit.request SET progress = $2::jsonb WHERE id = $1", ct, id, progress);

    /// <param name="exitCode">Null where it was left undone: who asked does it himself, or asks again.</param>
    public Task FinishAsync(long id, ExitCode? exitCode, string? answer, CancellationToken ct) => _session.ExecuteAsync(
        "UPDATE pgsplit.request SET finished_at = clock_timestamp(), exit_code = $2::int, answer = $3::jsonb WHERE id = $1", ct, id, (object?)(int?)exitCode ?? DBNull.Value, (object?)answer ?? DBNull.Value);

    /// <summary>Called with the lock: whoever had begun anything has gone. Old ones are forgotten; pgsplit.event keeps what was done.</summary>
    public Task TidyAsync(CancellationToken ct) => _session.ExecuteAsync(
        """
        WITH old AS (DELETE FROM pgsplit.request WHERE move_id = $1 AND finished_at < clock_timestamp() - interval '1 day')
        UPDATE pgsplit.request SET finished_at = clock_timestamp() WHERE move_id = $1 AND begun_at IS NOT NULL AND finished_at IS NULL
        """, ct, _moveId);
}

/// <param name="Arguments">JSON of <see cref="VerbArguments"/>.</param>
sealed record Request(long Id, string Verb, string Arguments);

/// <param name="Answer">What the verb came to, or {message, remedy}.</param>
sealed record RequestState(bool IsBegun, bool IsFinished, ExitCode? ExitCode, string? Progress, string? Answer);

/// <summary>What a verb is told; each takes what concerns it.</summary>
sealed record VerbArguments
{
    public bool DryRun { get; init; }

    /// <summary>Of start: the source is closed first, and the switch follows.</summary>
    public bool Offline { get; init; }
    public int AcceptDifferences { get; init; }

    /// <summary>keep, rename or drop.</summary>
    public string OldTables { get; init; } = "keep";
    public bool Force { get; init; }
}

/// <summary>What is told of a verb in pgsplit.request.progress.</summary>
sealed record RequestProgress(string? Phase, string? Object, long Rows, long Bytes, long TotalBytes, double Seconds, IReadOnlyList<string> Said)
{
    public static RequestProgress Of(MoveProgress? progress, IReadOnlyList<string> said) =>
        new(progress?.Phase, progress?.Subject, progress?.Rows ?? 0, progress?.Bytes ?? 0, progress?.TotalBytes ?? 0, progress?.Elapsed.TotalSeconds ?? 0, said);

    public MoveProgress? ToProgress() => Phase is null ? null : new MoveProgress(Phase, Object, Rows, Bytes, TotalBytes, TimeSpan.FromSeconds(Seconds));

    public string ToJson() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);
}
