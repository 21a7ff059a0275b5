using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Verify;

/// <summary>
/// Compares a table without a key as a multiset (PROTOCOL case 78): rows are hashed to 128 bits and summed up in buckets, so that order
/// does not matter and every duplicate counts; only where sums differ are rows read again. Memory is the same whatever the size.
/// </summary>
sealed class MultisetComparison(NpgsqlConnection reading, NpgsqlConnection receiving, Table table)
{
    const int Buckets = 1 << 16, RowsAtOnce = 1 << 20, Batch = 500;

    // Always texts, and short ones: what is found can be named, and is no larger than an index takes.
    readonly string _copy = $"COPY (SELECT {WholeRow.Sql(table)} FROM {RowShape.SourceOf(table)}) TO STDOUT (FORMAT binary)";

    public async Task RunAsync(VerifyState state, KeyRange range, NpgsqlLogSequenceNumber at, Action<long, long> progress, CancellationToken ct)
    {
        var left = new Bucket[Buckets];
        var right = new Bucket[Buckets];
        var ours = ReadAsync(reading, (hash, _) => Add(left, hash), progress, ct);
        var theirs = ReadAsync(receiving, (hash, _) => Add(right, hash), null, ct);
        await Task.WhenAll(ours, theirs);

        var began = false;
        foreach (var some in Portions(left, right))
        {
            var counts = new Dictionary<UInt128, long>();
            await CountAsync(reading, some, counts, 1, ct);
            await CountAsync(receiving, some, counts, -1, ct);
            var named = new List<Difference>();
            await NameAsync(reading, counts, DifferenceKind.Missing, named, ct);
            await NameAsync(receiving, counts, DifferenceKind.Extra, named, ct);
            foreach (var batch in named.Chunk(Batch))
            {
                await state.AddAsync(batch, first: !began, ct);
                began = true;
            }
        }

        await state.DoneAsync(table, range, at, await ours, began, ct);
    }

    Task<long> CountAsync(NpgsqlConnection side, HashSet<int> buckets, Dictionary<UInt128, long> counts, int by, CancellationToken ct) => ReadAsync(side, (hash, _) =>
    {
        if (buckets.Contains(BucketOf(hash)))
            CollectionsMarshal.GetValueRefOrAddDefault(counts, hash, out var _) += by;
    }, null, ct);

    /// <summary>The rows of which this side has more than the other; each is named once, however many.</summary>
    Task NameAsync(NpgsqlConnection side, Dictionary<UInt128, long> counts, DifferenceKind kind, List<Difference> named, CancellationToken ct)
    {
        var sign = kind == DifferenceKind.Missing ? 1 : -1;
        return counts.Values.Any(c => Math.Sign(c) == sign)
            ? ReadAsync(side, (hash, row) =>
            {
                if (counts.TryGetValue(hash, out var count) && Math.Sign(count) == sign)
                {
                    counts[hash] = 0;
                    named.Add(new Difference(table.Name, Texts(row), kind, []));
                }
            }, null, ct)
            : Task.CompletedTask;
    }

    async Task<long> ReadAsync(NpgsqlConnection side, RowFound found, Action<long, long>? progress, CancellationToken ct)
    {
        await using var rows = new RowStream(await RawCopy.ReadAsync(side, _copy, binary: true, ct));
        var (toldRows, toldBytes) = (0L, 0L);
        while (await rows.NextAsync(ct))
        {
            found(HashOf(rows.Row), rows.Row);
            if (rows.Rows - toldRows > 4096)
            {
                progress?.Invoke(rows.Rows - toldRows, rows.Bytes - toldBytes);
                (toldRows, toldBytes) = (rows.Rows, rows.Bytes);
            }
        }

        progress?.Invoke(rows.Rows - toldRows, rows.Bytes - toldBytes);
        return rows.Rows;
    }

    /// <summary>Buckets that differ, so many at a time that their rows can be counted in memory.</summary>
    static IEnumerable<HashSet<int>> Portions(Bucket[] left, Bucket[] right)
    {
        var portion = new HashSet<int>();
        var rows = 0L;
        for (var n = 0; n < Buckets; n++)
        {
            if (left[n] == right[n])
                continue;
            portion.Add(n);
            if ((rows += left[n].Count + right[n].Count) < RowsAtOnce)
                continue;
            yield return portion;
            (portion, rows) = ([], 0);
        }

        if (portion.Count > 0)
            yield return portion;
    }

    static UInt128 HashOf(ReadOnlySpan<byte> row)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(row, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    static int BucketOf(UInt128 hash) => (int)(hash & (Buckets - 1));

    static void Add(Bucket[] buckets, UInt128 hash)
    {
        ref var bucket = ref buckets[BucketOf(hash)];
        bucket = new Bucket(unchecked(bucket.Sum + hash), bucket.Count + 1);
    }

    /// <summary>A text[] in binary: dimensions, flags, type, (length, lower bound), then length and bytes of each element.</summary>
    static string?[] Texts(ReadOnlySpan<byte> row)
    {
        var array = row[RowStream.Field(row, 0)!.Value];
        if (BinaryPrimitives.ReadInt32BigEndian(array) == 0)
            return [];
        var texts = new string?[BinaryPrimitives.ReadInt32BigEndian(array[12..])];
        var at = 20;
        for (var n = 0; n < texts.Length; n++)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(array[at..]);
            at += 4;
            texts[n] = length < 0 ? null : System.Text.Encoding.UTF8.GetString(array.Slice(at, length));
            at += Math.Max(length, 0);
        }

        return texts;
    }

    delegate void RowFound(UInt128 hash, ReadOnlySpan<byte> row);

    readonly record struct Bucket(UInt128 Sum, long Count);
}
