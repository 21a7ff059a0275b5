using System.Buffers;
using System.Text;

namespace Hdms.Files.Types;

/// <summary>
/// Text: whatever has no control characters in it but those of lines and tabs. UTF-8, UTF-16 with its mark, and the old encodings of one
/// byte are all taken; a browser shows none of them as anything but text, since they are given out as attachments.
/// </summary>
static class PlainTexts
{
    // Backspace, bell and escape are in logs of terminals.
    static readonly SearchValues<char> Controls = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Select(c => (char)c).Except(['\t', '\n', '\r', '\f', '\b', '\a', '\u001b']), '\u007f']);

    public static bool BeginsLikeText(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            return true;
        }

        Span<char> text = stackalloc char[head.Length];
        Encoding.Latin1.GetChars(head, text);
        return !text.ContainsAny(Controls);
    }

    public static async Task<bool> IsTextAsync(Stream file, CancellationToken ct)
    {
        using var reader = new StreamReader(file, Encoding.Latin1, detectEncodingFromByteOrderMarks: true, 64 * 1024, leaveOpen: true);
        var block = new char[64 * 1024];
        int read;
        while ((read = await reader.ReadAsync(block, ct)) > 0)
        {
            if (block.AsSpan(0, read).ContainsAny(Controls))
            {
                return false;
            }
        }

        return true;
    }
}
