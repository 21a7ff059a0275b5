using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using NpgsqlTypes;
using PgSplit.Pg;

namespace PgSplit.Follow;

/// <summary>
/// Reads the messages of the plugin pgoutput, protocol version 1 (manual 55.9), text format. Own code instead of Npgsql's decoder,
/// which makes a stream of every value: here a row is one array of bytes and the values are places in it.
/// </summary>
/// <param name="moveId">Whose barriers and heartbeats are told from those of other moves.</param>
/// <param name="dropped">Name of the origin whose transactions are not ours to carry: the other stream's.</param>
/// <param name="match">Finds the receiving table of a relation, given its columns if they were sent; null for one that is not of the move.</param>
sealed class PgOutputDecoder(string moveId, string dropped, Func<QualifiedName, IReadOnlyList<(string, uint)>?, RelationMap?> match)
{
    public const string MessagePrefix = "pgsplit";
    static readonly QualifiedName HeartbeatTable = new("pgsplit", "heartbeat"), EmptiedTable = new("pgsplit", "emptied");

    readonly Dictionary<uint, RelationMap?> _relations = [];
    readonly HashSet<uint> _heartbeats = [], _emptied = [];
    bool _foreign;

    /// <summary>Changes that came from the other stream and were left out.</summary>
    public long Dropped { get; private set; }

    /// <summary>What a message means to the receiving side; null where it means nothing. The decoder keeps the array.</summary>
    public Change? Decode(byte[] message)
    {
        var reader = new Reader(message);
        switch ((char)reader.Byte())
        {
            case 'B':
                _foreign = false;
                return new Change { Kind = ChangeKind.Begin, FinalLsn = reader.Lsn(), CommittedAt = reader.Time() };
            case 'C':
                reader.Byte();
                return new Change { Kind = ChangeKind.Commit, FinalLsn = reader.Lsn(), EndLsn = reader.Lsn(), CommittedAt = reader.Time() };
            case 'O':
                reader.Lsn();
                _foreign = reader.Text() == dropped;
                return null;
            case 'R':
                Relation(ref reader);
                return null;
            case 'M':
                return Message(ref reader);
            case 'I' or 'U' or 'D' or 'T' when _foreign:
                Dropped++;
                return null;
            case 'I':
                return Insert(ref reader, message);
            case 'U':
                return Update(ref reader, message);
            case 'D':
                return Delete(ref reader, message);
            case 'T':
                return Truncate(ref reader);
            case 'Y':
                return null;
            case var other:
                throw new BrokenException($"the stream has a message of an unknown kind, '{other}'");
        }
    }

    void Relation(ref Reader reader)
    {
        var oid = reader.UInt32();
        var name = new QualifiedName(reader.Text() is { Length: > 0 } schema ? schema : "pg_catalog", reader.Text());
        reader.Byte();
        var columns = new (string, uint)[reader.Int16()];
        for (var i = 0; i < columns.Length; i++)
        {
            reader.Byte();
            columns[i] = (reader.Text(), reader.UInt32());
            reader.UInt32();
        }

        if (name == HeartbeatTable)
            _heartbeats.Add(oid);
        else if (name == EmptiedTable)
            _emptied.Add(oid);
        _relations[oid] = _heartbeats.Contains(oid) || _emptied.Contains(oid) ? null : match(name, columns);
    }

    Change? Insert(ref Reader reader, byte[] message)
    {
        var oid = reader.UInt32();
        reader.Byte();
        var row = reader.Row();
        return _heartbeats.Contains(oid) ? Heartbeat(message, row)
            : _emptied.Contains(oid) ? Emptied(message, row)
            : _relations[oid] is { } relation ? new Change { Kind = ChangeKind.Insert, Relation = relation, Buffer = message, New = relation.Written(row) } : null;
    }

    Change? Update(ref Reader reader, byte[] message)
    {
        var oid = reader.UInt32();
        Slice[] old = [];
        if ((char)reader.Byte() is 'K' or 'O')
        {
            old = reader.Row();
            reader.Byte();
        }

        var row = reader.Row();
        return _heartbeats.Contains(oid) ? Heartbeat(message, row)
            : _relations[oid] is { } relation ? new Change { Kind = ChangeKind.Update, Relation = relation, Buffer = message, Old = relation.Written(old), New = relation.Written(row) } : null;
    }

