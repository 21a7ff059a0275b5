using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using PgSplit.Ddl;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <summary>Statements that wait for the rows, in the target's names.</summary>
/// <param name="Table">The target's table.</param>
/// <param name="Bytes">Of the source's: the largest is begun first.</param>
/// <param name="ForeignKeys">Added not valid, with the statement that validates each.</param>
sealed record ShapedDdl(QualifiedName Table, long Bytes, IReadOnlyList<IndexDdl> Indexes, IReadOnlyList<LateKey> ForeignKeys, IReadOnlyList<string> Finish);

/// <param name="Constraint">Its name, ready for SQL.</param>
/// <param name="Validate">Empty where it is not valid on the source either.</param>
sealed record LateKey(string Constraint, string Add, string Validate);

/// <summary>What was worked out of a move's shapes when it was prepared (pgsplit.shaped on the target).</summary>
static class ShapeState
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web) { Converters = { new JsonStringEnumConverter() } };

    public static string Of(ShapedTable table) => JsonSerializer.Serialize(table, Json);

    /// <summary>In the transaction that makes the tables.</summary>
    public static Task KeepAsync(NpgsqlConnection target, string moveId, ShapedTable table, ShapedDdl ddl, CancellationToken ct) => target.ExecuteAsync(
        "INSERT INTO pgsplit.shaped (move_id, schema, name, shape, ddl) VALUES ($1, $2, $3, $4::jsonb, $5::jsonb)",
        ct, moveId, table.From.Schema, table.From.Name, Of(table), JsonSerializer.Serialize(ddl, Json));

    /// <summary>Empty too where a program that knew no shapes has begun the move.</summary>
    public static async Task<IReadOnlyList<ShapedTable>> ReadAsync(NpgsqlConnection target, string moveId, CancellationToken ct) => !await IsThereAsync(target, ct) ? [] : (await target.QueryAsync(
        "SELECT shape::text FROM pgsplit.shaped WHERE move_id = $1 ORDER BY schema, name", r => r.GetString(0), ct, moveId)).ConvertAll(s => JsonSerializer.Deserialize<ShapedTable>(s, Json)!);

    public static async Task<IReadOnlyDictionary<QualifiedName, ShapedDdl>> DdlAsync(NpgsqlConnection target, string moveId, CancellationToken ct) => !await IsThereAsync(target, ct) ? new Dictionary<QualifiedName, ShapedDdl>() : (await target.QueryAsync(
        "SELECT schema, name, ddl::text FROM pgsplit.shaped WHERE move_id = $1 ORDER BY schema, name", r => (Name: new QualifiedName(r.GetString(0), r.GetString(1)), Ddl: r.GetString(2)), ct, moveId))
        .ToDictionary(d => d.Name, d => JsonSerializer.Deserialize<ShapedDdl>(d.Ddl, Json)!);

    static Task<bool> IsThereAsync(NpgsqlConnection target, CancellationToken ct) => target.ScalarAsync<bool>("SELECT to_regclass('pgsplit.shaped') IS NOT NULL", ct);
}
