using Npgsql;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>The indexes of a filled target (PROTOCOL 1.3, step 4). What is there and equal is skipped, so a build that was interrupted is simply begun again.</summary>
static class TargetIndexes
{
    /// <summary>All indexes and statistics objects.</summary>
    /// <returns>Invalid indexes of the source, which were left out, for people.</returns>
    public static async Task<IReadOnlyList<string>> BuildAsync(
        NpgsqlConnection source, PgServer target, MoveSet set, IndexOptions options, IProgress<MoveProgress>? progress, CancellationToken ct)
    {
        var all = await IndexReader.ReadAsync(source, [.. set.Tables.Select(t => t.Oid)], ct);
        var valid = all.Where(i => i.IsValid).ToList();
        var statistics = await StatisticsAsync(source, [.. set.Tables.Select(t => t.Oid)], ct);
        await using (var session = await target.OpenAsync("index", ct))
        {
            foreach (var index in valid.Where(i => i.IsPartitioned))
                await EnsureAsync(session, index, ct);
        }

        var byTable = valid.Where(i => !i.IsPartitioned).ToLookup(i => i.Table);
        var tables = set.Tables.Select(t => new IndexWork(t.Name, t.Bytes, [.. byTable[t.Oid]]) { After = (session, stop) => EnsureStatisticsAsync(session, statistics[t.Oid], stop) });
        await IndexQueue.BuildAsync(target, [.. tables], options, progress, ct);

        await using var last = await target.OpenAsync("index", ct);
        foreach (var index in valid)
            await AttachAsync(last, index, ct);
        return [.. all.Where(i => !i.IsValid).Select(i => $"index {i.Name} is invalid on the source and was left out").Order(StringComparer.Ordinal)];
    }

    static async Task EnsureStatisticsAsync(NpgsqlConnection session, IEnumerable<(QualifiedName Name, string[] Statements)> statistics, CancellationToken ct)
    {
        foreach (var (name, statements) in statistics)
        {
            if (await session.ScalarAsync<bool>(ThereIsStatistics, ct, name.Schema, name.Name))
                continue;
            await using var transaction = await session.BeginTransactionAsync(ct);
            foreach (var statement in statements)
                await session.RunAsync(statement, ct);
            await transaction.CommitAsync(ct);
        }
    }

    /// <summary>An index and its constraint in one transaction: a crash leaves both or neither.</summary>
    internal static async Task EnsureAsync(NpgsqlConnection target, IndexDdl index, CancellationToken ct)
    {
        if (await target.ScalarAsync<uint>("SELECT coalesce(to_regclass($1)::oid, 0::oid)", ct, index.TableName) is var table && table == 0)
            throw new PgSplitException(ExitCode.Refused, $"table {index.TableName} is not on the target", "prepare the move again");
        if ((await IndexReader.ReadAsync(target, [table], ct)).FirstOrDefault(i => i.Name == index.Name) is { } there)
        {
            // Of a partition that is not attached yet the last line but settings is missing: what it was created from has to be the same.
            if (!there.Create.SequenceEqual(index.Create))
                throw new PgSplitException(ExitCode.Refused, $"index {index.Name} is on the target already, and another than the source's", "drop it on the target and go on");
            return;
        }

        await using var transaction = await target.BeginTransactionAsync(ct);
        try
        {
            foreach (var statement in index.Create)
                await target.RunAsync(statement, ct);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ExclusionViolation)
        {
            // Rows that differ on the source can be equal here: another version of the collation, or of an extension.
            throw new PgSplitException(ExitCode.Refused, $"index {index.Name} can't be built on the target: {e.MessageText} {e.Detail}", "compare the collations' versions of both servers", e);
        }

        await transaction.CommitAsync(ct);
    }

    static async Task AttachAsync(NpgsqlConnection target, IndexDdl index, CancellationToken ct)
    {
        if (index.Attach is not null && !await target.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass($1))", ct, index.Name))
            await target.RunAsync(index.Attach, ct);
    }

    const string ThereIsStatistics =
        "SELECT EXISTS (SELECT FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE n.nspname = $1 AND s.stxname = $2)";

    static async Task<ILookup<uint, (QualifiedName Name, string[] Statements)>> StatisticsAsync(NpgsqlConnection source, uint[] tables, CancellationToken ct) => (await source.QueryAsync(
        """
        SELECT s.stxrelid, n.nspname, s.stxname, array_remove(ARRAY[pg_get_statisticsobjdef(s.oid),
               format('ALTER STATISTICS %I.%I SET STATISTICS ', n.nspname, s.stxname) || CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END], NULL)
        FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
        WHERE s.stxrelid = ANY ($1) ORDER BY s.stxname
        """,
        r => (Table: r.GetFieldValue<uint>(0), Statement: (new QualifiedName(r.GetString(1), r.GetString(2)), r.GetFieldValue<string[]>(3))), ct, tables)).ToLookup(s => s.Table, s => s.Statement);
}
