using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <summary>Something in a map that can't be done with these tables.</summary>
/// <param name="Line">Of the map; 0 where it names none.</param>
sealed record ShapeFlaw(QualifiedName Table, int Line, string Why, string Remedy);

/// <summary>Works out, from the map and the source's catalog, how each table changes its shape.</summary>
static class ShapeResolver
{
    /// <param name="tables">Of the move, as the source has them.</param>
    /// <returns>Tables that change; and all that is wrong, with which nothing may be begun.</returns>
    public static async Task<(IReadOnlyList<ShapedTable> Tables, IReadOnlyList<ShapeFlaw> Flaws)> ResolveAsync(
        NpgsqlConnection source, MoveDefinition definition, IReadOnlyList<Table> tables, CancellationToken ct)
    {
        if (definition.Shapes.Count == 0 && definition.UuidTables.Count == 0)
            return ([], []);
        var flaws = new List<ShapeFlaw>();
        var facts = await SourceFacts.ReadAsync(source, definition, tables, ct);
        var shaped = new List<ShapedTable>();
        foreach (var table in tables)
        {
            var shape = definition.Shapes.GetValueOrDefault(table.Name);
            var references = facts.References.Where(r => r.Table == table.Name).ToList();
            // A foreign key to a table that only changes its name follows by itself, but is made by its new name.
            if (shape is null && references.Count == 0 && !facts.Neighbours.Contains(table.Name))
                continue;
            var work = new TableWork(source, definition, facts, table, shape ?? new TableShape(), references, flaws);
            if (await work.ResolveAsync(ct) is { } done)
                shaped.Add(done);
        }

        return (shaped, flaws);
    }

