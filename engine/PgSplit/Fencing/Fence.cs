using System.Text.Json;
using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Fencing;

/// <summary>
/// The fence of one move on one side (PROTOCOL 1.0): a statement trigger on every table and every partition that calls one function.
/// Whether clients may write is that function's body, so opening and closing is one small change of the catalog that needs no lock
/// on any table and is seen by every session at its next statement.
/// </summary>
static class Fence
{
    /// <summary>SQLSTATE of a write that met a closed fence: whoever meets it looks up the route and runs its unit of work again.</summary>
    public const string SqlState = "PS001";

    static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(30);

    public static string FunctionOf(string moveId) => $"pgsplit.{Sql.Name($"fence_{moveId}")}";

    public static string TriggerOf(string moveId) => $"pgsplit_fence_{moveId}";

    /// <summary>
    /// Everybody may write. Within the caller's transaction. That a partition is emptied by itself is noted for the stream, in its
    /// place among the changes: published through its root, it is not decoded (PROTOCOL case 55).
    /// </summary>
    public static Task OpenAsync(NpgsqlConnection session, string moveId, CancellationToken ct) =>
        ReplaceAsync(session, moveId, $"""
            IF TG_OP = 'TRUNCATE' AND (SELECT relispartition FROM pg_catalog.pg_class WHERE oid = TG_RELID) THEN
                INSERT INTO pgsplit.emptied (move_id, schema, name) VALUES ({Sql.Text(moveId)}, TG_TABLE_SCHEMA, TG_TABLE_NAME);
            END IF;
            RETURN NULL;
            """, ct);

    /// <summary>Only the program that copies may write: nobody has anything to do on a target that is being filled.</summary>
    public static async Task LoadAsync(NpgsqlConnection session, string moveId, string sourceAddress, CancellationToken ct) =>
        await ReplaceAsync(session, moveId, $"""
            IF session_user = {Sql.Text(await MigratorAsync(session, ct))} THEN RETURN NULL; END IF;
            {Refusal(moveId, 1, "S", sourceAddress)}
            """, ct);

    /// <summary>Only the stream may write: the program's role, in a session with a replication origin. All others are told where to go. Within the caller's transaction.</summary>
    public static async Task CloseAsync(NpgsqlConnection session, string moveId, long epoch, string owner, string address, CancellationToken ct) =>
        await ReplaceAsync(session, moveId, await ClosedAsync(session, moveId, epoch, owner, address, ct), ct);

    /// <summary>Whether the function is still the one that <see cref="CloseAsync"/> made; false where somebody has replaced it (PROTOCOL case 108).</summary>
    public static async Task<bool> IsClosedAsync(NpgsqlConnection session, string moveId, long epoch, string owner, string address, CancellationToken ct) =>
        await session.ScalarAsync<string>("SELECT prosrc FROM pg_proc WHERE oid = to_regprocedure($1)", ct, FunctionOf(moveId) + "()")
            == Whole(await ClosedAsync(session, moveId, epoch, owner, address, ct));

    /// <summary>Puts the trigger on every table, one at a time with a short lock time-out: an application never waits long for it.</summary>
    /// <exception cref="PgSplitException">A table was in use for too long; who used it is said.</exception>
    public static async Task InstallAsync(NpgsqlConnection session, string moveId, IEnumerable<Table> tables, CancellationToken ct)
    {
        foreach (var table in tables)
        {
            var trigger = Sql.Name(TriggerOf(moveId));
            await LockRetry.RunAsync(session, table.Name, LockPatience, async () =>
            {
                await using var transaction = await session.BeginTransactionAsync(ct);
                await session.ExecuteAsync(
                    $"""
                    SET LOCAL lock_timeout = '200ms';
                    CREATE OR REPLACE TRIGGER {trigger} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table.Name.Sql}
                        FOR EACH STATEMENT EXECUTE FUNCTION {FunctionOf(moveId)}();
                    ALTER TABLE {(table.Kind == TableKind.Partitioned ? "ONLY " : "")}{table.Name.Sql} ENABLE ALWAYS TRIGGER {trigger};
                    """, ct);
                await transaction.CommitAsync(ct);
            }, ct);
        }
    }

