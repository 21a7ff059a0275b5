using System.Globalization;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Http;

namespace Hdms.Kit.Http;

/// <summary>
/// The version a caller builds upon (RFC 9110 section 13): <c>If-Match</c> that does not match is 412, <c>version</c> in the
/// body that does not match is 409 (DOMAIN.md section 7). A handler takes it as a parameter.
/// </summary>
public sealed record Preconditions(long? IfMatch, string? IfNoneMatch)
{
    public static readonly Preconditions None = new(null, null);

    public static string ETag(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>Refuses unless the caller's version, where one was given, is the <paramref name="current"/> one.</summary>
    public void Require(long current, long? inBody = null, Guid? changedBy = null)
    {
        if (IfMatch is { } version && version != current)
        {
            throw new Refusal(Codes.PreconditionFailed, $"It is at version {current} now, not {version}. Read it again, then decide.")
            {
                Members = new Dictionary<string, object?> { ["version"] = current, ["changed_by"] = changedBy },
            };
        }

        if (inBody is { } body && body != current)
        {
            throw Refusal.VersionConflict(current, changedBy);
        }
    }

    /// <summary>As <see cref="Require"/>, and tells who made the version that the caller has not seen.</summary>
    public async Task RequireAsync(UnitOfWork unit, Guid stream, long current, long? inBody = null)
    {
        ArgumentNullException.ThrowIfNull(unit);
        if ((IfMatch ?? current) == current && (inBody ?? current) == current)
        {
            return;
        }

        var changedBy = await unit.FindAsync<Guid?>(
            $"SELECT actor_id FROM {unit.Service}_events WHERE stream_id = @stream AND stream_version = @current", new { stream, current });
        Require(current, inBody, changedBy);
    }

    /// <summary>Whether the caller has this version already, so that 304 says it all.</summary>
    public bool Has(long current) => IfNoneMatch is not null && IfNoneMatch.Split(',').Any(t => t.Trim() is "*" || t.Trim() == ETag(current));

    public static ValueTask<Preconditions?> BindAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        var match = http.Request.Headers.IfMatch.ToString();
        long? version = null;
        if (match.Length > 0 && match != "*")
        {
            version = long.TryParse(match.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && match == ETag(number)
                ? number
                : throw new Refusal(Codes.Malformed, "If-Match takes one ETag as this API gave it, such as \"3\".");
        }

        var none = http.Request.Headers.IfNoneMatch.ToString();
        return ValueTask.FromResult<Preconditions?>(new Preconditions(version, none.Length > 0 ? none : null));
    }
}
