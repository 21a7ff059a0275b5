using System.Buffers;
using System.Text;

namespace PgSplit.Pg;

/// <summary>Rows in COPY's text format (manual: COPY, File Formats): one line each, whatever is in the values.</summary>
static class CopyText
{
    static readonly SearchValues<byte> Special = SearchValues.Create("\\\b\f\n\r\t\v"u8);

    public static void WriteNull(IBufferWriter<byte> row, bool last)
    {
        row.Write(@"\N"u8);
        End(row, last);
    }

    /// <summary>A value in UTF-8, and the tab or newline after it.</summary>
    public static void Write(IBufferWriter<byte> row, ReadOnlySpan<byte> value, bool last)
    {
        Escape(row, value);
        End(row, last);
    }

    /// <summary>A value, and the tab or newline after it.</summary>
    public static void Write(IBufferWriter<byte> row, string? value, bool last)
    {
        if (value is null)
        {
            WriteNull(row, last);
            return;
        }

        var length = Encoding.UTF8.GetByteCount(value);
        var bytes = ArrayPool<byte>.Shared.Rent(length);
        Write(row, bytes.AsSpan(0, Encoding.UTF8.GetBytes(value, bytes)), last);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    static void End(IBufferWriter<byte> row, bool last) => row.Write(last ? "\n"u8 : "\t"u8);

    static void Escape(IBufferWriter<byte> row, ReadOnlySpan<byte> bytes)
    {
        while (bytes.IndexOfAny(Special) is var at and >= 0)
        {
            row.Write(bytes[..at]);
            row.Write([(byte)'\\', (byte)(bytes[at] switch { (byte)'\b' => 'b', (byte)'\f' => 'f', (byte)'\n' => 'n', (byte)'\r' => 'r', (byte)'\t' => 't', (byte)'\v' => 'v', _ => '\\' })]);
            bytes = bytes[(at + 1)..];
        }

        row.Write(bytes);
    }
}
