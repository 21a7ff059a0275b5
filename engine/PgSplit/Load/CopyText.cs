using System.Buffers;
using System.Text;

namespace PgSplit.Load;

/// <summary>Rows in COPY's text format (manual: COPY, File Formats): one line each, whatever is in the values.</summary>
static class CopyText
{
    static readonly SearchValues<byte> Special = SearchValues.Create("\\\b\f\n\r\t\v"u8);

    /// <summary>A value, and the tab or newline after it.</summary>
    public static void Write(ArrayBufferWriter<byte> row, string? value, bool last)
    {
        if (value is null)
        {
            row.Write("\\N"u8);
        }
        else
        {
            var length = Encoding.UTF8.GetByteCount(value);
            var bytes = ArrayPool<byte>.Shared.Rent(length);
            Escape(row, bytes.AsSpan(0, Encoding.UTF8.GetBytes(value, bytes)));
            ArrayPool<byte>.Shared.Return(bytes);
        }

        row.Write(last ? "\n"u8 : "\t"u8);
    }

    static void Escape(ArrayBufferWriter<byte> row, ReadOnlySpan<byte> bytes)
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
