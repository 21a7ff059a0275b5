using System.Reflection;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using PgSplit.Pg;
using PgSplit.Shape;

namespace PgSplit.Control;

/// <summary>Reads and writes what a move's databases know of it. Statements run in the caller's transaction, if it has one.</summary>
static class Journal
{
    /// <summary>Creates schema <c>pgsplit</c> where it is not there yet.</summary>
    public static async Task InstallAsync(NpgsqlConnection session, CancellationToken ct)
    {
        await using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("PgSplit.Control.Schema.sql")!;
        using var reader = new StreamReader(stream);
        // Two moves may be prepared at once, and CREATE … IF NOT EXISTS is not safe against itself.
        await using var transaction = await session.BeginTransactionAsync(ct);
        await session.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtext('pgsplit schema'))", ct);
        await session.ExecuteAsync(await reader.ReadToEndAsync(ct), ct);
        await session.ExecuteAsync(UuidKey.Function("pgsplit.uuid_key"), ct);
        await transaction.CommitAsync(ct);
    }

    public static Task<bool> IsInstalledAsync(NpgsqlConnection session, CancellationToken ct) =>
        session.ScalarAsync<bool>("SELECT to_regclass('pgsplit.move') IS NOT NULL", ct);

    /// <summary>What this database knows of the move; null where it knows nothing.</summary>
    public static async Task<MoveRecord?> ReadAsync(NpgsqlConnection session, string moveId, CancellationToken ct, bool forUpdate = false)
    {
        if (!await IsInstalledAsync(session, ct))
            return null;
        var rows = await session.QueryAsync(
            $"""
            SELECT side::text, epoch, owner::text, open, state, reason, definition::text, slot_lsn, barrier_lsn
            FROM pgsplit.move WHERE move_id = $1 {(forUpdate ? "FOR UPDATE" : "")}
            """,
            r => new MoveRecord
            {
                MoveId = moveId,
                Side = r.GetString(0) == "S" ? Side.Source : Side.Target,
                Epoch = r.GetInt64(1),
                Owner = r.GetString(2) == "S" ? Side.Source : Side.Target,
                Open = r.GetBoolean(3),
                State = Enum.Parse<MoveState>(r.GetString(4)),
                Reason = r.TextOrNull(5),
                Definition = r.GetString(6),
                SlotLsn = r.IsDBNull(7) ? null : r.GetFieldValue<NpgsqlLogSequenceNumber>(7),
                BarrierLsn = r.IsDBNull(8) ? null : r.GetFieldValue<NpgsqlLogSequenceNumber>(8),
            }, ct, moveId);
        return rows.Count > 0 ? rows[0] : null;
    }

    /// <summary>Begins a move on one side: the source's, open there and closed on the target. Does nothing where it has begun.</summary>
    public static Task BeginAsync(NpgsqlConnection session, string moveId, Side side, long epoch, string definition, CancellationToken ct) =>
        session.ExecuteAsync(
            """
            INSERT INTO pgsplit.move (move_id, side, epoch, owner, open, state, definition)
            VALUES ($1, $2, $3, 'S', $2 = 'S', 'Planned', $4::jsonb) ON CONFLICT DO NOTHING
            """, ct, moveId, side.Letter(), epoch, definition);

    /// <summary>The highest epoch of this name that an application may have seen here.</summary>
    public static Task<long> HighestEpochAsync(NpgsqlConnection session, string moveId, CancellationToken ct) => session.ScalarAsync<long>(
        "SELECT greatest((SELECT max(epoch) FROM pgsplit.move WHERE move_id = $1), (SELECT max(epoch) FROM pgsplit.route WHERE service = $1), 0)", ct, moveId);

    /// <summary>Forgets a move that is over, but not its route nor its events.</summary>
    public static Task ForgetAsync(NpgsqlConnection session, string moveId, CancellationToken ct) =>
        session.ExecuteAsync(
            """
            DELETE FROM pgsplit.touched WHERE move_id = $1;
            DELETE FROM pgsplit.flawed WHERE move_id = $1;
            DELETE FROM pgsplit.heartbeat WHERE move_id = $1;
            DELETE FROM pgsplit.move WHERE move_id = $1;
            """.Replace("$1", Sql.Text(moveId), StringComparison.Ordinal), ct);

    public static Task SetStateAsync(NpgsqlConnection session, string moveId, MoveState state, string? reason, CancellationToken ct) =>
        session.ExecuteAsync(
            """
            WITH was AS (SELECT state FROM pgsplit.move WHERE move_id = $1),
                 written AS (UPDATE pgsplit.move SET state = $2, reason = $3, updated_at = clock_timestamp() WHERE move_id = $1)
            INSERT INTO pgsplit.event (move_id, type, data)
            SELECT $1, 'state', jsonb_strip_nulls(jsonb_build_object('from', was.state, 'to', $2::text, 'reason', $3::text)) FROM was WHERE was.state <> $2
            """, ct, moveId, state.ToString(), reason);

    /// <summary>Changes owner and openness, if nobody else has since: an epoch only rises (I9).</summary>
    /// <returns>False where the epoch is another one.</returns>
    public static async Task<bool> TakeOverAsync(NpgsqlConnection session, string moveId, long from, long to, Side owner, bool open, NpgsqlLogSequenceNumber? barrier, CancellationToken ct) =>
        await session.ExecuteAsync(
            """
            UPDATE pgsplit.move SET epoch = $3, owner = $4, open = $5, barrier_lsn = coalesce($6, barrier_lsn), updated_at = clock_timestamp()
            WHERE move_id = $1 AND epoch = $2
            """, ct, moveId, from, to, owner.Letter(), open, (object?)barrier ?? DBNull.Value) == 1;

    /// <summary>Whether this side has been open since the move began: whether clients may have written here.</summary>
    public static Task<bool> WasOpenedAsync(NpgsqlConnection session, string moveId, CancellationToken ct) => session.ScalarAsync<bool>(
        "SELECT EXISTS (SELECT FROM pgsplit.event e JOIN pgsplit.move m USING (move_id) WHERE e.move_id = $1 AND e.type = 'opened' AND e.at >= m.created_at)", ct, moveId);

    public static Task EventAsync(NpgsqlConnection session, string moveId, string type, object data, CancellationToken ct) =>
        session.ExecuteAsync("INSERT INTO pgsplit.event (move_id, type, data) VALUES ($1, $2, $3::jsonb)", ct, moveId, type, JsonSerializer.Serialize(data, JsonSerializerOptions.Web));
}

/// <summary>A row of pgsplit.move.</summary>
sealed record MoveRecord
{
    public required string MoveId { get; init; }
    public required Side Side { get; init; }
    public required long Epoch { get; init; }
    public required Side Owner { get; init; }
    public required bool Open { get; init; }
    public required MoveState State { get; init; }
    public string? Reason { get; init; }
    public required string Definition { get; init; }
    public NpgsqlLogSequenceNumber? SlotLsn { get; init; }
    public NpgsqlLogSequenceNumber? BarrierLsn { get; init; }
}

/// <summary>The two databases of a move.</summary>
enum Side
{
    Source,
    Target,
}

static class Sides
{
    public static string Letter(this Side side) => side == Side.Source ? "S" : "T";

    public static Side Other(this Side side) => side == Side.Source ? Side.Target : Side.Source;
}
