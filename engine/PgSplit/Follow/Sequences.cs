using Npgsql;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Follow;

/// <summary>
/// Carries sequences, which the stream does not (PROTOCOL 1.5, cases 72, 73 and 107). A sequence on the receiving side only ever goes
/// on: numbers that were handed out are never handed out again.
/// </summary>
static class Sequences
{
    // Numbers that a client took from the closed side while it closed, and has not written yet.
    const int Margin = 100;

    /// <summary>Brings the receiving side's sequences up to the sending side's.</summary>
    /// <param name="side">That which sends.</param>
    /// <param name="final">In the pause of a switch: leaves room for what sessions have cached or taken and not yet used.</param>
    public static async Task CarryAsync(NpgsqlConnection sending, NpgsqlConnection receiving, IReadOnlyList<SequencePair> sequences, Side side, bool final, CancellationToken ct)
    {
        if (sequences.Count == 0)
            return;
        var at = (await ReadAsync(sending, [.. sequences.Select(s => s.At(side))], ct)).ToDictionary(s => s.Name);
        var there = (await ReadAsync(receiving, [.. sequences.Select(s => s.At(side.Other()))], ct)).ToDictionary(s => s.Name);
        await using var batch = new NpgsqlBatch(receiving);
        foreach (var pair in sequences)
        {
            var (sequence, other) = (at[pair.At(side)], there[pair.At(side.Other())]);
            var (value, called) = final ? sequence.WithMargin() : (sequence.Last, sequence.Called);
            if (sequence.Increment > 0 ? value < other.Last : value > other.Last)
                continue;
            if (value == other.Last && (called == other.Called || other.Called))
                continue;
            var command = new NpgsqlBatchCommand("SELECT setval($1::text::regclass, $2, $3)");
            foreach (var parameter in new object[] { other.Name.Sql, value, called })
                command.Parameters.Add(Commands.Parameter(parameter));
            batch.BatchCommands.Add(command);
        }

        if (batch.BatchCommands.Count > 0)
            await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Nobody but its owner takes numbers on a side that closes. Within the closing transaction.</summary>
    public static async Task RevokeAsync(NpgsqlConnection session, string moveId, IReadOnlyList<QualifiedName> sequences, CancellationToken ct)
    {
        var granted = await session.QueryAsync(
            """
            INSERT INTO pgsplit.revoked (move_id, schema, name, grantee, privilege)
            SELECT $1, n.nspname, c.relname, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN unnest($2::text[], $3::text[]) s(schema, name) ON s.schema = n.nspname AND s.name = c.relname,
                 LATERAL aclexplode(c.relacl) a
            WHERE a.grantee <> c.relowner AND a.privilege_type IN ('USAGE', 'UPDATE')
            ON CONFLICT DO NOTHING RETURNING schema, name, grantee, privilege
            """,
            Right.Read, ct, moveId, sequences.Select(s => s.Schema).ToArray(), sequences.Select(s => s.Name).ToArray());
        foreach (var right in granted)
            await session.ExecuteAsync($"REVOKE {right.Privilege} ON SEQUENCE {right.Sequence.Sql} FROM {right.Role}", ct);
    }

    /// <summary>Gives back what <see cref="RevokeAsync"/> took. Within the opening transaction.</summary>
    public static async Task GrantAsync(NpgsqlConnection session, string moveId, CancellationToken ct)
    {
        foreach (var right in await session.QueryAsync("DELETE FROM pgsplit.revoked WHERE move_id = $1 RETURNING schema, name, grantee, privilege", Right.Read, ct, moveId))
            await session.ExecuteAsync($"GRANT {right.Privilege} ON SEQUENCE {right.Sequence.Sql} TO {right.Role}", ct);
    }

    static async Task<IReadOnlyList<State>> ReadAsync(NpgsqlConnection session, IReadOnlyList<QualifiedName> sequences, CancellationToken ct)
    {
        var each = sequences.Select((s, i) =>
            $"""
            SELECT {i}, q.last_value, q.is_called, s.seqincrement, s.seqcache, s.seqmin, s.seqmax, s.seqcycle
            FROM {s.Sql} q JOIN pg_sequence s ON s.seqrelid = {Sql.Text(s.Sql)}::regclass
            """);
        return await session.QueryAsync(string.Join(" UNION ALL ", each), r => new State(
            sequences[r.GetInt32(0)], r.GetInt64(1), r.GetBoolean(2), r.GetInt64(3), r.GetInt64(4), r.GetInt64(5), r.GetInt64(6), r.GetBoolean(7)), ct);
    }

    readonly record struct Right(QualifiedName Sequence, string Role, string Privilege)
    {
        public static Right Read(System.Data.Common.DbDataReader r) =>
            new(new QualifiedName(r.GetString(0), r.GetString(1)), r.GetString(2) == "PUBLIC" ? "PUBLIC" : Pg.Sql.Name(r.GetString(2)), r.GetString(3));
    }

    readonly record struct State(QualifiedName Name, long Last, bool Called, long Increment, long Cache, long Min, long Max, bool Cycle)
    {
        public (long Value, bool Called) WithMargin()
        {
            var room = (Int128)Increment * (Margin + (Cache > 1 ? Cache * 10 : 0));
            var value = Last + room;
            // One that is nearly used up, or goes round, is carried as it is: a margin would be felt there.
            return Cycle || value > Max - (room > 0 ? room * 10 : 0) || value < Min - (room < 0 ? room * 10 : 0) || !Called ? (Last, Called) : ((long)value, true);
        }
    }
}