    /// <summary>Takes the triggers off, wherever they are, and the function.</summary>
    public static async Task RemoveAsync(NpgsqlConnection session, string moveId, CancellationToken ct)
    {
        foreach (var table in await FencedAsync(session, moveId, ct))
        {
            await LockRetry.RunAsync(session, table, LockPatience, async () =>
            {
                await using var transaction = await session.BeginTransactionAsync(ct);
                await session.ExecuteAsync($"SET LOCAL lock_timeout = '200ms'; DROP TRIGGER IF EXISTS {Sql.Name(TriggerOf(moveId))} ON {table.Sql}", ct);
                await transaction.CommitAsync(ct);
            }, ct);
        }

        await session.ExecuteAsync($"DROP FUNCTION IF EXISTS {FunctionOf(moveId)}()", ct);
    }

    /// <summary>Tables of the move that the fence does not stand on, or not for everybody (PROTOCOL case 108).</summary>
    public static async Task<IReadOnlyList<QualifiedName>> GapsAsync(NpgsqlConnection session, string moveId, IEnumerable<Table> tables, CancellationToken ct)
    {
        var fenced = (await session.QueryAsync(
            """
            SELECT n.nspname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE t.tgname = $1 AND t.tgenabled = 'A' AND t.tgfoid = to_regprocedure($2)
            """,
            r => new QualifiedName(r.GetString(0), r.GetString(1)), ct, TriggerOf(moveId), FunctionOf(moveId) + "()")).ToHashSet();
        return [.. tables.Select(t => t.Name).Where(n => !fenced.Contains(n))];
    }

    /// <summary>The function's body, for <see cref="IsOpen"/>; null where there is none.</summary>
    public static Task<string?> BodyAsync(NpgsqlConnection session, string moveId, CancellationToken ct) =>
        session.ScalarAsync<string>("SELECT prosrc FROM pg_proc WHERE oid = to_regprocedure($1)", ct, FunctionOf(moveId) + "()");

    /// <summary>Whether a body lets everybody write: anything without our refusal does.</summary>
    public static bool IsOpen(string body) => !body.Contains($"RAISE EXCEPTION USING ERRCODE = '{SqlState}'", StringComparison.Ordinal);

    static Task<List<QualifiedName>> FencedAsync(NpgsqlConnection session, string moveId, CancellationToken ct) => session.QueryAsync(
        """
        SELECT n.nspname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE t.tgname = $1 AND t.tgparentid = 0 ORDER BY 1, 2
        """,
        r => new QualifiedName(r.GetString(0), r.GetString(1)), ct, TriggerOf(moveId));

    static Task<int> ReplaceAsync(NpgsqlConnection session, string moveId, string body, CancellationToken ct) => session.ExecuteAsync(
        $"""
        CREATE OR REPLACE FUNCTION {FunctionOf(moveId)}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
        AS {Sql.Text(Whole(body))}
        """, ct);

    static string Whole(string body) => $"BEGIN {body} END";

    static async Task<string> ClosedAsync(NpgsqlConnection session, string moveId, long epoch, string owner, string address, CancellationToken ct) =>
        $"""
        IF session_user = {Sql.Text(await MigratorAsync(session, ct))} AND pg_catalog.pg_replication_origin_session_is_setup() THEN RETURN NULL; END IF;
        {Refusal(moveId, epoch, owner, address)}
        """;

    static string Refusal(string moveId, long epoch, string owner, string address)
    {
        var detail = JsonSerializer.Serialize(new { move = moveId, epoch, owner, address });
        return $"""
            RAISE EXCEPTION USING ERRCODE = '{SqlState}', MESSAGE = {Sql.Text($"writes to these tables have moved to {address}")},
                DETAIL = {Sql.Text(detail)}, HINT = 'Look up pgsplit.route and run the whole transaction again there.';
            """;
    }

    static async Task<string> MigratorAsync(NpgsqlConnection session, CancellationToken ct) =>
        (await session.ScalarAsync<string>("SELECT session_user::text", ct))!;
}
