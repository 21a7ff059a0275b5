using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Fencing;

enum GuardMode
{
    /// <summary>Changes of moving objects are refused.</summary>
    Refusing,

    /// <summary>Event triggers need a superuser: changes are only found, by comparing fingerprints (PROTOCOL 1.13).</summary>
    DetectOnly,
}

/// <summary>
/// Keeps the schema of moving tables as it is while a move is open (PROTOCOL cases 30, 56 to 59): event triggers refuse, with SQLSTATE PS002, commands
/// that touch a moving table, one of its partitions, types or sequences, and nothing else. CREATE INDEX passes and is recorded.
/// All moves in a database share one function, which looks up what moves.
/// </summary>
static class Guard
{
    /// <summary>The SQLSTATE of a refusal.</summary>
    public const string SqlState = "PS002";

    /// <summary>Guards the set in the database of this connection, where its objects have OIDs of their own. Does nothing the second time.</summary>
    public static async Task<GuardMode> InstallAsync(NpgsqlConnection connection, string moveId, MoveSet set, CancellationToken ct)
    {
        var here = await MoveSet.ReadAsync(connection, set.Named, ct);
        var guarded = here.Objects.Where(o => !o.AfterTables && o.Kind is not (ObjectKind.Function or ObjectKind.Collation)).ToList();
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await LockAsync(connection, ct);
        await connection.ExecuteAsync("DELETE FROM pgsplit.guarded WHERE move_id = $1", ct, moveId);
        await connection.ExecuteAsync(
            """
            INSERT INTO pgsplit.guarded (move_id, classid, oid)
            SELECT $1, n.class::regclass, n.oid FROM unnest($2::text[], $3::oid[]) n(class, oid)
            UNION
            -- Indexes too: once dropped, they don't say any more whose they were.
            SELECT $1, 'pg_class'::regclass, i.indexrelid FROM unnest($3::oid[]) n(oid) JOIN pg_index i ON i.indrelid = n.oid
            UNION
            SELECT $1, 'pg_namespace'::regclass, s.oid FROM pg_namespace s WHERE s.nspname = ANY ($4)
            """,
            ct, moveId, guarded.Select(o => o.Class).ToArray(), guarded.Select(o => o.Oid).ToArray(), here.Tables.Select(t => t.Name.Schema).Distinct().ToArray());
        await connection.ExecuteAsync(GuardFunction.Sql, ct);
        var mode = await CreateTriggersAsync(connection, transaction, ct);
        await transaction.CommitAsync(ct);
        return mode;
    }

    /// <summary>Ends the guard of this move; the last move takes triggers and function with it. Does nothing the second time.</summary>
    public static async Task RemoveAsync(NpgsqlConnection connection, string moveId, CancellationToken ct)
    {
        if (!await connection.ScalarAsync<bool>("SELECT to_regclass('pgsplit.guarded') IS NOT NULL", ct))
            return;
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await LockAsync(connection, ct);
        await connection.ExecuteAsync("DELETE FROM pgsplit.guarded WHERE move_id = $1", ct, moveId);
        await connection.ExecuteAsync("DELETE FROM pgsplit.ddl_allow WHERE move_id = $1", ct, moveId);
        if (!await connection.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pgsplit.guarded)", ct))
        {
            foreach (var (name, _) in Triggers)
                await connection.ExecuteAsync($"DROP EVENT TRIGGER IF EXISTS {Sql.Name(name)}", ct);
            await connection.ExecuteAsync("DROP FUNCTION IF EXISTS pgsplit.guard(), pgsplit.guard_refuse(text, text, text)", ct);
        }

        await transaction.CommitAsync(ct);
    }

    /// <summary>Lets the next statement through that touches this move's objects, if it comes in time.</summary>
    public static Task AllowAsync(NpgsqlConnection connection, string moveId, TimeSpan within, CancellationToken ct) =>
        connection.ExecuteAsync("INSERT INTO pgsplit.ddl_allow (move_id, until) VALUES ($1, clock_timestamp() + $2)", ct, moveId, within);

    // ddl_command_start has none: there nobody can say yet which objects a command is about.
    static readonly (string Name, string Event)[] Triggers =
        [("pgsplit_guard_end", "ddl_command_end"), ("pgsplit_guard_drop", "sql_drop"), ("pgsplit_guard_rewrite", "table_rewrite")];

    static async Task<GuardMode> CreateTriggersAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        await transaction.SaveAsync("triggers", ct);
        try
        {
            foreach (var (name, on) in Triggers)
            {
                if (await connection.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = $1)", ct, name))
                    continue;
                await connection.ExecuteAsync($"CREATE EVENT TRIGGER {Sql.Name(name)} ON {on} EXECUTE FUNCTION pgsplit.guard()", ct);
                // In sessions that apply changes (session_replication_role) too: nobody but the engine has a reason to be in one.
                await connection.ExecuteAsync($"ALTER EVENT TRIGGER {Sql.Name(name)} ENABLE ALWAYS", ct);
            }

            return GuardMode.Refusing;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            await transaction.RollbackAsync("triggers", ct);
            return GuardMode.DetectOnly;
        }
    }

    // Two moves that begin or end at once share triggers and function.
    static Task<int> LockAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended('pgsplit guard', 0))", ct);
}