    /// <summary>One table, column by column.</summary>
    sealed class TableWork(
        NpgsqlConnection source, MoveDefinition definition, SourceFacts facts, Table table, TableShape shape, IReadOnlyList<Reference> references, List<ShapeFlaw> flaws)
    {
        readonly List<ShapedColumn> _columns = [];
        readonly List<LostColumn> _lost = [];
        readonly List<string> _noWayBack = [];
        readonly HashSet<string> _readByExpressions = new(StringComparer.Ordinal);
        bool _wrong;

        IReadOnlyList<(string, string)> Row => [.. table.Columns.Select(c => (c.Name, c.Type))];

        public async Task<ShapedTable?> ResolveAsync(CancellationToken ct)
        {
            if (table.Kind != TableKind.Ordinary || facts.Inherits.Contains(table.Name))
            {
                Flaw(shape.Line, "is partitioned, or has parents or children: its shape can't change on the way", "move it as it is, and change it afterwards");
                return null;
            }

            var key = facts.KeyOf(table);
            if (key.Count == 0)
                Flaw(shape.Line, "has no primary key: rows of another shape can't be told apart", "add one, or move the table as it is");
            if (shape.UuidKey && (key.Count != 1 || Column(key[0]) is not { TypeOid: 20 or 21 or 23 }))
                Flaw(shape.Line, $"has no integer key of one column ({string.Join(", ", key)}), so it can't become a UUID", "leave key: out");

            foreach (var column in table.Columns)
                await OldAsync(column, key, ct);
            foreach (var fresh in shape.Columns.Where(c => table.Columns.All(t => t.Name != c.Name)))
                await NewAsync(fresh, ct);
            await WhereAsync(ct);
            await InversesAsync(ct);
            foreach (var twice in _columns.GroupBy(c => c.Name).Where(g => g.Count() > 1))
                Flaw(LineOf(twice.Key), $"would have two columns {twice.Key} on the target", "give one another name (to:), or drop it (drop: true)");
            foreach (var lost in key.Where(k => _columns.All(c => c.From != k || c.Kind == ColumnKind.Sql)))
                Flaw(LineOf(lost), $"has {lost} in its key: the target could not tell its rows", "leave it as it is, or use key: uuid");
            var rules = Rules(key);
            if (_wrong)
                return null;

            var toasted = table.Columns.Where(c => facts.CanBeLarge(table, c.Name)).Select(c => c.Name).ToList();
            return new ShapedTable
            {
                From = table.Name,
                To = definition.TargetOf(table.Name),
                Where = shape.Where,
                Columns = _columns,
                Lost = _lost,
                FromKey = key,
                ToKey = [.. key.Select(k => _columns.First(c => c.From == k).Name)],
                Rules = rules,
                FromNeedsFull = shape.Where is not null || rules.Any(r => r.StaysBehind) ? toasted.Count > 0 : toasted.Exists(_readByExpressions.Contains),
                // Types that can be large are known on the source only; where one is kept, its column may be read back.
                ToNeedsFull = _columns.Exists(c => c.Inverse is not null) || _lost.Exists(l => l.Inverse is not null),
                NoWayBack = _noWayBack.Count > 0 ? string.Join("; ", _noWayBack) : null,
            };
        }

        List<FlawRule> Rules(IReadOnlyList<string> key)
        {
            var rules = new List<FlawRule>();
            if (shape.QuarantinesUnfit)
                rules.Add(new FlawRule(definition.Id, FlawRule.Unfit, DuplicatePolicy.Quarantine, []));
            foreach (var said in shape.Unique ?? [])
            {
                foreach (var missing in said.Columns.Where(c => _columns.All(t => t.Name != c)))
                    Flaw(said.Line, $"unique: names {missing}, which the target will not have", $"name columns of the target: {string.Join(", ", _columns.Select(c => c.Name))}");
                var rule = new FlawRule(definition.Id, rules.Count(r => r.Number != FlawRule.Unfit) + 1, said.Policy, said.Columns);
                rules.Add(rule.StaysBehind || _wrong ? rule : Changing(rule, said, key));
            }

            return rules;
        }

        FlawRule Changing(FlawRule rule, UniqueRule said, IReadOnlyList<string> key)
        {
            var column = _columns.Single(c => c.Name == (said.Column ?? said.Columns[^1]));
            var letters = Regex.Match(column.Type, @"^(?:text|character varying(?:\((\d+)\))?)$", RegexOptions.None, TimeSpan.FromSeconds(1));
            if (column.Kind == ColumnKind.Key || key.Contains(column.From))
                Flaw(said.Line, $"unique: {rule.Word} would change {column.Name}, a key or a reference", "name another column:, or use keep_first or quarantine");
            else if (rule.Policy == DuplicatePolicy.Suffix && !letters.Success)
                Flaw(said.Line, $"unique: suffix takes a text, and {column.Name} is {column.Type}", "use set_null, keep_first or quarantine");
            else if (rule.Policy == DuplicatePolicy.SetNull && column.From is not null && Column(column.From).NotNull)
                Flaw(said.Line, $"unique: set_null would empty {column.Name}, which is NOT NULL", "use suffix, keep_first or quarantine");
            return rule with { Column = column.Name, MostLetters = letters.Groups[1].Success ? int.Parse(letters.Groups[1].Value, CultureInfo.InvariantCulture) : null };
        }

        async Task OldAsync(Column column, IReadOnlyList<string> key, CancellationToken ct)
        {
            var said = shape.Columns.FirstOrDefault(c => c.Name == column.Name);
            var name = said?.To ?? column.Name;
            var reference = references.FirstOrDefault(r => r.Column == column.Name);
            if (said is { References: { } named } && reference is not null && reference.Of != named)
                Flaw(said.Line, $"{column.Name} references {named} in the map, and {reference.Of} by its foreign key", "name the same");
            if (column.IsGenerated)
            {
                // The target computes it itself: PostgreSQL renames what it is computed of.
                if (said is not null && (said.Sql is not null || said.References is not null))
                    Flaw(said.Line, $"{column.Name} is generated: it has no value of its own to be changed", "drop it, or leave it out");
                if (said is { Drop: true })
                    _lost.Add(new LostColumn(column.Name, null, column.Type));
            }
            else if (said is { Drop: true })
            {
                await LoseAsync(column, said, ct);
            }
            else if (said is { Sql: not null })
            {
                if (await ExpressionAsync(said, ct) is { } found)
                    _columns.Add(new ShapedColumn(name, column.Name, ColumnKind.Sql, found.Type) { Sql = said.Sql, Inverse = said.Inverse });
                if (said.Inverse is null)
                    _noWayBack.Add($"{column.Name} has sql: without inverse:");
            }
            else if (shape.UuidKey && key.Contains(column.Name))
            {
                _columns.Add(KeyColumn(name, column, table.Name, column.Name, facts.SequenceOf(table.Name), null));
            }
            else if ((said?.References ?? reference?.Of) is { } of && definition.UuidTables.Contains(of))
            {
                if (column.TypeOid is not (20 or 21 or 23) || facts.KeyColumnOf(of) is not { } ofColumn)
                    Flaw(said?.Line ?? shape.Line, $"{column.Name} refers to {of}, whose keys become UUIDs, and is no integer, or {of} has no integer key", "references: only what refers to an integer key");
                else if (reference is { IsInside: false } && said?.References is null)
                    Flaw(shape.Line, $"{column.Name} refers to {of}, which another service moves and whose keys become UUIDs", $"columns: {{ {column.Name}: {{ references: {of}, on_delete: restrict }} }}");
                else
                    _columns.Add(KeyColumn(name, column, of, ofColumn, facts.SequenceOf(of), said?.OnDelete ?? (said?.References is null ? null : Shape.OnDelete.Restrict)));
            }
            else
            {
                _columns.Add(new ShapedColumn(name, column.Name, ColumnKind.Plain, column.Type) { OnDelete = said?.References is null ? null : said.OnDelete ?? Shape.OnDelete.Restrict });
            }
        }

        static ShapedColumn KeyColumn(string name, Column column, QualifiedName of, string ofColumn, string? sequence, OnDelete? onDelete) =>
            new(name, column.Name, ColumnKind.Key, "uuid") { Of = of, OfColumn = ofColumn, Sequence = sequence, OldType = column.Type, OnDelete = onDelete };

        async Task LoseAsync(Column column, ColumnShape said, CancellationToken ct)
        {
            // An expression that reads nothing else gives it back.
            var inverse = said.Inverse;
            foreach (var other in shape.Columns.Where(c => inverse is null && c.Sql is not null && c.Inverse is not null && table.Columns.All(t => t.Name != c.Name)))
            {
                if ((await Expressions.ExamineAsync(source, Row, other.Sql!, null, ct)).Found is { Reads: [var only] } && only == column.Name)
                    inverse = other.Inverse;
            }

            _lost.Add(new LostColumn(column.Name, inverse, column.Type));
            if (inverse is null && column.NotNull && !facts.HasDefault(table, column.Name))
                _noWayBack.Add($"{column.Name} is dropped, takes no null and has no default, and no inverse: is given");
        }

        async Task NewAsync(ColumnShape said, CancellationToken ct)
        {
            if (said.Sql is null)
            {
                Flaw(said.Line, $"has no column {said.Name} on the source", "name one that is there, or give it sql:");
                return;
            }

            if (await ExpressionAsync(said, ct) is not { } found)
                return;
            _columns.Add(new ShapedColumn(said.To ?? said.Name, null, ColumnKind.Sql, found.Type) { Sql = said.Sql });
            var givesBack = said.Inverse is not null && found.Reads is [var only] && shape.Columns.Any(c => c.Name == only && c.Drop);
            if (said.Inverse is not null && !givesBack)
                Flaw(said.Line, $"{said.Name} has an inverse:, but for no one column that the target drops", "give the inverse where drop: true is");
            else if (said.Inverse is null && !found.Reads.All(r => shape.Columns.Any(c => c.Name == r && c is { Drop: true, Inverse: not null })))
                _noWayBack.Add($"{said.Name} has sql: without inverse:");
        }

        async Task<Expression?> ExpressionAsync(ColumnShape said, CancellationToken ct)
        {
            var (found, refused) = await Expressions.ExamineAsync(source, Row, said.Sql!, null, ct);
            if (found is null)
                Flaw(said.Line, $"the sql: of {said.Name} can't be used: {refused}", "write it over the columns of this row, with immutable functions, in the names of their schemas");
            _readByExpressions.UnionWith(found?.Reads ?? []);
            return found;
        }

        async Task WhereAsync(CancellationToken ct)
        {
            if (shape.Where is null)
                return;
            var (found, refused) = await Expressions.ExamineAsync(source, Row, shape.Where, "boolean", ct);
            if (found is null)
                Flaw(shape.Line, $"its where: can't be used: {refused}", "write it over the columns of this row, with immutable functions");
        }

        async Task InversesAsync(CancellationToken ct)
        {
            if (_wrong)
                return;
            var row = _columns.Select(c => (c.Name, c.Kind == ColumnKind.Key ? "bigint" : c.Type)).ToList();
            var inverses = _columns.Where(c => c.Inverse is not null).Select(c => (Name: c.From!, c.Inverse, Column(c.From!).Type))
                .Concat(_lost.Where(l => l.Inverse is not null).Select(l => (l.Name, l.Inverse, l.Type)));
            foreach (var (name, inverse, type) in inverses.ToList())
            {
                if ((await Expressions.ExamineAsync(source, row, inverse!, type, ct)).Refused is { } refused)
                    Flaw(LineOf(name), $"the inverse: for {name} can't be used: {refused}", $"write it over the target's columns ({string.Join(", ", row.Select(r => r.Item1))}), as {type}");
            }
        }

        Column Column(string name) => table.Columns.Single(c => c.Name == name);

        int LineOf(string column) => shape.Columns.FirstOrDefault(c => c.Name == column || c.To == column)?.Line ?? shape.Line;

        void Flaw(int line, string why, string remedy)
        {
            _wrong = true;
            flaws.Add(new ShapeFlaw(table.Name, line, why, remedy));
        }
    }
}
