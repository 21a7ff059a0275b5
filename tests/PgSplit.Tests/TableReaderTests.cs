using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Tests;

public sealed class TableReaderTests(EmptyPair empty) : IClassFixture<EmptyPair>, IAsyncLifetime
{
    readonly DatabasePair _pair = empty.Pair;

    public async ValueTask InitializeAsync() => await empty.EmptySourceAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Columns_are_known_by_name_without_those_dropped()
    {
        await _pair.OnSourceAsync(
            """"
            CREATE TABLE "Odd ""name""" (a int PRIMARY KEY, gone text, "B c" numeric(10,2) NOT NULL);
            ALTER TABLE "Odd ""name""" DROP COLUMN gone
            """");

        var table = await ReadAsync("Odd \"name\"");

        table.Columns.Select(c => (c.Name, c.Type)).ShouldBe([("a", "integer"), ("B c", "numeric(10,2)")]);
        table.Key.ShouldBe(["a"]);
        table.Identity.ShouldBe(RowIdentity.Default);
    }

    [Fact]
    public async Task A_table_without_a_primary_key_has_no_row_identity_unless_it_says_so()
    {
        await _pair.OnSourceAsync("CREATE TABLE bare (a int); CREATE TABLE whole (a int); ALTER TABLE whole REPLICA IDENTITY FULL");

        (await ReadAsync("bare")).Identity.ShouldBe(RowIdentity.Nothing);
        (await ReadAsync("whole")).Identity.ShouldBe(RowIdentity.Full);
    }

    [Fact]
    public async Task A_partitioned_table_comes_with_all_its_partitions()
    {
        await _pair.OnSourceAsync(
            """
            CREATE TABLE log (at date, n int, PRIMARY KEY (at, n)) PARTITION BY RANGE (at);
            CREATE TABLE log_2025 PARTITION OF log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY HASH (n);
            CREATE TABLE log_2025_0 PARTITION OF log_2025 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
            """);

        var tables = await ReadAllAsync("log");

        tables.Select(t => (t.Name.Name, t.Kind, t.Parent?.Name, t.Root.Name)).ShouldBe(
        [
            ("log", TableKind.Partitioned, null, "log"),
            ("log_2025", TableKind.Partitioned, "log", "log"),
            ("log_2025_0", TableKind.Partition, "log_2025", "log"),
        ]);
    }

    [Theory]
    [InlineData("int", true)]
    [InlineData("text[]", true)]
    [InlineData("mood", true)]
    [InlineData("numeric(10,2)", true)]
    [InlineData("jsonb", true)]
    [InlineData("short_text", true)]
    [InlineData("pair", false)]
    [InlineData("pair[]", false)]
    [InlineData("regclass", false)]
    [InlineData("pairs_of_pairs", false)]
    public async Task Only_types_without_object_identifiers_inside_travel_in_binary(string type, bool safe)
    {
        await _pair.OnSourceAsync(
            $"""
            CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TYPE pair AS (a int, b int); CREATE TYPE pairs_of_pairs AS (p pair);
            CREATE DOMAIN short_text AS text CHECK (length(VALUE) < 9); CREATE TABLE t (c {type})
            """);

        (await ReadAsync("t")).Columns[0].BinarySafe.ShouldBe(safe);
    }

    [Fact]
    public async Task The_fingerprint_differs_after_a_change_of_a_columns_type_and_not_after_an_index()
    {
        await _pair.OnSourceAsync("CREATE TABLE t (a int PRIMARY KEY, b varchar(10))");
        var before = (await ReadAsync("t")).Fingerprint;

        await _pair.OnSourceAsync("CREATE INDEX ON t (b)");
        (await ReadAsync("t")).Fingerprint.ShouldBe(before);

        await _pair.OnSourceAsync("ALTER TABLE t ALTER b TYPE varchar(20)");
        (await ReadAsync("t")).Fingerprint.ShouldNotBe(before);
    }

    async Task<Table> ReadAsync(string name) => (await ReadAllAsync(name)).Single();

    async Task<IReadOnlyList<Table>> ReadAllAsync(string name)
    {
        await using var connection = await _pair.Source.OpenAsync("test", CancellationToken.None);
        return await TableReader.ReadAsync(connection, [new QualifiedName("public", name)], CancellationToken.None);
    }
}
