using System.Text.RegularExpressions;
using Npgsql;
using PgSplit.Pg;
using PgSplit.Tests.Zoo;

namespace PgSplit.Tests;

public sealed class DdlTablesTests
{
    [Fact]
    [Trait("Case", "41"), Trait("Case", "42")]
    public async Task The_whole_zoo_is_rebuilt_on_the_target_without_a_difference()
    {
        await using var zoo = await ZooPair.CreateAsync();

        await zoo.CreateAllAsync();

        (await zoo.DiffAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_dumped_schemas_of_both_sides_are_the_same()
    {
        await using var zoo = await ZooPair.CreateAsync();

        await zoo.CreateAllAsync();

        var (source, target) = (await DumpAsync(zoo.SourceServer), await DumpAsync(zoo.TargetServer));
        source.Count.ShouldBeGreaterThan(100);
        source.Except(target).ShouldBeEmpty();
        target.Except(source).ShouldBeEmpty();
    }

    [Fact]
    public async Task Doing_everything_twice_does_nothing_the_second_time()
    {
        await using var zoo = await ZooPair.CreateAsync();
        await zoo.CreateAllAsync();
        var before = await CatalogStateAsync(zoo.Target);

        await zoo.CreateAllAsync();

        (await CatalogStateAsync(zoo.Target)).ShouldBe(before);
    }

    [Fact]
    public async Task Dropping_leaves_the_target_as_it_was_and_twice_is_nothing()
    {
        await using var zoo = await ZooPair.CreateAsync();
        var before = await NamesAsync(zoo.Target);
        await zoo.CreateAllAsync();

        await zoo.DropAsync();
        (await NamesAsync(zoo.Target)).ShouldBe(before);

        await zoo.DropAsync();
        (await NamesAsync(zoo.Target)).ShouldBe(before);
    }

    /// <summary>Statements of pg_dump in any order, without comments and settings: those depend on the order in which objects were made.</summary>
    static async Task<HashSet<string>> DumpAsync(PgServer server)
    {
        var text = await ClientProgram.RunAsync("pg_dump", server, ["--schema-only", "--no-publications", "--exclude-schema=pgsplit"]);
        return [.. Regex.Split(text, @";\n", RegexOptions.None, TimeSpan.FromSeconds(10))
            .Select(s => string.Join('\n', s.Split('\n').Where(l => !l.StartsWith("--", StringComparison.Ordinal) && !l.StartsWith('\\'))).Trim())
            .Where(s => s.Length > 0 && !s.StartsWith("SET ", StringComparison.Ordinal))];
    }

    /// <summary>OIDs and versions of all rows of the catalog that a statement could have changed.</summary>
    static async Task<string> CatalogStateAsync(NpgsqlConnection connection) => (await connection.ScalarAsync<string>(
        """
        SELECT string_agg(x, ' ' ORDER BY x) FROM (
            SELECT 'c' || oid || relname || relchecks || relhasrules || coalesce(relacl::text, '') || relfilenode FROM pg_class WHERE oid >= 16384 AND relnamespace <> 'pgsplit'::regnamespace
            UNION ALL SELECT 'k' || oid || conname || xmin FROM pg_constraint WHERE oid >= 16384
            UNION ALL SELECT 'p' || oid || xmin FROM pg_proc WHERE oid >= 16384
            UNION ALL SELECT 't' || oid || xmin FROM pg_trigger WHERE oid >= 16384
            UNION ALL SELECT 'y' || oid || xmin FROM pg_policy
            UNION ALL SELECT 'r' || oid || xmin FROM pg_rewrite WHERE oid >= 16384
            UNION ALL SELECT 'd' || objoid || objsubid || xmin FROM pg_description WHERE objoid >= 16384
            UNION ALL SELECT 'j' || id FROM pgsplit.created) s(x)
        """, CancellationToken.None))!;

    static Task<List<string>> NamesAsync(NpgsqlConnection connection) => connection.QueryAsync(
        """
        SELECT 'relation ' || oid::regclass FROM pg_class WHERE relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace, 'information_schema'::regnamespace)
        UNION ALL SELECT 'type ' || oid::regtype FROM pg_type WHERE oid >= 16384
        UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT 'schema ' || nspname FROM pg_namespace
        UNION ALL SELECT 'extension ' || extname FROM pg_extension
        UNION ALL SELECT 'collation ' || oid::regcollation FROM pg_collation WHERE oid >= 16384
        UNION ALL SELECT 'record ' || what FROM pgsplit.created
        ORDER BY 1
        """, r => r.GetString(0), CancellationToken.None);
}
