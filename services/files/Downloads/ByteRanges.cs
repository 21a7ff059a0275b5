using System.Globalization;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Hdms.Files.Downloads;

/// <summary>Which bytes a request asks for.</summary>
static class ByteRanges
{
    /// <summary>Null: all of them.</summary>
    /// <exception cref="Refusal">416: none that there are.</exception>
    public static (long From, long Length)? Of(HttpRequest request, long size, EntityTagHeaderValue etag)
    {
        if (Asked(request, etag) is not { } range)
        {
            return null;
        }

        // The last so many, or from here to there; beyond the end there is nothing.
        var from = range.From ?? Math.Max(0, size - range.To!.Value);
        var to = range.From is null ? size - 1 : Math.Min(range.To ?? size - 1, size - 1);
        if (from >= size || (range.From is null && range.To == 0))
        {
            request.HttpContext.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{size}");
            throw new Refusal(Codes.RangeNotSatisfiable, $"It has {size} bytes.");
        }

        return (from, to - from + 1);
    }

    public static bool IsAsked(HttpRequest request, long size, EntityTagHeaderValue etag) => size > 0 && Asked(request, etag) is not null;

    /// <summary>What can't be read is passed over, and so are several at once, and one whose file is another by now (RFC 9110 section 14.2).</summary>
    static RangeItemHeaderValue? Asked(HttpRequest request, EntityTagHeaderValue etag)
    {
        var text = request.Headers.Range.ToString();
        if (text.Length == 0 || !RangeHeaderValue.TryParse(text, out var parsed) || parsed.Unit != "bytes" || parsed.Ranges.Count != 1)
        {
            return null;
        }

        var condition = request.Headers.IfRange.ToString();
        return condition.Length == 0 || (EntityTagHeaderValue.TryParse(condition, out var tag) && tag.Compare(etag, useStrongComparison: true))
            ? parsed.Ranges.Single()
            : null;
    }
}
