using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>The record of what a move has made on the target, by OID (pgsplit.created).</summary>
static class Created
{
    /// <summary>OID of an object by its name; null where there is none.</summary>
    public static async Task<uint?> FindAsync(NpgsqlConnection target, string objectClass, string identity, CancellationToken ct)
    {
        var oid = await target.ScalarAsync<uint>(objectClass switch
        {
            "pg_class" => "SELECT coalesce(to_regclass($1)::oid, 0::oid)",
            "pg_type" => "SELECT coalesce(to_regtype($1)::oid, 0::oid)",
            "pg_proc" => "SELECT coalesce(to_regprocedure($1)::oid, 0::oid)",
            "pg_collation" => "SELECT coalesce(to_regcollation($1)::oid, 0::oid)",
            "pg_namespace" => "SELECT coalesce(to_regnamespace($1)::oid, 0::oid)",
            "pg_extension" => "SELECT coalesce((SELECT oid FROM pg_extension WHERE extname = $1), 0::oid)",
            _ => throw new ArgumentOutOfRangeException(nameof(objectClass), objectClass, "is not looked up by name"),
        }, ct, identity);
        return oid == 0 ? null : oid;
    }

    public static async Task<bool> IsOursAsync(NpgsqlConnection target, string moveId, string objectClass, uint oid, CancellationToken ct) =>
        await target.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pgsplit.created WHERE move_id = $1 AND class = $2 AND oid = $3)", ct, moveId, objectClass, oid);

    /// <summary>In the transaction that made it, so that there is never one without the other.</summary>
    public static async Task RecordAsync(NpgsqlConnection target, string moveId, string objectClass, string identity, CancellationToken ct)
    {
        var oid = await FindAsync(target, objectClass, identity, ct)
            ?? throw new InvalidOperationException($"{identity} was made and is not there");
        await target.ExecuteAsync(
            """
            INSERT INTO pgsplit.created (move_id, class, oid, what)
            SELECT $1, $2, $3, o.type || ' ' || o.identity FROM pg_identify_object($2::regclass, $3, 0) o
            """, ct, moveId, objectClass, oid);
    }

    /// <summary>For people: <c>table app.orders</c>.</summary>
    public static string Describe(SetObject o) => $"{(o.Kind == ObjectKind.MaterializedView ? "materialized view" : o.Kind.ToString().ToLowerInvariant())} {o.Identity}";
}
