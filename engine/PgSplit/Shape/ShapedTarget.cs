using Npgsql;
using PgSplit.Catalog;
using PgSplit.Ddl;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <summary>
/// Gives the target's new tables their shape. Each was just made as the source has it, with its indexes, and is empty: so PostgreSQL itself
/// carries a rename into checks, indexes and generated columns, and says what a change of type breaks. Then the indexes are noted and taken
/// off again until the rows are there.
/// </summary>
static class ShapedTarget
{
    /// <summary>In the transaction that has made the tables.</summary>
    /// <returns>What a person should know: what could not be carried into the new shape.</returns>
    /// <exception cref="PgSplitException">A change of shape is not possible; nothing is made.</exception>
    public static async Task<IReadOnlyList<string>> ReshapeAsync(
        NpgsqlConnection source, NpgsqlConnection target, string moveId, IReadOnlyList<ShapedTable> shapes, IReadOnlyList<Table> tables, CancellationToken ct)
    {
        var said = new List<string>();
        var byName = tables.ToDictionary(t => t.Name);
        foreach (var shape in shapes)
        {
            var table = byName[shape.From];
            foreach (var index in (await IndexReader.ReadAsync(source, [table.Oid], ct)).Where(i => i.IsValid))
            {
                foreach (var statement in index.Create)
                    await target.RunAsync(statement, ct);
            }

            try
            {
                await AlterAsync(target, moveId, shape, said, ct);
            }
            catch (PostgresException e)
            {
                throw new PgSplitException(ExitCode.Refused, $"{shape.From} can't be given its shape on the target: {e.MessageText}{(e.Detail is null ? "" : $" ({e.Detail})")}", "change the map, or what stands in its way on the source", e);
            }
        }

        foreach (var shape in shapes)
        {
            var oid = await target.ScalarAsync<uint>("SELECT $1::regclass::oid", ct, shape.To.Sql);
            var indexes = await IndexReader.ReadAsync(target, [oid], ct);
            var keys = await ForeignKeysAsync(source, byName[shape.From], shape, shapes, said, ct);
            await ShapeState.KeepAsync(target, moveId, shape, new ShapedDdl(shape.To, byName[shape.From].Bytes, indexes, keys, await FinishAsync(source, target, byName[shape.From], shape, said, ct)), ct);
            foreach (var constraint in await target.QueryAsync("SELECT quote_ident(conname) FROM pg_constraint WHERE conrelid = $1 AND contype IN ('p', 'u', 'x')", r => r.GetString(0), ct, oid))
                await target.RunAsync($"ALTER TABLE {shape.To.Sql} DROP CONSTRAINT {constraint}", ct);
            foreach (var index in await target.QueryAsync("SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = $1", r => r.GetString(0), ct, oid))
                await target.RunAsync($"DROP INDEX {index}", ct);
        }

        return said;
    }

