namespace PgSplit.Follow;

/// <summary>The texts of a row's key, comparable.</summary>
readonly struct RowKey : IEquatable<RowKey>
{
    /// <summary>Shorter ones first, so that whole numbers come in their order: what is near each other in the table is so here, whatever else the order may mean.</summary>
    public static readonly IComparer<RowKey> Neighbours = Comparer<RowKey>.Create((a, b) =>
        a._bytes.Length != b._bytes.Length ? a._bytes.Length.CompareTo(b._bytes.Length) : a._bytes.Span.SequenceCompareTo(b._bytes.Span));

    readonly ReadOnlyMemory<byte> _bytes;
    readonly int _hash;

    RowKey(ReadOnlyMemory<byte> bytes) => (_bytes, _hash) = (bytes, Hash(bytes.Span));

    /// <summary>Of a row that has no key: its place.</summary>
    public RowKey(int number) : this(BitConverter.GetBytes(number))
    {
    }

    public static RowKey Of(Change change, Slice[] row, int[] key)
    {
        // The usual key of one column is where it came in.
        if (key.Length == 1)
            return new RowKey(change.Buffer.AsMemory(row[key[0]].Offset, row[key[0]].Length));
        var length = 0;
        foreach (var i in key)
            length += row[i].Length + 4;
        var bytes = new byte[length];
        var at = 0;
        foreach (var i in key)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(at), row[i].Length);
            change.Of(row[i]).CopyTo(bytes.AsSpan(at + 4));
            at += row[i].Length + 4;
        }

        return new RowKey(bytes);
    }

    public bool Equals(RowKey other) => _hash == other._hash && _bytes.Span.SequenceEqual(other._bytes.Span);

    public override bool Equals(object? obj) => obj is RowKey other && Equals(other);

    public override int GetHashCode() => _hash;

    static int Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = new HashCode();
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }
}
