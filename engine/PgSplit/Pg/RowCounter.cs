using System.Buffers.Binary;

namespace PgSplit.Pg;

/// <summary>Counts the rows in COPY's bytes as they pass, cut anywhere: neither Npgsql nor the server tells.</summary>
sealed class RowCounter(bool binary)
{
    // Binary (manual, COPY, file formats): signature 11, flags 4, length of extension 4, extension; then rows of int16 fields × (int32 length, bytes).
    const int Header = 19;

    readonly byte[] _number = new byte[Header];
    int _needed = Header, _have;
    long _skip;
    int _fields;
    bool _headerRead, _ended;

    public long Rows { get; private set; }

    /// <returns>Rows that began (binary) or ended (text) in these bytes.</returns>
    public long Add(ReadOnlySpan<byte> bytes)
    {
        var before = Rows;
        if (binary)
            Walk(bytes);
        else
            // Within a value a line's end is written \n: every bare one ends a row.
            Rows += bytes.Count((byte)'\n');
        return Rows - before;
    }

    void Walk(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0 && !_ended)
        {
            if (_skip > 0)
            {
                var skipped = (int)Math.Min(_skip, bytes.Length);
                _skip -= skipped;
                bytes = bytes[skipped..];
                continue;
            }

            if (_have == 0 && bytes.Length >= _needed)
            {
                var whole = bytes[.._needed];
                bytes = bytes[_needed..];
                Take(whole);
                continue;
            }

            var taken = Math.Min(_needed - _have, bytes.Length);
            bytes[..taken].CopyTo(_number.AsSpan(_have));
            bytes = bytes[taken..];
            if ((_have += taken) < _needed)
                return;
            _have = 0;
            Take(_number.AsSpan(0, _needed));
        }
    }

    void Take(ReadOnlySpan<byte> number)
    {
        if (!_headerRead)
        {
            _headerRead = true;
            _skip = BinaryPrimitives.ReadInt32BigEndian(number[15..]);
        }
        else if (_fields == 0)
        {
            var fields = BinaryPrimitives.ReadInt16BigEndian(number);
            _ended = fields < 0;
            if (!_ended)
                Rows++;
            _fields = Math.Max((int)fields, 0);
        }
        else
        {
            _fields--;
            _skip = Math.Max(BinaryPrimitives.ReadInt32BigEndian(number), 0);
        }

        _needed = _fields == 0 ? 2 : 4;
    }
}
