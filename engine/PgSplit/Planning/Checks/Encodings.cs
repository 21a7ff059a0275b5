using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Planning.Checks;

/// <summary>Text means the same on both sides, and is sorted alike (PROTOCOL cases 25 and 33).</summary>
static class Encodings
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        var source = await FactsAsync(x.Source, ct);
        if (source.Recorded != source.Actual)
        {
            x.Warning("collation-version", x.Move.Source.Route, $"was made with version {source.Recorded} of its collation, and the system now has {source.Actual}: indexes on text may be out of order",
                "REINDEX what is sorted by text, then ALTER DATABASE … REFRESH COLLATION VERSION");
        }

        if (x.Target is null)
            return;
        var target = await FactsAsync(x.Target, ct);
        if (source.Encoding != target.Encoding)
        {
            x.Blocker("encoding", x.Move.Target.Route, $"the source has encoding {source.Encoding}, the target {target.Encoding}", $"CREATE DATABASE … TEMPLATE template0 ENCODING '{source.Encoding}'");
        }
        else if (source.Encoding == "SQL_ASCII")
        {
            x.Warning("encoding", x.Move.Target.Route, "both sides are SQL_ASCII: nobody checks that bytes are characters", "nothing for the move; for the application, UTF8");
        }

        if ((source.Collate, source.Ctype, source.Provider) != (target.Collate, target.Ctype, target.Provider))
        {
            x.Warning("collation", x.Move.Target.Route, $"the source sorts by {source.Collate}, the target by {target.Collate}: lists may come in another order, and unique keys may see other texts as equal",
                $"CREATE DATABASE … TEMPLATE template0 LC_COLLATE '{source.Collate}' LC_CTYPE '{source.Ctype}'");
        }
        else if (source.Actual != target.Actual)
        {
            x.Warning("collation-version", x.Move.Target.Route, $"the same collation has version {source.Actual} on the source and {target.Actual} on the target: lists may come in another order",
                "nothing for the move: indexes are built on the target");
        }

        await ColumnsAsync(x, x.Target, ct);
    }

    static async Task ColumnsAsync(Examination x, NpgsqlConnection target, CancellationToken ct)
    {
        // Those that PostgreSQL found on its machine; an application's own are made with the tables.
        var used = await x.AskAsync(
            """
            SELECT DISTINCT n.nspname, c.collname FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation JOIN pg_namespace n ON n.oid = c.collnamespace
            WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND n.nspname = 'pg_catalog' ORDER BY 2
            """,
            r => r.GetString(1), ct);
        var there = await target.QueryAsync("SELECT DISTINCT collname::text FROM pg_collation WHERE collnamespace = 'pg_catalog'::regnamespace AND collname::text = ANY ($1)",
            r => r.GetString(0), ct, [used.ToArray()]);
        foreach (var collation in used.Except(there, StringComparer.Ordinal))
            x.Blocker("collation-missing", collation, "columns that move are sorted by this collation, which the target's machine does not have", "install the locale there, then SELECT pg_import_system_collations('pg_catalog')");
    }

    static async Task<Facts> FactsAsync(NpgsqlConnection connection, CancellationToken ct) => (await connection.QueryAsync(
        """
        SELECT pg_encoding_to_char(encoding)::text, coalesce(datcollate::text, ''), coalesce(datctype::text, ''), datlocprovider::text,
               coalesce(datcollversion, ''), coalesce(pg_database_collation_actual_version(oid), '')
        FROM pg_database WHERE datname = current_database()
        """,
        r => new Facts(r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5)), ct))[0];

    sealed record Facts(string Encoding, string Collate, string Ctype, string Provider, string Recorded, string Actual);
}
