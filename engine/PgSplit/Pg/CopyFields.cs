using System.Buffers;
using System.Buffers.Binary;

namespace PgSplit.Pg;

/// <summary>
/// Puts others in place of some fields' values while rows pass in COPY's binary form (manual, COPY, Binary Format), wherever the pieces
/// in which they come are cut.
/// </summary>
/// <param name="fields">By their place in the row: what writes the new value, and how long that is. A null stays one.</param>
sealed class CopyFields(IReadOnlyDictionary<int, CopyField> fields)
{
    // Signature, flags, and the length of what follows them.
    const int Header = 11 + 4 + 4;

    readonly ArrayBufferWriter<byte> _out = new(1 << 18);
    readonly byte[] _piece = new byte[Header + 8];

    // What of the next fixed piece is here, how many fields the row still has, and how many bytes of a value pass as they are.
    int _have, _field = -1, _fields;
    long _passing;
    CopyField? _replacing;
    bool _headerRead, _ended;

    /// <summary>What comes of a piece; until the next call.</summary>
    public ReadOnlyMemory<byte> Replace(ReadOnlySpan<byte> piece)
    {
        _out.ResetWrittenCount();
        while (piece.Length > 0)
        {
            if (_passing > 0)
            {
                var most = (int)Math.Min(_passing, piece.Length);
                _out.Write(piece[..most]);
                piece = piece[most..];
                _passing -= most;
                continue;
            }

            if (_ended)
                throw new InvalidDataException("a COPY goes on after its end");
            var wanted = !_headerRead ? Header : _replacing is { } r ? r.Length : _field < 0 ? 2 : 4;
            ReadOnlySpan<byte> whole;
            if (_have == 0 && piece.Length >= wanted)
            {
                whole = piece[..wanted];
                piece = piece[wanted..];
            }
            else
            {
                var taken = Math.Min(wanted - _have, piece.Length);
                piece[..taken].CopyTo(_piece.AsSpan(_have));
                piece = piece[taken..];
                _have += taken;
                if (_have < wanted)
                    break;
                whole = _piece.AsSpan(0, wanted);
                _have = 0;
            }

            Take(whole);
        }

        return _out.WrittenMemory;
    }

    void Take(ReadOnlySpan<byte> piece)
    {
        if (!_headerRead)
        {
            (_headerRead, _passing) = (true, BinaryPrimitives.ReadInt32BigEndian(piece[15..]));
            _out.Write(piece);
        }
        else if (_replacing is { } field)
        {
            BinaryPrimitives.WriteInt32BigEndian(_out.GetSpan(4), field.NewLength);
            _out.Advance(4);
            field.Write(piece, _out.GetSpan(field.NewLength)[..field.NewLength]);
            _out.Advance(field.NewLength);
            _replacing = null;
            Next();
        }
        else if (_field < 0)
        {
            _fields = BinaryPrimitives.ReadInt16BigEndian(piece);
            _out.Write(piece);
            (_field, _ended) = (_fields > 0 ? 0 : -1, _fields < 0);
        }
        else
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(piece);
            if (length >= 0 && fields.TryGetValue(_field, out var replaced))
            {
                if (length != replaced.Length)
                    throw new InvalidDataException($"a field of {replaced.Length} bytes came with {length}");
                _replacing = replaced;
                return;
            }

            _out.Write(piece);
            _passing = Math.Max(length, 0);
            Next();
        }
    }

    void Next() => _field = _field + 1 < _fields ? _field + 1 : -1;
}

/// <param name="Length">Of its value as it comes.</param>
/// <param name="NewLength">As it goes.</param>
sealed record CopyField(int Length, int NewLength, CopyFieldWriter Write);

delegate void CopyFieldWriter(ReadOnlySpan<byte> value, Span<byte> to);
