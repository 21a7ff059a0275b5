using PgSplit.Control;

namespace PgSplit.Tests;

public sealed class CopyTests
{
    [Fact]
    public async Task Every_kind_of_type_shape_and_name_arrives_as_it_was()
    {
        await using var pair = await PairInMove.WithZooAsync();

        var result = await pair.CopyAsync();

        await pair.ShouldBeEqualAsync();
        result.Tables.Single(t => t.Name.Name == "no_columns").Rows.ShouldBe(3);
        result.Tables.Single(t => t.Name.Name == "only_generated").Rows.ShouldBe(2);
        result.Tables.Sum(t => t.Rows).ShouldBe(await RowsOnTargetAsync(pair));
    }

    [Fact, Trait("Category", "Long")]
    public async Task Every_kind_arrives_in_chunks_of_single_pages_too()
    {
        await using var pair = await PairInMove.WithZooAsync();

        await pair.CopyAsync(new MoveOptions { ChunkBytes = 1, Workers = 3 });

        await pair.ShouldBeEqualAsync();
        (await pair.Databases.FromTargetAsync<long>("SELECT count(*) FROM pgsplit.chunk WHERE name = 'time_key'")).ShouldBeGreaterThan(5);
    }

    static async Task<long> RowsOnTargetAsync(PairInMove pair)
    {
        long rows = 0;
        foreach (var table in (await pair.TablesAsync()).Where(t => t.HoldsRows))
            rows += await pair.Databases.FromTargetAsync<long>($"SELECT count(*) FROM ONLY {table.Name.Sql}");
        return rows;
    }
}
