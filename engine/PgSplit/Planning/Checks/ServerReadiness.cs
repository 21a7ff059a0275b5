using System.Globalization;
using PgSplit.Ddl;
using PgSplit.Pg;

namespace PgSplit.Planning.Checks;

/// <summary>Both servers can replicate, and have room for what this move needs of it (PROTOCOL cases 4, 5, 12, 14 and 20).</summary>
static class ServerReadiness
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        var source = await ServerFacts.ReadAsync(x.Source, x.Move.Id, ct);
        var sizes = await Sizes.OfAsync(x, ct);
        // One stream each way, and a temporary slot while copying or comparing. Both streams count where both databases are of one cluster.
        var streams = x.SameCluster ? 2 : 1;
        Judge(x, "source", x.Move.Source.Route, source, streams);
        Wal(x, source, sizes);
        await OtherMovesAsync(x, ct);
        if (x.Target is null)
            return;
        var target = await ServerFacts.ReadAsync(x.Target, x.Move.Id, ct);
        if (!x.SameCluster)
            Judge(x, "target", x.Move.Target.Route, target, streams);
        if (target.Major < source.Major)
        {
            x.Warning("server-older", x.Move.Target.Route, string.Create(CultureInfo.InvariantCulture, $"the target is PostgreSQL {target.Major}, the source {source.Major}: what is new in {source.Major} can't be made there"),
                "take a target of the same version or a later one");
            foreach (var part in await NewerParts.ReadAsync(x.Source, [.. x.Tables.Select(t => t.Oid)], target.Major, ct))
            {
                x.Blocker("newer-feature", part.Object, string.Create(CultureInfo.InvariantCulture, $"{part.What}, which PostgreSQL {part.Since} has brought, and the target is PostgreSQL {target.Major}"),
                    "take a target of the same version or a later one, or do without it");
            }
        }
    }

    /// <param name="x">Where it goes.</param>
    /// <param name="side">source or target.</param>
    /// <param name="on">Its address.</param>
    /// <param name="server">What was read there.</param>
    /// <param name="streams">How many of the move's two streams use this server.</param>
    internal static void Judge(Examination x, string side, string on, ServerFacts server, int streams)
    {
        if (server.Major < 15)
            x.Blocker("server-version", on, string.Create(CultureInfo.InvariantCulture, $"the {side} is PostgreSQL {server.Major}"), "15 or later is needed");
        if (server.InRecovery)
            x.Blocker("standby", on, $"the {side} is a standby", "give the address of the primary");
        if (server.WalLevel != "logical")
            x.Blocker("wal-level", on, $"wal_level is {server.WalLevel} on the {side}", "ALTER SYSTEM SET wal_level = 'logical', then restart the server");

        var slots = streams + 1;
        Room(x, "slots", on, "replication slots", server.MaxSlots, server.Slots, slots, "max_replication_slots");
        Room(x, "senders", on, "WAL senders", server.MaxSenders, server.Senders, slots, "max_wal_senders");
        Room(x, "origins", on, "replication origins", server.MaxOrigins, server.Origins, streams, server.Major >= 18 ? "max_active_replication_origins" : "max_replication_slots");
        // Its workers, one more each for snapshots, status, fence and stream.
        var sessions = streams * (x.Move.Options.Workers + 5);
        if (server.FreeConnections < sessions)
        {
            x.Warning("connections", on, string.Create(CultureInfo.InvariantCulture, $"the {side} has {server.FreeConnections} free connections and the move needs up to {sessions}"),
                "raise max_connections, or have fewer workers (options: workers)");
        }

        if (server.SynchronousStandbys.Length > 0)
        {
            x.Note("synchronous-standby", on, $"commits of the {side} wait for {server.SynchronousStandbys}, also those within the pause of a switch",
                "see that the standby is up at the switch");
        }

        if (server.TransactionTimeout is { } limit)
            x.Warning("transaction-timeout", on, $"transaction_timeout is {limit}: it would end copying", "ALTER ROLE … SET transaction_timeout = 0, for the role of the move");
        if (server.SlotIdleTimeout is { } idle)
        {
            x.Warning("slot-idle-timeout", on, $"idle_replication_slot_timeout is {idle} on the {side}: a move that nobody follows for so long is lost",
                "keep `pgsplit run` running, or ALTER SYSTEM SET idle_replication_slot_timeout = 0 until the move is complete");
        }

        if (server.RoleTimeouts.Count > 0)
            x.Note("role-timeouts", on, $"the role or the database sets {string.Join(", ", server.RoleTimeouts)}; the sessions of the move set them aside");
    }

    static void Room(Examination x, string code, string on, string what, int most, int used, int needed, string setting)
    {
        if (most - used < needed)
        {
            x.Blocker(code, on, string.Create(CultureInfo.InvariantCulture, $"the move needs {needed} {what} and {Math.Max(0, most - used)} of {most} are free"),
                string.Create(CultureInfo.InvariantCulture, $"ALTER SYSTEM SET {setting} = {used + needed} or more, then restart the server"));
        }
    }

    internal static void Wal(Examination x, ServerFacts source, ServicePlan sizes)
    {
        var budget = x.Move.Options.WalBudgetBytes;
        if (source.SlotWalKeepBytes is { } keep && keep < budget)
        {
            x.Warning("wal-keep", x.Move.Source.Route, $"max_slot_wal_keep_size is {Gigabytes(keep)}, less than the move's WAL budget of {Gigabytes(budget)}: the server would drop the slot first, and the copy would begin again",
                "ALTER SYSTEM SET max_slot_wal_keep_size = -1 (or the budget), then SELECT pg_reload_conf(); or a smaller wal_budget");
        }

        if (source.WalBytesPerSecond is not { } rate)
            return;
        // WAL is kept for one group at a time; in one cluster the copy's own WAL is kept, too.
        var share = Math.Min(1, x.Move.Options.GroupBytes / Math.Max(1.0, sizes.Bytes));
        var expected = ((rate * sizes.Estimate.Duration.TotalSeconds) + (x.SameCluster ? sizes.Bytes : 0)) * share;
        if (expected > Math.Min(budget, source.SlotWalKeepBytes ?? long.MaxValue))
        {
            x.Warning("wal-budget", x.Move.Source.Route, string.Create(CultureInfo.InvariantCulture, $"about {Gigabytes((long)expected)} of WAL are expected to be kept while a group is copied ({rate / (1 << 20):0.0} MB/s on average so far), more than is allowed"),
                "a smaller group_size, a larger wal_budget, or a quieter hour");
        }
    }

    static async Task OtherMovesAsync(Examination x, CancellationToken ct)
    {
        foreach (var (name, active, kept) in await x.Source.QueryAsync(
            """
            SELECT slot_name::text, active, coalesce(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn), 0)::bigint
            FROM pg_replication_slots WHERE slot_name LIKE 'pgsplit\_%' AND NOT temporary AND slot_name NOT IN ('pgsplit_' || $1 || '_f', 'pgsplit_' || $1 || '_r') ORDER BY 1
            """,
            r => (r.GetString(0), r.GetBoolean(1), r.GetInt64(2)), ct, x.Move.Id))
        {
            x.Note("other-move", name, $"this slot is another move's, {(active ? "in use" : "not in use")}, and keeps {Gigabytes(kept)} of WAL",
                active ? null : "if nobody needs that move: pgsplit cancel");
        }
    }

    static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GB");
}