    static async Task AlterAsync(NpgsqlConnection target, string moveId, ShapedTable shape, List<string> said, CancellationToken ct)
    {
        var table = shape.From.Sql;
        var alter = $"ALTER TABLE {table} ";
        foreach (var lost in shape.Lost)
            await target.RunAsync($"{alter}DROP COLUMN {Sql.Name(lost.Name)}", ct);
        foreach (var column in shape.Columns.Where(c => c.Kind != ColumnKind.Plain && c.From is not null))
        {
            var (oldType, hadValue) = (await target.QueryAsync(
                "SELECT format_type(atttypid, atttypmod), atthasdef OR attidentity <> '' FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2",
                r => (r.GetString(0), r.GetBoolean(1)), ct, table, column.From!))[0];
            if (oldType == column.Type)
                continue;
            await LoosenAsync(target, shape, column.From!, said, ct);
            var name = $"{alter}ALTER COLUMN {Sql.Name(column.From!)} ";
            await target.RunAsync($"{name}DROP IDENTITY IF EXISTS", ct);
            await target.RunAsync($"{name}DROP DEFAULT", ct);
            await target.RunAsync($"{name}TYPE {column.Type} USING NULL::{column.Type}", ct);
            foreach (var sequence in await target.QueryAsync(
                "SELECT d.objid::regclass::text FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' WHERE d.classid = 'pg_class'::regclass AND d.refobjid = $1::regclass AND d.deptype = 'a' AND d.refobjsubid = (SELECT attnum FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2)",
                r => r.GetString(0), ct, table, column.From!))
            {
                await target.RunAsync($"DROP SEQUENCE {sequence}", ct);
            }

            // Rows born here need keys as they did on the source.
            if (hadValue && column.Kind == ColumnKind.Key && column.Of == shape.From)
                await target.RunAsync($"{name}SET DEFAULT gen_random_uuid()", ct);
        }

        foreach (var fresh in shape.Columns.Where(c => c.From is null))
            await target.RunAsync($"{alter}ADD COLUMN {Sql.Name(fresh.Name)} {fresh.Type}", ct);
        // Two columns may exchange their names.
        var renamed = shape.Columns.Where(c => c.From is not null && c.From != c.Name).ToList();
        foreach (var (column, n) in renamed.Select((c, n) => (c, n)))
            await target.RunAsync($"{alter}RENAME COLUMN {Sql.Name(column.From!)} TO {Sql.Name($"pgsplit {n}")}", ct);
        foreach (var (column, n) in renamed.Select((c, n) => (c, n)))
            await target.RunAsync($"{alter}RENAME COLUMN {Sql.Name($"pgsplit {n}")} TO {Sql.Name(column.Name)}", ct);
        if (shape.ToNeedsFull)
            await target.RunAsync($"{alter}REPLICA IDENTITY FULL", ct);
        await RenameAsync(target, moveId, shape, ct);
        foreach (var rule in shape.Rules.Where(r => r.Number != FlawRule.Unfit))
            await EnsureUniqueAsync(target, shape, rule, ct);
        foreach (var column in shape.Columns.Where(c => c.OnDelete is not null))
        {
            if (!await target.ScalarAsync<bool>(
                "SELECT EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indrelid = $1::regclass AND a.attname = $2 AND i.indpred IS NULL)", ct, shape.To.Sql, column.Name))
            {
                await target.RunAsync($"CREATE INDEX ON {shape.To.Sql} ({Sql.Name(column.Name)})", ct);
            }
        }
    }

    static async Task EnsureUniqueAsync(NpgsqlConnection target, ShapedTable shape, FlawRule rule, CancellationToken ct)
    {
        if (!await target.ScalarAsync<bool>(
            """
            SELECT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = $1::regclass AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
                AND (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)) = (SELECT array_agg(c ORDER BY c) FROM unnest($2::text[]) c))
            """, ct, shape.To.Sql, rule.Columns.ToArray()))
        {
            await target.RunAsync($"CREATE UNIQUE INDEX ON {shape.To.Sql} ({Sql.Names(rule.Columns)})", ct);
        }
    }

    // Checks and indexes that reckon with a value of another type mean nothing any more.
    static async Task LoosenAsync(NpgsqlConnection target, ShapedTable shape, string column, List<string> said, CancellationToken ct)
    {
        foreach (var (name, definition) in await target.QueryAsync(
            """
            SELECT quote_ident(k.conname), pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
            WHERE k.conrelid = $1::regclass AND k.contype = 'c' AND a.attname = $2
            """, r => (r.GetString(0), r.GetString(1)), ct, shape.From.Sql, column))
        {
            await target.RunAsync($"ALTER TABLE {shape.From.Sql} DROP CONSTRAINT {name}", ct);
            said.Add($"{name} of {shape.From} was left out, since the type of {column} is another on the target: {definition}");
        }

        foreach (var (name, definition) in await target.QueryAsync(
            """
            SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
            WHERE i.indrelid = $1::regclass AND (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL)
              -- A column in a condition or an expression, not only as a column of the index.
              AND EXISTS (SELECT FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                          WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refobjid = i.indrelid AND a.attname = $2 AND a.attnum <> ALL (i.indkey::int2[]))
            """, r => (r.GetString(0), r.GetString(1)), ct, shape.From.Sql, column))
        {
            await target.RunAsync($"DROP INDEX {name}", ct);
            // Nobody misses our own, which is for the source alone.
            if (!name.Contains(SourceReadiness.KeyIndex, StringComparison.Ordinal))
                said.Add($"index {name} was left out, since the type of {column} is another on the target: {definition}");
        }
    }