    Change? Delete(ref Reader reader, byte[] message)
    {
        var oid = reader.UInt32();
        reader.Byte();
        var old = reader.Row();
        return !_heartbeats.Contains(oid) && _relations[oid] is { } relation ? new Change { Kind = ChangeKind.Delete, Relation = relation, Buffer = message, Old = relation.Written(old) } : null;
    }

    Change? Truncate(ref Reader reader)
    {
        var count = reader.UInt32();
        var options = reader.Byte();
        var relations = new List<RelationMap>();
        for (var i = 0; i < count; i++)
        {
            if (_relations.GetValueOrDefault(reader.UInt32()) is { } relation)
                relations.Add(relation);
        }

        return relations.Count > 0 ? new Change { Kind = ChangeKind.Truncate, Relations = relations, RestartIdentity = (options & 2) != 0 } : null;
    }

    // The row's first column is the move.
    Change? Heartbeat(byte[] message, Slice[] row) =>
        row.Length > 0 && row[0].Length >= 0 && Encoding.UTF8.GetString(message, row[0].Offset, row[0].Length) == moveId ? new Change { Kind = ChangeKind.Heartbeat } : null;

    Change? Message(ref Reader reader)
    {
        reader.Byte();
        reader.Lsn();
        if (reader.Text() != MessagePrefix)
            return null;
        var length = reader.UInt32();
        try
        {
            using var content = JsonDocument.Parse(reader.Bytes((int)length));
            return content.RootElement is { ValueKind: JsonValueKind.Object } said && said.TryGetProperty("move", out var move) && move.ValueKind == JsonValueKind.String && move.ValueEquals(moveId)
                ? new Change { Kind = ChangeKind.Barrier }
                : null;
        }
        catch (JsonException)
        {
            // Anybody may write messages of any prefix (PROTOCOL case 70).
            return null;
        }
    }

    // Its first columns are the move and the partition's name. A row, and no message: those anybody may write.
    Change? Emptied(byte[] message, Slice[] row) => Text(message, row[0]) == moveId && match(new QualifiedName(Text(message, row[1]), Text(message, row[2])), null) is { } relation
        ? new Change { Kind = ChangeKind.Truncate, Relations = [relation] }
        : null;

    static string Text(byte[] message, Slice value) => Encoding.UTF8.GetString(message, value.Offset, value.Length);

    ref struct Reader(byte[] message)
    {
        readonly byte[] _message = message;
        int _at;

        public byte Byte() => _message[_at++];

        public short Int16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

        public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

        public NpgsqlLogSequenceNumber Lsn() => new(BinaryPrimitives.ReadUInt64BigEndian(Take(8)));

        /// <summary>Microseconds since 2000.</summary>
        public DateTimeOffset Time() => new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(BinaryPrimitives.ReadInt64BigEndian(Take(8)) * 10);

        public string Text()
        {
            var length = _message.AsSpan(_at).IndexOf((byte)0);
            var text = Encoding.UTF8.GetString(_message, _at, length);
            _at += length + 1;
            return text;
        }

        public ReadOnlyMemory<byte> Bytes(int length)
        {
            var bytes = _message.AsMemory(_at, length);
            _at += length;
            return bytes;
        }

        public Slice[] Row()
        {
            var row = new Slice[Int16()];
            for (var i = 0; i < row.Length; i++)
            {
                switch ((char)Byte())
                {
                    case 'n':
                        row[i] = Slice.Null;
                        break;
                    case 'u':
                        row[i] = Slice.Unchanged;
                        break;
                    default:
                        var length = (int)UInt32();
                        row[i] = new Slice(_at, length);
                        _at += length;
                        break;
                }
            }

            return row;
        }

        ReadOnlySpan<byte> Take(int length)
        {
            var span = _message.AsSpan(_at, length);
            _at += length;
            return span;
        }
    }
}
