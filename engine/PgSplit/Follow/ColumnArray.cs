using System.Buffers;
using Npgsql;
using NpgsqlTypes;
using PgSplit.Pg;

namespace PgSplit.Follow;

/// <summary>One column of many rows as the text of a PostgreSQL array (manual 8.15.6), in UTF-8 bytes.</summary>
sealed class ColumnArray : IDisposable
{
    readonly PooledBytes _text = new(256);

    public ColumnArray() => _text.Write("{"u8);

    public void Dispose() => _text.Dispose();

    public void AddNull()
    {
        Separate();
        _text.Write("NULL"u8);
    }

    /// <summary>A value of a change.</summary>
    public void Add(Change change, Slice value)
    {
        if (value.Length < 0)
            AddNull();
        else
            Add(change.Of(value));
    }

    public void Add(ReadOnlySpan<byte> value)
    {
        Separate();
        var to = _text.GetSpan(value.Length * 2 + 2);
        var at = 0;
        to[at++] = (byte)'"';
        while (true)
        {
            // Nearly no value has anything to escape; those without are one copy.
            var special = value.IndexOfAny((byte)'"', (byte)'\\');
            if (special < 0)
                break;
            value[..special].CopyTo(to[at..]);
            at += special;
            to[at++] = (byte)'\\';
            to[at++] = value[special];
            value = value[(special + 1)..];
        }

        value.CopyTo(to[at..]);
        at += value.Length;
        to[at++] = (byte)'"';
        _text.Advance(at);
    }

    /// <summary>The parameter of one value alone.</summary>
    public static NpgsqlParameter Of(Change change, Slice value)
    {
        // Small, and used for longer than anybody here can tell: not given back to the pool.
        var array = new ColumnArray();
        array.Add(change, value);
        return array.ToParameter();
    }

    /// <summary>As a parameter of type text: the cast in the statement reads the array. Good until the array is disposed of.</summary>
    public NpgsqlParameter ToParameter()
    {
        _text.Write("}"u8);
        return new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = _text.Written, NpgsqlDbType = NpgsqlDbType.Text };
    }

    void Separate()
    {
        if (_text.Count > 1)
            _text.Write(","u8);
    }
}
