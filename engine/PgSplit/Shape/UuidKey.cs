using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <summary>
/// The UUID that an integer key becomes: version 8 (RFC 9562, 5.8), of <c>sha256(namespace of the table || old key)</c>. Whoever knows
/// the table's name and the old key knows the new one: references need no look-up, and a second run gives the same keys. 120 bits are the
/// hash's: version, variant and the two bits after the variant are fixed, so that the server makes it of one hash and one text.
/// </summary>
static class UuidKey
{
    /// <summary>
    /// SQL that makes the server's own function of it. Its one expression is put in place of the call by the planner; bits are set in
    /// bytes, since texts are several times as slow.
    /// </summary>
    public static string Function(string name) =>
        $"""
         CREATE OR REPLACE FUNCTION {name}(namespace bytea, old bigint) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
         AS $$ SELECT pg_catalog.encode(
             pg_catalog.set_bit(pg_catalog.set_bit(pg_catalog.set_bit(pg_catalog.set_bit(pg_catalog.set_bit(pg_catalog.set_bit(pg_catalog.set_bit(pg_catalog.set_bit(
                 pg_catalog.substr(pg_catalog.sha256(namespace OPERATOR(pg_catalog.||) pg_catalog.int8send(old)), 1, 16), 55, 1), 54, 0), 53, 0), 52, 0), 71, 1), 70, 0), 69, 0), 68, 0), 'hex')::uuid $$
         """;

    /// <summary>First half of the SHA-256 of a table's name on the source.</summary>
    public static byte[] NamespaceOf(QualifiedName table) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"pgsplit:{table.Schema}.{table.Name}"))[..16];

    public static Guid Of(QualifiedName table, long old)
    {
        Span<byte> input = stackalloc byte[24];
        NamespaceOf(table).CopyTo(input);
        BinaryPrimitives.WriteInt64BigEndian(input[16..], old);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        hash[6] = (byte)(0x80 | (hash[6] & 0x0f));
        hash[8] = (byte)(0x80 | (hash[8] & 0x0f));
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>The same, by the server.</summary>
    /// <param name="old">Expression of an integer type.</param>
    public static string Computed(QualifiedName table, string old) => $"pgsplit.uuid_key({Namespace(table)}, ({old})::int8)";

    /// <summary>
    /// What the key has become: as recorded for rows born on the target, else as computed. Null for null. Whether anything is recorded for
    /// the table is asked once a statement: before the first switch there is nothing to look up for millions of rows.
    /// </summary>
    public static string Sql(QualifiedName table, string old) =>
        $"coalesce(CASE WHEN EXISTS (SELECT FROM pgsplit.key_map e WHERE e.namespace = {Namespace(table)}) THEN (SELECT m.new FROM pgsplit.key_map m WHERE m.namespace = {Namespace(table)} AND m.old = ({old})::int8) END, {Computed(table, old)})";

    /// <summary>The key that a UUID was on the source, by its index over computed keys; null where no row has it.</summary>
    /// <param name="column">Of the source's table, quoted.</param>
    public static string OldSql(QualifiedName table, string column, string uuid) =>
        $"coalesce((SELECT m.old FROM pgsplit.key_map m WHERE m.namespace = {Namespace(table)} AND m.new = {uuid}), (SELECT r.{column}::int8 FROM ONLY {table.Sql} r WHERE {Computed(table, "r." + column)} = {uuid} LIMIT 1))";

    public static string Namespace(QualifiedName table) => $"'\\x{Convert.ToHexStringLower(NamespaceOf(table))}'::bytea";
}
