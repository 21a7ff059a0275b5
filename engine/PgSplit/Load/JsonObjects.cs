using System.Buffers;
using System.Text.Json;

namespace PgSplit.Load;

/// <summary>One object of a JSON file.</summary>
/// <param name="Line">On which it begins.</param>
/// <param name="Number">Which it is, from 1.</param>
/// <param name="Json">Its bytes, until the next one is read.</param>
readonly record struct JsonElementBytes(long Line, long Number, ReadOnlyMemory<byte> Json);

/// <summary>
/// The objects of a JSON array, or of JSON lines, one at a time: memory holds the largest of them, never the file. What is cut off or
/// broken is told with its place.
/// </summary>
sealed class JsonObjects : IDisposable
{
    // One object of this size is no row.
    const int MostBytes = 1 << 30;

    readonly string _path;
    readonly Stream _stream;
    byte[] _buffer = ArrayPool<byte>.Shared.Rent(256 << 10);
    int _from, _end, _scanned;
    bool _ended, _begun, _isArray, _closed;
    long _line = 1, _number;

    public JsonObjects(string path)
    {
        _path = path;
        _stream = SourceFormats.Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1));
    }

    /// <summary>Bytes of objects so far.</summary>
    public long Position { get; private set; }

    /// <exception cref="PgSplitException">What follows is no JSON object, or is cut off.</exception>
    public JsonElementBytes? Next()
    {
        if (!_begun)
            Begin();
        SkipBetween();
        if (_closed)
            return null;
        _number++;
        var line = _line;
        var length = Length(line);
        var json = _buffer.AsMemory(_from, length);
        _line += json.Span.Count((byte)'\n');
        _from += length;
        Position += length;
        return new JsonElementBytes(line, _number, json);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _stream.Dispose();
    }

    void Begin()
    {
        _begun = true;
        if (Peek() == 0xEF)
        {
            Take();
            if (Peek() != 0xBB || !Take() || Peek() != 0xBF || !Take())
                throw Bad(_line, "no JSON");
        }

        SkipBlanks();
        _isArray = Peek() == '[';
        if (_isArray)
            Take();
    }

    // Blanks and one comma; at the end of all, nothing but blanks.
    void SkipBetween()
    {
        SkipBlanks();
        if (_number > 0 && _isArray && Peek() == ',')
        {
            Take();
            SkipBlanks();
            if (Peek() == ']')
                throw Bad(_line, "a comma with no object after it");
        }
        else if (_number > 0 && _isArray && Peek() is not (']' or -1))
        {
            throw Bad(_line, $"'{(char)Peek()}' where a comma was expected");
        }

        switch (Peek())
        {
            case -1 when _isArray:
                throw Cut(_line);
            case -1:
                _closed = true;
                break;
            case ']' when _isArray:
                Take();
                SkipBlanks();
                if (Peek() >= 0)
                    throw Bad(_line, "something follows the end of the list");
                _closed = true;
                break;
            case not '{':
                throw Bad(_line, $"'{(char)Peek()}' where an object was expected");
        }
    }

    // How many bytes the object has that begins here, all of which are in the buffer then.
    int Length(long line)
    {
        var state = new JsonReaderState(new JsonReaderOptions { MaxDepth = 256 });
        _scanned = _from;
        while (true)
        {
            // The reader goes on where it was: an object of many buffers is not read from its beginning again and again.
            var reader = new Utf8JsonReader(_buffer.AsSpan(_scanned, _end - _scanned), isFinalBlock: false, state);
            try
            {
                while (reader.Read())
                {
                    if (reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == 0)
                        return _scanned - _from + (int)reader.BytesConsumed;
                }
            }
            catch (JsonException e)
            {
                throw Bad(line + (e.LineNumber ?? 0), e.Message.Split(" LineNumber", 2)[0].TrimEnd('.', ' '), e);
            }

            state = reader.CurrentState;
            _scanned += (int)reader.BytesConsumed;
            if (!Fill())
                throw Cut(line);
        }
    }

    void SkipBlanks()
    {
        while (Peek() is ' ' or '\t' or '\r' or '\n')
            Take();
    }

    int Peek() => _from < _end || Fill() ? _buffer[_from] : -1;

    bool Take()
    {
        if (_buffer[_from++] == '\n')
            _line++;
        return true;
    }

    bool Fill()
    {
        if (_ended)
            return false;
        if (_from > 0)
        {
            // What is used up makes room.
            _buffer.AsSpan(_from, _end - _from).CopyTo(_buffer);
            (_scanned, _end, _from) = (_scanned - _from, _end - _from, 0);
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= MostBytes)
                throw Bad(_line, "an object of more than 1 GB");
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        try
        {
            var read = _stream.Read(_buffer, _end, _buffer.Length - _end);
            _ended = read == 0;
            _end += read;
            return read > 0;
        }
        catch (InvalidDataException e)
        {
            throw Bad(_line, $"the gzip data is broken: {e.Message}", e);
        }
    }

    PgSplitException Cut(long line) => new(
        ExitCode.BadInput, $"{_path}:{line}: the file ends in the middle, {(_number == 0 ? "before its first object" : $"after or within object {_number}")}: it was cut off; nothing was loaded", "make the dump again, or copy it again");

    PgSplitException Bad(long line, string what, Exception? cause = null) => new(
        ExitCode.BadInput, $"{_path}:{line}: {what}{(_number == 0 ? "" : $" (object {_number})")}; nothing was loaded", "load what manage.py dumpdata wrote, unchanged", cause);
}
