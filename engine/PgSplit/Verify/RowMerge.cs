namespace PgSplit.Verify;

/// <summary>How the bytes of a key's field are ordered, as the server ordered them.</summary>
enum KeyOrder
{
    /// <summary>As unsigned bytes, the shorter first where one begins the other.</summary>
    Bytes,

    /// <summary>A signed number, highest byte first.</summary>
    Signed,
}

/// <summary>Of the receiving side.</summary>
enum DifferenceKind
{
    Missing,
    Extra,
    Changed,
}

/// <summary>Compares two streams of rows in the order of their key, which is in the first fields: one pass, nothing kept.</summary>
/// <param name="progress">Called now and then with the rows and bytes that the reading side has had since the last call.</param>
sealed class RowMerge(RowStream reading, RowStream receiving, IReadOnlyList<KeyOrder> key, Action<long, long>? progress = null)
{
    const int RowsBetween = 4096;

    long _toldRows, _toldBytes;

    /// <summary>Rows that the reading side has had so far.</summary>
    public long Rows => reading.Rows;

    /// <param name="found">Called with each difference, the row of the side that has one (the reading side's where both have), and the fields that differ.</param>
    public async Task RunAsync(Func<DifferenceKind, ReadOnlyMemory<byte>, IReadOnlyList<int>, ValueTask> found, CancellationToken ct)
    {
        var left = await reading.NextAsync(ct);
        var right = false;
        while (true)
        {
            // Equal rows, which is nearly all of them, leave by here.
            while (left && !right && receiving.PassIfNext(reading))
                left = await reading.NextAsync(ct);
            if (reading.Rows - _toldRows > RowsBetween)
                Tell();
            if (!right)
                right = await receiving.NextAsync(ct);
            if (!left && !right)
            {
                Tell();
                return;
            }

            var order = !left ? 1 : !right ? -1 : Compare(reading.Row, receiving.Row);
            if (order == 0 && !reading.Row.SequenceEqual(receiving.Row))
                await found(DifferenceKind.Changed, reading.Row.ToArray(), Differing(reading.Row, receiving.Row));
            else if (order < 0)
                await found(DifferenceKind.Missing, reading.Row.ToArray(), []);
            else if (order > 0)
                await found(DifferenceKind.Extra, receiving.Row.ToArray(), []);

            if (order <= 0)
                left = await reading.NextAsync(ct);
            if (order >= 0)
                right = false;
        }
    }

    void Tell()
    {
        progress?.Invoke(reading.Rows - _toldRows, reading.Bytes - _toldBytes);
        (_toldRows, _toldBytes) = (reading.Rows, reading.Bytes);
    }

    int Compare(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        for (var n = 0; n < key.Count; n++)
        {
            var order = Compare(key[n], a[RowStream.Field(a, n)!.Value], b[RowStream.Field(b, n)!.Value]);
            if (order != 0)
                return order;
        }

        return 0;
    }

    static int Compare(KeyOrder how, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (how == KeyOrder.Signed && a[0] != b[0])
            return ((sbyte)a[0]).CompareTo((sbyte)b[0]);
        return a.SequenceCompareTo(b);
    }

    static List<int> Differing(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var fields = new List<int>();
        var count = System.Buffers.Binary.BinaryPrimitives.ReadInt16BigEndian(a);
        for (var n = 0; n < count; n++)
        {
            var (one, other) = (RowStream.Field(a, n), RowStream.Field(b, n));
            if (one is null != other is null || one is { } x && other is { } y && !a[x].SequenceEqual(b[y]))
                fields.Add(n);
        }

        return fields;
    }
}
