namespace PgSplit.Follow;

/// <summary>The texts of a row's key, comparable.</summary>
readonly struct RowKey : IEquatable<RowKey>
{
    readonly byte[] _bytes;
    readonly int _hash;

    RowKey(byte[] bytes) => (_bytes, _hash) = (bytes, Hash(bytes));

    /// <summary>Of a row that has no key: its place.</summary>
    public RowKey(int number) : this(BitConverter.GetBytes(number))
    {
    }

    public static RowKey Of(Change change, Slice[] row, int[] key)
    {
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

    public bool Equals(RowKey other) => _hash == other._hash && _bytes.AsSpan().SequenceEqual(other._bytes);

    public override bool Equals(object? obj) => obj is RowKey other && Equals(other);

    public override int GetHashCode() => _hash;

    static int Hash(byte[] bytes)
    {
        var hash = new HashCode();
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }
}
