using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PgSplit.Verify;

/// <summary>
/// The rows of a binary COPY, one after the other, as bytes: for each field its length (4 bytes, -1 for null) and its value. A value
/// longer than <see cref="Large"/> stands as its SHA-256, so that memory stays bounded whatever is in a row (PROTOCOL case 24).
/// </summary>
sealed class RowStream(Stream stream) : IAsyncDisposable
{
    /// <summary>Longest value that is kept as it is, in bytes.</summary>
    public const int Large = 1 << 16;

    const int Header = 19, Digest = SHA256.HashSizeInBytes;

    byte[] _buffer = ArrayPool<byte>.Shared.Rent(1 << 18);
    int _at, _filled, _length;
    bool _headerRead, _ended, _hasLarge;

    public long Rows { get; private set; }

    /// <summary>Bytes received so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>The row, with its number of fields (2 bytes) in front. Until the next move.</summary>
    public ReadOnlySpan<byte> Row => _buffer.AsSpan(_at, _length);

    /// <summary>Where the value of a field of a row is; its start is -1 for null.</summary>
    public static Range? Field(ReadOnlySpan<byte> row, int field)
    {
        var at = 2;
        for (; ; field--)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(row[at..]);
            at += 4;
            if (field == 0)
                return length < 0 ? null : at..(at + Kept(length));
            at += Kept(length);
        }
    }

    /// <summary>Goes to the next row; false when there is none.</summary>
    public ValueTask<bool> NextAsync(CancellationToken ct)
    {
        Leave();
        return Measure() ? new ValueTask<bool>(true) : ReadOnAsync(ct);
    }

    /// <summary>Whether the next row is at hand and is this one, byte for byte; if so, it is passed over without being taken apart.</summary>
    public bool PassIfNext(RowStream other)
    {
        var row = other.Row;
        // A row says itself how long it is, so bytes that begin alike are a row alike. Digests stand for other bytes.
        var next = _at + _length;
        if (other._hasLarge || _filled - next < row.Length || !_headerRead || !_buffer.AsSpan(next, row.Length).SequenceEqual(row))
            return false;
        Leave();
        _at += row.Length;
        Rows++;
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        ArrayPool<byte>.Shared.Return(Interlocked.Exchange(ref _buffer, []));
        await stream.DisposeAsync();
    }

    static int Kept(int length) => length > Large ? Digest : Math.Max(length, 0);

    void Leave()
    {
        _at += _length;
        _length = 0;
        _hasLarge = false;
    }

    /// <summary>Takes the next row if all of it is in the buffer and nothing in it is large.</summary>
    bool Measure()
    {
        var bytes = _buffer.AsSpan(_at, _filled - _at);
        if (!_headerRead || _ended || bytes.Length < 2)
            return false;
        int fields = BinaryPrimitives.ReadInt16BigEndian(bytes);
        if (fields < 0)
            return false;
        var at = 2;
        for (; fields > 0; fields--)
        {
            if (bytes.Length - at < 4)
                return false;
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes[at..]);
            if (length > Large || bytes.Length - at - 4 < length)
                return false;
            at += 4 + Math.Max(length, 0);
        }

        _length = at;
        Rows++;
        return true;
    }

    async ValueTask<bool> ReadOnAsync(CancellationToken ct)
    {
        if (!_headerRead)
        {
            await NeedAsync(Header, ct);
            var extension = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_at + 15));
            await NeedAsync(Header + extension, ct);
            _at += Header + extension;
            _headerRead = true;
        }

        if (_ended)
            return false;
        // Large values or not: field by field, reading on where it is needed.
        await NeedAsync(2, ct);
        int fields = BinaryPrimitives.ReadInt16BigEndian(_buffer.AsSpan(_at));
        if (fields < 0)
        {
            _ended = true;
            // The server has its say (an error, perhaps) after the last row.
            _at = _filled = 0;
            while (await stream.ReadAsync(_buffer, ct) > 0)
                _at = _filled = 0;
            return false;
        }

        var length = 2;
        for (; fields > 0; fields--)
        {
            await NeedAsync(length + 4, ct);
            var value = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_at + length));
            length += 4;
            if (value <= Large)
            {
                length += Math.Max(value, 0);
                await NeedAsync(length, ct);
                continue;
            }

            await DigestAsync(length, value, ct);
            length += Digest;
            _hasLarge = true;
        }

        _length = length;
        Rows++;
        return true;
    }

    /// <summary>Puts in the place of a value, which begins this far into the row, its digest.</summary>
    async ValueTask DigestAsync(int offset, int value, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await NeedAsync(offset + Digest, ct);
        var start = _at + offset;
        var here = Math.Min(value, _filled - start);
        hash.AppendData(_buffer, start, here);
        var left = value - here;
        if (left > 0)
        {
            var piece = ArrayPool<byte>.Shared.Rent(1 << 16);
            try
            {
                while (left > 0)
                {
                    var read = await stream.ReadAsync(piece.AsMemory(0, Math.Min(left, piece.Length)), ct);
                    if (read == 0)
                        throw CutShort();
                    hash.AppendData(piece, 0, read);
                    left -= read;
                    Bytes += read;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(piece);
            }
        }

        hash.GetHashAndReset(_buffer.AsSpan(start, Digest));
        // What follows the value moves up.
        _buffer.AsSpan(start + here, _filled - start - here).CopyTo(_buffer.AsSpan(start + Digest));
        _filled -= here - Digest;
    }

    /// <summary>Has this many bytes from the row's start on in the buffer.</summary>
    async ValueTask NeedAsync(int bytes, CancellationToken ct)
    {
        if (_filled - _at >= bytes)
            return;
        if (bytes > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(bytes, _buffer.Length * 2));
            _buffer.AsSpan(_at, _filled - _at).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        else
        {
            _buffer.AsSpan(_at, _filled - _at).CopyTo(_buffer);
        }

        _filled -= _at;
        _at = 0;
        // One message per row comes at a time: as many as fit, so that most rows are compared without a call.
        while (_filled < _buffer.Length)
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_filled), ct);
            _filled += read;
            Bytes += read;
            if (read == 0)
                break;
        }

        if (_filled < bytes)
            throw CutShort();
    }

    static EndOfStreamException CutShort() => new("a server's COPY ended in the middle of a row");
}
