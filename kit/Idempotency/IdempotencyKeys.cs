using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Hdms.Kit.Auth;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Hdms.Kit.Idempotency;

/// <summary>
/// Looks a request's <c>Idempotency-Key</c> up before anything is validated. A known one is answered as before; an unknown one
/// goes on, and <see cref="ServiceDatabase.AnswerAsync"/> keeps the answer in the effect's own transaction.
/// </summary>
sealed class IdempotencyKeys(RequestDelegate next, ServiceDatabase database, TimeProvider clock)
{
    const string Header = "Idempotency-Key";

    public Task InvokeAsync(HttpContext http)
    {
        var key = http.Request.Headers[Header];
        return key.Count == 0 || http.GetEndpoint() is not { } endpoint || HttpMethods.IsGet(http.Request.Method) || endpoint.Metadata.GetMetadata<NotIdempotent>() is not null
            ? next(http)
            : AnswerOnceAsync(http, key);
    }

    async Task AnswerOnceAsync(HttpContext http, StringValues key)
    {
        var text = key.ToString();
        if (key.Count > 1 || text.Length is 0 or > 255 || text.Any(c => c is <= ' ' or > '~'))
        {
            throw new Refusal(Codes.Malformed, $"{Header} takes one key of 1 to 255 visible ASCII characters, such as a UUID.");
        }

        // Service accounts and services have no subject; each has keys of its own all the same.
        var who = http.User.FindFirst(c => c.Type is Claims.Subject or Claims.ServiceAccount or Claims.Service);
        var keptFor = who?.Type == Claims.Service ? StoredAnswer.KeptForServices : StoredAnswer.Kept;
        var scope = $"{who?.Value}\n{http.Request.Method}\n{http.Request.Path}\n{text}";
        var call = new IdempotentCall(SHA256.HashData(Encoding.UTF8.GetBytes(scope)), await HashAsync(http.Request, http.RequestAborted), keptFor);
        var stored = await database.ReadAsync(c => StoredAnswer.FindAsync(c, database.Service, call, clock.GetUtcNow(), http.RequestAborted), http.RequestAborted);
        if (stored is not null)
        {
            await StoredAnswers.WriteAsync(http, stored);
            return;
        }

        http.Features.Set(call);
        await next(http);
    }

    /// <summary>Over the query and the body, which stays readable for the handler.</summary>
    static async Task<byte[]> HashAsync(HttpRequest request, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(request.QueryString.Value ?? ""));
        request.EnableBuffering();
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            int read;
            while ((read = await request.Body.ReadAsync(buffer, ct)) > 0)
            {
                hash.AppendData(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        request.Body.Position = 0;
        return hash.GetHashAndReset();
    }
}

/// <summary>Marks routes whose answers are never kept: sign-in, and secrets that are shown once.</summary>
sealed class NotIdempotent;

/// <summary>Route conventions of idempotency.</summary>
public static class IdempotencyConventions
{
    /// <summary>The route's answers are never kept: sign-in, and secrets that are shown once (DESIGN section 5).</summary>
    public static TBuilder WithoutIdempotency<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new NotIdempotent());
}
