using System.Globalization;
using PgSplit.Pg;

namespace PgSplit.Planning.Checks;

/// <summary>Who would keep prepare or the switch waiting, as things are now (PROTOCOL cases 1 to 3).</summary>
static class Activity
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        var transactions = await x.Source.QueryAsync(
            """
            SELECT pid, coalesce(datname::text, ''), coalesce(usename::text, ''), extract(epoch FROM now() - xact_start)::float8, backend_xid IS NOT NULL, coalesce(state, ''), coalesce(application_name, '')
            FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start < now() - make_interval(secs => $1)
            ORDER BY xact_start
            """,
            r => new { Pid = r.GetInt32(0), Database = r.GetString(1), User = r.GetString(2), Seconds = r.GetDouble(3), Writes = r.GetBoolean(4), State = r.GetString(5), Application = r.GetString(6) },
            ct, x.Limits.LongTransaction.TotalSeconds);
        foreach (var t in transactions)
        {
            var on = string.Create(CultureInfo.InvariantCulture, $"pid {t.Pid}");
            var who = string.Create(CultureInfo.InvariantCulture, $"{t.User}@{t.Database} {t.Application}, {t.State}, its transaction open for {t.Seconds:0} s");
            if (t.Writes)
                x.Warning("long-transaction", on, $"{who}: it has written, so a replication slot can't be made until it ends", $"let it end, or SELECT pg_terminate_backend({t.Pid})");
            else
                x.Note("long-transaction", on, $"{who}: it has only read, and holds up vacuum, not the move");
        }

        foreach (var (gid, database, seconds) in await x.Source.QueryAsync(
            "SELECT gid, database::text, extract(epoch FROM now() - prepared)::float8 FROM pg_prepared_xacts ORDER BY prepared", r => (r.GetString(0), r.GetString(1), r.GetDouble(2)), ct))
        {
            x.Warning("prepared-transaction", gid, string.Create(CultureInfo.InvariantCulture, $"prepared in {database} {seconds:0} s ago and not ended: a replication slot can't be made until it is"),
                $"COMMIT PREPARED {Sql.Text(gid).Trim()} or ROLLBACK PREPARED {Sql.Text(gid).Trim()}, in that database");
        }
    }
}