    static async Task RenameAsync(NpgsqlConnection target, string moveId, ShapedTable shape, CancellationToken ct)
    {
        if (shape.To == shape.From)
            return;
        if (shape.To.Schema != shape.From.Schema)
        {
            if (await Created.FindAsync(target, "pg_namespace", Sql.Name(shape.To.Schema), ct) is null)
            {
                await target.RunAsync($"CREATE SCHEMA {Sql.Name(shape.To.Schema)}", ct);
                await Created.RecordAsync(target, moveId, "pg_namespace", Sql.Name(shape.To.Schema), ct);
            }
        }

        if (await target.ScalarAsync<bool>("SELECT to_regclass($1) IS NOT NULL", ct, shape.To.Sql))
            throw new PgSplitException(ExitCode.Refused, $"table {shape.To} is on the target already, and this move did not make it", "rename or drop it on the target, or choose another name (to:)");
        if (shape.To.Name != shape.From.Name)
            await target.RunAsync($"ALTER TABLE {shape.From.Sql} RENAME TO {Sql.Name(shape.To.Name)}", ct);
        if (shape.To.Schema != shape.From.Schema)
            await target.RunAsync($"ALTER TABLE {new QualifiedName(shape.From.Schema, shape.To.Name).Sql} SET SCHEMA {Sql.Name(shape.To.Schema)}", ct);
    }

    /// <summary>Foreign keys inside the service, in the target's names. One that stands on a column of another meaning is told instead.</summary>
    static async Task<IReadOnlyList<LateKey>> ForeignKeysAsync(
        NpgsqlConnection source, Table table, ShapedTable shape, IReadOnlyList<ShapedTable> shapes, List<string> said, CancellationToken ct)
    {
        var byName = shapes.ToDictionary(s => s.From);
        var keys = new List<LateKey>();
        foreach (var key in await source.QueryAsync(
            """
            SELECT quote_ident(k.conname), fn.nspname, f.relname,
                   (SELECT array_agg(a.attname::text ORDER BY x.n) FROM unnest(k.conkey) WITH ORDINALITY x(attnum, n) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.attnum),
                   (SELECT array_agg(a.attname::text ORDER BY x.n) FROM unnest(k.confkey) WITH ORDINALITY x(attnum, n) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = x.attnum),
                   -- What follows the columns: MATCH, ON DELETE, ON UPDATE, DEFERRABLE.
                   regexp_replace(pg_get_constraintdef(k.oid), '^FOREIGN KEY \(.*?\) REFERENCES .*?\(.*?\)( NOT VALID)?', ''), k.convalidated
            FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
            WHERE k.conrelid = $1 AND k.contype = 'f' AND k.conparentid = 0 ORDER BY k.conname
            """,
            r => new { Name = r.GetString(0), Of = new QualifiedName(r.GetString(1), r.GetString(2)), Columns = r.GetFieldValue<string[]>(3), OfColumns = r.GetFieldValue<string[]>(4), Rest = r.GetString(5), Valid = r.GetBoolean(6) }, ct, table.Oid))
        {
            // Of another service: what the map says of the column holds from now on.
            if (!byName.TryGetValue(key.Of, out var of))
                continue;
            var (columns, ofColumns) = (Names(shape, key.Columns), Names(of, key.OfColumns));
            if (columns is null || ofColumns is null)
            {
                said.Add($"foreign key {key.Name} of {shape.From} was left out: the target has not all of its columns as they were");
                continue;
            }

            var alter = $"ALTER TABLE {shape.To.Sql} ";
            var rest = key.Rest.Replace(" NOT VALID", "", StringComparison.Ordinal);
            keys.Add(new LateKey(
                key.Name, $"{alter}ADD CONSTRAINT {key.Name} FOREIGN KEY ({columns}) REFERENCES {of.To.Sql} ({ofColumns}){rest} NOT VALID",
                key.Valid ? $"{alter}VALIDATE CONSTRAINT {key.Name}" : ""));
        }

        return keys;
    }

