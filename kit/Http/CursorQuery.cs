using System.Buffers.Text;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text;
using Hdms.Contracts;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;

namespace Hdms.Kit.Http;

/// <summary>The parameters of a list too long for page numbers; a handler takes them as <c>[AsParameters] CursorQuery page</c>.</summary>
public sealed record CursorQuery(
    [property: FromQuery(Name = "after"), Description("Where to go on: 'next' of the answer before")] string? After = null,
    [property: FromQuery(Name = "limit"), Range(1, PageQuery.MostAtOnce), Description("Rows at most")] int Limit = 20)
{
    /// <summary>One more than is asked for, by which it is seen whether there is more.</summary>
    public int Take() => Limit + 1;

    /// <summary>The key that the cursor stands for; null at the beginning.</summary>
    public string? Check(Checks check)
    {
        ArgumentNullException.ThrowIfNull(check);
        check.That("limit", Limit is >= 1 and <= PageQuery.MostAtOnce, $"must be 1 to {PageQuery.MostAtOnce}");
        return string.IsNullOrEmpty(After) ? null : Read(After);
    }

    /// <summary>A cursor for <paramref name="key"/>. Callers must not read it, so that it may change its form.</summary>
    public static string Write(string key) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(key));

    static string Read(string cursor)
    {
        var bytes = new byte[cursor.Length];
        return Base64Url.IsValid(cursor) && Base64Url.TryDecodeFromChars(cursor, bytes, out var length)
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : throw NotOurs();
    }

    /// <summary>400: the cursor is not one that this list gave.</summary>
    public static Refusal NotOurs() => new(Codes.Malformed, "after: send the 'next' that this list answered with.")
    {
        Errors = new Dictionary<string, string[]> { ["after"] = ["is no cursor of this list"] },
    };
}

/// <summary>Answers with a part of a long list and the cursor of the next part.</summary>
/// <param name="rows">As many as <see cref="CursorQuery.Take"/> found.</param>
/// <param name="key">The key of a row, from which the list goes on behind it.</param>
public sealed class CursorListing<T>(CursorQuery query, IReadOnlyList<T> rows, Func<T, string> key) : IResult, IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var next = rows.Count > query.Limit ? CursorQuery.Write(key(rows[query.Limit - 1])) : null;
        if (next is not null)
        {
            httpContext.Response.Headers.Link = Links.Next(httpContext.Request, "after", next);
        }

        return httpContext.Response.WriteAsJsonAsync(new CursorPage<T>([.. rows.Take(query.Limit)], next), Json.Tolerant, httpContext.RequestAborted);
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(CursorPage<T>), ["application/json"]));
    }
}
