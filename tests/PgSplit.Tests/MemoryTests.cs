using System.Buffers.Binary;
using System.Diagnostics;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>Memory stays small, whatever the table or transaction. Alone in the process, whose memory is measured.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests
{
    [Fact]
    [Trait("Case", "24")]
    public async Task A_value_of_400_MB_goes_through_copy_and_comparison_in_little_memory()
    {
        await using var pair = await PairInMove.CreateAsync(
            "CREATE TABLE film (id int PRIMARY KEY, b bytea, t text); ALTER TABLE film ALTER b SET STORAGE EXTERNAL; ALTER TABLE film ALTER t SET STORAGE EXTERNAL");
        await pair.OnSourceAsync(
            """
            INSERT INTO film VALUES (1, decode(repeat('00ff5c0a', 1000), 'hex'), 'short');
            INSERT INTO film VALUES (2, convert_to(repeat('0123456789abcdef', 25000000), 'UTF8'), repeat('x', 100000));
            INSERT INTO film VALUES (3, '\x00', 'after')
            """);
        var before = Peak();

        await pair.CopyAsync();
        (await pair.VerifyAsync()).Equal.ShouldBeTrue();
        await pair.OnTargetAsync("UPDATE film SET b = set_byte(b, 399999999, 0) WHERE id = 2");
        await pair.VerifyAsync();

        (Peak() - before).ShouldBeLessThan(150L << 20);
        (await pair.DifferencesAsync()).ShouldBe(["changed film 2 b"]);
    }

    [Fact, Trait("Category", "Long")]
    [Trait("Case", "53"), Trait("Case", "24")]
    public async Task A_transaction_of_300_000_rows_arrives_as_one_in_little_memory()
    {
        await using var world = await StreamWorld.CreateAsync("CREATE TABLE big (id int PRIMARY KEY, note text)", "big");
        await world.CaughtUpAsync();
        var before = Peak();

        await world.Pair.OnSourceAsync(
            "BEGIN; INSERT INTO big SELECT g, repeat('n', 300) FROM generate_series(1, 300000) g; SAVEPOINT s; DELETE FROM big; ROLLBACK TO s; UPDATE big SET note = 'x' WHERE id % 1000 = 0; COMMIT");
        await world.CaughtUpAsync();

        (Peak() - before).ShouldBeLessThan(150L << 20);
        (await world.Pair.FromTargetAsync<long>("SELECT count(DISTINCT xmin::text) FROM big WHERE note <> 'x'")).ShouldBeGreaterThan(0);
        await world.ShouldBeAlikeAsync();
    }

    [Fact]
    public void Rows_are_counted_however_the_bytes_are_cut()
    {
        using var bytes = new MemoryStream();
        bytes.Write("PGCOPY\n"u8);
        bytes.Write([0xff, 0x0d, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 3, 9, 9, 9]);
        for (var row = 0; row < 500; row++)
        {
            bytes.Write([0, 2]);
            var length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, row % 7 == 0 ? -1 : row % 50);
            bytes.Write(length);
            bytes.Write(new byte[row % 7 == 0 ? 0 : row % 50]);
            bytes.Write([0, 0, 0, 1, 0xff]);
        }

        bytes.Write([0xff, 0xff]);
        foreach (var piece in new[] { 1, 2, 3, 5, 7, 19, 100, 100_000 })
        {
            var counter = new RowCounter(binary: true);
            foreach (var part in bytes.ToArray().Chunk(piece))
                counter.Add(part);
            counter.Rows.ShouldBe(500, $"pieces of {piece}");
        }
    }

    static long Peak()
    {
        using var self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }
}
