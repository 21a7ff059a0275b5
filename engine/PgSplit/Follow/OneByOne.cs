using Npgsql;

namespace PgSplit.Follow;

/// <summary>
/// Writes changes in the order in which they were made, a row at a time. The source's own order never met a conflict, so this one
/// meets none either, and one that it does meet was not made by the source (PROTOCOL cases 47, 51, 52).
/// </summary>
static class OneByOne
{
    /// <param name="flaws">Deals with rows of which the target takes only one; null where no table has rules for them.</param>
    public static Task ApplyAsync(NpgsqlConnection session, Change change, Shape.FlawList? flaws, CancellationToken ct) =>
        flaws is not null && change.Relation is Shape.ShapedRelation { Back: null, Shape.Rules.Count: > 0 }
            ? flaws.JudgeAsync(change, () => WriteAsync(session, change, ct), ct)
            : WriteAsync(session, change, ct);

    static async Task WriteAsync(NpgsqlConnection session, Change change, CancellationToken ct)
    {
        var relation = change.Relation!;
        try
        {
            if (Statement(change) is not { } statement)
                return;
            await using var command = new NpgsqlCommand(statement.Sql, session);
            command.Parameters.AddRange(statement.Parameters.ToArray());
            var rows = await command.ExecuteNonQueryAsync(ct);
            if (rows != 1 && relation.IsExact)
            {
                throw new BrokenException(
                    $"{Verb(change)} of {relation.Receiving} with key ({KeyOf(change)}) met {rows} rows on the receiving side, where there must be one: somebody wrote there past the fence. Find out who; then `pgsplit verify` and `repair`");
            }
        }
        catch (PostgresException e) when (relation is Shape.ShapedRelation shaped)
        {
            throw new BrokenException(shaped.Explain(KeyOf(change), e), e);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ExclusionViolation)
        {
            throw new BrokenException($"{Verb(change)} of {relation.Receiving} with key ({KeyOf(change)}) conflicts with a row on the receiving side ({e.ConstraintName})", e);
        }
    }

    /// <summary>The statement of one change, which must meet one row; null where there is nothing to write.</summary>
    public static (string Sql, List<NpgsqlParameter> Parameters)? Statement(Change change)
    {
        var relation = change.Relation!;
        if (relation is Shape.ShapedRelation shaped)
            return shaped.One(change);
        var set = Enumerable.Range(0, change.New.Length).Where(i => !change.New[i].IsUnchanged).ToList();
        var keyRow = change.Old.Length > 0 ? change.Old : change.New;
        var oldIsNull = Array.ConvertAll(change.Old, s => s.Length < 0);
        return (change.Kind, relation.Key.Length > 0) switch
        {
            (ChangeKind.Insert, _) => With(relation.Insert, change.New),
            (ChangeKind.Delete, true) => With(relation.Delete, relation.Key.Select(i => change.Old[i])),
            (ChangeKind.Delete, false) => With(relation.DeleteOne(oldIsNull), change.Old),
            _ when set.Exists(i => relation.Columns[i].Identity == 'a' && Renumbered(change, i)) =>
                With(relation.Recreate(oldIsNull, set), (relation.Key.Length > 0 ? relation.Key.Select(i => keyRow[i]) : change.Old).Concat(set.Select(i => change.New[i]))),
            (_, true) => relation.Update(set) is { } sql ? With(sql, relation.Key.Select(i => keyRow[i]).Concat(set.Select(i => change.New[i]))) : null,
            _ => set.Exists(i => relation.Columns[i].Identity != 'a') ? With(relation.UpdateOne(oldIsNull, set), change.Old.Concat(set.Select(i => change.New[i]))) : null,
        };

        (string, List<NpgsqlParameter>) With(string sql, IEnumerable<Slice> values)
        {
            var parameters = values.Select(value => ColumnArray.Of(change, value)).ToList();
            if (relation.Columns.Count == 0 && change.Kind == ChangeKind.Insert)
                parameters.Add(new NpgsqlParameter { Value = "1", NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
            return (sql, parameters);
        }
    }

    // Whether the number is another one; where the old one was not sent, it may be.
    static bool Renumbered(Change change, int column) =>
        change.Relation!.Key.Length > 0 && !change.Relation.Key.Contains(column) || change.Old.Length > 0 && !change.Of(change.Old[column]).SequenceEqual(change.Of(change.New[column]));

    static string Verb(Change change) => $"an {change.Kind.ToString().ToLowerInvariant()}".Replace("an delete", "a delete", StringComparison.Ordinal);

    static string KeyOf(Change change) => string.Join(", ", change.Relation!.KeyTexts(change, change.Old.Length > 0 ? change.Old : change.New).Select(k => k ?? "null"));
}
