using Npgsql;
using Npgsql.Replication;
using NpgsqlTypes;
using PgSplit.Pg;

namespace PgSplit.Follow;

/// <summary>Makes and removes what a stream stands on: a publication and a slot on the sending side, an origin on the receiving one. Each can be repeated.</summary>
static class StreamObjects
{
    /// <summary>Before the slot, so that the slot never decodes a time at which the publication was not there (PROTOCOL case 6).</summary>
    public static async Task PublishAsync(NpgsqlConnection session, string publication, IEnumerable<QualifiedName> tables, CancellationToken ct)
    {
        if (await session.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_publication WHERE pubname = $1)", ct, publication))
            return;
        var named = tables.ToList();
        var all = named.Concat([new QualifiedName("pgsplit", "heartbeat"), new QualifiedName("pgsplit", "emptied")]).Select(t => $"TABLE ONLY {t.Sql}");
        await session.ExecuteAsync(
            $"CREATE PUBLICATION {Sql.Name(publication)} FOR {string.Join(", ", all)} WITH (publish = 'insert, update, delete, truncate', publish_via_partition_root = true{(await NeedsGeneratedAsync(session, named, ct) ? ", publish_generated_columns = stored" : "")})", ct);
    }

    // PostgreSQL 18 refuses updates and deletes of a published table whose row identity has columns that are not published, and one of all
    // columns has the generated ones.
    static async Task<bool> NeedsGeneratedAsync(NpgsqlConnection session, IReadOnlyList<QualifiedName> tables, CancellationToken ct) =>
        session.PostgreSqlVersion.Major >= 18 && await session.ScalarAsync<bool>(
            """
            WITH named AS (
                SELECT c.oid, c.relkind FROM unnest($1::text[], $2::text[]) AS n(schema, name)
                JOIN pg_namespace s ON s.nspname = n.schema JOIN pg_class c ON c.relnamespace = s.oid AND c.relname = n.name),
            every AS (SELECT oid FROM named UNION SELECT t.relid::oid FROM named, pg_partition_tree(named.oid) t WHERE named.relkind = 'p')
            SELECT EXISTS (SELECT FROM every JOIN pg_class c USING (oid) JOIN pg_attribute a ON a.attrelid = c.oid
                           WHERE c.relreplident = 'f' AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = 's')
            """, ct, tables.Select(t => t.Schema).ToArray(), tables.Select(t => t.Name).ToArray());

    /// <summary>A slot that was not there. From PostgreSQL 17 on standbys that synchronise slots have it too, so that the stream goes on after a failover.</summary>
    /// <returns>Its consistent point: what is committed from there on comes by the stream.</returns>
    public static async Task<NpgsqlLogSequenceNumber> CreateSlotAsync(PgServer server, string slot, Action<SlotBlocker>? waits, CancellationToken ct)
    {
        await using var session = await server.OpenAsync("make slot", ct);
        if (session.PostgreSqlVersion.Major >= 17)
            return await SlotCreation.RunWithFailoverAsync(server, session, slot, waits, ct);
        await using var walsender = await server.OpenReplicationAsync("make slot", ct);
        return (await SlotCreation.RunAsync(server, walsender, slot, temporary: false, LogicalSlotSnapshotInitMode.NoExport, waits, ct)).ConsistentPoint;
    }

    public static async Task CreateOriginAsync(NpgsqlConnection session, string origin, NpgsqlLogSequenceNumber at, CancellationToken ct)
    {
        if (await session.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_replication_origin WHERE roname = $1)", ct, origin))
            return;
        await session.ExecuteAsync("SELECT pg_replication_origin_create($1)", ct, origin);
        await session.ExecuteAsync("SELECT pg_replication_origin_advance($1, $2)", ct, origin, at);
    }

    public static async Task DropSlotAsync(NpgsqlConnection session, string slot, CancellationToken ct)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await session.ExecuteAsync("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND database = current_database()", ct, slot);
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ObjectInUse && attempt < 50)
            {
                // Its walsender, whose client is gone, has not noticed yet.
                await session.ExecuteAsync("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1 AND active_pid IS NOT NULL", ct, slot);
                await Task.Delay(100, ct);
            }
        }
    }

    public static async Task DropOriginAsync(NpgsqlConnection session, string origin, CancellationToken ct)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await session.ExecuteAsync("SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin WHERE roname = $1", ct, origin);
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ObjectInUse && attempt < 50)
            {
                await Task.Delay(100, ct);
            }
        }
    }

    public static Task UnpublishAsync(NpgsqlConnection session, string publication, CancellationToken ct) =>
        session.ExecuteAsync($"DROP PUBLICATION IF EXISTS {Sql.Name(publication)}", ct);
}
