using System.Text;

namespace PgSplit.Load;

/// <summary>A text file, character by character, that knows its line and refuses bytes that are no characters. Memory does not grow with the file.</summary>
sealed class LineReader : IDisposable
{
    readonly byte[] _bytes = new byte[64 << 10];
    readonly char[] _chars;
    readonly Stream _stream;
    readonly Decoder _decoder;
    readonly Encoding _encoding;
    readonly string _path;
    int _at, _count;
    bool _ended;

    public LineReader(string path, Encoding encoding)
    {
        _path = path;
        _encoding = encoding;
        _stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var strict = (Encoding)encoding.Clone();
        strict.DecoderFallback = DecoderFallback.ExceptionFallback;
        _decoder = strict.GetDecoder();
        _chars = new char[strict.GetMaxCharCount(_bytes.Length)];
        SkipMark();
    }

    /// <summary>Of the next character, from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>Bytes read so far.</summary>
    public long Position => _stream.Position;

    /// <summary>The next character without taking it; -1 at the end.</summary>
    /// <exception cref="PgSplitException">Bytes that are no characters of the encoding.</exception>
    public int Peek() => _at < _count || Fill() ? _chars[_at] : -1;

    /// <summary>Takes the next character; -1 at the end.</summary>
    public int Read()
    {
        var next = Peek();
        if (next < 0)
            return next;
        _at++;
        if (next == '\n')
            Line++;
        return next;
    }

    public void Dispose() => _stream.Dispose();

    bool Fill()
    {
        while (!_ended)
        {
            var read = _stream.Read(_bytes);
            _ended = read == 0;
            try
            {
                (_at, _count) = (0, _decoder.GetChars(_bytes, 0, read, _chars, 0, flush: _ended));
            }
            catch (DecoderFallbackException e)
            {
                // All but the last of the characters before it were lines that are told by their newlines, in every encoding that has ASCII.
                var line = Line + _bytes.AsSpan(0, Math.Clamp(e.Index, 0, read)).Count((byte)'\n');
                throw new PgSplitException(
                    ExitCode.BadInput, $"{_path}:{line}: the bytes {Convert.ToHexString(e.BytesUnknown ?? [])} are no {_encoding.WebName.ToUpperInvariant()}",
                    "say the encoding (--encoding windows-1252), or convert the file: iconv -f windows-1252 -t utf-8", e);
            }

            if (_count > 0)
                return true;
        }

        return false;
    }

    // A mark at the beginning is no text; that of UTF-16 says that all is different.
    void SkipMark()
    {
        Span<byte> mark = stackalloc byte[3];
        var read = _stream.ReadAtLeast(mark, 3, throwOnEndOfStream: false);
        if (read >= 2 && (mark[0], mark[1]) is (0xFF, 0xFE) or (0xFE, 0xFF))
            throw new PgSplitException(ExitCode.BadInput, $"{_path}:1: the file is UTF-16", "convert it: iconv -f utf-16 -t utf-8");
        _stream.Position = read == 3 && mark.SequenceEqual("\uFEFF"u8) ? 3 : 0;
    }
}