    static string? Names(ShapedTable shape, string[] columns)
    {
        var found = columns.Select(c => shape.Columns.FirstOrDefault(s => s.From == c && s.Kind != ColumnKind.Sql)?.Name).ToList();
        return found.Contains(null) ? null : Sql.Names(found!);
    }

    /// <summary>Comments and rights, by the target's names; triggers, rules and policies are not carried: they name what is no more.</summary>
    static async Task<IReadOnlyList<string>> FinishAsync(NpgsqlConnection source, NpgsqlConnection target, Table table, ShapedTable shape, List<string> said, CancellationToken ct)
    {
        var statements = new List<string>();
        foreach (var (column, text) in await source.QueryAsync(
            "SELECT a.attname, d.description FROM pg_description d LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0 WHERE d.classoid = 'pg_class'::regclass AND d.objoid = $1 ORDER BY d.objsubid",
            r => (r.TextOrNull(0), r.GetString(1)), ct, table.Oid))
        {
            if (column is null)
                statements.Add($"COMMENT ON TABLE {shape.To.Sql} IS {Sql.Text(text)}");
            else if (shape.Columns.FirstOrDefault(c => c.From == column) is { } there)
                statements.Add($"COMMENT ON COLUMN {shape.To.Sql}.{Sql.Name(there.Name)} IS {Sql.Text(text)}");
        }

        var roles = await Grants.RolesAsync(target, ct);
        foreach (var (column, role, right, grantable) in await source.QueryAsync(
            """
            SELECT NULL, CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee)::text END, x.privilege_type, x.is_grantable
            FROM pg_class c, aclexplode(c.relacl) x WHERE c.oid = $1 AND x.grantee <> c.relowner
            UNION ALL
            SELECT a.attname::text, CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee)::text END, x.privilege_type, x.is_grantable
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, aclexplode(a.attacl) x WHERE a.attrelid = $1 AND x.grantee <> c.relowner AND NOT a.attisdropped
            """,
            r => (r.TextOrNull(0), r.GetString(1), r.GetString(2), r.GetBoolean(3)), ct, table.Oid))
        {
            var name = column is null ? null : shape.Columns.FirstOrDefault(c => c.From == column)?.Name;
            if (column is not null && name is null || right == "MAINTAIN" && target.PostgreSqlVersion.Major < 17)
                continue;
            if (role != "PUBLIC" && !roles.Contains(role))
                said.Add($"role {role} is not on the target; its right {right} on {shape.To} was left out");
            else
                statements.Add($"GRANT {right}{(name is null ? "" : $" ({Sql.Name(name)})")} ON {shape.To.Sql} TO {(role == "PUBLIC" ? role : Sql.Name(role))}{(grantable ? " WITH GRANT OPTION" : "")}");
        }

        foreach (var left in await source.QueryAsync(
            """
            SELECT format('trigger %s', g.tgname) FROM pg_trigger g WHERE g.tgrelid = $1 AND NOT g.tgisinternal AND NOT starts_with(g.tgname, 'pgsplit_fence')
            UNION ALL SELECT format('rule %s', r.rulename) FROM pg_rewrite r WHERE r.ev_class = $1 AND r.rulename <> '_RETURN'
            UNION ALL SELECT format('policy %s', p.polname) FROM pg_policy p WHERE p.polrelid = $1
            """, r => r.GetString(0), ct, table.Oid))
        {
            said.Add($"{left} of {shape.From} is not carried, since it names what has another shape on the target: make it there anew");
        }

        return statements;
    }
}
