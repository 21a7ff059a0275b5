using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using PgSplit.Verify;

namespace PgSplit.Tests;

/// <summary>The comparison itself, on streams made in memory.</summary>
public sealed class VerifyMergeTests
{
    [Fact]
    public void Planted_differences_are_found_exactly_whatever_the_rows_and_wherever_the_bytes_are_cut() =>
        Prop.ForAll(Cases.ToArbitrary(), Holds).Check(Config.QuickThrowOnFailure.WithMaxTest(400));

    // Keys are few and negative ones among them; values may be null, empty, or longer than what is kept of them.
    static readonly Gen<Dictionary<int, byte[]?>> Tables =
        from keys in Gen.ArrayOf(Gen.Choose(-300, 300))
        from values in Gen.ArrayOf(Gen.Frequency((1, Gen.Constant<byte[]?>(null)), (1, Gen.Constant<byte[]?>([])), (6, Bytes(1, 40)), (1, Bytes(65_530, 65_600))), keys.Length)
        select keys.Zip(values).DistinctBy(p => p.First).ToDictionary(p => p.First, p => p.Second);

    static readonly Gen<Case> Cases =
        from table in Tables
        from damage in Gen.ArrayOf(Gen.Choose(0, 19), table.Count)
        from extra in Gen.ArrayOf(Gen.Choose(1000, 1100), 3)
        from piece in Gen.Choose(1, 400_000)
        select new Case(table, damage, extra, piece);

    static Gen<byte[]?> Bytes(int min, int max) =>
        from length in Gen.Choose(min, max)
        from seed in Gen.Choose(0, 5)
        select (byte[]?)[.. Enumerable.Range(0, length).Select(n => (byte)(n * seed))];

    static bool Holds(Case c)
    {
        var expected = new List<(DifferenceKind, int)>();
        var other = new Dictionary<int, byte[]?>();
        foreach (var ((key, value), damage) in c.Table.Zip(c.Damage))
        {
            if (damage == 0)
            {
                expected.Add((DifferenceKind.Missing, key));
                continue;
            }

            other[key] = damage == 1 ? Damaged(value) : value;
            if (damage == 1)
                expected.Add((DifferenceKind.Changed, key));
        }

        foreach (var key in c.Extra.Distinct())
        {
            other[key] = [1];
            expected.Add((DifferenceKind.Extra, key));
        }

        var found = new List<(DifferenceKind, int)>();
        var merge = new RowMerge(Stream(c.Table, c.Piece), Stream(other, c.Piece / 2 + 1), [KeyOrder.Signed]);
        merge.RunAsync((kind, row, fields) =>
        {
            fields.ShouldBe(kind == DifferenceKind.Changed ? [1] : []);
            found.Add((kind, BinaryPrimitives.ReadInt32BigEndian(row.Span[RowStream.Field(row.Span, 0)!.Value])));
            return ValueTask.CompletedTask;
        }, default).GetAwaiter().GetResult();
        merge.Rows.ShouldBe(c.Table.Count);
        found.ShouldBe(expected, ignoreOrder: true);
        return true;
    }

    /// <summary>One bit flipped; of what has none, made null or not.</summary>
    static byte[]? Damaged(byte[]? value)
    {
        if (value is null)
            return [];
        if (value.Length == 0)
            return null;
        byte[] copy = [.. value];
        copy[^1] ^= 1;
        return copy;
    }

    static RowStream Stream(Dictionary<int, byte[]?> table, int piece)
    {
        var bytes = new MemoryStream();
        bytes.Write(new byte[19]);
        foreach (var (key, value) in table.OrderBy(r => r.Key))
        {
            bytes.Write([0, 2, 0, 0, 0, 4]);
            Int(key);
            Int(value?.Length ?? -1);
            bytes.Write(value ?? []);
        }

        bytes.Write([0xff, 0xff]);
        bytes.Position = 0;
        return new RowStream(new InPieces(bytes, piece));

        void Int(int number)
        {
            var four = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(four, number);
            bytes.Write(four);
        }
    }

    sealed record Case(Dictionary<int, byte[]?> Table, int[] Damage, int[] Extra, int Piece)
    {
        public override string ToString() => $"{Table.Count} rows {string.Join(',', Table.Keys)}, damage {string.Join(',', Damage)}, pieces of {Piece}";
    }

    /// <summary>Gives no more than so many bytes at a time, as a network does.</summary>
    sealed class InPieces(MemoryStream inner, int piece) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => inner.Length;
        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, Math.Min(count, piece));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
